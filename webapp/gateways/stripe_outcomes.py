"""What Stripe's answers mean: one reading of an intent, and of an error what it proves to have been done or not.

Sources, under https://docs.stripe.com: payments/paymentintents/lifecycle, declines/codes, error-handling,
api/idempotent_requests.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import requests
import stripe
import urllib3

from webapp.domain import cards, errors
from webapp.domain.outcome import (
    ActionNeeded,
    Authorised,
    Cancelled,
    Card,
    Decline,
    Declined,
    Done,
    GatewayDispute,
    GatewayPayment,
    GatewayRefund,
    Outcome,
    Pending,
    Unconfirmed,
    Unknown,
)
from webapp.domain.statuses import DisputeState, RefundState
from webapp.gateways import stripe_amounts
from webapp.gateways.base import Notification, Saver

_SHORTEST_HOLD = 5 * 86_400  # seconds
_CONTESTS = {"won": DisputeState.WON, "lost": DisputeState.LOST}

T = TypeVar("T")
Intent = stripe.PaymentIntent | stripe.SetupIntent

# Only what the buyer can mend is told. Lost, stolen, fraudulent, blocked and every other word stays GENERIC: those help
# whoever tries out stolen cards, and Stripe asks to show them as a generic decline.
_REASONS = {
    "insufficient_funds": Decline.INSUFFICIENT_FUNDS,
    "expired_card": Decline.EXPIRED_CARD,
    "incorrect_cvc": Decline.INCORRECT_CVC,
    "invalid_cvc": Decline.INCORRECT_CVC,
    "authentication_required": Decline.AUTHENTICATION_REQUIRED,
    "payment_intent_authentication_failure": Decline.AUTHENTICATION_FAILED,
    "setup_intent_authentication_failure": Decline.AUTHENTICATION_FAILED,
    "authentication_failure": Decline.AUTHENTICATION_FAILED,
    "authentication_not_handled": Decline.AUTHENTICATION_FAILED,
    "processing_error": Decline.PROCESSING_ERROR,
    "issuer_not_available": Decline.PROCESSING_ERROR,
    "reenter_transaction": Decline.PROCESSING_ERROR,
    "try_again_later": Decline.PROCESSING_ERROR,
    "three_d_secure_authentication_upstream_error": Decline.PROCESSING_ERROR,
}


def of_intent(intent: Intent) -> Outcome:
    """The one reading of an intent's status (https://docs.stripe.com/payments/paymentintents/lifecycle)."""
    if isinstance(intent, stripe.PaymentIntent) and intent.status == "requires_capture":
        return _held(intent)
    match intent.status:
        case "succeeded":
            return _done(intent)
        case "requires_payment_method" | "requires_confirmation":
            return _untaken(intent)
        case "requires_action":
            action = {"clientSecret": intent.client_secret or ""}  # as `handleNextAction` of Stripe.js takes it
            return ActionNeeded(intent.id, action, gateway_attempt_ref=id_of(intent.payment_method) or "")
        case "canceled":
            return Cancelled(intent.id)
    known = intent.status == "processing"
    return (
        Pending(intent.id, id_of(intent.payment_method) or "") if known else Unknown(f"{intent.id} is {intent.status}")
    )


def _done(intent: Intent) -> Done:
    payment_method = intent.payment_method
    customer, shown = id_of(intent.customer), card(payment_method)
    if isinstance(intent, stripe.SetupIntent):
        return Done(
            intent.id,
            0,
            metadata(intent, "currency"),
            shown,
            id_of(payment_method),
            customer,
            id_of(payment_method) or "",
        )
    currency = intent.currency.upper()
    amount = stripe_amounts.from_stripe(intent.amount_received, currency)
    saved = id_of(payment_method) if intent.setup_future_usage == "off_session" else None
    return Done(intent.id, amount, currency, shown, saved, customer, id_of(payment_method) or "")


def _held(intent: stripe.PaymentIntent) -> Authorised:
    payment_method, currency = intent.payment_method, intent.currency.upper()
    amount = stripe_amounts.from_stripe(intent.amount_capturable, currency)
    saved = id_of(payment_method) if intent.setup_future_usage == "off_session" else None
    charge = intent.latest_charge
    details = getattr(getattr(charge, "payment_method_details", None), "card", None)
    until = getattr(details, "capture_before", None)
    # https://docs.stripe.com/payments/place-a-hold-on-a-payment-method: seven days, or five (Visa), where it does not say.
    lapses = datetime.fromtimestamp(until or intent.created + _SHORTEST_HOLD, UTC)
    return Authorised(
        intent.id,
        amount,
        currency,
        card(payment_method),
        saved,
        id_of(intent.customer),
        lapses,
        id_of(payment_method) or "",
    )


