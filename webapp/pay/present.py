"""From an order to its page: which template, and every text in the buyer's language."""

from __future__ import annotations

import dataclasses
import functools
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from webapp import i18n
from webapp.domain.actions import Action
from webapp.domain.errors import OrdoError, TooMany
from webapp.domain.money import Money
from webapp.domain.outcome import Decline
from webapp.domain.states import SUCCESSFUL, State
from webapp.domain.statuses import AliasStatus, AttemptState
from webapp.gateways.base import Capability
from webapp.pay import brand
from webapp.pay.page import CardBrand, PayPage, Problem, Step
from webapp.services.notifications import merchant_texts
from webapp.services.orders import buyer_details, consent, lifecycle
from webapp.web import headers
from webapp.web.locale import accepted, asked, speak, texts
from webapp.web.services import context
from webapp.whatsapp import replies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db.pages import PageOrder
    from webapp.domain.outcome import ActionNeeded
    from webapp.gateways.base import Gateway, GatewayProvider
    from webapp.services.orders.buyer_view import BuyerView

A_MINUTE = timedelta(minutes=1)  # times of day are shown without their seconds

TEMPLATES = {
    State.OPEN: "pay/show.html",
    State.PROCESSING: "pay/processing.html",
    State.PAID: "pay/done.html",
    State.REGISTERED: "pay/done.html",
    State.AUTHORISED: "pay/held.html",
    State.PARTIALLY_REFUNDED: "pay/done.html",
    State.REFUNDED: "pay/done.html",
    State.DISPUTED: "pay/done.html",
    State.VOIDED: "pay/released.html",
    State.REFUSED: "pay/refused.html",
    State.EXPIRED: "pay/expired.html",
    State.CANCELLED: "pay/cancelled.html",
}


def choose_language(shown: BuyerView) -> None:
    """What the reader chose, what the buyer chose last elsewhere, the order's language, the browser's, that of the phone's country, the
    merchant's."""
    language = i18n.choose(_wanted(shown), shown.merchant.language)
    speak(language, shown.merchant.country, shown.phone_country)


def _wanted(shown: BuyerView) -> Iterator[str | None]:
    """One after the other, for the later ones cost more to find out."""
    yield from asked()
    yield shown.buyer_language
    yield shown.order.language
    yield from accepted()
    yield shown.phone_language


def page(
    token: str, shown: BuyerView, *, problem: OrdoError | None = None, needed: ActionNeeded | None = None
) -> PayPage:
    """The page of an order as it stands. `problem` is why this request brought nothing, `needed` what it brought to do."""
    order, merchant, t, ours = shown.order, shown.merchant, texts(), context()
    provider = ours.provider(merchant)
    headers.allow_gateway(provider.name)
    look = brand.look(merchant)
    if look.style:
        headers.allow_style(look.style)
    action = Action(order.action)
    parts: dict[str, Any] = {}
    if shown.consent is not None:
        parts["consent_text"] = shown.consent.wording
        parts["consent_language"] = shown.consent.language
    if shown.state == State.OPEN:
        parts["problem"] = _problem(t, shown, problem)
    elif shown.state == State.PROCESSING:
        parts["step"] = Step.BANK if shown.attempt == AttemptState.ACTION_NEEDED else Step.WAITING
        parts["next_step"] = _next_step(needed) if needed else None
    if shown.state in {State.OPEN, State.PROCESSING}:
        parts |= _gateway_parts(provider, ours.gateway(merchant), order, t.language)
        words = consent.wording(t, action, merchant.name)
        from_chat = action is Action.PAYMENT and Capability.CUSTOMER_INITIATED in provider.capabilities
        if shown.state == State.OPEN and from_chat and merchant.number and shown.phone:
            text = replies.write(replies.Wish.PAY, t.language, order.reference)
            parts["chat_url"] = f"{_chat(merchant.number)}?text={quote_plus(text)}"
        parts["consent_text"] = words
        parts["consent_version"] = consent.version(words) if words else None
    else:
        if merchant.number and shown.phone:
            parts["back_url"] = _chat(merchant.number)
        if order.return_url is not None and lifecycle.may_lead_to(ours, merchant, order.return_url):
            parts["return_url"] = order.return_url
    return PayPage(
        token=token,
        csrf_token=ours.links.form_token(token),
        public_url=ours.links.public_url,
        test_mode=merchant.mode == "test",
        merchant_name=merchant.name,
        merchant_contact=merchant.contact,
        legal_identity=merchant.legal_identity,
        terms_url=merchant.terms_url,
        gateway_name=provider.display_name,
        look=look,
        preview=_preview(t, shown),
        state=shown.state,
        action=order.action,
        amount=merchant_texts.amount(t, order) or None,
        description=order.description,
        tax=t.percent(order.tax) if order.tax is not None else None,
        reference=order.reference,
        details_given=order.details is not None,
        expires=t.moment(order.expires_at, merchant.time_zone),
        card=merchant_texts.card(order.card, 4) if order.card else None,
        refunded=t.money(Money(order.refunded, order.currency)) if order.refunded else None,
        alias_saved=shown.alias is not None and shown.alias.status == AliasStatus.ACTIVE,
        alias_removed=shown.alias is not None and shown.alias.status == AliasStatus.REVOKED,
        closed_at=t.moment(order.closed_at, merchant.time_zone) if order.closed_at else None,
        **parts,
    )


