"""Confirmation tokens: what the page's card form hands over, once and for twelve hours."""

from __future__ import annotations

from typing import Any

from sandbox.gateway import payment_methods
from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.errors import GatewayError, invalid, missing_parameter
from sandbox.gateway.particulars import check_email, check_url
from sandbox.gateway.store import Doc

_LIFETIME = 12 * 3600


def create(call: Call) -> Doc:
    """By the gateway's own frames, with the publishable key and the typed card, or a wallet's; by tests (`test_helpers`),
    with the secret key and a ready-made test card."""
    if "card" in call.params:
        means = payment_methods.from_card(call, call.params["card"])
    elif call.params.get("payment_method", "").startswith("pm_card_"):
        means = payment_methods.from_name(
            call, call.params["payment_method"].removeprefix("pm_card_"), param="payment_method"
        )
    elif "payment_method" in call.params:
        means = call.get("payment_method", call.params["payment_method"], param="payment_method") | {"id": new_id("pm")}
    else:
        raise missing_parameter("payment_method")
    if "wallet" in call.params:
        payment_methods.put_into_wallet(call, means, call.params["wallet"])
    check_url(call.params, "return_url")
    details = call.params.get("payment_method_data", call.params)
    if isinstance(details.get("billing_details"), dict):
        check_email(details["billing_details"], "email", inside="billing_details")
        means["billing_details"] = payment_methods.billing_details(details["billing_details"])
    usage = call.params.get("setup_future_usage")
    means["allow_redisplay"] = details.get("allow_redisplay", "limited" if usage else "unspecified")
    means["customer"] = None
    return call.insert(_token(call, means, usage))


def _token(call: Call, means: Doc, usage: str | None) -> Doc:
    shown = {
        name: means[name]
        for name in ("allow_redisplay", "billing_details", "card", "customer", "customer_account", "type")
    }
    return {
        "id": new_id("ctoken"),
        "object": "confirmation_token",
        "created": call.now,
        "expires_at": call.now + _LIFETIME,
        "livemode": False,
        "mandate_data": None,
        "metadata": {},
        "payment_intent": None,
        "payment_method_options": None,
        "payment_method_preview": shown,
        "return_url": call.params.get("return_url"),
        "setup_future_usage": usage,
        "setup_intent": None,
        "shipping": call.params.get("shipping"),
        "use_stripe_sdk": True,
        "_means": means,
        "_elements": _elements(call.params.get("elements"), usage),
    }


def retrieve(call: Call, confirmation_token: str) -> Doc:
    return call.get("confirmation_token", confirmation_token)


def spend(call: Call, identity: str, intent: Doc, params: Doc) -> tuple[Doc, Doc]:
    """Use a token for an intent: the token and the new payment method. Raises when it was used before, is too old, or was
    made by Elements of other options than the intent's. `params` are the confirmation's, which override the token's."""
    token = call.get("confirmation_token", identity, param="confirmation_token")
    if token["payment_intent"] or token["setup_intent"]:
        raise _spent("The ConfirmationToken was already used to confirm an intent.", "token_already_used")
    if token["expires_at"] <= call.now:
        raise _spent("The ConfirmationToken has expired.", "resource_missing")
    _compare(token["_elements"], intent, params)
    token[intent["object"]] = intent["id"]
    token["expires_at"] = None
    means = call.insert(token.pop("_means") | {"created": call.now})
    call.save(token)
    return token, means


def _compare(elements: Doc, intent: Doc, params: Doc) -> None:
    """The options of the page's Elements, as far as they were said, against what the intent is
    (https://docs.stripe.com/payments/accept-a-payment-deferred)."""
    takes = intent["object"] == "payment_intent"
    provided: Doc = {"mode": "payment" if takes else "setup"}
    if takes:
        usage = params.get("setup_future_usage", intent["setup_future_usage"]) or None
        manual = params.get("capture_method", intent["capture_method"]) == "manual"
        provided |= {"currency": intent["currency"], "amount": intent["amount"]}
        provided |= {"capture_method": "manual" if manual else "automatic"}
        if usage is not None:  # a request that saves nothing overrides what the page asked for
            provided["setup_future_usage"] = usage
    for name, value in provided.items():
        if name in elements and elements[name] != value:
            raise invalid(
                f"The provided {name} ({value}) does not match the expected {name} ({elements[name] or 'null'}). Try "
                "confirming with an Intent that is configured to use the same parameters as Stripe Elements."
            )


def _elements(said: Any, usage: str | None) -> Doc:
    """What the page's Elements were made with; tokens that were not made by Elements have none."""
    if not isinstance(said, dict):
        return {}
    known: Doc = {"mode": said.get("mode"), "setup_future_usage": usage}
    if said.get("mode") == "payment":
        amount = str(said.get("amount"))
        known |= {"currency": said.get("currency"), "amount": int(amount) if amount.isdecimal() else None}
        known["capture_method"] = "manual" if said.get("capture_method") == "manual" else "automatic"
    return known


def _spent(message: str, code: str) -> GatewayError:
    return GatewayError(400, "invalid_request_error", message, code=code, param="confirmation_token", executed=True)


ROUTES = (
    Route(
        "POST",
        "/v1/confirmation_tokens",
        create,
        "test_helpers.ConfirmationTokenCreateParams",
        publishable=True,
        extra=frozenset({"allow_redisplay", "billing_details", "card", "elements", "wallet"}),
    ),
    Route("POST", "/v1/test_helpers/confirmation_tokens", create, "test_helpers.ConfirmationTokenCreateParams"),
    Route("GET", "/v1/confirmation_tokens/<confirmation_token>", retrieve, "ConfirmationTokenRetrieveParams"),
)
