"""The ways to reach somebody, and what they have in common: which notices each can write, how often it tries, and what the order's timeline
says of how far a notice got. How each writes and sends one is its own: `whatsapp_delivery`, `email_delivery`. docs/adr/0015
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db import messages, models, turns
from webapp.domain import ids
from webapp.domain.statuses import MailState, MessageState
from webapp.domain.timeline import EventKind
from webapp.services.notifications import notices
from webapp.services.notifications.notices import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext


@dataclass(frozen=True)
class Channel:
    """A way to reach somebody.

    `carries` are the notices that it can write. After failed tries it waits the seconds of `back_off`, the last again and again, and
    after `max_tries` gives up. `timeline` is what the order's timeline calls a delivery state, by a row's purpose: of what is not named
    there it says nothing.
    """

    carries: frozenset[NoticeKind]
    back_off: tuple[int, ...]
    max_tries: int
    timeline: Mapping[str, Mapping[str, EventKind]]

    def of(self, told: Sequence[notices.Notice]) -> Sequence[notices.Notice]:
        """Those that it can write."""
        return [notice for notice in told if notice.kind in self.carries]

    def wait(self, tries: int) -> timedelta:
        """How long to wait after so many tries, at least one."""
        return timedelta(seconds=self.back_off[min(tries, len(self.back_off)) - 1])


REQUEST, REMINDER, RECEIPT, CONSENT, UPDATE, NOTICE = "request", "reminder", "receipt", "consent", "update", "notice"
PURPOSES: Mapping[NoticeKind, str] = {
    NoticeKind.PAYMENT_REQUEST: REQUEST,
    NoticeKind.PAYMENT_REMINDER: REMINDER,
    NoticeKind.PAYMENT_RECEIPT: RECEIPT,
    NoticeKind.CONSENT_RECEIPT: CONSENT,
    NoticeKind.ORDER_UPDATE: UPDATE,
    NoticeKind.BUYER_NOTICE: NOTICE,
    NoticeKind.SHOP_NOTICE: NOTICE,
}
"""What a row is for, in `messages.purpose`; what a letter is for is its first notice's."""

WHATSAPP = Channel(
    carries=frozenset(NoticeKind),
    back_off=(2, 5, 15, 60, 300, 900, 1800, 3600),
    max_tries=30,
    timeline={
        REQUEST: {
            MessageState.SENT: EventKind.SENT,
            MessageState.DELIVERED: EventKind.DELIVERED,
            MessageState.READ: EventKind.READ,
            MessageState.FAILED: EventKind.FAILED,
            MessageState.DROPPED: EventKind.DROPPED,
        },
        REMINDER: {
            MessageState.SENT: EventKind.REMINDER_SENT,
            MessageState.DELIVERED: EventKind.REMINDER_DELIVERED,
            MessageState.READ: EventKind.REMINDER_READ,
            MessageState.FAILED: EventKind.REMINDER_FAILED,
            MessageState.DROPPED: EventKind.REMINDER_DROPPED,
        },
        RECEIPT: {
            MessageState.SENT: EventKind.RECEIPT_SENT,
            MessageState.DELIVERED: EventKind.RECEIPT_DELIVERED,
            MessageState.READ: EventKind.RECEIPT_READ,
            MessageState.FAILED: EventKind.RECEIPT_FAILED,
            MessageState.DROPPED: EventKind.RECEIPT_DROPPED,
        },
        CONSENT: {
            MessageState.SENT: EventKind.CONSENT_SENT,
            MessageState.DELIVERED: EventKind.CONSENT_DELIVERED,
            MessageState.READ: EventKind.CONSENT_READ,
            MessageState.FAILED: EventKind.CONSENT_FAILED,
            MessageState.DROPPED: EventKind.CONSENT_DROPPED,
        },
        UPDATE: {
            MessageState.SENT: EventKind.UPDATE_SENT,
            MessageState.DELIVERED: EventKind.UPDATE_DELIVERED,
            MessageState.READ: EventKind.UPDATE_READ,
            MessageState.FAILED: EventKind.UPDATE_FAILED,
            MessageState.DROPPED: EventKind.UPDATE_DROPPED,
        },
    },
)
EMAIL = Channel(
    carries=frozenset(NoticeKind) - {NoticeKind.BUYER_NOTICE, NoticeKind.SHOP_NOTICE},
    back_off=(10, 60, 300, 900, 1800, 3600),
    max_tries=52,  # two days: as long as mail servers try among themselves
    timeline={
        REQUEST: {
            MailState.SENT: EventKind.LINK_MAILED,
            MailState.FAILED: EventKind.LINK_MAIL_FAILED,
            MailState.DROPPED: EventKind.DROPPED,
        },
        REMINDER: {
            MailState.SENT: EventKind.REMINDER_MAILED,
            MailState.FAILED: EventKind.REMINDER_MAIL_FAILED,
            MailState.DROPPED: EventKind.REMINDER_DROPPED,
        },
        RECEIPT: {MailState.SENT: EventKind.MAIL_SENT, MailState.FAILED: EventKind.MAIL_FAILED},
        UPDATE: {
            MailState.SENT: EventKind.UPDATE_MAIL_SENT,
            MailState.FAILED: EventKind.UPDATE_MAIL_FAILED,
            MailState.DROPPED: EventKind.UPDATE_DROPPED,
        },
    },
)