def _untaken(intent: Intent) -> Declined | Unconfirmed:
    error = intent.last_setup_error if isinstance(intent, stripe.SetupIntent) else intent.last_payment_error
    if error is None:
        return Unconfirmed(intent.id)
    code = getattr(error, "decline_code", None) or getattr(error, "code", None) or error.type
    payment_method = getattr(error, "payment_method", None)
    gateway_attempt_ref = id_of(payment_method) or id_of(getattr(error, "charge", None)) or ""
    reason = _REASONS.get(code, Decline.GENERIC)
    if reason is Decline.AUTHENTICATION_FAILED and _rejected(intent, id_of(payment_method)):
        reason, code = Decline.GENERIC, "authentication_rejected"
    return Declined(intent.id, reason, code, gateway_attempt_ref, fingerprint(payment_method))


def _rejected(intent: Intent, payment_method: str | None) -> bool:
    """Whether the bank itself refused to authenticate this card. A buyer who broke that off, or let it be, is told by the same error code;
    only the record of the try says which (`three_d_secure.result_reason`), and there is not always one."""
    attempt = getattr(intent, "latest_charge", None) or getattr(intent, "latest_attempt", None)
    details = getattr(getattr(attempt, "payment_method_details", None), "card", None)
    reason = getattr(getattr(details, "three_d_secure", None), "result_reason", None)
    return reason == "rejected" and id_of(getattr(attempt, "payment_method", None)) == payment_method


def fingerprint(payment_method: object) -> str:
    """The fingerprint of the card behind a means of payment or the preview of one; empty when Stripe gives an id only, or
    none."""
    said = getattr(getattr(payment_method, "card", None), "fingerprint", None)
    return said if isinstance(said, str) else ""


def card(payment_method: str | stripe.PaymentMethod | None) -> Card | None:
    """What may be shown of a means of payment; None for one that is no card, or is known by its id alone."""
    card = getattr(payment_method, "card", None)
    if card is None:
        return None
    wallet = getattr(getattr(card, "wallet", None), "type", None)
    return Card(card.brand, card.last4, card.exp_month, card.exp_year, fingerprint(payment_method), wallet)


def id_of(thing: object) -> str | None:
    """The id of what Stripe gives as an id or, expanded, as an object."""
    identity = thing if isinstance(thing, str) else getattr(thing, "id", None)
    return identity if isinstance(identity, str) else None


def metadata(intent: Intent, name: str) -> str:
    return str(getattr(intent.metadata, name, ""))


def saver(intent: Intent) -> Saver | None:
    """Who an intent with its `customer` expanded belongs to. Of a deleted customer Stripe gives nothing but that it is
    (https://docs.stripe.com/api/customers/retrieve)."""
    customer = intent.customer
    if not isinstance(customer, stripe.Customer) or getattr(customer, "deleted", False):
        return None
    buyer = str(getattr(customer.metadata, "buyer", ""))
    if not buyer:
        return None
    return Saver(metadata(intent, "merchant"), buyer, metadata(intent, "renews"), customer.phone, customer.email)


def notification(event: stripe.Event) -> Notification:
    thing = event.data.object
    kind = getattr(thing, "object", None)
    is_intent = kind in {"payment_intent", "setup_intent"}
    intent = id_of(thing) if is_intent else id_of(getattr(thing, "payment_intent", None))
    payment_method = id_of(thing) if kind == "payment_method" else None
    said = (event.id, event.type, intent, getattr(event, "account", None))
    if not all(isinstance(part, str | None) for part in (*said, payment_method)) or not event.id:
        raise ValueError("an event's id and type are texts")
    return Notification(*said, after_payment=not is_intent, payment_method_id=payment_method)


def gateway_refund(refund: stripe.Refund) -> GatewayRefund:
    """A refund (https://docs.stripe.com/refunds). One that needs the buyer's bank details is on its way."""
    currency, status = refund.currency.upper(), refund.status
    progress = (
        RefundState.SUCCEEDED
        if status == "succeeded"
        else RefundState.FAILED
        if status in {"failed", "canceled"}
        else RefundState.PENDING
    )
    amount = stripe_amounts.from_stripe(refund.amount, currency)
    ours = str(getattr(refund.metadata, "refund", "")) if refund.metadata else ""
    return GatewayRefund(refund.id, amount, progress, ours, getattr(refund, "failure_reason", None) or "")


def gateway_payment(
    intent: stripe.PaymentIntent, refunds: Iterable[stripe.Refund], disputes: Iterable[stripe.Dispute]
) -> GatewayPayment:
    """The whole of a payment. Inquiries (`warning_…`) take no money and are left out."""
    currency = intent.currency.upper()
    return GatewayPayment(
        stripe_amounts.from_stripe(intent.amount_received, currency),
        currency,
        tuple(gateway_refund(each) for each in _of_what_was_taken(intent, list(refunds))),
        tuple(
            GatewayDispute(
                each.id,
                stripe_amounts.from_stripe(each.amount, currency) if each.currency.upper() == currency else 0,
                each.reason,
                _CONTESTS.get(each.status, DisputeState.OPEN),
            )
            for each in disputes
            if not each.status.startswith("warning_") and each.status != "prevented"
        ),
    )


