"""Reads a request to send (Cloud API, messages/send-messages) and refuses it as Meta does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.phones import catalogue, media, people
from sandbox.phones.chats import Draft, Status
from sandbox.phones.refusals import Refusal

if TYPE_CHECKING:
    import sqlite3


def read(db: sqlite3.Connection, body: dict[str, Any], now: float) -> Draft:
    """The message that is asked for. Raises Refusal."""
    if body.get("messaging_product") != "whatsapp":
        raise Refusal(100, "The parameter messaging_product is required.")
    if body.get("recipient_type", "individual") != "individual":
        raise Refusal(131009, "recipient_type: only individual is simulated")
    opaque = body.get("biz_opaque_callback_data")
    if opaque is not None:
        _text(opaque, "biz_opaque_callback_data", 512)
    kind = body.get("type", "text")
    readers = {"text": _read_text, "interactive": _read_interactive}
    category = "service"
    if kind == "template":
        content, category = _read_template(db, _object(body, "template"))
    elif kind == "image":
        content = _read_image(db, _object(body, kind))
    elif kind in readers:
        content = readers[kind](_object(body, kind))
    else:
        raise Refusal(131051, f"Unsupported message type: {kind}")
    return Draft(
        phone=_recipient(db, body),
        from_business=True,
        kind=kind,
        content=content,
        at=now,
        reply_to=_context(body),
        opaque=opaque,
        category=category,
        status=Status.ACCEPTED,
    )


def _recipient(db: sqlite3.Connection, body: dict[str, Any]) -> str:
    """`to` is a phone, `recipient` a business-scoped user id; `to` wins."""
    to = body.get("to")
    if to is None and isinstance(body.get("recipient"), str):
        person = people.find(db, body["recipient"])
        if person is None:
            raise Refusal(131026, "recipient: nobody has this user id")
        return person.phone
    if not isinstance(to, str) or not to.strip():
        raise Refusal(100, "The parameter to is required.")
    phone = people.e164(to)
    if phone is None:
        raise Refusal(131009, "to: a phone number with its country code is needed")
    person = people.find(db, phone)
    return person.phone if person else phone


def _context(body: dict[str, Any]) -> str | None:
    context = body.get("context")
    if context is None:
        return None
    if not isinstance(context, dict) or not isinstance(context.get("message_id"), str):
        raise Refusal(131009, "context: message_id is needed")
    return str(context["message_id"])


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise Refusal(131008, f"The parameter {name} is required.")
    return value


def _text(value: Any, name: str, longest: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Refusal(131008, f"{name}: a text is needed")
    if len(value) > longest:
        raise Refusal(131009, f"{name}: {len(value)} characters, {longest} are allowed")
    return value


def _address(value: Any, name: str) -> str:
    text = _text(value, name, 2000)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Refusal(131009, f"{name}: not an address")
    return text


def _read_text(text: dict[str, Any]) -> dict[str, Any]:
    return {"text": _text(text.get("body"), "text.body", 4096)}


def _read_image(db: sqlite3.Connection, image: dict[str, Any]) -> dict[str, Any]:
    if "id" in image:
        if media.find(db, str(image["id"])) is None:
            raise Refusal(131053, "image: no media was uploaded under this id")
        content = {"picture": str(image["id"])}
    else:
        content = {"image": _address(image.get("link"), "image.link")}
    if image.get("caption"):
        content["text"] = _text(image["caption"], "image.caption", 1024)
    return content


def _read_interactive(interactive: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"text": _text(_object(interactive, "body").get("text"), "interactive.body.text", 1024)}
    if "header" in interactive:
        content["header"] = _text(_object(interactive, "header").get("text"), "interactive.header.text", 60)
    if "footer" in interactive:
        content["footer"] = _text(_object(interactive, "footer").get("text"), "interactive.footer.text", 60)
    action = _object(interactive, "action")
    match interactive.get("type"):
        case "button":
            content["buttons"] = _reply_buttons(action.get("buttons"))
        case "cta_url":
            content["buttons"] = [_link_button(action)]
        case other:
            raise Refusal(131009, f"interactive.type: {other!r} is none of button, cta_url")
    return content


def _reply_buttons(buttons: Any) -> list[dict[str, str]]:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Refusal(131009, "interactive.action.buttons: 1 to 3 buttons")
    shown = []
    for button in buttons:
        reply = button.get("reply") if isinstance(button, dict) else None
        if not isinstance(reply, dict) or button.get("type") != "reply":
            raise Refusal(131009, "interactive.action.buttons: each has type reply and a reply")
        words = _text(reply.get("title"), "button title", 20)
        shown.append({"kind": "reply", "text": words, "id": _text(reply.get("id"), "button id", 256)})
    if len({b["id"] for b in shown}) != len(shown) or len({b["text"] for b in shown}) != len(shown):
        raise Refusal(131009, "interactive.action.buttons: ids and titles are unique")
    return shown


def _link_button(action: dict[str, Any]) -> dict[str, str]:
    parameters = _object(action, "parameters")
    if action.get("name") != "cta_url":
        raise Refusal(131009, "interactive.action.name: cta_url is expected")
    words = _text(parameters.get("display_text"), "display_text", 20)
    return {"kind": "url", "text": words, "url": _address(parameters.get("url"), "url")}


_CLOSED = {"PAUSED": 132015, "DISABLED": 132016, "REJECTED": 132001, "PENDING": 132001, "DELETED": 132001}


def _read_template(db: sqlite3.Connection, wish: dict[str, Any]) -> tuple[dict[str, Any], str]:
    name, language = str(wish.get("name")), str((wish.get("language") or {}).get("code"))
    template = catalogue.find(db, name, language)
    if template is None:
        raise Refusal(132001, f"template name ({name}) does not exist in {language}")
    if template.status in _CLOSED:
        raise Refusal(_CLOSED[template.status], f"template name ({name}) in {language} is {template.status.lower()}")
    components = wish.get("components") or []
    if not isinstance(components, list) or not all(isinstance(c, dict) for c in components):
        raise Refusal(131009, "template.components: an array of components")
    return catalogue.fill(template, components), template.category.lower()
