"""What payment intents and setup intents share: being confirmed, asking the bank, being refused, succeeding, being
cancelled.

An intent keeps to itself: `_attempt` names the try under way (a challenge of an older try ends nothing),
`_authenticated` says that its bank saw the buyer.
"""

from __future__ import annotations

from typing import Any

from sandbox.gateway import cards, charges, next_actions, payment_methods, refunds, tokens, webhooks
from sandbox.gateway.call import Call, new_id
from sandbox.gateway.cards import Asks, Behaviour, Decline
from sandbox.gateway.errors import GatewayError, invalid, missing_parameter, no_such, unexpected_state
from sandbox.gateway.particulars import check_url
from sandbox.gateway.store import Doc

OPEN = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
_ONLY_CONFIRMING = (
    "confirmation_token", "off_session", "mandate_data", "error_on_requires_action", "return_url", "use_stripe_sdk",
)  # fmt: skip
_OFF_SESSION = frozenset({True, "one_off", "recurring"})


def means_allowed(params: dict[str, Any]) -> Doc:
    """The fields that say how may be paid; this gateway knows cards."""
    allowed = params.get("allowed_payment_method_types")
    automatic = params.get("automatic_payment_methods")
    if allowed is not None and automatic is not None:
        raise invalid(
            "Give one of automatic_payment_methods and allowed_payment_method_types.",
            code="parameters_exclusive",
            param="automatic_payment_methods",
        )
    return {
        "allowed_payment_method_types": allowed,
        "automatic_payment_methods": None
        if allowed
        else {"allow_redirects": "always", "enabled": True} | (automatic or {}),
        "payment_method_types": allowed or ["card"],
    }


def refuse_confirming_params(params: dict[str, Any]) -> None:
    """Some parameters mean nothing on a create that does not confirm."""
    for name in _ONLY_CONFIRMING:
        if name in params and params.get("confirm") is not True:
            raise invalid(f"You cannot provide `{name}` unless you also set `confirm=true`.", param=name)


def confirm(call: Call, intent: Doc) -> Doc:
    """Try to pay, or to save, with what the call names. Raises 402 when the bank refuses, and then everything
    written stays."""
    params = call.params
    params.heed("error_on_requires_action", "use_stripe_sdk", "off_session", "return_url")
    noun = "PaymentIntent" if _takes_money(intent) else "SetupIntent"
    if intent["status"] not in OPEN:
        raise unexpected_state(
            intent,
            f"You cannot confirm this {noun} because it has a status of {intent['status']}. "
            f"Only one with one of these statuses may be confirmed: {', '.join(sorted(OPEN))}.",
        )
    if "card" not in intent["payment_method_types"]:
        raise invalid("A card does not fit the intent's allowed payment method types.", param="payment_method")
    _check_confirming(params)
    token, means = _means(call, intent, params)
    if _takes_money(intent):
        wanted = params.get("setup_future_usage", token["setup_future_usage"])
        intent["setup_future_usage"] = intent["setup_future_usage"] if wanted is None else wanted or None
        intent["capture_method"] = params.get("capture_method", intent["capture_method"])
        intent["receipt_email"] = params.get("receipt_email", intent["receipt_email"]) or None
    if params.get("off_session") not in _OFF_SESSION:
        next_actions.check_return(intent, params.get("return_url") or token["return_url"])
    intent |= {"payment_method": means["id"], "next_action": None, "_attempt": new_id("try"), "_authenticated": False}
    intent[_error_field(intent)] = None
    _record_attempt(intent)
    return _attempt(call, intent, means, token | params)


def _check_confirming(params: dict[str, Any]) -> None:
    check_url(params, "return_url")
    if params.get("off_session") in _OFF_SESSION and params.get("setup_future_usage"):
        raise invalid("`setup_future_usage` cannot be used when `off_session` is set.", param="setup_future_usage")


