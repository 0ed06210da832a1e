"""The timeline of an order in words: what happened, the detail, and who did it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webapp.domain.actors import ActorKind
from webapp.domain.timeline import EventKind
from webapp.services.notifications import merchant_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webapp.db.models import OrderEvent
    from webapp.i18n import Texts

GOOD = frozenset(
    {
        EventKind.PAID,
        EventKind.AUTHORISED,
        EventKind.REFUND_SUCCEEDED,
        EventKind.DISPUTE_WON,
        EventKind.REGISTERED,
        EventKind.CALLBACK_DELIVERED,
        EventKind.ALIAS_CREATED,
        EventKind.ALIAS_RENEWED,
        EventKind.READ,
        EventKind.DELIVERED,
    }
)
BAD = frozenset(
    {
        EventKind.DECLINED,
        EventKind.ATTEMPTS_EXHAUSTED,
        EventKind.FAILED,
        EventKind.CALLBACK_FAILED,
        EventKind.CALLBACK_RETRYING,
        EventKind.ALARM,
        EventKind.EXPIRED,
        EventKind.CANCELLED,
        EventKind.RECEIPT_FAILED,
        EventKind.REMINDER_FAILED,
        EventKind.CONSENT_FAILED,
        EventKind.MAIL_FAILED,
        EventKind.UPDATE_FAILED,
        EventKind.UPDATE_MAIL_FAILED,
        EventKind.LINK_MAIL_FAILED,
        EventKind.REMINDER_MAIL_FAILED,
        EventKind.NOT_SENT,
        EventKind.REFUND_FAILED,
        EventKind.DISPUTE_OPEN,
        EventKind.DISPUTE_LOST,
        EventKind.DISPUTED,
        EventKind.VOIDED,
    }
)


@dataclass(frozen=True)
class Step:
    """A line of the timeline; `kind` is good, bad or plain, and says nothing that the words do not say. `by` is who did it, empty for
    what Ordo did by itself, `name` is the event's own."""

    kind: str
    name: str
    text: str
    by: str
    detail: str
    at: str
    iso: str


TICKS: tuple[tuple[EventKind, ...], ...] = (
    (EventKind.QUEUED, EventKind.SENT, EventKind.DELIVERED, EventKind.READ),
    (EventKind.RECEIPT_SENT, EventKind.RECEIPT_DELIVERED, EventKind.RECEIPT_READ),
    (EventKind.CONSENT_SENT, EventKind.CONSENT_DELIVERED, EventKind.CONSENT_READ),
    (EventKind.UPDATE_SENT, EventKind.UPDATE_DELIVERED, EventKind.UPDATE_READ),
    (EventKind.REMINDER_SENT, EventKind.REMINDER_DELIVERED, EventKind.REMINDER_READ),
    (EventKind.LINK_MAIL_QUEUED, EventKind.LINK_MAILED),
    (EventKind.CALLBACK_RETRYING, EventKind.CALLBACK_DELIVERED),
)
"""How a message, a letter and a callback get on: of each only how far it got is told."""
_TICK = {kind: (group, height) for group, kinds in enumerate(TICKS) for height, kind in enumerate(kinds)}


def folded(events: Iterable[OrderEvent]) -> list[OrderEvent]:
    """The events, oldest first, without those that say only that a message was on its way to where a later one says it is. A message that
    begins anew (sent again after it was read) does not take the one before away."""
    kept: list[OrderEvent | None] = []
    last: dict[
        tuple[int, object], tuple[int, int]
    ] = {}  # of a group and what it is about: where its line is, and how far it got
    for event in events:
        tick = _TICK.get(event.kind)
        if tick is not None:
            group, height = tick
            about = (group, event.data.get("callback"))
            before = last.get(about)
            if before is not None and before[1] < height:
                kept[before[0]] = None
            last[about] = (len(kept), height)
        kept.append(event)
    return [event for event in kept if event is not None]


def steps(t: Texts, events: Iterable[OrderEvent], names: Mapping[str, str], zone: str) -> tuple[Step, ...]:
    """The events in words, newest first, each delivery folded to how far it got. `names` are those of operators and users, by their ids."""
    words = texts(t)
    return tuple(
        Step(
            "good" if event.kind in GOOD else "bad" if event.kind in BAD else "plain",
            event.kind,
            numbered(t, event.kind, event.data) or words[event.kind],
            by(t, event.actor_kind, event.actor_id, names),
            detail(t, event.data),
            t.clock(event.at, zone),
            event.at.isoformat(),
        )
        for event in reversed(folded(events))
    )


