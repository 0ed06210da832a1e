"""The sandbox's own door, for tests and the page alike: say, tap, read, switch phones, set faults, look at the log."""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import requests
from flask import Blueprint, abort, jsonify, redirect, request

from sandbox import outward
from sandbox.phones import chats, faults, news, people, postman, traffic
from sandbox.phones.chats import Draft
from sandbox.phones.parties import Role
from sandbox.phones.world import here

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from werkzeug.exceptions import HTTPException

blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")

_LONGEST = 4096
_MEDIA = {"image": "image/jpeg", "audio": "audio/ogg; codecs=opus", "sticker": "image/webp"}


@blueprint.before_request
def _refuse_other_sites() -> None:
    """A page of another site may not write into this one's chats."""
    if request.method != "GET" and request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        abort(403, "only this page may do that")


@blueprint.errorhandler(400)
@blueprint.errorhandler(403)
@blueprint.errorhandler(404)
def _refused(error: HTTPException) -> ResponseReturnValue:
    return jsonify({"error": error.description}), error.code or 400


def _wish() -> dict[str, Any]:
    """What is asked for, as JSON or as a form."""
    body = request.get_json() if request.is_json else request.form.to_dict()
    return body if isinstance(body, dict) else abort(400, "a JSON object is expected")


def done(answer: Any) -> ResponseReturnValue:
    """JSON for programs; the page again for a form sent without script."""
    if request.is_json or request.accept_mimetypes.best_match(["text/html", "application/json"]) != "text/html":
        return jsonify(answer)
    return redirect(request.referrer or "/", 303)


def _phone(wish: dict[str, Any], name: str = "from") -> str:
    phone = people.e164(str(wish.get(name, "")))
    return phone or abort(400, f"{name}: a phone number with its country code is needed")


@blueprint.post("/say")
def say() -> ResponseReturnValue:
    """{"from", "text", "reply_to"?, "timestamp"?: Unix seconds, "media"?: image, audio or sticker,
    "contact"?: {"name", "phone", "without_wa_id"?}}"""
    wish = _wish()
    text = str(wish.get("text") or "").strip()
    content: dict[str, Any]
    card, media = wish.get("contact"), wish.get("media")
    if card:
        kind, content = "contacts", {"card": _card(card)}
    elif media in _MEDIA:
        kind, content = media, {"text": text, "mime": _MEDIA[media]}
    elif text and len(text) <= _LONGEST:
        kind, content = "text", {"text": text}
    else:
        abort(400, f"text: 1 to {_LONGEST} characters")
    at = float(wish.get("timestamp") or time.time())
    draft = Draft(_phone(wish), False, kind, content, at, reply_to=wish.get("reply_to") or None)
    try:
        message = traffic.say(here(), draft)
    except LookupError as error:
        abort(404, str(error))
    return done({"id": message.wamid})


def _card(card: dict[str, Any]) -> dict[str, str]:
    phone = _phone(card, "phone")
    shown = {"name": str(card.get("name") or people.pretty(phone)), "phone": phone, "pretty": people.pretty(phone)}
    return shown if card.get("without_wa_id") else shown | {"wa_id": phone.removeprefix("+")}


@blueprint.post("/tap")
def tap() -> ResponseReturnValue:
    """{"from", "message": wamid, "button": its id or words}"""
    wish = _wish()
    try:
        message = traffic.tap(here(), _phone(wish), str(wish.get("message")), str(wish.get("button")))
    except LookupError as error:
        abort(404, str(error))
    return done({"id": message.wamid})


@blueprint.post("/edit")
def edit() -> ResponseReturnValue:
    """{"from", "message": wamid, "text"}: it is edited."""
    wish = _wish()
    text = str(wish.get("text") or "").strip() or abort(400, "text: what the message says now")
    return _altered(wish, text)


@blueprint.post("/revoke")
def revoke() -> ResponseReturnValue:
    """{"from", "message": wamid}: it is deleted for everybody."""
    return _altered(_wish(), None)


def _altered(wish: dict[str, Any], text: str | None) -> ResponseReturnValue:
    try:
        message = traffic.alter(here(), _phone(wish), str(wish.get("message")), text)
    except LookupError as error:
        abort(404, str(error))
    return done({"id": message.wamid})


@blueprint.post("/welcome")
def welcome() -> ResponseReturnValue:
    """{"from"}: the chat is opened for the first time."""
    draft = Draft(_phone(_wish()), False, "request_welcome", {"text": "Opened the chat"}, time.time())
    try:
        message = traffic.say(here(), draft)
    except LookupError as error:
        abort(404, str(error))
    return done({"id": message.wamid})


@blueprint.post("/contacts/<phone>/move")
def move(phone: str) -> ResponseReturnValue:
    """{"to"?}: the person has that number now, or, without it, only another user id; WhatsApp tells the business."""
    to = _phone(_wish(), "to") if _wish().get("to") else None
    return _told_of_account(lambda: traffic.move(here(), _phone({"phone": phone}, "phone"), to))


@blueprint.post("/contacts/<phone>/renew")
def renew(phone: str) -> ResponseReturnValue:
    """The number is somebody else's now, with another user id; WhatsApp tells nobody."""
    return _told_of_account(lambda: traffic.renew(here(), _phone({"phone": phone}, "phone")))


