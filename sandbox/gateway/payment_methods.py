"""Payment methods: cards, of which only brand, last four digits, expiry, a fingerprint and a word for the behaviour
are kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any

from sandbox.gateway import cards, webhooks
from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.errors import GatewayError, invalid, missing_parameter
from sandbox.gateway.particulars import check_email, merged_metadata
from sandbox.gateway.store import Doc, Transaction

_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
_CHECKED = {"incorrect_cvc": "fail"}


def create(call: Call) -> Doc:
    """A card by its number or by a public token (`tok_visa`)."""
    params = call.params
    check_email(params.get("billing_details") or {}, "email", inside="billing_details")
    if params.get("type") != "card":
        raise invalid("This account accepts cards only.", param="type")
    if "card" not in params:
        raise missing_parameter("card")
    token = params["card"].get("token")
    named = token is not None
    means = (
        from_name(call, token.removeprefix("tok_"), param="card[token]") if named else from_card(call, params["card"])
    )
    means["billing_details"] = billing_details(params.get("billing_details"))
    means["metadata"] = merged_metadata({}, params.get("metadata"))
    means["allow_redisplay"] = params.get("allow_redisplay", "unspecified")
    return call.insert(means)


def from_name(call: Call, name: str, *, param: str) -> Doc:
    """One of Stripe's ready-made test cards (`pm_card_visa`), new and unsaved."""
    card = cards.BY_NAME.get(name)
    if card is None:
        raise invalid(f"No such test card: '{name}'", code="resource_missing", param=param)
    return _means(call, card, 12, 2034, checked=False)


def from_card(call: Call, card: dict[str, Any]) -> Doc:
    """Typed card details, checked as Stripe checks them; unsaved. The number goes no further than this function's
    callees."""
    known = cards.recognise(re.sub(r"[\s-]", "", str(card.get("number", ""))))
    month, year = _expiry(call, str(card.get("exp_month", "")), str(card.get("exp_year", "")))
    cvc = card.get("cvc")
    if cvc is not None and not re.fullmatch(r"[0-9]{4}" if known.brand == "amex" else r"[0-9]{3}", cvc, re.ASCII):
        raise _card_error("invalid_cvc", "Your card's security code is invalid.", "cvc")
    return _means(call, known, month, year, checked=cvc is not None)


def put_into_wallet(call: Call, means: Doc, wallet: str) -> None:
    """As a phone's wallet gives a card: it shows the card's own last four digits, and hides its number behind one that the
    device made (https://support.stripe.com/questions/how-do-card-numbers-work-with-apple-pay-and-google-pay-and-what-is-dynamic-last4).
    """
    if wallet not in {"apple_pay", "google_pay"}:
        raise invalid(f"Invalid wallet: {wallet}", param="wallet")
    device = _fingerprint(call, f"{wallet}:{means['card']['fingerprint']}")
    digits = str(int(device, 16))[-4:]
    means["card"] |= {"fingerprint": device, "wallet": {"type": wallet, wallet: {}, "dynamic_last4": digits}}


