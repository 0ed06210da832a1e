"""What a CSV file asks for, to be looked at before anything is made: kept for a day at most, and imported once somebody says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from webapp.db import imports, merchants
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import NotFound
from webapp.services.orders import import_lines
from webapp.services.orders import imports as service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db import models
    from webapp.domain.money import Money
    from webapp.services.orders.lifecycle import Request
    from webapp.services.runtime.context import ServiceContext

FIRST = 20  # lines that are shown
DROPPED = 10  # of former previews in one transaction


@dataclass(frozen=True)
class Sum:
    """What the orders of one currency come to, in its least unit, for there may be more of it than one order may ask for; how many they are,
    and the largest of them."""

    total: int
    orders: int
    largest: Money


@dataclass(frozen=True)
class Preview:
    """What a file asks for. `channels` are how many links go by each, None: as the shop sends them; `people` is how many are written to.
    `first` are the first lines, by their numbers."""

    row: models.Import
    sums: Sequence[Sum]
    channels: dict[OrderChannel | None, int]
    people: int
    first: Sequence[tuple[int, Request]]


def take(context: ServiceContext, merchant_id: str, data: bytes, name: str | None = None) -> models.Import:
    """Keep a file to be looked at; nothing is made. Its import, where it was imported already. Raises `WrongFile`."""
    row, documents = service.read(context, merchant_id, data)
    if documents is None:
        return row
    with context.database.write() as session:
        kept = service.keep(session, context, row, documents, name)
        session.flush()
        imports.drop_previews(session, merchant_id, context.now(), DROPPED)
    return kept


def shown(context: ServiceContext, merchant_id: str, import_id: str) -> Preview:
    """What the kept file asks for. Raises `NotFound`: there is none, its time is over, or it was imported."""
    sums: dict[str, Sum] = {}
    channels: Counter[OrderChannel | None] = Counter()
    people: set[str] = set()
    first: list[tuple[int, Request]] = []
    with context.database.read() as session:
        row = imports.preview(session, merchant_id, import_id)
        _must_be_kept(context, row)
        for number, document in imports.documents(session, row.id):
            request = import_lines.request_of(document, f"{row.id}:{number}", row.id)
            channels[request.channel] += 1
            if request.channel is not OrderChannel.NONE:
                people.add((request.email if request.channel is OrderChannel.EMAIL else request.phone) or "")
            if request.amount is not None:
                sums[request.amount.currency] = _with(sums.get(request.amount.currency), request.amount)
            if len(first) < FIRST:
                first.append((number, request))
    return Preview(row, list(sums.values()), dict(channels), len(people), first)


def confirm(context: ServiceContext, merchant_id: str, import_id: str) -> models.Import:
    """Have the orders made, as whoever says so; once, however often it is said. Raises `NotFound` as `shown` does."""
    with context.database.write() as session:
        merchants.lock(session, merchant_id)
        try:
            row = imports.preview(session, merchant_id, import_id)
        except NotFound:
            return imports.of_merchant(session, merchant_id, import_id)
        _must_be_kept(context, row)
        service.begin(session, context, row)
    return row


def _must_be_kept(context: ServiceContext, row: models.Import) -> None:
    if row.preview_until is not None and row.preview_until < context.now():
        raise NotFound("the preview's time is over")


def _with(found: Sum | None, amount: Money) -> Sum:
    if found is None:
        return Sum(amount.amount, 1, amount)
    return replace(
        found,
        total=found.total + amount.amount,
        orders=found.orders + 1,
        largest=max(found.largest, amount, key=lambda each: each.amount),
    )
