"""A template of the shop, and a message made of it."""

from __future__ import annotations

from typing import Any

TEMPLATES = "/v26.0/2002/message_templates"
REQUEST: dict[str, Any] = {
    "name": "payment_request",
    "language": "en",
    "category": "UTILITY",
    "components": [
        {
            "type": "BODY",
            "text": "{{1}} asks you to pay {{2}} here. Thank you.".replace("{{1}}", "Shop {{1}}"),
            "example": {"body_text": [["Café", "€10"]]},
        },
        {
            "type": "BUTTONS",
            "buttons": [{"type": "URL", "text": "Pay", "url": "https://ordo.example/p/{{1}}", "example": ["abc"]}],
        },
    ],
}


def filled(*texts: str, suffix: str = "token-1_x", language: str = "en") -> dict[str, Any]:
    body = {"type": "body", "parameters": [{"type": "text", "text": text} for text in texts]}
    button = {
        "type": "button",
        "sub_type": "url",
        "index": "0",
        "parameters": [{"type": "text", "text": suffix}],
    }
    return {"name": "payment_request", "language": {"code": language}, "components": [body, button]}