def _told_of_account(change: Callable[[], None]) -> ResponseReturnValue:
    try:
        change()
    except LookupError as error:
        abort(404, str(error))
    return done({"changed": True})


@blueprint.post("/seen")
def seen() -> ResponseReturnValue:
    """{"phone"}: its chat is being looked at."""
    traffic.see(here(), _phone(_wish(), "phone"))
    return done({"seen": True})


@blueprint.post("/opened")
def opened() -> ResponseReturnValue:
    """{"message": wamid}: one of its links was tapped. It guides the newcomer; the product does not hear of it."""
    with here().store.write() as db:
        chats.note_opened(db, str(_wish().get("message")))
    return done({"opened": True})


@blueprint.post("/contacts")
def add_contact() -> ResponseReturnValue:
    """{"phone", "name"?, "role"?: shop or buyer, and any of the switches of `change_contact`}"""
    wish = _wish()
    role = wish.get("role") or Role.BUYER
    if role not in list(Role):
        abort(400, "role: shop or buyer")
    with here().store.write() as db:
        person = people.ensure(db, _phone(wish, "phone"), str(wish.get("name") or ""), Role(role))
    return _change(person.phone, {k: v for k, v in wish.items() if k not in ("phone", "name", "role")})


@blueprint.post("/contacts/<phone>")
def change_contact(phone: str) -> ResponseReturnValue:
    """Any of on_whatsapp, switched_on, reads, hides_number: true or false ("on"/"off")."""
    return _change(_phone({"phone": phone}, "phone"), _wish())


def _change(phone: str, wish: dict[str, Any]) -> ResponseReturnValue:
    settings = {name: value in (True, "on", "true", "1") for name, value in wish.items()}
    try:
        traffic.switch(here(), phone, settings)
    except ValueError as error:
        abort(400, str(error))
    with here().store.read() as db:
        person = people.find(db, phone) or abort(404, "nobody has this phone")
    return done(asdict(person))


@blueprint.get("/chats/<phone>")
def chat(phone: str) -> ResponseReturnValue:
    """The chat, oldest first: id, from_business, type, text, buttons, reply_to, status, error, preview, at."""
    with here().store.read() as db:
        person = people.find(db, _phone({"phone": phone}, "phone"))
        messages = chats.history(db, person.phone, 1000) if person else []
    return jsonify([_told(message) for message in messages])


def _told(message: chats.Message) -> dict[str, Any]:
    return {
        "id": message.wamid,
        "from_business": message.from_business,
        "type": message.kind,
        "reply_to": message.reply_to,
        "status": message.status,
        "error": message.error,
        "preview": message.preview,
        "opaque": message.opaque,
        "at": message.at,
    } | message.content


@blueprint.delete("/chats")
def clear_chats() -> ResponseReturnValue:
    """Empty all chats; with them go the 24-hour windows and the pair limits' memory."""
    with here().store.write() as db:
        chats.clear(db)
    return jsonify({"cleared": True})


@blueprint.post("/news")
def tell_news() -> ResponseReturnValue:
    """{"field": as `account_update`, and what `sandbox.phones.news` takes for it}: Meta tells something of the account."""
    wish = _wish()
    try:
        return done(news.post(here(), str(wish.get("field")), wish))
    except ValueError as error:
        abort(400, str(error))
    except LookupError as error:
        abort(404, str(error))


@blueprint.get("/faults")
def list_faults() -> ResponseReturnValue:
    """The faults that have not struck yet."""
    with here().store.read() as db:
        return jsonify([asdict(fault) for fault in faults.waiting(db)])


@blueprint.post("/faults")
def add_fault() -> ResponseReturnValue:
    """{"kind", "code"?, "seconds"?, "times"?}; see `sandbox.phones.faults.Kind`."""
    try:
        with here().store.write() as db:
            fault = faults.add(db, _wish())
    except ValueError as error:
        abort(400, str(error))
    return done(asdict(fault))


@blueprint.delete("/faults")
@blueprint.post("/faults/clear")
def clear_faults() -> ResponseReturnValue:
    """All well again."""
    with here().store.write() as db:
        faults.clear(db)
    return done({"cleared": True})


@blueprint.get("/log")
def log() -> ResponseReturnValue:
    """Webhooks that went out or wait to, newest first."""
    with here().store.read() as db:
        return jsonify(postman.deliveries(db))


@blueprint.post("/verify-webhook")
def verify_webhook() -> ResponseReturnValue:
    """Ask the product to prove that the webhook is its own, as Meta does when a webhook is set up."""
    world, challenge = here(), str(secrets.randbelow(10**9))
    query = {"hub.mode": "subscribe", "hub.verify_token": world.sender.verify_token, "hub.challenge": challenge}
    try:
        with outward.session() as http:
            answer = http.get(world.webhook_url, params=query, timeout=5, allow_redirects=False)
    except requests.RequestException as error:
        return jsonify({"verified": False, "why": type(error).__name__}), 502
    verified = answer.status_code == 200 and answer.text == challenge
    return jsonify({"verified": verified, "why": "" if verified else f"HTTP {answer.status_code}, not the challenge"})


@blueprint.post("/backend")
def backend() -> ResponseReturnValue:
    """{"running": on or off}: start or stop the order backend."""
    control = here().links.backend_control
    if _wish().get("running") in (True, "on", "true"):
        control.start()
    else:
        control.stop()
    return done({"running": control.running})
