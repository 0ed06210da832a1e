"""Orders as the merchant's pages show them: words, amounts and times in the reader's language."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import segno
from markupsafe import Markup

from webapp import i18n
from webapp.domain import phone
from webapp.domain.money import Money
from webapp.domain.states import SUCCESSFUL, UNSUCCESSFUL, State
from webapp.domain.statuses import AliasStatus, AttemptState, CallbackState, RefundState
from webapp.domain.timeline import EventKind
from webapp.gateways.base import Capability
from webapp.office import statuses, timeline
from webapp.office.guard import Role
from webapp.services.notifications import merchant_texts
from webapp.services.payments.refunds import REFUNDABLE
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.db.models import Attempt, Callback, Refund
    from webapp.db.orders import ListedOrder
    from webapp.domain.errors import Conflict
    from webapp.domain.message_rates import Cost
    from webapp.i18n import Texts
    from webapp.services.accounts.operators import Listed
    from webapp.services.accounts.sessions import Visitor
    from webapp.services.orders.merchant_view import MerchantView
    from webapp.services.payments.questions import Seen


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    id: str
    reference: str
    what: str
    amount: str
    left: str
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
    suspended: str
    code: str = field(repr=False)
    code_until: str
    chat_url: str = field(repr=False)
    qr: Markup = field(repr=False)


@dataclass(frozen=True)
class Try:
    """A try to pay or to save a card, and how it stands."""

    number: int
    at: str
    state: str
    text: str
    reason: str


@dataclass(frozen=True)
class Returned:
    """A refund, how it stands, and who asked for it."""

    at: str
    amount: str
    state: str
    text: str
    by: str
    why: str


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
    revision: str
    reference: str
    description: str | None
    amount: str | None
    left: str
    captured: str
    hold: str
    currency: str
    action: str
    state: str
    state_text: str
    phone: str
    tax: str | None
    collects_details: bool
    address: tuple[str, ...]
    email: str | None
    created: str
    expires: str
    link: str | None = field(repr=False)
    qr: Markup = field(repr=False)
    steps: tuple[timeline.Step, ...]
    attempts: tuple[Try, ...]
    refunds: tuple[Returned, ...]
    callbacks: tuple[Told, ...]
    request: str | None
    card: str | None
    alias_id: str | None
    alias_expiry: str
    alias_text: str | None
    consent: str | None
    consent_at: str
    charges: tuple[tuple[str, str], ...]
    earlier_charges: int
    origin: tuple[str, str] | None
    merchant_initiated: bool
    operator: str | None
    watched: bool
    open: bool
    may_act: bool
    may_resend: bool
    has_card: bool
    may_charge: bool
    may_reactivate: bool
    held_until: str
    messages: str | None
    next_reminder: str | None
    refundable: str | None
    refunds_in_parts: bool
    seen_of_refund: str
    seen_of_charge: str


def states() -> list[tuple[str, str]]:
    """Every state with its name, for a filter."""
    return [(str(state), merchant_texts.state(texts(), state)) for state in State]


def row(line: ListedOrder, zone: str) -> Row:
    """A line of the list, its times in that zone."""
    t, order = texts(), line.order
    return Row(
        id=order.id,
        reference=order.reference,
        what=order.description or merchant_texts.action(t, order),
        amount=merchant_texts.amount(t, order) or "–",
        left=merchant_texts.left(t, order),
        phone=line.phone or "–",
        state=order.state,
        state_text=merchant_texts.state(t, order.state),
        created=t.clock(order.created_at, zone),
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
        suspended=t.moment(row.suspended_at, zone) if row.suspended_at else "",
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


@functools.lru_cache(maxsize=64)
def _qr(text: str) -> Markup:
    # 9 ms of a processor: a page that is watched shows the same one again and again.
    return Markup(segno.make(text, micro=False).svg_inline(omitsize=True, border=2))  # noqa: S704  # nosec B704  # segno's own drawing


def moved(error: Conflict) -> str:
    """Why something can no longer be done with an order: what has become of it since."""
    t, state, pending = texts(), str(error.details.get("state") or ""), error.details.get("pending")
    words = t.gettext("The order has moved on since: that can no longer be done.")
    if pending in {State.PAID, State.VOIDED}:
        asked = EventKind.CAPTURE_REQUESTED if pending == State.PAID else EventKind.VOID_REQUESTED
        return f"{words} {timeline.texts(t)[asked]}."
    return f"{words} {merchant_texts.state(t, state)}." if state else words


def order(seen: MerchantView, visitor: Visitor, known: Seen) -> OrderPage:
    """One order's page, with the actions that this visitor may take. `known` is what its forms say to have shown."""
    t, order, zone = texts(), seen.order, visitor.merchant.time_zone
    clerk = Role[visitor.role.upper()] >= Role.CLERK
    alias = seen.alias if seen.alias and seen.alias.status == AliasStatus.ACTIVE else None
    consent = seen.consent
    can = context().provider(visitor.merchant).capabilities
    in_parts = Capability.PARTIAL_REFUNDS in can
    has_card = clerk and alias is not None and order.state in SUCCESSFUL
    open_ = order.state == State.OPEN and not order.pending_transition
    payable = clerk and open_ and order.charges_alias_id is None
    return OrderPage(
        id=order.id,
        revision=seen.revision.text,
        reference=order.reference,
        description=order.description,
        amount=merchant_texts.amount(t, order) or None,
        left=merchant_texts.left(t, order),
        captured=merchant_texts.captured(t, order),
        hold=merchant_texts.hold(t, order),
        currency=order.currency,
        action=merchant_texts.action(t, order),
        state=order.state,
        state_text=merchant_texts.state(t, order.state),
        phone=seen.buyer.phone or seen.buyer.former_phone or "–",
        tax=t.percent(order.tax) if order.tax is not None else None,
        collects_details=order.collects_details,
        address=_address(t, order.details or {}),
        email=order.email,
        created=t.moment(order.created_at, zone),
        expires=t.moment(order.expires_at, zone),
        link=seen.link if payable else None,
        qr=_qr(seen.link) if payable else Markup(),
        steps=timeline.steps(t, seen.timeline, seen.names, zone),
        attempts=tuple(_tried(t, attempt, zone) for attempt in seen.attempts),
        refunds=tuple(_returned(t, refund, order.currency, seen.names, zone) for refund in seen.refunds),
        callbacks=tuple(_told(t, callback) for callback in seen.callbacks),
        request=statuses.messages(t)[seen.request.state] if seen.request else None,
        card=merchant_texts.card(order.card, 4) if order.card else None,
        alias_id=alias.id if alias else None,
        alias_expiry=f"{alias.exp_month:02d}/{alias.exp_year}" if alias else "",
        alias_text=statuses.aliases(t)[seen.alias.status] if seen.alias else None,
        consent=consent.wording if consent else None,
        consent_at=f"{t.moment(consent.given_at, zone)} ({consent.version}, {consent.language})" if consent else "",
        charges=tuple(
            (
                each.id,
                f"{t.clock(each.created_at, zone)} · {each.reference} · {merchant_texts.balance(t, each)} – {merchant_texts.state(t, each.state)}",
            )
            for each in seen.followers.last
            if each.id != order.id
        ),
        earlier_charges=seen.followers.more,
        origin=(seen.origin.id, seen.origin.reference) if seen.origin else None,
        merchant_initiated=order.charges_alias_id is not None,
        operator=order.operator_id,
        watched=seen.revision.moves,
        open=open_,
        may_act=clerk and order.state in {State.OPEN, State.PROCESSING} and not order.pending_transition,
        may_resend=seen.buyer.phone is not None and order.charges_alias_id is None,
        has_card=has_card,
        may_charge=has_card and Capability.MERCHANT_INITIATED in can,
        may_reactivate=clerk and order.state in UNSUCCESSFUL and order.charges_alias_id is None,
        held_until=merchant_texts.held_until(t, order, zone) if clerk and not order.pending_transition else "",
        messages=_messages(t, seen.messages),
        next_reminder=t.moment(seen.reminder, zone) if seen.reminder else None,
        refundable=_refundable(seen, in_parts=in_parts) if clerk else None,
        refunds_in_parts=in_parts,
        seen_of_refund=" ".join(known.refund),
        seen_of_charge=" ".join(known.charge),
    )


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


