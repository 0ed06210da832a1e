"""The bank's question (3-D Secure), as the gateway's own frame asks and answers it with an intent's client secret."""

from __future__ import annotations

from sandbox.gateway import domains, intents, money
from sandbox.gateway.call import Call, Route
from sandbox.gateway.errors import invalid, missing_parameter, no_such
from sandbox.gateway.store import Doc


def _intent(call: Call) -> Doc:
    if "client_secret" not in call.params:
        raise missing_parameter("client_secret")
    identity = call.params["client_secret"].partition("_secret_")[0]
    kind = "payment_intent" if identity.startswith("pi_") else "setup_intent"
    intent = intents.retrieve(call, kind, identity)
    if intent["status"] != "requires_action":
        raise no_such("challenge", identity)
    return intent


def retrieve(call: Call) -> Doc:
    """What the bank tells the buyer. `amount` is null when a card is only saved; `exponent` is the currency's."""
    intent = _intent(call)
    card = call.get("payment_method", intent["payment_method"])["card"]
    currency = intent.get("currency")
    return {
        "object": "challenge",
        "attempt": intent["_attempt"],
        "merchant": call.caller.account.name,
        "amount": intent.get("amount"),
        "currency": currency,
        "exponent": money.exponent(str(currency)),
        "brand": card["brand"],
        "last4": card["last4"],
    }


def answer(call: Call) -> Doc:
    """The buyer's answer to the question that was asked: `outcome` is passed, failed or cancelled. The intent after
    it."""
    outcome = call.params.get("outcome")
    if outcome not in {"passed", "failed", "cancelled"}:
        raise invalid("Invalid outcome: must be one of passed, failed or cancelled", param="outcome")
    return intents.answer_challenge(call, _intent(call), str(call.params.get("attempt")), passed=outcome == "passed")


def session(call: Call) -> Doc:
    """Proves to a form that its key is good, before it says that it is ready; `wallets`: they are offered on that `domain`."""
    wallets = domains.offered(call, call.params.get("domain", ""))
    return {
        "object": "elements_session",
        "merchant": call.caller.account.name,
        "payment_method_types": ["card"],
        "wallets": wallets,
    }


_ANSWER, _SESSION = frozenset({"attempt", "outcome"}), frozenset({"domain"})
ROUTES = (
    Route("GET", "/v1/3ds2/challenge", retrieve, "PaymentIntentRetrieveParams", publishable=True),
    Route("POST", "/v1/3ds2/authenticate", answer, "PaymentIntentRetrieveParams", publishable=True, extra=_ANSWER),
    Route("GET", "/v1/elements/sessions", session, "BalanceRetrieveParams", publishable=True, extra=_SESSION),
)
