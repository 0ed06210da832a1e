"""What was sent in a chat, read by tests."""

from __future__ import annotations

from typing import Any


def words(message: dict[str, Any]) -> str:
    match message["type"]:
        case "text":
            return str(message["text"]["body"])
        case "template":
            return str(message["template"])
    return str(message["interactive"]["body"]["text"])


def to(sent: list[dict[str, Any]], phone: str) -> list[dict[str, Any]]:
    return [message for message in sent if message["to"] == phone]
