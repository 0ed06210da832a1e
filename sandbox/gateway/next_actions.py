"""Where a buyer proves to the bank who is paying, and what has to be known for it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from sandbox.gateway.call import Call
from sandbox.gateway.errors import invalid
from sandbox.gateway.store import Doc


def check_return(intent: Doc, return_url: str | None) -> None:
    """Where the account's own settings say what may be paid with, something among it may lead away from the page."""
    automatic = intent["automatic_payment_methods"]
    if automatic and automatic["enabled"] and automatic["allow_redirects"] != "never" and not return_url:
        raise invalid(
            f"This {'PaymentIntent' if intent['object'] == 'payment_intent' else 'SetupIntent'} accepts the payment methods of your "
            "Dashboard. Some of them may redirect your customer off of your page, so you must provide a `return_url`; or "
            "set `automatic_payment_methods[allow_redirects]` to `never`.",
            param="return_url",
        )


def proof(call: Call, intent: Doc, params: dict[str, Any]) -> Doc:
    """The bank wants to see the buyer: in a frame of the page's script, if that drives the confirmation, else on a page of its
    own, which leads back to the `return_url`."""
    address, return_url = f"{call.public_url}/endive/challenge", params.get("return_url")
    if params.get("use_stripe_sdk") or not return_url:
        sdk = {"type": "three_d_secure_redirect", "stripe_js": address}
        return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
    key = call.caller.account.publishable_key
    asked = {"key": key, "client_secret": intent["client_secret"], "return_url": return_url}
    if call.caller.connected:
        asked["account"] = call.caller.connected
    where = {"return_url": return_url, "url": f"{address}?{urlencode(asked)}"}
    return {"type": "redirect_to_url", "redirect_to_url": where}
