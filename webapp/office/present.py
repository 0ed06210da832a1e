"""Orders as the merchant's pages show them: words, amounts and times in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import segno
from markupsafe import Markup

from webapp import i18n
from webapp.domain import phone
from webapp.domain.states import FINAL, SUCCESSFUL, UNSUCCESSFUL, State
from webapp.gateways.base import Capability
from webapp.office.guard import Role
from webapp.services import wording
from webapp.services.refunds import REFUNDABLE
from webapp.web.kit import kit, texts

if TYPE_CHECKING:
    from webapp.db.models import Callback, Merchant, OrderEvent
    from webapp.db.orders import Line
    from webapp.i18n import Texts
    from webapp.services.logins import Visitor
    from webapp.services.operators import Listed
    from webapp.services.watch import Watched

GOOD = {
    "paid",
    "authorised",
    "refund_succeeded",
    "dispute_won",
    "registered",
    "callback_delivered",
    "alias_created",
    "alias_renewed",
    "read",
    "delivered",
}
BAD = {
    "declined",
    "spent",
    "failed",
    "callback_failed",
    "callback_retrying",
    "alarm",
    "expired",
    "cancelled",
    "receipt_failed",
    "reminder_failed",
    "consent_failed",
    "mail_failed",
    "not_sent",
    "refund_failed",
    "dispute_open",
    "dispute_lost",
    "disputed",
    "voided",
}


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    id: str
    reference: str
    what: str
    amount: str
    phone: str
    state: str
    state_text: str
    created: str


@dataclass(frozen=True)
class OperatorRow:
    """An operator; `code`, `chat_url` and `qr` while an invitation waits to be sent in."""

    id: str
    name: str
    phone: str
    language: str
    seen: str
    in_file: bool
    code: str
    code_until: str
    chat_url: str
    qr: Markup


@dataclass(frozen=True)
class Step:
    """A line of the timeline; `kind` is good, bad or plain, and says nothing that the words do not say."""

    kind: str
    text: str
    detail: str
    at: str
    iso: str


@dataclass(frozen=True)
class Told:
    """A callback and how it stands."""

    id: str
    type: str
    state: str
    text: str


@dataclass(frozen=True, kw_only=True)
class OrderPage:
    """One order. `watched` says that something can still change by itself, so the page asks."""

    id: str
    revision: int
    reference: str
    description: str | None
    amount: str | None
    currency: str
    action: str
    state: str
    state_text: str
    phone: str
    tax: str | None
    asks: bool
    address: tuple[str, ...]
    email: str | None
    created: str
    expires: str
    link: str | None
    qr: Markup
    steps: tuple[Step, ...]
    callbacks: tuple[Told, ...]
    card: str | None
    alias_id: str | None
    alias_expiry: str
    consent: str | None
    consent_at: str
    charges: tuple[tuple[str, str], ...]
    origin: tuple[str, str] | None
    charged_without_buyer: bool
    operator: str | None
    watched: bool
    open: bool
    may_act: bool
    may_resend: bool
    has_card: bool
    may_charge: bool
    may_reactivate: bool
    held_until: str | None
    next_reminder: str | None
    refundable: str | None
    refunds_in_parts: bool


def states() -> list[tuple[str, str]]:
    """Every state with its name, for a filter."""
    return [(str(state), wording.state(texts(), state)) for state in State]


def row(line: Line, merchant: Merchant) -> Row:
    """A line of the list."""
    t, order = texts(), line.order
    return Row(
        id=order.id,
        reference=order.reference,
        what=order.description or wording.action(t, order),
        amount=wording.amount(t, order) or "–",
        phone=line.phone or "–",
        state=order.state,
        state_text=wording.state(t, order.state),
        created=t.clock(order.created_at, merchant.time_zone),
    )


def operator(listed: Listed, visitor: Visitor) -> OperatorRow:
    """An operator as the list shows it."""
    t, row, zone, invitation = texts(), listed.operator, visitor.merchant.time_zone, listed.invitation
    return OperatorRow(
        id=row.id,
        name=row.name,
        phone=phone.spaced(row.phone) if row.phone else "",
        language=i18n.NAMES[row.language],
        seen=t.clock(row.seen_at, zone) if row.seen_at else "",
        in_file=row.source == "file",
        code=invitation.code if invitation else "",
        code_until=t.moment(invitation.until, zone) if invitation else "",
        chat_url=invitation.url if invitation else "",
        qr=_qr(invitation.url) if invitation and invitation.url else Markup(),
    )


def _address(t: i18n.Texts, details: dict[str, str]) -> tuple[str, ...]:
    """The lines of what the buyer has given, empty ones left out."""
    town = " ".join(filter(None, (details.get("postal_code"), details.get("city"))))
    country = details.get("country", "")
    lines = (details.get("name"), details.get("line1"), details.get("line2"), town, dict(t.countries()).get(country))
    return tuple(filter(None, lines))


def _qr(text: str) -> Markup:
    return Markup(segno.make(text, micro=False).svg_inline(omitsize=True, border=2))  # noqa: S704  # nosec B704  # segno's own drawing


def order(seen: Watched, visitor: Visitor) -> OrderPage:
    """One order's page, with the actions that this visitor may take."""
    t, order, zone = texts(), seen.order, visitor.merchant.time_zone
    final = order.state in FINAL
    clerk = Role[visitor.role.upper()] >= Role.CLERK
    alias = seen.alias if seen.alias and seen.alias.status == "active" else None
    consent = seen.consent
    can = kit().provider(visitor.merchant).capabilities
    in_parts = Capability.PARTIAL_REFUNDS in can
    has_card = clerk and alias is not None and order.state in SUCCESSFUL
    return OrderPage(
        id=order.id,
        revision=order.revision,
        reference=order.reference,
        description=order.description,
        amount=wording.amount(t, order) or None,
        currency=order.currency,
        action=wording.action(t, order),
        state=order.state,
        state_text=wording.state(t, order.state),
        phone=seen.buyer.phone or "–",
        tax=t.percent(order.tax) if order.tax is not None else None,
        asks=order.asks,
        address=_address(t, order.details or {}),
        email=order.email,
        created=t.moment(order.created_at, zone),
        expires=t.moment(order.expires_at, zone),
        link=seen.link if clerk else None,
        qr=_qr(seen.link) if clerk else Markup(),
        steps=tuple(_step(t, event, zone) for event in seen.timeline),
        callbacks=tuple(_told(t, callback) for callback in seen.callbacks),
        card=wording.card(order.card, 4) if order.card else None,
        alias_id=alias.id if alias else None,
        alias_expiry=f"{alias.exp_month:02d}/{alias.exp_year}" if alias else "",
        consent=consent.wording if consent else None,
        consent_at=f"{t.moment(consent.given_at, zone)} ({consent.version}, {consent.language})" if consent else "",
        charges=tuple(
            (
                each.id,
                f"{t.clock(each.created_at, zone)} · {each.reference} · {wording.amount(t, each)} – {wording.state(t, each.state)}",
            )
            for each in seen.followers
            if each.id != order.id
        ),
        origin=(seen.origin.id, seen.origin.reference) if seen.origin else None,
        charged_without_buyer=order.charges_alias_id is not None,
        operator=order.operator_id,
        watched=not final or seen.refunding or any(callback.state == "pending" for callback in seen.callbacks),
        open=order.state == State.OPEN and not order.closing,
        may_act=clerk and order.state in {State.OPEN, State.PROCESSING} and not order.closing,
        may_resend=seen.buyer.phone is not None and order.charges_alias_id is None,
        has_card=has_card,
        may_charge=has_card and Capability.MERCHANT_INITIATED in can,
        may_reactivate=clerk and order.state in UNSUCCESSFUL and order.charges_alias_id is None,
        held_until=t.moment(order.capture_before, zone)
        if clerk and order.capture_before and order.state == State.AUTHORISED and not order.closing
        else None,
        next_reminder=t.moment(seen.reminder, zone) if seen.reminder else None,
        refundable=_refundable(seen, in_parts=in_parts) if clerk else None,
        refunds_in_parts=in_parts,
    )