def texts(t: Texts) -> Mapping[EventKind, str]:
    """What each kind of event is called."""
    return {
        EventKind.CREATED: t.gettext("Order created"),
        EventKind.QUEUED: t.gettext("WhatsApp message written"),
        EventKind.SENT: t.gettext("Sent"),
        EventKind.DELIVERED: t.gettext("Delivered to the phone"),
        EventKind.READ: t.gettext("Read"),
        EventKind.FAILED: t.gettext("WhatsApp could not deliver the message"),
        EventKind.NOT_SENT: t.gettext("Not sent: the buyer wants no messages"),
        EventKind.NO_PHONE: t.gettext("Not sent: no phone was given"),
        EventKind.OPENED: t.gettext("Page opened"),
        EventKind.DETAILS_GIVEN: t.gettext("Name and address given"),
        EventKind.ACTION_NEEDED: t.gettext("The bank asks the buyer to confirm"),
        EventKind.PENDING: t.gettext("The gateway is working on it"),
        EventKind.UNKNOWN: t.gettext("No answer from the gateway: being looked up"),
        EventKind.DECLINED: t.gettext("Declined"),
        EventKind.ATTEMPTS_EXHAUSTED: t.gettext("Declined, no more tries"),
        EventKind.ATTEMPT_ABANDONED: t.gettext("Try over, nothing taken"),
        EventKind.PAID: t.gettext("Paid"),
        EventKind.REGISTERED: t.gettext("Card saved"),
        EventKind.ALIAS_CREATED: t.gettext("Card saved for later charges"),
        EventKind.ALIAS_RENEWED: t.gettext("The same card was saved again"),
        EventKind.ALIAS_REVOKED: t.gettext("Card no longer saved"),
        EventKind.ALIAS_UPDATED: t.gettext("The card has a new expiry date"),
        EventKind.ALIAS_EXPIRING: t.gettext("The card expires soon: the buyer is asked for another"),
        EventKind.EXPIRED: t.gettext("Expired"),
        EventKind.CANCEL_REQUESTED: t.gettext("Cancellation asked for"),
        EventKind.CANCELLED: t.gettext("Cancelled"),
        EventKind.AUTHORISED: t.gettext("Authorised: the money is held"),
        EventKind.CAPTURE_REQUESTED: t.gettext("Asked to take the money"),
        EventKind.VOID_REQUESTED: t.gettext("Asked to release the money"),
        EventKind.VOIDED: t.gettext("Released: nothing was taken"),
        EventKind.REACTIVATED: t.gettext("Order opened again"),
        EventKind.REFUND_REQUESTED: t.gettext("Refund asked for"),
        EventKind.REFUND_PENDING: t.gettext("Refund on its way"),
        EventKind.REFUND_SUCCEEDED: t.gettext("Refund made"),
        EventKind.REFUND_FAILED: t.gettext("Refund failed"),
        EventKind.PARTIALLY_REFUNDED: t.gettext("Partly refunded"),
        EventKind.REFUNDED: t.gettext("Refunded"),
        EventKind.DISPUTED: t.gettext("Disputed"),
        EventKind.DISPUTE_OPEN: t.gettext("The buyer's bank disputes the payment"),
        EventKind.DISPUTE_WON: t.gettext("Dispute won"),
        EventKind.DISPUTE_LOST: t.gettext("Dispute lost"),
        EventKind.LINK_MAIL_QUEUED: t.gettext("E-mail with the link written"),
        EventKind.LINK_MAILED: t.gettext("Link sent by e-mail"),
        EventKind.LINK_MAIL_FAILED: t.gettext("The link could not be sent by e-mail"),
        EventKind.ANOTHER_WAY: t.gettext("The link goes another way, and the shop was told"),
        EventKind.RESENT: t.gettext("Link sent again"),
        EventKind.EXTENDED: t.gettext("Link valid for longer"),
        EventKind.LINK_REVOKED: t.gettext("Link taken back: it no longer works"),
        EventKind.RECEIPT_RESENT: t.gettext("Receipt sent again"),
        EventKind.RECEIPT_SENT: t.gettext("Receipt sent"),
        EventKind.RECEIPT_DELIVERED: t.gettext("Receipt delivered"),
        EventKind.RECEIPT_READ: t.gettext("Receipt read"),
        EventKind.RECEIPT_FAILED: t.gettext("Receipt not delivered"),
        EventKind.DROPPED: t.gettext("Not sent: the buyer wants no messages"),
        EventKind.RECEIPT_DROPPED: t.gettext("Receipt not sent: the buyer wants no messages"),
        EventKind.CONSENT_SENT: t.gettext("Receipt of the consent sent"),
        EventKind.CONSENT_DELIVERED: t.gettext("Receipt of the consent delivered"),
        EventKind.CONSENT_READ: t.gettext("Receipt of the consent read"),
        EventKind.CONSENT_FAILED: t.gettext("Receipt of the consent not delivered"),
        EventKind.CONSENT_DROPPED: t.gettext("Receipt not sent: the buyer wants no messages"),
        EventKind.MAIL_SENT: t.gettext("Receipt sent by e-mail"),
        EventKind.MAIL_FAILED: t.gettext("Receipt not sent by e-mail"),
        EventKind.UPDATE_SENT: t.gettext("The buyer was sent the news"),
        EventKind.UPDATE_DELIVERED: t.gettext("The news was delivered to the buyer"),
        EventKind.UPDATE_READ: t.gettext("The buyer read the news"),
        EventKind.UPDATE_FAILED: t.gettext("The news could not be delivered to the buyer"),
        EventKind.UPDATE_DROPPED: t.gettext("The buyer was not sent the news: no messages wanted, or true no longer"),
        EventKind.UPDATE_MAIL_SENT: t.gettext("The buyer was sent the news by e-mail"),
        EventKind.UPDATE_MAIL_FAILED: t.gettext("The news could not be sent to the buyer by e-mail"),
        EventKind.REMINDER_SENT: t.gettext("Reminder sent"),
        EventKind.REMINDER_DELIVERED: t.gettext("Reminder delivered"),
        EventKind.REMINDER_READ: t.gettext("Reminder read"),
        EventKind.REMINDER_FAILED: t.gettext("Reminder not delivered; there will be no other"),
        EventKind.REMINDER_DROPPED: t.gettext("Reminder not sent: there was nothing to remind of any more"),
        EventKind.REMINDER_MAILED: t.gettext("Reminder sent by e-mail"),
        EventKind.REMINDER_MAIL_FAILED: t.gettext("The reminder could not be sent by e-mail"),
        EventKind.CALLBACK_DELIVERED: t.gettext("Callback delivered"),
        EventKind.CALLBACK_RETRYING: t.gettext("Callback not delivered yet; it will be tried again"),
        EventKind.CALLBACK_FAILED: t.gettext("Callback given up"),
        EventKind.SAVED_CARD_AGREED: t.gettext("The buyer agreed in the chat to pay with the saved card"),
        EventKind.LINK_ASKED: t.gettext("The buyer asks for a new link"),
        EventKind.WRONG_RECIPIENT: t.gettext("The buyer says: this is not for me"),
        EventKind.WRONG_RECIPIENT_LINK: t.gettext("Somebody who has the link says: this is not for me"),
        EventKind.BUYER_WROTE: t.gettext("The buyer wrote"),
        EventKind.SHOP_WROTE: t.gettext("The shop answered the buyer"),
        EventKind.OTHER_ACCOUNT: t.gettext("The buyer's phone has another WhatsApp account now"),
        EventKind.ALARM: t.gettext("Needs your attention"),
        EventKind.LOOKED_AT: t.gettext("Looked at"),
        EventKind.NOTED: t.gettext("Note"),
        EventKind.SUBMITTED: t.gettext("Try %(number)s started", number=1),
        EventKind.REMINDED: t.gettext("Reminder sent"),
    }