def _attempt(call: Call, intent: Doc, means: Doc, params: dict[str, Any]) -> Doc:
    behaviour = cards.BEHAVIOURS[means["_behaviour"]]
    absent = params.get("off_session") in _OFF_SESSION
    if _asks(behaviour, means, absent=absent):
        if absent or params.get("error_on_requires_action"):
            raise _declined(call, intent, means, cards.AUTHENTICATION_REQUIRED)
        return _ask(call, intent, params)
    return _charge_or_save(call, intent, means, behaviour)


def _asks(behaviour: Behaviour, means: Doc, *, absent: bool) -> bool:
    match behaviour.asks:
        case Asks.NEVER:
            return False
        case Asks.ALWAYS:
            return True
        case Asks.UNTIL_SET_UP:
            return not (absent and means.get("_set_up"))
        case Asks.ON_SESSION:
            return not absent


def _ask(call: Call, intent: Doc, params: dict[str, Any]) -> Doc:
    intent |= {"status": "requires_action", "next_action": next_actions.proof(call, intent, params)}
    webhooks.emit(call, f"{intent['object']}.requires_action", intent)
    return call.save(intent)


def _charge_or_save(call: Call, intent: Doc, means: Doc, behaviour: Behaviour) -> Doc:
    if behaviour.decline is not None and (_takes_money(intent) or not behaviour.saves_anyway):
        raise _declined(call, intent, means, behaviour.decline)
    if not _takes_money(intent):
        return _saved(call, intent, means)
    charge = charges.create(call, intent, means)
    held = intent["capture_method"] == "manual"
    intent |= {
        "status": "requires_capture" if held else "succeeded",
        "latest_charge": charge["id"],
        "amount_capturable": intent["amount"] if held else 0,
        "amount_received": 0 if held else intent["amount"],
    }
    _keep_means(call, intent, means, saves=intent["setup_future_usage"] is not None)
    charges.after_taking(call, charge)
    webhooks.emit(call, f"payment_intent.{'amount_capturable_updated' if held else 'succeeded'}", intent)
    return call.save(intent)


def _saved(call: Call, intent: Doc, means: Doc) -> Doc:
    intent["status"] = "succeeded"
    _keep_means(call, intent, means, saves=True)
    webhooks.emit(call, "setup_intent.succeeded", intent)
    return call.save(intent)


def _keep_means(call: Call, intent: Doc, means: Doc, *, saves: bool) -> None:
    """Only now, that the intent succeeded, a means is saved for the customer; unsaved, it was good for this once."""
    means["_used"] = True
    if saves:
        means["_set_up"] = means.get("_set_up") or intent["_authenticated"]
    call.save(means)
    if saves and intent["customer"] is not None:
        payment_methods.save_for(call, means, intent["customer"])


def _declined(call: Call, intent: Doc, means: Doc, decline: Decline) -> GatewayError:
    """Record the refusal; the error to raise."""
    charge = None
    if _takes_money(intent):
        charge = charges.create(call, intent, means, decline)
        intent["latest_charge"] = charge["id"]
    error: Doc = {
        "type": "card_error",
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": f"https://docs.stripe.com/error-codes#{decline.code.replace('_', '-')}",
        "message": decline.message,
        "payment_method": means,
    }
    if charge is not None:
        error["charge"] = charge["id"]
    _fail(call, intent, error)
    more = {name: value for name, value in error.items() if name in {"charge", "decline_code", "payment_method"}}
    more[intent["object"]] = intent
    return GatewayError(402, "card_error", decline.message, code=decline.code, executed=True, more=more)


def _fail(call: Call, intent: Doc, error: Doc) -> None:
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None, "_attempt": None}
    intent[_error_field(intent)] = error
    event = "payment_intent.payment_failed" if _takes_money(intent) else "setup_intent.setup_failed"
    webhooks.emit(call, event, intent)
    call.save(intent)


