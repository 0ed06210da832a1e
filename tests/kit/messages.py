"""What WhatsApp was given to send, read as its receivers read it."""

from __future__ import annotations

from typing import Any

from tests.kit.merchant import OPERATOR


def text(message: dict[str, Any]) -> str:
    """The words of a message, its buttons left out."""
    if message["type"] == "text":
        return str(message["text"]["body"])
    return str(message["interactive"]["body"]["text"])


def buttons(message: dict[str, Any]) -> list[str]:
    """The id of each button below a message."""
    return [button["reply"]["id"] for button in message["interactive"]["action"]["buttons"]]


def link(message: dict[str, Any]) -> str:
    """Where the message's one button leads."""
    return str(message["interactive"]["action"]["parameters"]["url"])


def confirmation(sent: list[dict[str, Any]]) -> dict[str, Any]:
    """The one message to the operator."""
    (found,) = [message for message in sent if message["to"] == OPERATOR]
    return found