def numbered(t: Texts, kind: EventKind, data: Mapping[str, Any]) -> str:
    """What an event is called whose words depend on what it says; empty for any other."""
    match kind:
        case EventKind.SUBMITTED:
            return t.gettext("Try %(number)s started", number=data.get("attempt", 1))
        case EventKind.REMINDED:
            return _reminded(t, data)
        case EventKind.DROPPED if data.get("over"):
            return t.gettext("Not sent: the order took no payment any more")
        case EventKind.ACTION_NEEDED if data.get("elsewhere"):
            return t.gettext("The buyer goes on at the payment provider's page")
    return ""


def detail(t: Texts, data: Mapping[str, Any]) -> str:
    """What is said below an event: the card, the reason, what the gateway said."""
    card = data.get("card")
    parts = [
        merchant_texts.card(card, 4) if isinstance(card, dict) else "",
        merchant_texts.reason(t, str(data["reason"])) if data.get("reason") else "",
        *(str(data[key]) for key in ("code", "why", "detail", "alias", "refund") if data.get(key)),
    ]
    return " · ".join(part for part in parts if part)


def actors(t: Texts) -> Mapping[ActorKind, str]:
    """What each kind of actor is called. Ordo itself is not named: its lines speak for themselves."""
    return {
        ActorKind.OPERATOR: t.gettext("Operator"),
        ActorKind.USER: t.gettext("User"),
        ActorKind.API_KEY: t.gettext("API key"),
        ActorKind.BUYER: t.gettext("Buyer"),
        ActorKind.GATEWAY: t.gettext("Payment provider"),
        ActorKind.CLOCK: "",
        ActorKind.CONSOLE: t.gettext("Console"),
    }


def by(t: Texts, actor_kind: ActorKind | None, actor_id: str | None, names: Mapping[str, str]) -> str:
    """Who did something: the present name; of one whose name is gone, what kind it was and its id."""
    if actor_kind is None:
        return ""
    kind, identity = actors(t)[actor_kind], actor_id or ""
    if actor_kind in {ActorKind.OPERATOR, ActorKind.USER, ActorKind.API_KEY}:
        return names.get(identity) or f"{kind} {identity}".strip()
    return kind


def _reminded(t: Texts, data: Mapping[str, Any]) -> str:
    """Which reminder, and what made it due."""
    number = data.get("number", 1)
    words = {
        "undelivered": t.gettext("Not delivered yet: the shop was told"),
        "unread": t.gettext("Reminder %(number)s: delivered, not read yet", number=number),
        "unopened": t.gettext("Reminder %(number)s: read, page not opened yet", number=number),
        "mailed": t.gettext("Reminder %(number)s: sent by e-mail, page not opened yet", number=number),
        "unpaid": t.gettext("Reminder %(number)s: page opened, not done yet", number=number),
    }
    return words.get(str(data.get("standing")), "")