def replaced(token: str, shown: BuyerView) -> PayPage:
    """The page of a link that counts no more: whose it was, and by which reference to ask. Somebody else may hold it than who is meant."""
    stopped = shown.state == State.CANCELLED
    bare = dataclasses.replace(
        shown, state=State.CANCELLED if stopped else State.EXPIRED, consent=None, alias=None, phone=None
    )
    return dataclasses.replace(page(token, bare), amount=None, description=None, card=None, refunded=None, tax=None)


def has_card_fields(shown: BuyerView) -> bool:
    """Whether the card is typed on the page."""
    return Capability.CARD_FIELDS in context().provider(shown.merchant).capabilities


def _gateway_parts(provider: GatewayProvider, gateway: Gateway, order: PageOrder, language: str) -> dict[str, Any]:
    """What the page has of its gateway. A form that has to be bought is asked for by the page's script."""
    part = provider.page
    saves = order.action in {Action.REGISTER, Action.REGISTER_PAY}
    form = (
        {}
        if part.form_is_bought
        else gateway.prepare(
            order.amount or 0,
            order.currency,
            saves=saves,
            manual_capture=order.manual_capture,
            language=language,
        )
    )
    return {
        "card_fields": Capability.CARD_FIELDS in provider.capabilities,
        "script": headers.static(part.script) if part.script else None,
        "gateway_script": part.gateway_script or None,
        "gateway_form": form,
        "card_brands": tuple(map(_brand, gateway.card_brands)),
        "held": order.manual_capture,
    }


@functools.cache
def _brand(name: str) -> CardBrand:
    return CardBrand(merchant_texts.brand(name), headers.static(f"cards/{name}.svg"))


def _next_step(needed: ActionNeeded) -> dict[str, object]:
    return {"redirect": needed.redirect_url} if needed.redirect_url else {"action": dict(needed.action)}


def must_give_details(shown: BuyerView, *, again: bool) -> bool:
    """Whether the buyer is asked for a name and an address now; `again`: also one who has given them."""
    return shown.state == State.OPEN and (
        buyer_details.lacking(shown.order) or (again and shown.order.collects_details)
    )


def _chat(number: str) -> str:
    """The address that opens a chat with the number."""
    return f"{context().chat_url}/{number.removeprefix('+')}"


def _preview(t: i18n.Texts, shown: BuyerView) -> str:
    if shown.state in SUCCESSFUL:
        return t.gettext("Paid") if shown.order.amount else t.gettext("Card saved")
    match shown.state:
        case State.EXPIRED:
            return t.gettext("Expired")
        case State.CANCELLED:
            return t.gettext("Cancelled")
        case State.REFUSED:
            return t.gettext("Declined")
    return t.gettext("Payment request")


def _problem(t: i18n.Texts, shown: BuyerView, problem: OrdoError | None) -> Problem | None:
    """Why the last try brought nothing; how many are left, when it is only one. A charge without the buyer that the bank wants
    confirmed is no try of the buyer's."""
    if isinstance(problem, TooMany):
        time = t.moment(problem.until + A_MINUTE, shown.merchant.time_zone)
        return Problem(
            problem.code, t.gettext("There were too many tries. Please try again later: after %(time)s.", time=time)
        )
    if problem is None and shown.merchant_initiated:
        return Problem(
            "merchant_initiated",
            t.gettext(
                "The shop asked for this payment from your saved card, and your bank wants you to confirm it. Please enter the card once more."
            ),
        )
    ended = shown.attempt in {
        AttemptState.DECLINED,
        AttemptState.ABANDONED,
    }  # without a verdict, but perhaps with a reason
    code = problem.code if problem else (shown.reason if ended else None)
    if code is None:
        return None
    last = shown.merchant.max_tries - shown.order.declines == 1 and shown.attempt == AttemptState.DECLINED
    return Problem(code, sorry(t, code) + (" " + t.gettext("One try is left.") if last else ""))


def sorry(t: i18n.Texts, code: str) -> str:
    """Why nothing was taken, in plain words that say what to do. Reasons that would help who tests stolen cards share one
    wording."""
    words = {
        Decline.INSUFFICIENT_FUNDS: t.gettext(
            "There is not enough money available on this card. Try another card, or agree on a smaller amount with the shop."
        ),
        Decline.EXPIRED_CARD: t.gettext("This card has expired. Try another card."),
        Decline.INCORRECT_CVC: t.gettext(
            "The security code is not right. Check the three or four digits on the card and try again."
        ),
        Decline.AUTHENTICATION_FAILED: t.gettext(
            "The payment was not confirmed at your bank. Try again, or use another card."
        ),
        Decline.AUTHENTICATION_REQUIRED: t.gettext("Your bank wants to confirm that it is you. Please try again."),
        Decline.PROCESSING_ERROR: t.gettext("The card could not be processed just now. Please try again in a moment."),
        "unknown_customer": t.gettext("The card could not be processed just now. Please try again in a moment."),
        "busy": t.gettext("Too many people are paying at this moment. Please try again in a minute."),
        "not_sent": t.gettext("The payment provider cannot be reached. Please try again in a minute."),
        "amount_refused": t.gettext(
            "The shop's payment account does not take this amount. The shop has been told; please ask it for another way to pay."
        ),
        "gateway_refused": t.gettext(
            "The shop's payment account does not accept this. The shop has been told; please ask it for another way to pay."
        ),
    }
    return words.get(code, t.gettext("Your bank declined this card. Try another card, or ask your bank."))
