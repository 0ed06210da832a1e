"""What an order's page that is watched costs while nothing changes: it asks every 2 s. Microseconds of the processor for an answer through
the WSGI application, beside a bare Flask that answers 204 in the same turns.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench import databases
from sandbox.gateway.app import Account
from tests.kit import BUYER, ENCRYPTION_KEY, PUBLIC_URL, SECRET_KEYS, browser, declaration
from tests.office.forms import csrf
from webapp import app as wiring
from webapp.config import Settings
from webapp.domain.actions import Action
from webapp.domain.actors import CONSOLE
from webapp.domain.money import Money
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle
from webapp.web.services import EXTENSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from webapp.services.runtime.context import ServiceContext

TITLE = "µs of the processor for a poll of an order's page that has not changed (limit: 1,000), and for the page anew"
TURNS, POLLS, PAGES = 5, 100, 20


def run() -> Iterator[Sequence[str]]:
    """A header, and a line for each database."""
    yield "", "Flask's 204", "unchanged", "unchanged:204", "the page anew"
    with databases.each() as found:
        for name, url in found:
            yield _line(name, url)


def _line(name: str, url: str) -> Sequence[str]:
    app = wiring.create_app(
        Settings(
            public_url=PUBLIC_URL,
            database_url=url,
            secret_keys=SECRET_KEYS,
            encryption_keys=(ENCRYPTION_KEY,),
            allow_sandbox_hosts=True,
        )
    )
    context: ServiceContext = app.extensions[EXTENSION].acting_as(CONSOLE)
    unchanged, anew = _watching(app, context)
    bare = Flask("bare")
    bare.add_url_rule("/", view_func=lambda: Response(status=204))
    hello = EnvironBuilder("/").get_environ()
    turns = [
        (_spent(bare, hello, 204, POLLS), _spent(app, unchanged, 204, POLLS), _spent(app, anew, 200, PAGES))
        for _ in range(TURNS)
    ]
    context.database.close()
    least, poll, page = (statistics.median(each) for each in zip(*turns, strict=True))
    ratio = statistics.median(turn[1] / turn[0] for turn in turns)
    return name, f"{least:.0f}", f"{poll:.0f}", f"{ratio:.1f}", f"{page:.0f}"


def _watching(app: Flask, context: ServiceContext) -> tuple[WSGIEnvironment, WSGIEnvironment]:
    """A clerk's browser on the page of a new order: what it asks while nothing changes, and when something has."""
    document = declaration(Account("sk_test_1", "pk_test_1", "Café Lumière"), "http://127.0.0.1:9/backend")
    merchant, _ = declarations.apply(context, declarations.declared(document))
    wanted = lifecycle.Request(Action.PAYMENT, Money(1000, "EUR"), BUYER)
    order = lifecycle.create(context, merchant, wanted, send=True)
    client, path = browser(app), f"/office/link/{sessions.make_link(context, 'clerk@cafe.example')}"
    client.post(path, data={"csrf_token": csrf(client, path)})
    page = client.get(f"/office/orders/{order.id}").text
    polled = page.split('hx-get="')[1].split('"')[0]
    session = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    cookie = f"{session.key}={session.value}" if session else ""
    return _request(polled, cookie), _request(polled.split("?")[0], cookie)


def _request(path: str, cookie: str) -> WSGIEnvironment:
    headers = [("Cookie", cookie), ("HX-Request", "true"), ("Accept-Language", "fr-FR,fr;q=0.9,en;q=0.8")]
    return EnvironBuilder(path, PUBLIC_URL, headers=headers).get_environ()


def _spent(app: WSGIApplication, asked: WSGIEnvironment, status: int, times: int) -> float:
    """Microseconds of the processor for one answer. Raises AssertionError for another status."""
    begun = time.process_time()
    for _ in range(times):
        _, said, _ = run_wsgi_app(app, dict(asked), buffered=True)
        if not said.startswith(str(status)):
            raise AssertionError(said)
    return (time.process_time() - begun) / times * 1_000_000