def answer_challenge(call: Call, intent: Doc, attempt: str, *, passed: bool) -> Doc:
    """What became of the bank's question. An answer to an older try, or a second answer, changes nothing."""
    if intent["status"] != "requires_action" or intent["_attempt"] != attempt:
        return intent
    means = call.get("payment_method", intent["payment_method"])
    if not passed:
        code = f"{intent['object']}_authentication_failure"
        _fail(
            call,
            intent,
            {
                "type": "invalid_request_error",
                "code": code,
                "doc_url": f"https://docs.stripe.com/error-codes#{code.replace('_', '-')}",
                "message": "The payment method failed authentication. Use another one to try again.",
                "payment_method": means,
            },
        )
        return intent
    intent |= {"next_action": None, "_authenticated": True}
    try:
        return _charge_or_save(call, intent, means, cards.BEHAVIOURS[means["_behaviour"]])
    except GatewayError:  # the refusal is in the intent's last error, where the browser's script looks for it
        return intent


def cancel(call: Call, intent: Doc) -> Doc:
    """Close for good. Money that is held is let go."""
    closable = OPEN | {"requires_capture"}
    if intent["status"] not in closable:
        noun = "PaymentIntent" if _takes_money(intent) else "SetupIntent"
        raise unexpected_state(
            intent,
            f"You cannot cancel this {noun} because it has a status of {intent['status']}. "
            f"Only one with one of these statuses may be canceled: {', '.join(sorted(closable))}.",
        )
    if intent["status"] == "requires_capture":
        charge = call.get("charge", intent["latest_charge"])
        refunds.record(call, charge, charge["amount"], None)
        intent["amount_capturable"] = 0
    intent |= {
        "status": "canceled",
        "next_action": None,
        "cancellation_reason": call.params.get("cancellation_reason"),
        "_attempt": None,
    }
    if _takes_money(intent):
        intent["canceled_at"] = call.now
    webhooks.emit(call, f"{intent['object']}.canceled", intent)
    return call.save(intent)


_NO_TOKEN: Doc = {"setup_future_usage": None, "return_url": None, "use_stripe_sdk": False}


def _means(call: Call, intent: Doc, params: dict[str, Any]) -> tuple[Doc, Doc]:
    """The page's token, or one that says nothing, and what to pay with."""
    if "confirmation_token" in params and "payment_method" in params:
        raise invalid(
            "Give one of confirmation_token and payment_method.",
            code="parameters_exclusive",
            param="confirmation_token",
        )
    if "confirmation_token" in params:
        token, means = tokens.spend(call, params["confirmation_token"], intent, params)
        return {name: token[name] for name in _NO_TOKEN}, means
    identity = params.get("payment_method") or intent["payment_method"]
    if identity is None:
        raise unexpected_state(
            intent,
            "You cannot confirm this intent: it has no payment method. Give a payment_method or a confirmation_token.",
        )
    return _NO_TOKEN, chosen(call, identity, intent["customer"])


def chosen(call: Call, identity: str, customer: str | None) -> Doc:
    """A payment method that a parameter names, fit for this customer. Raises 400 when it is another's, or spent."""
    if identity.startswith("pm_card_"):
        return call.insert(payment_methods.from_name(call, identity.removeprefix("pm_card_"), param="payment_method"))
    means = call.get("payment_method", identity, param="payment_method")
    if means["customer"] is not None and means["customer"] != customer:
        said = (
            "The payment method you provided belongs to a customer: include that customer."
            if customer is None
            else f"The customer does not have a payment method with the ID {identity}."
        )
        raise invalid(said, param="payment_method")
    payment_methods.refuse_spent(means)
    return means


def retrieve(call: Call, kind: str, identity: str) -> Doc:
    """With the secret key, or with the intent's own client secret, which is all that a browser has."""
    if not call.caller.secret and "client_secret" not in call.params:
        raise missing_parameter("client_secret")
    intent = call.get(kind, identity)
    if call.params.get("client_secret", intent["client_secret"]) != intent["client_secret"]:
        raise no_such(kind, identity)
    return intent


def _takes_money(intent: Doc) -> bool:
    return bool(intent["object"] == "payment_intent")


def _error_field(intent: Doc) -> str:
    return "last_payment_error" if _takes_money(intent) else "last_setup_error"


def _record_attempt(intent: Doc) -> None:
    if not _takes_money(intent):
        intent["latest_attempt"] = new_id("setatt")
