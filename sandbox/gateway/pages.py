"""What browsers load: the script, and the frames for the card, a wallet and the bank's question, under a strict policy of
their own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, send_from_directory

_FILES = Path(__file__).with_name("browser")
# Any shop may embed the frames, nothing but the gateway may be loaded or asked by them.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors http: https:"
)

door = Blueprint("pages", __name__, url_prefix="/endive")


@door.get("/stripe.js")
def script() -> Response:
    return send_from_directory(_FILES, "stripe.js")


@door.get("/card")
def card() -> Response:
    return send_from_directory(_FILES, "card.html")


@door.get("/express")
def express() -> Response:
    return send_from_directory(_FILES, "express.html")


@door.get("/wallet")
def wallet() -> Response:
    return send_from_directory(_FILES, "wallet.html")


@door.get("/challenge")
def challenge() -> Response:
    return send_from_directory(_FILES, "challenge.html")


@door.get("/assets/<path:name>")
def asset(name: str) -> Response:
    return send_from_directory(_FILES, name)


@door.after_request
def guard(response: Response) -> Response:
    response.headers |= {
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    return response