def _of_what_was_taken(intent: stripe.PaymentIntent, refunds: list[stripe.Refund]) -> list[stripe.Refund]:
    """The refunds less the one by which Stripe lets go of what was held and not taken: "any additional amount is automatically refunded"
    (https://docs.stripe.com/api/payment_intents/capture). It is of just that amount and older than any other. The charge counts it among what
    it has refunded, and so tells whether it stands in the list."""
    released = intent.amount - intent.amount_received
    alive = [each for each in refunds if each.status not in {"failed", "canceled"}]
    theirs = [each for each in alive if each.amount == released and not gateway_refund(each).refund]
    counted = getattr(intent.latest_charge, "amount_refunded", None)
    if released <= 0 or not theirs or counted == sum(each.amount for each in alive) + released:
        return refunds
    release = min(reversed(theirs), key=lambda each: each.created)  # the list has the newest first
    return [each for each in refunds if each.id != release.id]


def no_refund(error: stripe.StripeError) -> Unknown:
    """What a refund that raised this is: unknown, or raised as what proves that nothing went back."""
    proved = refusal(error)
    if proved is not None:
        raise proved from error
    return Unknown(words(error))


@contextmanager
def unlearned() -> Iterator[None]:
    """Around questions whose answer must be known whole: whatever goes wrong is `Busy`, for not to know must not look like
    "there is none"."""
    try:
        yield
    except stripe.StripeError as error:
        raise errors.Busy(words(error)) from error


def of_error(error: stripe.StripeError) -> Outcome:
    """The outcome of a call that could take money and raised this. Raises what proves that nothing was done."""
    if isinstance(error, stripe.CardError):
        intent = getattr(error.error, "payment_intent", None) or getattr(error.error, "setup_intent", None)
        if intent is not None:
            return of_intent(intent)
    proved = refusal(error)
    if proved is not None:
        raise proved from error
    return Unknown(words(error))


def refusal(error: stripe.StripeError) -> errors.OrdoError | None:
    """What this error proves not to have been done, as the error to raise. None: the request may have been carried out.

    A 409 (its key is in use), a 429 `lock_timeout` (the object is) and a key used for something else tell of another
    request that may be taking money at this moment; a 500, replayed or not, may come after the charge.
    """
    match error:
        case stripe.APIConnectionError() if _never_left(error):
            return errors.NotSent(words(error))
        case stripe.RateLimitError() if getattr(error.error, "code", None) != "lock_timeout":
            return errors.Busy(words(error))
        case stripe.InvalidRequestError(code="resource_missing", param="customer"):
            return errors.UnknownCustomer(words(error))
        case stripe.InvalidRequestError(code="amount_too_large" | "amount_too_small" | "invalid_charge_amount"):
            return errors.AmountRefused(words(error))
        case stripe.AuthenticationError() | stripe.PermissionError() | stripe.InvalidRequestError():
            return errors.GatewayRefused(words(error))
    return None


def _never_left(error: stripe.APIConnectionError) -> bool:
    """Whether no connection came about: name not found, refused, no answer to the connect, proxy not reached, or a
    certificate that does not fit. All else (reset, read timeout, TLS alert) may come after the request was sent."""
    cause = error.__cause__
    if isinstance(cause, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    first = cause.args[0] if isinstance(cause, requests.ConnectionError) and cause.args else None
    reason = getattr(first, "reason", first)  # urllib3 wraps it in MaxRetryError
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


@contextmanager
def harmless() -> Iterator[None]:
    """Around calls that take nothing and may be made again: what is not certainly refused is `Busy`."""
    try:
        yield
    except stripe.StripeError as error:
        wrong = isinstance(error, stripe.IdempotencyError | stripe.CardError)
        raise (errors.GatewayRefused(words(error)) if wrong else refusal(error) or errors.Busy(words(error))) from error


def made(make: Callable[[str], T], key: str) -> T:
    """Make a thing under an idempotency key. Stripe answers a key with the same 500 for a day; then a second key is
    used, always the same one. For what harms nobody if the first was made after all (an intent that is never confirmed),
    and for what was looked for and not found."""
    try:
        return make(key)
    except stripe.APIError as error:
        if (error.headers or {}).get("Idempotent-Replayed") != "true":
            raise
        return make(f"{key}:again")


def words(error: stripe.StripeError) -> str:
    """For an engineer: which kind of error, Stripe's code, request and message, without card numbers."""
    code = getattr(error.error, "code", None)
    message = " ".join((error.user_message or "").split())
    said = " ".join(str(part) for part in (type(error).__name__, code, error.request_id, message) if part)
    return cards.hidden(said)[:400]
