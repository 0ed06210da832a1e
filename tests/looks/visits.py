"""Every page of the back office as somebody comes to it: by its address (tests/office/pages.py), by what a form says of what is wrong with it, and by what
it answers once. A page or form that is added is visited by itself; parts of pages, which are no document, are not."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.doors import registry
from tests.kit import PUBLIC_URL
from tests.office import pages
from tests.office.forms import csrf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask.testing import FlaskClient
    from playwright.sync_api import Page, Route
    from werkzeug.test import TestResponse

    from tests.looks.stage import Stage

STATES = ("payment", "unattended", "held", "partly-refunded", "disputed")  # orders that look otherwise than a paid one
WRONG = "?"  # what no field takes
ONCE = ("/office/api_keys/new", "/office/endpoints/new", "/office/orders/bulk")
"""Forms that are answered with a page of their own: a secret that is seen once, what became of a selection."""


@dataclass(frozen=True)
class Visit:
    """A page, and what is posted to get it."""

    path: str
    form: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    def asked(self, client: FlaskClient, language: str) -> TestResponse:
        """What the browser gets."""
        address = f"{self.path}{'&' if '?' in self.path else '?'}lang={language}"
        if not self.form:
            return client.get(address)
        anew = {name: secrets.token_hex(8) for name in registry.IDEMPOTENT if name in self.form}  # it is made each time
        return client.post(address, data={**self.form, **anew})

    def __str__(self) -> str:
        return f"POST {self.path}" if self.form else self.path


def visits(scenes: Stage, client: FlaskClient) -> list[Visit]:
    """All that answer with a document."""
    return [each for each in _candidates(scenes, client) if _is_page(each, client)]


def _candidates(scenes: Stage, client: FlaskClient) -> Iterator[Visit]:
    paid, token = scenes.shop.get(scenes.orders["paid-saved"]), csrf(client)
    things = {
        **pages.things(scenes.shop),
        "order_id": paid.id,
        "buyer_id": paid.buyer_id,
        "alias_id": str(paid.alias_id),
    }
    for route in pages.routes():
        path = route.path(things)
        if route.method == "GET":
            yield Visit(path)
        elif route.rule in ONCE:
            yield Visit(path, {**route.form, "order": paid.id, "csrf_token": token})
        if route.method == "POST" and set(route.form) - set(registry.IDEMPOTENT):
            yield Visit(path, {**dict.fromkeys(route.form, WRONG), "csrf_token": token}, 422)
    yield from (Visit(f"/office/orders/{scenes.orders[name]}") for name in STATES)
    yield Visit("/office/orders?q=nothing")


def _is_page(visit: Visit, client: FlaskClient) -> bool:
    with visit.asked(client, "en") as answer:
        return answer.status_code == visit.status and answer.get_data().lstrip().lower().startswith(b"<!doctype html")


def shows(page: Page, client: FlaskClient, visit: Visit, language: str) -> None:
    """The page in this tab; a page to be kept as a file is shown all the same."""

    def answer(route: Route) -> None:
        asked = visit if route.request.is_navigation_request() else Visit(_path(route.request.url))
        with asked.asked(client, language) as given:
            file = given.headers.get("Content-Disposition", "").startswith(
                "attachment"
            )  # it is opened from a disk, where no header is
            headers = {"Content-Type": "text/html"} if file else dict(given.headers)
            route.fulfill(status=given.status_code, headers=headers, body=given.get_data())

    page.unroute_all()
    page.route("**/*", answer)
    page.goto(f"{PUBLIC_URL}{visit.path}")
    assert page.locator("html").get_attribute("lang") == language, visit


def _path(address: str) -> str:
    return address.removeprefix(PUBLIC_URL)
