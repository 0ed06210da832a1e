"""What the people of a shop have to look at: orders that something is wrong with, money that is about to be let go of, and what stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import account_notices, callback_log, merchants, models, orders, webhook_refusals
from webapp.domain.errors import Conflict
from webapp.domain.statuses import CallbackState
from webapp.domain.timeline import EventKind
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.services.runtime.context import ServiceContext

HOLD_ENDS_SOON = timedelta(hours=48)
RECENT = timedelta(days=7)
NAMED, COUNTED = 8, 100
"""How many orders of a kind are named, and up to which number callbacks are counted."""


@dataclass(frozen=True)
class Attention:
    """`alarmed` are orders that somebody has to look at, the newest first, with the line of the timeline that says why (`why`, by the order's
    id; none where it was erased); `more` if there are others. `holds` are those whose held money goes back to the buyer soon, the most
    urgent first. `failed_callbacks` are those of the last days that were given up, `COUNTED` at most; `disabled` the endpoints that are told
    nothing; `refused` the senders whose webhooks were not believed; `account` what Meta said of the WhatsApp account."""

    alarmed: Sequence[models.Order]
    why: Mapping[str, models.OrderEvent]
    more: bool
    holds: Sequence[models.Order]
    failed_callbacks: int
    disabled: Sequence[models.Endpoint]
    refused: Sequence[models.WebhookRefusal]
    account: Sequence[models.AccountNotice]

    @property
    def is_empty(self) -> bool:
        """Nothing is to be looked at."""
        return not any((self.alarmed, self.holds, self.failed_callbacks, self.disabled, self.refused, self.account))


def of_merchant(context: ServiceContext, merchant_id: str) -> Attention:
    """All of it, for one shop."""
    now = context.now()
    failed = callback_log.Search(state=CallbackState.FAILED, since=now - RECENT)
    with context.database.read() as session:
        alarmed = orders.alarmed(session, merchant_id, limit=NAMED + 1)
        return Attention(
            alarmed=alarmed[:NAMED],
            why=orders.last_alarms(session, [order.id for order in alarmed[:NAMED]]),
            more=len(alarmed) > NAMED,
            holds=orders.holds_ending(session, merchant_id, before=now + HOLD_ENDS_SOON, limit=NAMED),
            failed_callbacks=len(callback_log.page(session, merchant_id, failed, limit=COUNTED)),
            disabled=[each for each in merchants.endpoints(session, merchant_id) if each.disabled_at is not None],
            refused=webhook_refusals.standing(session, merchant_id, since=now - RECENT),
            account=account_notices.bad(session, merchant_id),
        )


def looked_at(context: ServiceContext, merchant_id: str, order_id: str) -> None:
    """Somebody of the shop has looked at the order: it is named no more until something else happens to it. Raises `NotFound`, and `Conflict`
    (wrong_state) where nothing was to be looked at, so that of two people the second is told."""
    with context.database.write() as session:
        orders.of_merchant(session, merchant_id, order_id)
        order = orders.lock(session, order_id)
        if order.alarmed_at is None:
            raise Conflict("wrong_state", state=order.state)
        order.alarmed_at = None
        timeline.note(session, context, order, EventKind.LOOKED_AT)