def _tried(t: Texts, attempt: Attempt, zone: str) -> Try:
    words = statuses.attempts(t)[attempt.state]
    reason = merchant_texts.reason(t, attempt.reason) if attempt.reason else ""
    return Try(
        attempt.number, t.clock(attempt.created_at, zone), _TRY_BADGES.get(attempt.state, "processing"), words, reason
    )


def _returned(t: Texts, refund: Refund, currency: str, names: Mapping[str, str], zone: str) -> Returned:
    return Returned(
        t.clock(refund.created_at, zone),
        t.money(Money(refund.amount, currency)),
        _REFUND_BADGES.get(refund.state, "processing"),
        statuses.refunds(t)[refund.state],
        timeline.by(t, refund.actor_kind, refund.actor_id, names),
        refund.detail or "" if refund.state is RefundState.FAILED else "",
    )


def _told(t: Texts, callback: Callback) -> Told:
    badge = "processing" if callback.state is CallbackState.PENDING else callback.state
    return Told(callback.id, callback.type, badge, statuses.callbacks(t, callback.tries)[callback.state])


# The badges of templates: a try that is over looks as the order's state that it leads to.
_TRY_BADGES = {AttemptState.DONE: "paid", AttemptState.DECLINED: "failed", AttemptState.ABANDONED: "expired"}
_REFUND_BADGES = {RefundState.SUCCEEDED: "refunded", RefundState.FAILED: "failed"}
