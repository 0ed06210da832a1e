"""Meta's errors: their shape, codes and HTTP statuses (Cloud API, support/error-codes)."""

from __future__ import annotations

import secrets
from typing import Any

ERROR_PAGE = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

# code: (HTTP status, title)
_KNOWN = {
    1: (500, "An unknown error occurred"),
    2: (503, "Service temporarily unavailable"),
    4: (400, "Application request limit reached"),
    10: (403, "Application does not have permission for this action"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Invalid OAuth access token - Cannot parse access token"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130403: (403, "Recipient cannot be messaged"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Business Account locked"),
    131042: (400, "Business eligibility payment issue"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement."),
    131050: (400, "User has stopped receiving marketing messages"),
    131051: (400, "Unsupported message type"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Template hydrated text too long"),
    132007: (400, "Template format character policy violated"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    132018: (400, "There is an issue with the parameters in your template"),
}

_DETAILS = {
    131026: "Message undeliverable.",
    131047: "Message failed to send because more than 24 hours have passed since the person last wrote to this number.",
    131056: "Too many messages were sent from this number to the same recipient in a short time.",
}


class Refusal(Exception):
    """What the Graph API answers instead of doing it."""

    def __init__(self, code: int, details: str = "", *, status: int | None = None, subcode: int | None = None) -> None:
        known_status, title = _KNOWN.get(code, (400, "Something went wrong"))
        super().__init__(f"{code} {title}: {details}")
        self.code, self.title, self.subcode = code, title, subcode
        self.details = details or _DETAILS.get(code, title)
        self.status = status or known_status

    def body(self) -> dict[str, Any]:
        """The HTTP answer's JSON."""
        error: dict[str, Any] = {
            "message": self.title if self.code == 190 else f"(#{self.code}) {self.title}",
            "type": "OAuthException",
            "code": self.code,
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.code != 190:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": error | {"fbtrace_id": secrets.token_urlsafe(15)}}


def in_status(code: int) -> dict[str, Any]:
    """The same error as a `failed` status carries it."""
    refusal = Refusal(code)
    return {
        "code": code,
        "title": refusal.title,
        "message": refusal.title,
        "error_data": {"details": refusal.details},
        "href": ERROR_PAGE,
    }
