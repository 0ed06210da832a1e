"""One order as its page shows it: words, amounts and times in the reader's language, and what this visitor may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

from webapp.domain import phone
from webapp.domain.money import Money
from webapp.domain.states import MONEY, SUCCESSFUL, UNSUCCESSFUL, State
from webapp.domain.statuses import AliasStatus, AttemptState, CallbackState, DisputeState, RefundState
from webapp.domain.timeline import EventKind
from webapp.gateways.base import Capability
from webapp.office import statuses, timeline
from webapp.office.permissions import Permission, allows
from webapp.office.present import qr
from webapp.services.notifications import merchant_texts
from webapp.services.payments.refunds import REFUNDABLE
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.db.models import Alias, Attempt, Callback, Delivery, Dispute, Order, Refund
    from webapp.domain.message_rates import Cost
    from webapp.i18n import Texts
    from webapp.services.accounts.sessions import Visitor
    from webapp.services.orders.merchant_view import MerchantView
    from webapp.services.payments.questions import Seen


@dataclass(frozen=True)
class Try:
    """A try to pay or to save a card, and how it stands; `url` is its page at the gateway."""

    number: int
    at: str
    state: str
    text: str
    reason: str
    url: str | None


@dataclass(frozen=True)
class Returned:
    """A refund, how it stands, who asked for it, and why; `failure` is why it did not go back."""

    at: str
    amount: str
    state: str
    text: str
    by: str
    reason: str
    failure: str
    url: str | None


@dataclass(frozen=True)
class Contested:
    """A dispute, and how it stands."""

    at: str
    amount: str
    state: str
    text: str
    reason: str
    url: str | None


@dataclass(frozen=True)
class Post:
    """One try of a callback: when, what was answered, and how long it took."""

    at: str
    answer: str
    took: str


@dataclass(frozen=True)
class Told:
    """A callback, how it stands, and its last tries, the newest first."""

    id: str
    type: str
    state: str
    text: str
    posts: tuple[Post, ...]


@dataclass(frozen=True)
class OtherOrder:
    """Another order: of the same buyer, or of the same card."""

    id: str
    reference: str
    amount: str
    state: str
    state_text: str
    at: str


@dataclass(frozen=True)
class SavedCard:
    """A card of the buyer that can be charged, and until when it is good."""

    id: str
    words: str
    expiry: str


@dataclass(frozen=True, kw_only=True)
class OrderPage:
    """One order. `taken`, `refunded` and `net` are there once money came in. `watched` says that something can still change by itself, so that
    the page asks often."""

    id: str
    revision: str
    reference: str
    description: str | None
    amount: str | None
    taken: str | None
    refunded: str | None
    net: str | None
    left: str
    captured: str
    hold: str
    currency: str
    action: str
    state: str
    state_text: str
    buyer_id: str
    phone: str
    phone_text: str
    tax: str | None
    collects_details: bool
    address: tuple[str, ...]
    email: str | None
    created: str
    expires: str
    channel: str | None
    metadata: tuple[tuple[str, str], ...]
    gateway_id: str | None
    gateway_url: str | None
    link: str | None = field(repr=False)
    status_url: str = field(repr=False)
    qr: Markup = field(repr=False)
    steps: tuple[timeline.Step, ...]
    notes: tuple[timeline.Step, ...]
    attempts: tuple[Try, ...]
    refunds: tuple[Returned, ...]
    disputes: tuple[Contested, ...]
    callbacks: tuple[Told, ...]
    request: str | None
    card: str | None
    alias_id: str | None
    alias_expiry: str
    alias_text: str | None
    consent: str | None
    consent_at: str
    charges: tuple[OtherOrder, ...]
    earlier_charges: int
    origin: tuple[str, str] | None
    others: tuple[OtherOrder, ...]
    cards: tuple[SavedCard, ...]
    merchant_initiated: bool
    watched: bool
    open: bool
    alarmed: bool
    may_act: bool
    may_extend: bool
    may_resend: bool
    may_resend_receipt: bool
    may_note: bool
    may_end_card: bool
    may_renew: bool
    may_charge: bool
    may_reactivate: bool
    held_until: str
    held: str
    messages: str | None
    next_reminder: str | None
    refundable: str | None
    refunds_in_parts: bool
    seen_of_refund: str
    seen_of_charge: str


def order(seen: MerchantView, visitor: Visitor, known: Seen) -> OrderPage:
    """One order's page, with the actions that this visitor may take. `known` is what its forms say to have shown."""
    t, order, zone = texts(), seen.order, visitor.merchant.time_zone
    may = {each: allows(visitor.role, each) for each in Permission}
    alias = seen.alias if seen.alias and seen.alias.status == AliasStatus.ACTIVE else None
    consent = seen.consent
    provider = context().provider(seen.merchant)
    in_parts = Capability.PARTIAL_REFUNDS in provider.capabilities
    has_card = alias is not None and order.state in SUCCESSFUL
    open_ = order.state == State.OPEN and not order.pending_transition
    payable = may[Permission.ORDERS_ACT] and open_ and order.charges_alias_id is None
    number = seen.buyer.phone or seen.buyer.former_phone
    came = order.state in MONEY
    charges = [each for each in seen.followers.last if each.id != order.id]
    holding = bool(may[Permission.MONEY_TAKE] and not order.pending_transition and order.state == State.AUTHORISED)
    steps = timeline.steps(t, seen.timeline, seen.names, zone)

    def at_gateway(identity: str | None) -> str | None:
        live = seen.merchant.mode == "live"
        return provider.record_url(identity, account=seen.merchant.gateway_account, live=live) if identity else None

    return OrderPage(
        id=order.id,
        revision=seen.revision.text,
        reference=order.reference,
        description=order.description,
        amount=merchant_texts.amount(t, order) or None,
        taken=t.money(Money(order.paid, order.currency)) if came else None,
        refunded=t.money(Money(order.refunded, order.currency)) if came and order.refunded else None,
        net=t.money(Money(order.paid - order.refunded, order.currency)) if came else None,
        left=merchant_texts.left(t, order),
        captured=merchant_texts.captured(t, order),
        hold=merchant_texts.hold(t, order),
        currency=order.currency,
        action=merchant_texts.action(t, order),
        state=order.state,
        state_text=merchant_texts.state(t, order.state),
        buyer_id=seen.buyer.id,
        phone=number or "–",
        phone_text=phone.spaced(number) if number else "–",
        tax=t.percent(order.tax) if order.tax is not None else None,
        collects_details=order.collects_details,
        address=_address(t, order.details or {}),
        email=order.email,
        created=t.moment(order.created_at, zone),
        expires=t.moment(order.expires_at, zone),
        channel=statuses.channels(t)[order.channel] if order.channel else None,
        metadata=tuple(sorted((order.metadata_ or {}).items())),
        gateway_id=order.intent,
        gateway_url=at_gateway(order.intent),
        link=seen.link if payable else None,
        status_url=context().links.status_url(order.id),
        qr=qr(seen.link) if payable else Markup(),
        steps=tuple(step for step in steps if step.name != EventKind.NOTED),
        notes=tuple(step for step in steps if step.name == EventKind.NOTED),
        attempts=tuple(_tried(t, each, zone, at_gateway(each.intent)) for each in reversed(seen.attempts)),
        refunds=tuple(
            _returned(t, each, order.currency, seen.names, zone, at_gateway(each.gateway_id))
            for each in reversed(seen.refunds)
        ),
        disputes=tuple(_contested(t, each, order.currency, zone, at_gateway(each.id)) for each in seen.disputes),
        callbacks=tuple(_told(t, each, seen.deliveries.get(each.id, ()), zone) for each in reversed(seen.callbacks)),
        request=statuses.messages(t)[seen.request.state] if seen.request else None,
        card=merchant_texts.card(order.card, 4) if order.card else None,
        alias_id=alias.id if alias else None,
        alias_expiry=_expiry(alias) if alias else "",
        alias_text=statuses.aliases(t)[seen.alias.status] if seen.alias else None,
        consent=consent.wording if consent else None,
        consent_at=f"{t.moment(consent.given_at, zone)} ({consent.version}, {consent.language})" if consent else "",
        charges=tuple(_other(t, each, zone) for each in reversed(charges)),
        earlier_charges=seen.followers.more,
        origin=(seen.origin.id, seen.origin.reference) if seen.origin else None,
        others=tuple(_other(t, each, zone) for each in seen.others),
        cards=tuple(SavedCard(each.id, merchant_texts.saved_card(each, 4), _expiry(each)) for each in seen.cards),
        merchant_initiated=order.charges_alias_id is not None,
        watched=seen.revision.moves,
        open=open_,
        alarmed=order.alarmed_at is not None and may[Permission.ORDERS_ACT],
        may_act=may[Permission.ORDERS_ACT]
        and order.state in {State.OPEN, State.PROCESSING}
        and not order.pending_transition,
        may_extend=payable,
        may_resend=seen.buyer.phone is not None and order.charges_alias_id is None,
        may_resend_receipt=may[Permission.ORDERS_ACT] and came and bool(seen.buyer.phone or order.email),
        may_note=may[Permission.ORDERS_ACT],
        may_end_card=may[Permission.CARDS_END] and has_card,
        may_renew=may[Permission.CARDS_CHARGE] and has_card,
        may_charge=may[Permission.CARDS_CHARGE] and has_card and Capability.MERCHANT_INITIATED in provider.capabilities,
        may_reactivate=may[Permission.ORDERS_ACT] and order.state in UNSUCCESSFUL and order.charges_alias_id is None,
        held_until=merchant_texts.held_until(t, order, zone) if holding else "",
        held=t.money(Money(order.amount or 0, order.currency)) if holding else "",
        messages=_messages(t, seen.messages),
        next_reminder=t.moment(seen.reminder, zone) if seen.reminder else None,
        refundable=_refundable(seen, in_parts=in_parts) if may[Permission.MONEY_REFUND] else None,
        refunds_in_parts=in_parts,
        seen_of_refund=" ".join(known.refund),
        seen_of_charge=" ".join(known.charge),
    )


