"""The simulator's composition: `create_app` wires WhatsApp, the phones and their screen together."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.routing import BaseConverter

from sandbox.phones import control, graph, people, screen
from sandbox.phones.api import Api
from sandbox.phones.neighbours import Neighbours
from sandbox.phones.parties import Contact, Links, Role, Sender
from sandbox.phones.postman import Postman
from sandbox.phones.previews import Previews
from sandbox.phones.store import Store
from sandbox.phones.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flask import Response

__all__ = ["Contact", "Links", "Sender", "World", "create_app"]

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class _Version(BaseConverter):
    regex = r"v\d+\.\d+"


def create_app(
    *,
    database: Path,
    sender: Sender,
    contacts: Sequence[Contact],
    webhook_url: str,
    public_url: str,
    links: Links,
) -> Flask:
    """WhatsApp and its phones as one application. `public_url` is where the browser opens the screen.

    It owns threads (webhooks, previews): `app.extensions["phones"].close()` ends them.
    """
    app = Flask(__name__, template_folder="pages")
    app.url_map.converters["version"] = _Version
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    # a name that somebody else's DNS points here is refused: the page's own names only
    app.config["TRUSTED_HOSTS"] = [".localhost", "127.0.0.1", urlsplit(public_url).hostname or "localhost"]
    store = Store(database)
    with store.write() as db:
        for contact in contacts:
            people.ensure(db, contact.phone, contact.name, Role(contact.role))
    world = World(
        store=store,
        sender=sender,
        links=links,
        postman=Postman(store, sender, webhook_url),
        previews=Previews(store),
        neighbours=Neighbours(links),
        webhook_url=webhook_url,
        api=Api(links),
    )
    app.extensions["phones"] = world
    for door in (screen, control, graph):
        app.register_blueprint(door.blueprint)
    app.after_request(_add_headers)
    screen.set_up(app)
    world.postman.start()
    return app


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
