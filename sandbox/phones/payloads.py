"""What Meta POSTs to a webhook (Cloud API, webhooks/reference/messages), built from a chat's messages."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.phones.chats import Message, Status
    from sandbox.phones.parties import Sender
    from sandbox.phones.people import Person


def incoming(sender: Sender, person: Person, message: Message) -> dict[str, Any]:
    """The value of a change that tells of a person's message."""
    told: dict[str, Any] = {"from_user_id": person.user_id, "id": message.wamid, "timestamp": str(int(message.at))}
    if not person.hides_number:
        told = {"from": person.wa_id} | told
    if message.reply_to:
        told["context"] = {"from": sender.phone.removeprefix("+"), "id": message.reply_to}
    told["type"] = message.kind
    told[message.kind] = _content(message)
    if message.kind == "request_welcome":
        del told["request_welcome"]
    return _value(sender) | {"contacts": [_profile(person)], "messages": [told]}


def changed(sender: Sender, former: Person, present: Person, wamid: str, now: float) -> dict[str, Any]:
    """The value of a change in which WhatsApp says that somebody has another number (webhooks/reference/messages/system), or only another
    user id, of which no number is told. It has no contacts."""
    system = {
        "body": f"User {former.name} changed from {former.user_id} to {present.user_id}",
        "user_id": present.user_id,
        "previous_user_id": former.user_id,
        "type": "user_changed_user_id",
    }
    told: dict[str, Any] = {"id": wamid, "timestamp": str(int(now)), "type": "system", "system": system}
    if former.phone != present.phone:
        told["from"] = former.wa_id
        system["body"] = f"User {former.name} changed from {former.wa_id} to {present.wa_id}"
        system |= {"wa_id": present.wa_id, "type": "user_changed_number"}
    return _value(sender) | {"messages": [told]}


def progress(
    sender: Sender, person: Person, message: Message, status: Status, now: float, *, free: bool
) -> dict[str, Any]:
    """The value of a change that tells how far a message of the business has come, and what it costs. `free`: it is one of those of
    the month that cost nothing. A failure names no contact."""
    told: dict[str, Any] = {"id": message.wamid, "status": str(status), "timestamp": str(int(now))}
    if not person.hides_number:
        told["recipient_id"] = person.wa_id
    told["recipient_user_id"] = person.user_id
    if message.opaque is not None:
        told["biz_opaque_callback_data"] = message.opaque
    if status == "failed":
        return _value(sender) | {"statuses": [told | {"errors": [message.error]}]}
    told["pricing"] = {
        "billable": not free,
        "pricing_model": "PMP",
        "category": message.category,
        "type": "free_customer_service" if free else "regular",
    }
    return _value(sender) | {"contacts": [_profile(person)], "statuses": [told]}


def envelope(sender: Sender, told: list[tuple[str, dict[str, Any]]]) -> bytes:
    """The POST's body, of fields and their values. Meta escapes what is not ASCII, and slashes: who signs anything but these bytes
    is found out."""
    changes = [{"value": value, "field": field} for field, value in told]
    entry = {"id": sender.business_account_id, "changes": changes}
    text = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}, separators=(",", ":"))
    return text.replace("/", "\\/").encode("ascii")


def signature(secret: str, body: bytes) -> str:
    """X-Hub-Signature-256 of the raw bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _value(sender: Sender) -> dict[str, Any]:
    number = {"display_phone_number": sender.phone.removeprefix("+"), "phone_number_id": sender.phone_number_id}
    return {"messaging_product": "whatsapp", "metadata": number}


def _profile(person: Person) -> dict[str, Any]:
    profile: dict[str, Any] = {"profile": {"name": person.name}, "user_id": person.user_id}
    if person.hides_number:
        profile["profile"]["username"] = person.name.lower().replace(" ", ".")
        return profile
    return profile | {"wa_id": person.wa_id}


def _content(message: Message) -> Any:
    content = message.content
    match message.kind:
        case "text":
            return {"body": content["text"]}
        case "interactive":
            return {"type": "button_reply", "button_reply": {"id": content["id"], "title": content["text"]}}
        case "button":
            return {"payload": content["id"], "text": content["text"]}
        case "contacts":
            return [_card(content["card"])]
        case "edit" | "revoke" | "request_welcome":
            return _about_another(message)
        case _:
            caption: dict[str, Any] = {"caption": content["text"]} if content.get("text") else {}
            digest = hashlib.sha256(message.wamid.encode())
            caption |= {"audio": {"voice": True}, "sticker": {"animated": False}}.get(message.kind, {})
            return caption | {"mime_type": content["mime"], "sha256": digest.hexdigest(), "id": digest.hexdigest()[:15]}


def _about_another(message: Message) -> Any:
    """Of a message that was edited or deleted. A chat that was opened has none."""
    told: dict[str, Any] = {"original_message_id": message.content.get("original")}
    if message.kind == "edit":
        told["message"] = {"type": "text", "text": {"body": message.content["text"]}}
    return told


def _card(card: dict[str, str]) -> dict[str, Any]:
    phone = {"phone": card["pretty"], "type": "CELL"}
    if card.get("wa_id"):
        phone["wa_id"] = card["wa_id"]
    return {"name": {"first_name": card["name"], "formatted_name": card["name"]}, "phones": [phone]}
