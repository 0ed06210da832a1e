"""Meta's door: the part of the Graph API that a business on WhatsApp needs."""

from __future__ import annotations

import hmac
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from flask import Blueprint, jsonify, request

from sandbox.phones import catalogue, chats, faults, media, people, sends, traffic
from sandbox.phones.refusals import Refusal
from sandbox.phones.world import here

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.exceptions import HTTPException

blueprint = Blueprint("graph", __name__, url_prefix="/<version:version>")


@blueprint.errorhandler(Refusal)
def _refused(refusal: Refusal) -> tuple[Response, int]:
    return jsonify(refusal.body()), refusal.status


@blueprint.errorhandler(400)
@blueprint.errorhandler(413)
@blueprint.errorhandler(415)
def _unreadable(error: HTTPException) -> tuple[Response, int]:
    return jsonify(Refusal(100, f"The request's body cannot be read: {error.name}").body()), error.code or 400


@blueprint.before_request
def _check_token() -> None:
    """Who calls. A fault may hang the call first, or take the token for a bad one."""
    world = here()
    with world.store.write() as db:
        hang = faults.strike(db, faults.Kind.HANG) if request.method == "POST" else None
        rejected = faults.strike(db, faults.Kind.UNAUTHORISED)
    if hang:
        time.sleep(hang.seconds)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.args.get("access_token", "")
    if rejected or not hmac.compare_digest(given.encode(), world.sender.access_token.encode()):
        raise Refusal(190)


def _missing(node: str) -> Refusal:
    return Refusal(100, f"Unsupported request. Object with ID '{node}' does not exist.", subcode=33)


def _body() -> dict[str, Any]:
    body = request.get_json()
    if not isinstance(body, dict):
        raise Refusal(100, "The request's body is a JSON object.")
    return body


@blueprint.post("/<node>/messages")
def send(version: str, node: str) -> Response:  # noqa: ARG001
    """Send a message, or mark one as read."""
    world = here()
    if node != world.sender.phone_number_id:
        raise _missing(node)
    body, now = _body(), time.time()
    if body.get("status") == "read":
        return _mark_read(body)
    with world.store.write() as db:
        fault = faults.strike(db, faults.Kind.SEND_ERROR)
    if fault:
        raise Refusal(fault.code)
    with world.store.read() as db:
        draft = sends.read(db, body, now)
        if chats.number_is_full(db, now):
            raise Refusal(130429)
        if chats.pair_is_full(db, draft.phone, now):
            raise Refusal(131056)
        if draft.kind == "template" and chats.day_is_full(db, draft.phone, now):
            raise Refusal(131048, "this business has written to as many people as it may within 24 hours")
    message = traffic.dispatch(world, draft)
    with world.store.read() as db:
        person = people.find(db, message.phone)
    contact = {"input": body.get("to") or body.get("recipient"), "wa_id": person.wa_id if person else ""}
    accepted = {"id": message.wamid, "message_status": "accepted"}
    return jsonify({"messaging_product": "whatsapp", "contacts": [contact], "messages": [accepted]})


@blueprint.post("/<node>/media")
def upload(version: str, node: str) -> Response:  # noqa: ARG001
    """Take a picture that a message will send."""
    world = here()
    if node != world.sender.phone_number_id:
        raise _missing(node)
    if request.form.get("messaging_product") != "whatsapp":
        raise Refusal(100, "The parameter messaging_product is required.")
    file = request.files.get("file")
    if file is None:
        raise Refusal(100, "The parameter file is required.")
    with world.store.write() as db:
        fault = faults.strike(db, faults.Kind.UPLOAD_ERROR)
    if fault:
        raise Refusal(fault.code)
    with closing(file), world.store.write() as db:
        return jsonify({"id": media.keep(db, file.mimetype, file.read())})


def _mark_read(body: dict[str, Any]) -> Response:
    """Read marks cover all that came before; the typing indicator is taken and not shown."""
    with here().store.write() as db:
        message = chats.get(db, body.get("message_id"))
        if message is None or message.from_business:
            raise Refusal(100, "message_id: there is no such incoming message")
        chats.read_up_to(db, message)
    return jsonify({"success": True})


@blueprint.get("/<node>")
def show(version: str, node: str) -> Response:  # noqa: ARG001
    """The business number: for whoever checks that token and number belong together."""
    world = here()
    if node != world.sender.phone_number_id:
        raise _missing(node)
    about: dict[str, Any] = {
        "verified_name": world.sender.name,
        "display_phone_number": people.pretty(world.sender.phone),
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "webhook_configuration": {"application": world.webhook_url},
        "whatsapp_business_manager_messaging_limit": f"TIER_{chats.PEOPLE_A_DAY}",
    }
    fields = request.args.get("fields")
    if fields:
        about = {name: about[name] for name in fields.split(",") if name in about}
    return jsonify(about | {"id": node})


@blueprint.get("/<node>/message_templates")
def templates(version: str, node: str) -> Response:
    """The account's templates, filtered by name, language or status, a page at a time."""
    _own_account(node)
    with here().store.read() as db:
        found = catalogue.every(db)
    for field in ("name", "language", "category", "status"):
        if field in request.args:
            found = [t for t in found if getattr(t, field) == request.args[field]]
    start, limit = request.args.get("after", 0, int), min(request.args.get("limit", 25, int), 250)
    page = found[start : start + limit]
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + len(page))}} if page else {}
    if start + limit < len(found):
        paging["next"] = f"{request.host_url}{version}/{node}/message_templates?limit={limit}&after={start + limit}"
    data = [_described(t) for t in page]
    return jsonify({"data": data, "paging": paging} if paging else {"data": data})


@blueprint.post("/<node>/message_templates")
def submit_template(version: str, node: str) -> Response:  # noqa: ARG001
    """Submit one; this Meta approves at once."""
    _own_account(node)
    with here().store.write() as db:
        template = catalogue.submit(db, _body())
    return jsonify({"id": template.id, "status": "APPROVED", "category": template.category})


@blueprint.delete("/<node>/message_templates")
def remove_template(version: str, node: str) -> Response:  # noqa: ARG001
    """Remove by name, in all languages or the one that hsm_id names."""
    _own_account(node)
    with here().store.write() as db:
        catalogue.remove(db, request.args.get("name", ""), request.args.get("hsm_id"))
    return jsonify({"success": True})


def _own_account(node: str) -> None:
    if node != here().sender.business_account_id:
        raise _missing(node)


def _described(template: catalogue.Template) -> dict[str, Any]:
    return {
        "name": template.name,
        "parameter_format": template.parameter_format,
        "components": template.components,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "id": template.id,
    }