def _address(t: Texts, details: dict[str, str]) -> tuple[str, ...]:
    """The lines of what the buyer has given, empty ones left out."""
    town = " ".join(filter(None, (details.get("postal_code"), details.get("city"))))
    country = details.get("country", "")
    lines = (details.get("name"), details.get("line1"), details.get("line2"), town, dict(t.countries()).get(country))
    return tuple(filter(None, lines))


def _messages(t: Texts, cost: Cost) -> str | None:
    """What WhatsApp's messages cost; None before there is one."""
    if not cost.messages:
        return None
    rates = context().rates
    said = [t.gettext("%(count)s sent", count=cost.messages)]
    if rates is not None and cost.billed:
        said.append(t.decimal(cost.total, rates.currency))
    if cost.unknown:
        said.append(t.gettext("the price of %(count)s is not known", count=cost.unknown))
    return ", ".join(said)


def _refundable(seen: MerchantView, *, in_parts: bool) -> str | None:
    """How much can go back."""
    rest, order = seen.rest, seen.order
    possible = rest.amount if in_parts else rest.amount == order.paid
    return texts().money(rest) if order.state in REFUNDABLE and possible else None


def _tried(t: Texts, attempt: Attempt, zone: str, url: str | None) -> Try:
    words = statuses.attempts(t)[attempt.state]
    reason = merchant_texts.reason(t, attempt.reason) if attempt.reason else ""
    badge = _TRY_BADGES.get(attempt.state, "processing")
    return Try(attempt.number, t.clock(attempt.created_at, zone), badge, words, reason, url)


