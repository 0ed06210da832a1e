"""A merchant's saved cards against what the gateway keeps: a card that it keeps for nobody any more is revoked, new dates of one are followed.

By the gateway's list of what changed since the last comparison. Where that does not reach back so far (the first time, a worker that stood for
weeks, an old backup), card by card in steps that are kept: whoever goes on looks at none of them twice. Runs daily for each merchant
(`models.ScheduledTask`: `since`, `after`), and by `flask reconcile`.
"""

from __future__ import annotations

import itertools
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, models, work
from webapp.domain.actors import GATEWAY
from webapp.gateways.base import Capability
from webapp.services.payments import aliases
from webapp.services.payments.differences import Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
OVERLAP = timedelta(hours=1)  # by which its clock may differ from ours, and its list be late
AT_ONCE = 100  # cards that are looked up in one step: of each the gateway is asked, 13 s at most


def carry_out(context: ServiceContext, task: models.ScheduledTask, lease: work.Lease) -> None:
    """A day's comparison by the gateway's list, or a step of one card by card. Raises `Busy` when it could not be learned: then it is done again,
    and what was followed already stays."""
    with context.database.read() as session:
        merchant = merchants.get(session, task.merchant_id)
    began, since, after = context.now(), task.since, task.after
    listed = _changes(context, merchant, task)
    if listed is not None:
        _follow(merchant, _listed(context, merchant, listed))
        since, after = began, None
    else:
        # What changes while cards are looked up one by one is found by the list from here on.
        since = began if after is None or since is None else since
        some = _some(context, merchant, after or "")
        _follow(merchant, _looked_up(context, merchant, some))
        after = some[-1].id if len(some) == AT_ONCE else None
    with context.database.write() as session:
        due = began if after is not None else began + EVERY
        work.finish(session, models.ScheduledTask, task.id, lease, due_at=due, tries=0, since=since, after=after)


def _follow(merchant: models.Merchant, found: Iterable[Difference]) -> None:
    for each in found:
        log.warning("%s: the card %s: here %s, at the gateway %s", merchant.id, each.order, each.here, each.there)


def _changes(context: ServiceContext, merchant: models.Merchant, task: models.ScheduledTask) -> Iterable[str] | None:
    """What the gateway lists as changed; None where cards are looked up one by one."""
    if Capability.SAVED_CARDS not in context.provider(merchant).capabilities:
        return ()
    if task.since is None or task.after is not None:
        return None
    return context.gateway(merchant).changed(task.since - OVERLAP)


def compare(context: ServiceContext, merchant: models.Merchant, since: datetime) -> Iterator[Difference]:
    """The same at once, of what changed since then; of all cards where the list does not reach back so far. Raises `Busy`."""
    if Capability.SAVED_CARDS not in context.provider(merchant).capabilities:
        return
    listed = context.gateway(merchant).changed(since)
    if listed is not None:
        yield from _listed(context, merchant, listed)
        return
    some = _some(context, merchant, "")
    while some:
        yield from _looked_up(context, merchant, some)
        some = _some(context, merchant, some[-1].id)


def _listed(context: ServiceContext, merchant: models.Merchant, ids: Iterable[str]) -> Iterator[Difference]:
    """Those of the merchant's cards that are meant by what the gateway's list names: others of the same account are not its own."""
    remaining = iter(ids)
    while some := set(itertools.islice(remaining, AT_ONCE)):
        with context.database.read() as session:
            meant = buyers.active_aliases_of(session, merchant.id, some)
        yield from _looked_up(context, merchant, meant)


def _looked_up(
    context: ServiceContext, merchant: models.Merchant, some: Iterable[models.Alias]
) -> Iterator[Difference]:
    for alias in some:
        before = f"{alias.exp_month:02}/{alias.exp_year}"
        card = aliases.look(context.acting_as(GATEWAY), merchant, alias)
        if card is None:
            yield Difference(alias.id, "", "alias active", "card no longer kept", mended=True)
        elif (now := f"{card.exp_month:02}/{card.exp_year}") != before:
            yield Difference(alias.id, "", f"expires {before}", f"expires {now}", mended=True)


def _some(context: ServiceContext, merchant: models.Merchant, after: str) -> Sequence[models.Alias]:
    with context.database.read() as session:
        return buyers.active_aliases(session, merchant.id, after=after, limit=AT_ONCE)