@dataclass(frozen=True)
class Recipient:
    """Where somebody can be reached: None where there is no such address, or nothing is wanted there."""

    phone: str | None
    email: str | None = None


def queue(  # noqa: PLR0913  # what a notice is queued with
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    to: Recipient,
    told: Sequence[notices.Notice],
    *,
    order: models.Order | None = None,
    reply_to: str | None = None,
    choices: dict[str, Any] | None = None,
) -> bool:
    """Write `told` to send, in the caller's transaction, on every channel that reaches the recipient and can write it: a message for each
    notice by WhatsApp, or one for two that can be said together, also with one that still waits; one letter of them all by e-mail.
    `reply_to` is the message (wamid) that it answers, `choices` what a reply to it has to know (`models.Message`). False, and nothing
    written, when there is no such channel."""
    queued = False
    if to.phone is not None:
        for notice in WHATSAPP.of(told):
            queued = True
            told_before = order is not None and order.revision > models.NEW  # else nothing of it can wait
            waiting = messages.waiting_notices(session, order.id) if order is not None and told_before else []
            if _joins(waiting, to.phone, notice):
                continue
            row = message(context, merchant, to.phone, PURPOSES[notice.kind], order=order, reply_to=reply_to)
            row.notice = notices.document(notice)
            if choices is not None:
                row.choices = choices
            session.add(row)
            waiting.insert(0, row)
    written = EMAIL.of(told)
    if written and to.email is not None and context.mailer is not None and order is not None:
        session.add(_letter(context, order, to.email, written))
        queued = True
    return queued


def _joins(waiting: Sequence[models.Message], phone: str, notice: notices.Notice) -> bool:
    """Whether it is said together with one of these messages about the same order, of one to the same person."""
    for row in waiting:
        both = notices.joined(notices.read(row.notice), notice) if row.notice and row.phone == phone else None
        if both is not None:
            row.notice, row.purpose = notices.document(both), PURPOSES[both.kind]
            return True
    return False


def message(
    context: ServiceContext,
    merchant: models.Merchant,
    phone: str,
    purpose: str,
    *,
    order: models.Order | None,
    reply_to: str | None,
) -> models.Message:
    """A WhatsApp message that is to be sent at once; the caller gives it what it says, a notice or a body."""
    return models.Message(
        id=ids.new("wam"),
        merchant_id=merchant.id,
        order_id=order.id if order else None,
        direction="out",
        purpose=purpose,
        phone=phone,
        reply_to=reply_to,
        state=MessageState.QUEUED,
        turn=turns.next_message(merchant.id),
        created_at=context.now(),
        due_at=context.now(),
    )


def _letter(
    context: ServiceContext, order: models.Order, address: str, written: Sequence[notices.Notice]
) -> models.Mail:
    return models.Mail(
        id=ids.new("ml"),
        merchant_id=order.merchant_id,
        order_id=order.id,
        address=address,
        notices=[notices.document(notice) for notice in written],
        language=written[0].language,
        state=MailState.QUEUED,
        created_at=context.now(),
        due_at=context.now(),
    )