def _refundable(seen: Watched, *, in_parts: bool) -> str | None:
    """How much can go back."""
    rest, order = seen.rest, seen.order
    possible = rest.amount if in_parts else rest.amount == order.amount
    return str(rest.to_decimal()) if order.state in REFUNDABLE and possible else None


def _told(t: Texts, callback: Callback) -> Told:
    words = {
        "pending": t.gettext("On its way, tries: %(count)s", count=callback.tries),
        "delivered": t.gettext("Delivered"),
        "failed": t.gettext("Given up, tries: %(count)s", count=callback.tries),
    }
    state = {"pending": "processing", "delivered": "delivered", "failed": "failed"}[callback.state]
    return Told(callback.id, callback.type, state, words[callback.state])


def _step(t: Texts, event: OrderEvent, zone: str) -> Step:
    kind = "good" if event.kind in GOOD else "bad" if event.kind in BAD else "plain"
    text, detail = describe(t, event.kind, event.data)
    return Step(kind, text, detail, t.clock(event.at, zone), event.at.isoformat())


def describe(t: Texts, kind: str, data: dict[str, Any]) -> tuple[str, str]:
    """A line of the timeline in words, and the detail below it."""
    names = {
        "created": t.gettext("Order created"),
        "queued": t.gettext("WhatsApp message written"),
        "sent": t.gettext("Sent"),
        "delivered": t.gettext("Delivered to the phone"),
        "read": t.gettext("Read"),
        "failed": t.gettext("WhatsApp could not deliver the message"),
        "not_sent": t.gettext("Not sent: the buyer wants no messages"),
        "no_phone": t.gettext("Not sent: no phone was given"),
        "opened": t.gettext("Page opened"),
        "details_given": t.gettext("Name and address given"),
        "submitted": t.gettext("Try %(number)s started", number=data.get("attempt", 1)),
        "action_needed": t.gettext("The buyer goes on at the payment provider's page")
        if data.get("elsewhere")
        else t.gettext("The bank asks the buyer to confirm"),
        "pending": t.gettext("The gateway is working on it"),
        "unknown": t.gettext("No answer from the gateway: being looked up"),
        "declined": t.gettext("Declined"),
        "spent": t.gettext("Declined, no more tries"),
        "released": t.gettext("Try over, nothing taken"),
        "paid": t.gettext("Paid"),
        "registered": t.gettext("Card saved"),
        "alias_created": t.gettext("Alias created"),
        "alias_renewed": t.gettext("Alias renewed: the same card was saved again"),
        "alias_revoked": t.gettext("Card no longer saved"),
        "alias_updated": t.gettext("The card has a new expiry date"),
        "alias_expiring": t.gettext("The card expires soon: the buyer is asked for another"),
        "expired": t.gettext("Expired"),
        "cancel_requested": t.gettext("Cancellation asked for"),
        "cancelled": t.gettext("Cancelled"),
        "authorised": t.gettext("Authorised: the money is held"),
        "capture_requested": t.gettext("Asked to take the money"),
        "void_requested": t.gettext("Asked to let the money go"),
        "voided": t.gettext("Let go: nothing was taken"),
        "reactivated": t.gettext("Order opened again"),
        "refund_requested": t.gettext("Refund asked for"),
        "refund_pending": t.gettext("Refund on its way"),
        "refund_succeeded": t.gettext("Refund made"),
        "refund_failed": t.gettext("Refund failed"),
        "partially_refunded": t.gettext("Partly refunded"),
        "refunded": t.gettext("Refunded"),
        "disputed": t.gettext("Disputed"),
        "dispute_open": t.gettext("The buyer's bank disputes the payment"),
        "dispute_won": t.gettext("Dispute won"),
        "dispute_lost": t.gettext("Dispute lost"),
        "resent": t.gettext("Link sent again"),
        "extended": t.gettext("Link valid for longer"),
        "receipt_sent": t.gettext("Receipt sent"),
        "receipt_delivered": t.gettext("Receipt delivered"),
        "receipt_read": t.gettext("Receipt read"),
        "receipt_failed": t.gettext("Receipt not delivered"),
        "dropped": t.gettext("Not sent: the buyer wants no messages"),
        "receipt_dropped": t.gettext("Receipt not sent: the buyer wants no messages"),
        "consent_sent": t.gettext("Receipt of the consent sent"),
        "consent_delivered": t.gettext("Receipt of the consent delivered"),
        "consent_read": t.gettext("Receipt of the consent read"),
        "consent_failed": t.gettext("Receipt of the consent not delivered"),
        "consent_dropped": t.gettext("Receipt not sent: the buyer wants no messages"),
        "mail_sent": t.gettext("Receipt sent by e-mail"),
        "mail_failed": t.gettext("Receipt not sent by e-mail"),
        "reminded": _reminded(t, data),
        "reminder_sent": t.gettext("Reminder sent"),
        "reminder_delivered": t.gettext("Reminder delivered"),
        "reminder_read": t.gettext("Reminder read"),
        "reminder_failed": t.gettext("Reminder not delivered; there will be no other"),
        "reminder_dropped": t.gettext("Reminder not sent: there was nothing to remind of any more"),
        "callback_delivered": t.gettext("Callback delivered"),
        "callback_retrying": t.gettext("Callback not delivered yet; it will be tried again"),
        "callback_failed": t.gettext("Callback given up"),
        "tapped": t.gettext("The buyer agreed in the chat to pay with the saved card"),
        "link_asked": t.gettext("The buyer asks for a new link"),
        "not_me": t.gettext("The buyer says: this is not for me"),
        "not_me_link": t.gettext("Somebody who has the link says: this is not for me"),
        "buyer_wrote": t.gettext("The buyer wrote"),
        "alarm": t.gettext("Needs your attention"),
    }
    card = data.get("card")
    parts = [
        wording.card(card, 4) if isinstance(card, dict) else "",
        wording.reason(t, str(data["reason"])) if data.get("reason") else "",
        *(str(data[key]) for key in ("code", "why", "detail", "alias", "refund") if data.get(key)),
    ]
    return names.get(kind, kind), " · ".join(part for part in parts if part)


def _reminded(t: Texts, data: dict[str, Any]) -> str:
    """Which reminder, and what made it due."""
    number = data.get("number", 1)
    words = {
        "undelivered": t.gettext("Not delivered yet: the shop was told"),
        "unread": t.gettext("Reminder %(number)s: delivered, not read yet", number=number),
        "unopened": t.gettext("Reminder %(number)s: read, page not opened yet", number=number),
        "unpaid": t.gettext("Reminder %(number)s: page opened, not done yet", number=number),
    }
    return words.get(str(data.get("standing")), "")
