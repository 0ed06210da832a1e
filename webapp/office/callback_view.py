"""Callbacks as the back office shows them: a line of the log, and one with its body and tries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.domain.callback_types import CallbackType
from webapp.domain.statuses import CallbackState
from webapp.office import connect_words, statuses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from webapp.db.models import Callback, Delivery, Endpoint
    from webapp.i18n import Texts
    from webapp.services.webhooks.log import LoggedCallback, LogPage

SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class Line:
    """A callback in the log. `watched` is whether something happens to it by itself."""

    id: str
    at: str
    iso: str
    type: str
    words: str
    state: str
    state_text: str
    endpoint: str
    order_id: str | None
    reference: str | None
    watched: bool


@dataclass(frozen=True)
class Try:
    """One POST: `headers` are what was sent with it, the signatures cut short, `excerpt` the beginning of the answer."""

    id: int
    at: str
    iso: str
    answer: str
    good: bool
    took: str
    headers: Mapping[str, str]
    excerpt: str


@dataclass(frozen=True)
class CallbackPage:
    """One callback. `every` is after how many seconds the page asks again; None: nothing happens by itself."""

    line: Line
    url: str
    endpoint_id: str
    can_send: bool
    next_try: str
    delivered: str
    replayed: str
    error: str
    body: str
    pretty: str
    tries: tuple[Try, ...]
    every: int | None


def lines(t: Texts, found: LogPage, zone: str) -> list[Line]:
    """The rows of a page of the log."""
    return [
        _line(t, row, found.endpoints[row.endpoint_id], found.references.get(row.order_id or ""), zone)
        for row in found.page.rows
    ]


def one(t: Texts, found: LoggedCallback, zone: str, now: datetime) -> CallbackPage:
    """One callback's page."""
    row = found.callback
    pending = row.state is CallbackState.PENDING and row.due_at is not None
    soon = row.due_at is not None and row.due_at - now < SOON
    return CallbackPage(
        line=_line(t, row, found.endpoint, found.reference, zone),
        url=found.endpoint.url,
        endpoint_id=found.endpoint.id if found.endpoint.active else "",
        can_send=found.endpoint.active,
        next_try=t.moment(row.due_at, zone) if pending and row.due_at is not None else "",
        delivered=t.moment(row.delivered_at, zone) if row.delivered_at else "",
        replayed=t.moment(row.replayed_at, zone) if row.replayed_at else "",
        error=row.error or "",
        body=row.body,
        pretty=_pretty(row.body),
        tries=tuple(_try(t, each, zone) for each in reversed(found.deliveries)),
        every=(2 if soon else 30) if pending else None,
    )


def host(url: str) -> str:
    """The part of an address that is no secret."""
    return urlsplit(url).netloc


def said(delivery: Delivery) -> str:
    """What a try was answered."""
    return delivery.error or f"HTTP {delivery.status}"


def type_words(t: Texts, name: str) -> str:
    """A type in words; one that the release does not know has its own name."""
    return connect_words.types(t)[CallbackType(name)] if name in set(CallbackType) else name


def _line(t: Texts, row: Callback, endpoint: Endpoint, reference: str | None, zone: str) -> Line:
    waits = row.state is CallbackState.PENDING and row.due_at is None
    badge = "processing" if row.state is CallbackState.PENDING else str(row.state)
    text = statuses.callbacks(t, row.posts)[row.state]
    return Line(
        id=row.id,
        at=t.clock(row.created_at, zone),
        iso=row.created_at.isoformat(),
        type=row.type,
        words=type_words(t, row.type),
        state=badge,
        state_text=t.gettext("Waits until the endpoint is enabled") if waits and not endpoint.is_open else text,
        endpoint=host(endpoint.url),
        order_id=row.order_id,
        reference=reference,
        watched=row.state is CallbackState.PENDING and not waits,
    )


def _try(t: Texts, each: Delivery, zone: str) -> Try:
    return Try(
        id=each.id,
        at=t.clock(each.at, zone),
        iso=each.at.isoformat(),
        answer=said(each),
        good=each.error is None and each.status is not None and 200 <= each.status < 300,
        took=f"{t.number(each.milliseconds)} ms",
        headers=each.headers or {},
        excerpt=each.excerpt,
    )


def _pretty(body: str) -> str:
    """The body with a member on each line; as it is where it is no JSON any more, for a buyer was erased from it."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