def _expiry(call: Call, month: str, year: str) -> tuple[int, int]:
    if not (month.isdecimal() and 1 <= int(month) <= 12):
        raise _card_error("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    full = int(year) + 2000 * (len(year) == 2) if year.isdecimal() else 0
    current = 1970 + int(call.now / 31556952)
    if not current <= full <= current + 50:
        raise _card_error("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
    return int(month), full


def _card_error(code: str, message: str, param: str) -> GatewayError:
    return GatewayError(402, "card_error", message, code=code, param=param, executed=True)


def _means(call: Call, card: cards.TestCard, month: int, year: int, *, checked: bool) -> Doc:
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(None),
        "card": {
            "brand": card.brand,
            "checks": _checks(card.behaviour, checked=checked),
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": month,
            "exp_year": year,
            "fingerprint": _fingerprint(call, card.number),
            "funding": card.funding,
            "generated_from": None,
            "last4": card.number[-4:],
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": call.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "radar_options": {},
        "type": "card",
        "_behaviour": card.behaviour,
    }


def _checks(behaviour: str, *, checked: bool) -> Doc:
    """What the bank says of the code and the address: nothing, where they were not given."""
    checks: Doc = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": None}
    if checked:
        checks["cvc_check"] = _CHECKED.get(behaviour, "pass")
    return checks | dict.fromkeys(cards.BEHAVIOURS[behaviour].fails_checks, "fail")


def _fingerprint(call: Call, number: str) -> str:
    """The same for a number within an account, of no use elsewhere: keyed by a secret that the database made for
    itself."""
    return hmac.new(_pepper(call.tx), f"{call.scope}:{number}".encode(), hashlib.sha256).hexdigest()[:16]


def _pepper(tx: Transaction) -> bytes:
    tx.sql.execute("INSERT OR IGNORE INTO secrets VALUES ('pepper', ?)", (secrets.token_bytes(32),))
    return bytes(tx.sql.execute("SELECT value FROM secrets WHERE name = 'pepper'").fetchone()[0])


def billing_details(given: Doc | None) -> Doc:
    """With every field that the SDK's type has."""
    known = given or {}
    address = known.get("address") or {}
    return {
        "address": {name: address.get(name) or None for name in _ADDRESS},
        "email": known.get("email") or None,
        "name": known.get("name") or None,
        "phone": known.get("phone") or None,
        "tax_id": known.get("tax_id") or None,
    }


def retrieve(call: Call, payment_method: str) -> Doc:
    return call.get("payment_method", payment_method)


def update(call: Call, payment_method: str) -> Doc:
    means = call.get("payment_method", payment_method)
    if "billing_details" in call.params:
        check_email(call.params["billing_details"] or {}, "email", inside="billing_details")
        means["billing_details"] = billing_details(call.params["billing_details"])
    means["card"] |= {
        name: call.params["card"][name] for name in ("exp_month", "exp_year") if name in call.params.get("card", {})
    }
    means["allow_redisplay"] = call.params.get("allow_redisplay", means["allow_redisplay"])
    means["metadata"] = merged_metadata(means["metadata"], call.params.get("metadata"))
    webhooks.emit(call, "payment_method.updated", means)
    return call.save(means)


def listing(call: Call) -> Doc:
    matches: dict[str, object] = {
        name: call.params[name] for name in ("type", "allow_redisplay") if name in call.params
    }
    customer = call.params.get("customer")
    if customer is not None:
        call.get("customer", customer, param="customer")
    return call.page("payment_method", "/v1/payment_methods", matches, customer=customer or "")


def of_customer(call: Call, customer: str) -> Doc:
    call.get("customer", customer)
    matches: dict[str, object] = {
        name: call.params[name] for name in ("type", "allow_redisplay") if name in call.params
    }
    return call.page("payment_method", f"/v1/customers/{customer}/payment_methods", matches, customer=customer)


def of_customer_one(call: Call, customer: str, payment_method: str) -> Doc:
    means = call.get("payment_method", payment_method)
    if means["customer"] != customer:
        raise GatewayError(
            404,
            "invalid_request_error",
            f"No such payment_method: '{payment_method}' for this customer",
            code="resource_missing",
            param="payment_method",
        )
    return means


def attach(call: Call, payment_method: str) -> Doc:
    """Save for a customer. A card that would be declined is declined here, as the bank is asked."""
    if "customer" not in call.params:
        raise invalid("Must provide customer or customer_account.", code="parameter_missing")
    customer = call.get("customer", call.params["customer"], param="customer")
    if payment_method.startswith("pm_card_"):
        means = call.insert(from_name(call, payment_method.removeprefix("pm_card_"), param="payment_method"))
    else:
        means = call.get("payment_method", payment_method)
    if means["customer"] not in {None, customer["id"]}:
        raise invalid(
            "The payment method you provided has already been attached to a customer.", param="payment_method"
        )
    refuse_spent(means)
    behaviour = cards.BEHAVIOURS[means["_behaviour"]]
    if behaviour.decline is not None and not behaviour.saves_anyway and behaviour.asks is cards.Asks.NEVER:
        decline = behaviour.decline
        raise GatewayError(
            402,
            "card_error",
            decline.message,
            code=decline.code,
            executed=True,
            more={"decline_code": decline.decline_code, "payment_method": means},
        )
    return save_for(call, means, customer["id"])


def save_for(call: Call, means: Doc, customer: str) -> Doc:
    """Attach, and tell."""
    if means["customer"] == customer:
        return means
    means["customer"] = customer
    webhooks.emit(call, "payment_method.attached", means)
    return call.save(means)


def refuse_spent(means: Doc) -> None:
    """What was used without being saved, or was detached, is never charged again."""
    if means["customer"] is None and (means.get("_used") or means.get("_detached")):
        raise GatewayError(
            400,
            "invalid_request_error",
            "The provided PaymentMethod was already used without being attached to a customer, or was detached: it may "
            "not be used again. To use one several times, attach it to a Customer first.",
            code="payment_method_unexpected_state",
            param="payment_method",
            executed=True,
        )


def detach(call: Call, payment_method: str) -> Doc:
    means = call.get("payment_method", payment_method)
    if means["customer"] is None:
        raise GatewayError(
            400,
            "invalid_request_error",
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            code="payment_method_unexpected_state",
            executed=True,
        )
    return take_from(call, means)


def take_from(call: Call, means: Doc) -> Doc:
    """No customer's any more, and of no use ever after; and tell."""
    previous = {"customer": means["customer"]}
    means |= {"customer": None, "_detached": True}
    webhooks.emit(call, "payment_method.detached", means, previous=previous)
    return call.save(means)


ROUTES = (
    Route("POST", "/v1/payment_methods", create, "PaymentMethodCreateParams"),
    Route("GET", "/v1/payment_methods", listing, "PaymentMethodListParams"),
    Route("GET", "/v1/payment_methods/<payment_method>", retrieve, "PaymentMethodRetrieveParams"),
    Route("POST", "/v1/payment_methods/<payment_method>", update, "PaymentMethodUpdateParams"),
    Route("POST", "/v1/payment_methods/<payment_method>/attach", attach, "PaymentMethodAttachParams"),
    Route("POST", "/v1/payment_methods/<payment_method>/detach", detach, "PaymentMethodDetachParams"),
    Route("GET", "/v1/customers/<customer>/payment_methods", of_customer, "CustomerPaymentMethodListParams"),
    Route(
        "GET",
        "/v1/customers/<customer>/payment_methods/<payment_method>",
        of_customer_one,
        "CustomerPaymentMethodRetrieveParams",
    ),
)
