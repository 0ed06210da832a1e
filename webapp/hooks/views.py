"""Webhooks in. A wrong signature stores nothing; an answer of 200 means that the event is in the database."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.domain.errors import Forbidden, Invalid, NotFound, Unfinished
from webapp.services import inbox
from webapp.services.merchants import declarations
from webapp.services.monitoring import refused_webhooks
from webapp.web.services import context
from webapp.whatsapp import inbound

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")

MAX_BODY = 3 * 1024 * 1024  # Meta's own limit for a batch


@hooks.errorhandler(Forbidden)
@hooks.errorhandler(NotFound)
def refused(_error: Exception) -> Response:
    """An unknown merchant and a wrong signature look the same from outside."""
    return Response("signature refused\n", 401, mimetype="text/plain")


@hooks.errorhandler(Invalid)
def unreadable(_error: Exception) -> Response:
    """Signed, and yet not what the sender's documentation says."""
    return Response("cannot be read\n", 400, mimetype="text/plain")


@hooks.errorhandler(Unfinished)
def unfinished(error: Unfinished) -> Response:
    """More events than are stored at once. Meta sends what was not answered 200 again, as it was."""
    return Response(f"{error}\n", error.status, {"Retry-After": "1"}, mimetype="text/plain")


@hooks.post("/<gateway>/<merchant_id>")
def gateway_event(gateway: str, merchant_id: str) -> Response:
    """A gateway's event. A merchant of another gateway is none here."""
    merchant = declarations.get(context(), merchant_id)
    if merchant.gateway != gateway:
        raise NotFound
    header = context().provider(merchant).signature_header
    signature = _signature(header.name, header.contains) if header else ""
    try:
        notification = context().gateway(merchant).verify(request.get_data(), signature)
    except Forbidden:
        refused_webhooks.note(context(), merchant_id, "gateway")
        raise
    inbox.keep_gateway(context(), merchant_id, notification)
    return Response(status=200)


@hooks.get("/whatsapp/<merchant_id>")
def whatsapp_challenge(merchant_id: str) -> Response:
    """Meta asks once whether this address is ours: the verify token is answered with the challenge."""
    merchant = declarations.get(context(), merchant_id)
    answer = inbound.challenge(request.args, declarations.whatsapp_secrets(context(), merchant)["verify_token"])
    if answer is None:
        refused_webhooks.note(context(), merchant_id, "whatsapp")
        raise Forbidden
    return Response(answer, 200, mimetype="text/plain")


@hooks.post("/whatsapp/<merchant_id>")
def whatsapp(merchant_id: str) -> Response:
    """Messages and statuses; of more than Meta sends at once, a part each time that the body comes (`inbox.MOST`)."""
    merchant = declarations.get(context(), merchant_id)
    secret = declarations.whatsapp_secrets(context(), merchant)["app_secret"]
    signature = _signature("X-Hub-Signature-256", "sha256=")
    body = request.get_data()
    if not inbound.signed(body, signature, (secret,)):
        refused_webhooks.note(context(), merchant_id, "whatsapp")
        raise Forbidden
    inbox.keep_whatsapp(context(), merchant_id, inbound.split(body))
    return Response(status=200)


def _signature(header: str, contains: str) -> str:
    """The signature's header. Looked at before the body is read: who brings none has no claim on a thread that waits for it."""
    signature = request.headers.get(header, "")
    if contains not in signature:
        raise Forbidden
    return signature
