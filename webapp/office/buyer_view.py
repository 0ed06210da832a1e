"""A buyer, and a card that they saved, as their pages show them: words, amounts and times in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.domain import phone
from webapp.domain.channels import ChannelName
from webapp.domain.money import Money
from webapp.domain.statuses import AliasStatus, MailState, MessageState
from webapp.office import statuses, timeline
from webapp.services.notifications import merchant_texts
from webapp.services.orders import buyers
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.db.models import Erasure, Order
    from webapp.i18n import Texts
    from webapp.services.notifications.buyer_messages import Written
    from webapp.services.orders.buyers import ListedBuyer
    from webapp.services.payments.alias_view import CardView


@dataclass(frozen=True)
class Buyer:
    """Who pays. `number` is the phone as it is dialled; `orders` says how many there are; `stopped` since when nothing is sent; `erased`
    is empty of who is known."""

    id: str
    number: str
    phone: str
    phone_note: str
    email: str
    language: str
    since: str
    orders: str
    cards: str
    stopped: str
    erased: str


@dataclass(frozen=True)
class BuyersOrder:
    """An order of a buyer, or a charge of their card."""

    id: str
    reference: str
    amount: str
    state: str
    state_text: str
    at: str


@dataclass(frozen=True)
class KnownOrder:
    """An order in the file of all that is known: `told` is what the person gave or was shown; `tries` when and from which address of the network it
    was paid or tried; the refunds and the shop's notes."""

    order: BuyersOrder
    told: tuple[str, ...]
    tries: tuple[tuple[str, str], ...]
    refunds: tuple[tuple[str, str, str], ...]
    notes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Consent:
    """What was agreed to, word for word, in which language and wording, and on which order's page."""

    wording: str
    version: str
    language: str
    at: str
    order_id: str


@dataclass(frozen=True)
class Card:
    """A saved card. `currency` is what it can be charged in, empty where it cannot be; `charged` the last charge: when, and its order's id."""

    id: str
    words: str
    expiry: str
    active: bool
    state_text: str
    saved: str
    charged: tuple[str, str] | None
    currency: str
    consents: tuple[Consent, ...]
    charges: tuple[BuyersOrder, ...]
    seen: str


@dataclass(frozen=True)
class Message:
    """One message: why it was written, by which way, how far it got, and its words as far as they are kept."""

    at: str
    iso: str
    kind: str
    way: str
    from_buyer: bool
    state: str
    text: str
    order_id: str | None


def buyer(found: ListedBuyer, zone: str) -> Buyer:
    """A buyer, on the list and on their page."""
    t, row = texts(), found.buyer
    number = row.phone or row.former_phone or ""
    return Buyer(
        id=row.id,
        number=number,
        phone=phone.spaced(number) if number else "",
        phone_note=t.gettext("another WhatsApp account has this number now")
        if row.former_phone and not row.phone
        else "",
        email=row.email or "",
        language=i18n.NAMES.get(row.language, row.language) if row.language else "",
        since=t.moment(row.created_at, zone),
        orders=t.number(found.orders) if found.orders < buyers.MOST_COUNTED else f"{t.number(found.orders)}+",
        cards=t.number(found.aliases) if found.aliases else "",
        stopped=t.moment(row.stopped_at, zone) if row.stopped_at else "",
        erased=t.moment(found.erasure.asked_at, zone) if found.erasure else "",
    )


def erased(erasure: Erasure, zone: str) -> tuple[str, str]:
    """Who asked for an erasure and when, and how far it is."""
    t = texts()
    who = timeline.by(t, erasure.actor_kind, erasure.actor_id, buyers.who_erased(context(), erasure)) or "Ordo"
    asked = t.gettext("Erased by %(who)s, %(time)s.", who=who, time=t.moment(erasure.asked_at, zone))
    if erasure.done_at is None:
        return asked, t.gettext(
            "What is left is being erased: texts, stored messages, the customer at the payment provider."
        )
    return asked, t.gettext("All is erased since %(time)s.", time=t.moment(erasure.done_at, zone))


def order(row: Order, zone: str) -> BuyersOrder:
    """An order in a list of the buyer's."""
    t = texts()
    return BuyersOrder(
        row.id,
        row.reference,
        merchant_texts.balance(t, row),
        row.state,
        merchant_texts.state(t, row.state),
        t.moment(row.created_at, zone),
    )


def known_order(known: buyers.KnownOrder, zone: str) -> KnownOrder:
    """An order in the file of all that is known."""
    t, row = texts(), known.order
    address = [str(value) for value in (row.details or {}).values() if value]
    metadata = [f"{name}: {value}" for name, value in sorted((row.metadata_ or {}).items())]
    card = merchant_texts.card(row.card, 4) if row.card else None
    language = i18n.NAMES.get(row.language, row.language) if row.language else None
    return KnownOrder(
        order=order(row, zone),
        told=tuple(filter(None, (row.description, row.email, ", ".join(address), language, card, *metadata))),
        tries=tuple((t.moment(each.created_at, zone), each.ip or "") for each in known.attempts),
        refunds=tuple(
            (t.moment(each.created_at, zone), t.money(Money(each.amount, row.currency)), each.reason or "")
            for each in known.refunds
        ),
        notes=tuple((t.moment(each.at, zone), str((each.data or {}).get("detail", ""))) for each in known.notes),
    )


def card(view: CardView, zone: str) -> Card:
    """A saved card, with what was agreed to."""
    t, alias = texts(), view.alias
    return Card(
        id=alias.id,
        words=merchant_texts.saved_card(alias, 4),
        expiry=f"{alias.exp_month:02d}/{alias.exp_year}",
        active=alias.status is AliasStatus.ACTIVE,
        state_text=statuses.aliases(t)[alias.status],
        saved=t.moment(alias.created_at, zone),
        charged=(t.moment(view.last.created_at, zone), view.last.id) if view.last else None,
        currency=view.source.currency if view.source and view.chargeable else "",
        consents=tuple(
            Consent(
                each.wording,
                each.version,
                i18n.NAMES.get(each.language, each.language),
                t.moment(each.given_at, zone),
                each.order_id,
            )
            for each in view.consents
        ),
        charges=tuple(order(each, zone) for each in view.charges),
        seen=" ".join(view.seen),
    )


def messages(found: Sequence[Written], zone: str) -> list[Message]:
    """Messages in a list."""
    t = texts()
    kinds, ways = statuses.purposes(t), {ChannelName.WHATSAPP: "WhatsApp", ChannelName.EMAIL: t.gettext("E-mail")}
    return [
        Message(
            at=t.clock(each.at, zone),
            iso=each.at.isoformat(),
            kind=kinds.get(each.purpose) or t.gettext("Answer in the chat"),
            way=ways[each.way],
            from_buyer=each.from_buyer,
            state=_state(t, each),
            text=each.text or "",
            order_id=each.order_id,
        )
        for each in found
    ]


def _state(t: Texts, written: Written) -> str:
    if written.way is ChannelName.EMAIL:
        return statuses.mails(t)[MailState(written.state)]
    known: Mapping[MessageState, str] = statuses.messages(t)
    return known[MessageState(written.state)]