def _returned(
    t: Texts, refund: Refund, currency: str, names: Mapping[str, str], zone: str, url: str | None
) -> Returned:
    return Returned(
        t.moment(refund.created_at, zone),
        t.money(Money(refund.amount, currency)),
        _REFUND_BADGES.get(refund.state, "processing"),
        statuses.refunds(t)[refund.state],
        timeline.by(t, refund.actor_kind, refund.actor_id, names),
        refund.reason or "",
        refund.detail or "" if refund.state is RefundState.FAILED else "",
        url,
    )


def _contested(t: Texts, dispute: Dispute, currency: str, zone: str, url: str | None) -> Contested:
    return Contested(
        t.moment(dispute.created_at, zone),
        t.money(Money(dispute.amount, currency)),
        _DISPUTE_BADGES[dispute.state],
        statuses.disputes(t)[dispute.state],
        dispute.reason.replace("_", " "),
        url,
    )


def _told(t: Texts, callback: Callback, tries: Sequence[Delivery], zone: str) -> Told:
    badge = "processing" if callback.state is CallbackState.PENDING else callback.state
    posts = tuple(
        Post(t.clock(each.at, zone), each.error or f"HTTP {each.status}", f"{t.number(each.milliseconds)} ms")
        for each in tries
    )
    return Told(callback.id, callback.type, badge, statuses.callbacks(t, callback.tries)[callback.state], posts)


def _other(t: Texts, order: Order, zone: str) -> OtherOrder:
    return OtherOrder(
        order.id,
        order.reference,
        merchant_texts.balance(t, order),
        order.state,
        merchant_texts.state(t, order.state),
        t.moment(order.created_at, zone),
    )


def _expiry(alias: Alias) -> str:
    return f"{alias.exp_month:02d}/{alias.exp_year}"


# The badges of templates: a try that is over looks as the order's state that it leads to.
_TRY_BADGES = {AttemptState.DONE: "paid", AttemptState.DECLINED: "failed", AttemptState.ABANDONED: "expired"}
_REFUND_BADGES = {RefundState.SUCCEEDED: "refunded", RefundState.FAILED: "failed"}
_DISPUTE_BADGES = {DisputeState.OPEN: "disputed", DisputeState.WON: "paid", DisputeState.LOST: "failed"}
