"""The gateway's application: the API, the browser's part, the sandbox's own door."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from sandbox.gateway import (
    account,
    challenges,
    charges,
    control,
    customers,
    disputes,
    domains,
    laters,
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
    disputes,
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
    deeds = {"dispute": disputes.decide, "refund": refunds.finish}
    chores = laters.Laters(store, accounts, public_url, clock, deeds)
    courier = Courier(store, chores.run)
    api = Api(store, accounts, public_url, clock, chores.run, courier.wake)
    for noun in _NOUNS:
        for route in noun.ROUTES:
            app.add_url_rule(route.path, f"{route.method} {route.path}", _view(api, route), methods=[route.method])
    app.register_blueprint(control.blueprint(store, courier, accounts, chores))
    app.register_blueprint(pages.door)
    app.register_error_handler(HTTPException, _no_answer)
    app.extensions |= {"courier": courier, "store": store}
    courier.start()
    return app


def _view(api: Api, route: Route) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        return api.serve(route, request, tuple(ids.values()))

    return view


def _no_answer(error: HTTPException) -> Response:
    """What no noun answers is an error object too: an address that is not there, another method, a body that is too large."""
    said = {404: "Unrecognized request URL", 405: "Unsupported method for this URL"}.get(error.code or 500, error.name)
    message = f"{said} ({request.method}: {request.path})."
    response = jsonify({"error": {"type": "invalid_request_error", "message": message}})
    response.status_code = error.code or 500
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response
