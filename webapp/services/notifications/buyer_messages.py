"""What a buyer and the shop wrote to each other, for the people of the shop: WhatsApp's messages and letters, with their words as far as they
are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import buyer_messages, buyers, models
from webapp.domain.channels import ChannelName
from webapp.domain.pages import Page, Place
from webapp.services.notifications.channels import CONSENT, NOTICE, PURPOSES, RECEIPT, REMINDER, REQUEST, UPDATE
from webapp.services.notifications.notices import NoticeKind
from webapp.whatsapp import messages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.services.runtime.context import ServiceContext

TO_BUYERS = (REQUEST, REMINDER, RECEIPT, CONSENT, UPDATE)
"""What nobody else is sent about an order."""
HEARD = "heard"
READ_AT_ONCE = 200
TOKEN = re.compile(r"(/(?:p|office/link|office/order_forms)/)[\w-]{20,}(?:\.[\w-]+)*")
"""In a link of ours: who has it pays, or makes orders. All of it, for the first part of a payment's is the order's id, which the office shows."""


@dataclass(frozen=True)
class Written:
    """One message. `purpose` says why it was written; `text` is None where its words are not kept, or not made yet. Links of ours in it lead
    nowhere."""

    id: str
    at: datetime
    way: ChannelName
    from_buyer: bool
    purpose: str
    state: str
    order_id: str | None
    text: str | None


def page(context: ServiceContext, merchant_id: str, buyer_id: str, place: Place, limit: int) -> Page[Written]:
    """The newest messages, both ways from a place. Raises `NotFound`."""
    with context.database.read() as session:
        buyer = buyers.of_merchant(session, merchant_id, buyer_id)
        found = buyer_messages.page(session, buyer, place, TO_BUYERS, limit=limit)
    rows = [_written(each) for each in found.rows]
    return Page(rows, found.first, found.last, has_previous=found.has_previous, has_next=found.has_next)


def all_of(context: ServiceContext, merchant_id: str, buyer_id: str) -> Iterator[Written]:
    """All messages, the newest first, some at a time. Raises `NotFound`."""
    place = Place()
    while True:
        found = page(context, merchant_id, buyer_id, place, READ_AT_ONCE)
        yield from found.rows
        if not found.has_next:
            return
        place = Place(after=found.last)


def _written(row: models.Message | models.Mail) -> Written:
    if isinstance(row, models.Mail):
        text = "\n\n".join(filter(None, (row.subject, row.text))) or None
        purpose = PURPOSES[NoticeKind(row.notices[0]["kind"])] if row.notices else NOTICE
        return Written(row.id, row.created_at, ChannelName.EMAIL, False, purpose, row.state, row.order_id, _shown(text))
    text = messages.said(row.body) if row.body else None
    from_buyer = row.direction == "in"
    way = ChannelName.WHATSAPP
    return Written(row.id, row.created_at, way, from_buyer, row.purpose, row.state, row.order_id, _shown(text))


def _shown(text: str | None) -> str | None:
    return TOKEN.sub(r"\1…", text) if text else None
