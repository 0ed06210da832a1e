"""The gateway's application: the API, the browser's part, the sandbox's own door."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask, Response, jsonify, request

from sandbox.gateway import (
    account,
    challenges,
    charges,
    control,
    customers,
    domains,
    pages,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    tokens,
    webhooks,
)
from sandbox.gateway.accounts import Account
from sandbox.gateway.api import Api
from sandbox.gateway.call import Route
from sandbox.gateway.courier import Courier
from sandbox.gateway.store import Store

__all__ = ["Account", "create_app"]

_NOUNS = (
    account,
    challenges,
    charges,
    customers,
    domains,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    tokens,
    webhooks,
)


def create_app(
    *, database: Path, accounts: Sequence[Account], public_url: str, clock: Callable[[], float] = time.time
) -> Flask:
    """A gateway with all its state in the SQLite file `database`. `public_url` is its origin as browsers reach it,
    `clock` gives Unix seconds. Its `extensions["courier"]` delivers webhooks until it is stopped."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    store = Store(database)
    courier = Courier(store)
    api = Api(store, accounts, public_url, clock, courier.wake)
    for noun in _NOUNS:
        for route in noun.ROUTES:
            app.add_url_rule(route.path, f"{route.method} {route.path}", _view(api, route), methods=[route.method])
    app.register_blueprint(control.blueprint(store, courier, accounts))
    app.register_blueprint(pages.door)
    app.register_error_handler(404, _unknown_url)
    app.extensions |= {"courier": courier, "store": store}
    courier.start()
    return app


def _view(api: Api, route: Route) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        return api.serve(route, request, tuple(ids.values()))

    return view


def _unknown_url(_error: Exception) -> tuple[Response, int]:
    message = f"Unrecognized request URL ({request.method}: {request.path})."
    return jsonify({"error": {"type": "invalid_request_error", "message": message}}), 404
