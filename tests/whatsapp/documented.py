"""What a webhook of Meta's looks like, written from its reference (Cloud API, webhooks/reference/messages: text, image, contacts,
interactive, button, status), and how a payload is compared with it. The client and the simulator are each judged by these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# A key that ends with "?" may be left out. A string is the example that the reference gives; a list has one shape for all items.
METADATA = {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}
CONTACT = {
    "profile": {"name": "Sheena Nelson", "username?": "sheena.nelson"},
    "wa_id?": "16505551234",
    "user_id?": "US.13491208655302741918",
}
CONTEXT = {"from": "15550783881", "id": "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1QjJGNjI1RDdBNTQ5RTkyREMA"}
HEAD = {
    "from?": "16505551234",
    "from_user_id?": "US.13491208655302741918",
    "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
    "timestamp": "1749416383",
    "context?": CONTEXT,
}
MESSAGES: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": {"body": "Does it come in another color?"}},
    "image": {
        "type": "image",
        "image": {
            "caption?": "Taj Mahal",
            "mime_type": "image/jpeg",
            "sha256": "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=",
            "id": "1003383421387256",
            "url?": "https://lookaside.fbsbx.com/whatsapp_business/attachments/",
        },
    },
    "contacts": {
        "type": "contacts",
        "contacts": [
            {
                "name": {"formatted_name": "Barbara J. Johnson", "first_name?": "Barbara", "last_name?": "Johnson"},
                "phones?": [{"phone": "+1 (650) 555-1234", "wa_id?": "16505551234", "type?": "CELL"}],
            }
        ],
    },
    "interactive": {
        "type": "interactive",
        "context": CONTEXT,
        "interactive": {"type": "button_reply", "button_reply": {"id": "cancel-button", "title": "Cancel"}},
    },
    "button": {"type": "button", "context": CONTEXT, "button": {"payload": "Unsubscribe", "text": "Unsubscribe"}},
}
STATUS = {
    "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MTE5MjY3MzA2MTQ3QjFCNTMA",
    "status": "delivered",
    "timestamp": "1750263773",
    "recipient_id?": "16505551234",
    "recipient_user_id?": "US.13491208655302741918",
    "biz_opaque_callback_data?": "order 12",
    "conversation?": {"id": "f5fdae3920125a39", "expiration_timestamp?": "1750350173", "origin": {"type": "utility"}},
    "pricing?": {"billable": True, "pricing_model": "PMP", "category": "utility", "type?": "regular"},
    "errors?": [
        {
            "code": 131026,
            "title": "Message undeliverable",
            "message?": "Message undeliverable",
            "error_data?": {"details": "Message undeliverable."},
            "href?": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }
    ],
}


def value(**told: Any) -> dict[str, Any]:
    """The shape of a change's value."""
    return {"messaging_product": "whatsapp", "metadata": METADATA, "contacts?": [CONTACT], **told}


def message(kind: str) -> dict[str, Any]:
    """The shape of the value that tells of one message of this kind."""
    return value(messages=[HEAD | MESSAGES[kind]])


def example(shape: Any, *, whole: bool) -> Any:
    """A payload of that shape: with all that may be left out, or without."""
    match shape:
        case dict():
            return {
                key.removesuffix("?"): example(part, whole=whole)
                for key, part in shape.items()
                if whole or not key.endswith("?")
            }
        case list():
            return [example(part, whole=whole) for part in shape]
    return shape


def differences(told: Any, shape: Any, place: str = "value") -> Iterator[str]:
    """Where a payload is not as documented: what is missing, what nobody documented, what is of another type."""
    match shape:
        case dict() if isinstance(told, dict):
            parts = {key.removesuffix("?"): (part, key.endswith("?")) for key, part in shape.items()}
            yield from (f"{place}.{key} is documented nowhere" for key in told.keys() - parts.keys())
            for key, (part, optional) in parts.items():
                if key in told:
                    yield from differences(told[key], part, f"{place}.{key}")
                elif not optional:
                    yield f"{place}.{key} is missing"
        case list() if isinstance(told, list):
            for number, each in enumerate(told):
                yield from differences(each, shape[0], f"{place}[{number}]")
        case _:
            if type(told) is not type(shape):
                yield f"{place} is {type(told).__name__}, not {type(shape).__name__}"
