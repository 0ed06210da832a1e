"""What order backends are told of the messages to a buyer: how far the link got, and which message did not arrive."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.domain.callback_types import CallbackType
from webapp.domain.timeline import EventKind
from webapp.services.webhooks import outbox

if TYPE_CHECKING:
    from webapp.db import models
    from webapp.db.session import Session
    from webapp.domain.channels import ChannelName
    from webapp.services.runtime.context import ServiceContext

TYPES = {
    EventKind.SENT: CallbackType.ORDER_SENT,
    EventKind.LINK_MAILED: CallbackType.ORDER_SENT,
    EventKind.DELIVERED: CallbackType.ORDER_DELIVERED,
    EventKind.READ: CallbackType.ORDER_READ,
    EventKind.FAILED: CallbackType.MESSAGE_FAILED,
    EventKind.LINK_MAIL_FAILED: CallbackType.MESSAGE_FAILED,
    EventKind.REMINDER_FAILED: CallbackType.MESSAGE_FAILED,
    EventKind.REMINDER_MAIL_FAILED: CallbackType.MESSAGE_FAILED,
    EventKind.RECEIPT_FAILED: CallbackType.MESSAGE_FAILED,
    EventKind.CONSENT_FAILED: CallbackType.MESSAGE_FAILED,
    EventKind.MAIL_FAILED: CallbackType.MESSAGE_FAILED,
    EventKind.UPDATE_FAILED: CallbackType.MESSAGE_FAILED,
    EventKind.UPDATE_MAIL_FAILED: CallbackType.MESSAGE_FAILED,
}
"""By the line of the order's timeline; of other lines they are told nothing."""


@dataclass(frozen=True)
class MessageNews:
    """A message as an order backend is told of it (`callbacks.bodies.Message`): `to` is a phone or an address, `error` why it failed."""

    id: str
    channel: ChannelName
    purpose: str
    to: str
    error: str | None


def tell(session: Session, context: ServiceContext, order: models.Order, message: MessageNews, kind: EventKind) -> None:
    """Tell of a line that was just added to the order's timeline, in the caller's transaction on a locked order."""
    if kind in TYPES:
        told = dataclasses.asdict(message) | {
            "error": message.error if TYPES[kind] is CallbackType.MESSAGE_FAILED else None
        }
        outbox.tell(session, context, order, TYPES[kind], {"message": told})
