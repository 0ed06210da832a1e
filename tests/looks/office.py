"""The back office's pages in a browser without a network: somebody of the shop who is logged in, and a page that was tampered with."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.kit import PUBLIC_URL
from tests.kit import browser as client_of
from webapp.db import models
from webapp.services.accounts import sessions
from webapp.services.monitoring import csp_reports

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import BrowserContext, Page, Route

    from tests.kit import Shop
    from tests.looks.stage import Stage

# What goldens are kept of, by its path below /office; each on a phone and, as "-desk", on a desk.
PICTURED = {"office-safety": "safety"}
READ = {
    "office-orders": "orders?q=PAID-REMOVED",
    "office-order": "orders/{order}",
    "office-settings": "settings",
    "office-rules": "settings/rules",
}
"""What trees alone are kept of: of pages that show one thing, whatever other tests have made."""
WIDTHS = {"": 360, "-desk": 1100}  # pixels
HEIGHT = 900
FOUND = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
DIFFERENCES = ["unknown_script https://cdn.example/skim.js", "header Content-Security-Policy"]
REPORTS: tuple[dict[str, Any], ...] = (
    {"directive": "script-src-elem", "blocked": "https://cdn.example", "source": PUBLIC_URL, "count": 214},
    {"directive": "img-src", "blocked": "data", "source": "", "count": 3},
    {"directive": "font-src", "blocked": csp_reports.EXTENSION, "source": csp_reports.EXTENSION, "count": 58},
)


def tampered(shop: Shop) -> None:
    """The daily look has found a script too many, and browsers have reported it."""
    look = models.PageCheck(
        merchant_id=shop.id, at=FOUND, differences=DIFFERENCES, since=FOUND - timedelta(days=1), told=True
    )
    with shop.context.database.write() as session:
        session.merge(look)  # the worker has looked before
        for hours, each in enumerate(REPORTS):
            last = FOUND - timedelta(hours=hours)
            session.add(models.CspReport(merchant_id=shop.id, first_at=last - timedelta(days=2), last_at=last, **each))


def enters(scenes: Stage, email: str = "admin@cafe.example") -> FlaskClient:
    """Somebody of a shop, logged in."""
    client = client_of(scenes.app)
    path = f"/office/link/{sessions.make_link(scenes.shop.context, email)}"
    form = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert form
    assert client.post(path, data={"csrf_token": form[1]}).status_code == 303
    return client


def read(scenes: Stage, context: BrowserContext, client: FlaskClient, name: str, language: str) -> Page:
    """A page of `READ` at rest."""
    path = READ[name].format(order=scenes.orders["paid-removed"])
    page = opens(context, client, f"/office/{path}", language)
    page.wait_for_function("!document.querySelector('#totals[hx-get]')")  # sums follow the list
    page.evaluate(
        "document.querySelectorAll('#others-title, #others-title + ul').forEach(it => it.remove())"
    )  # other tests'
    return page


def opens(context: BrowserContext, client: FlaskClient, path: str, language: str) -> Page:
    """A page in a tab of its own."""
    return shows(context.new_page(), client, path, language)


def shows(page: Page, client: FlaskClient, path: str, language: str) -> Page:
    """A page in this tab."""

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        with client.get(f"{url.path}?{url.query}") as given:
            route.fulfill(status=given.status_code, headers=dict(given.headers), body=given.get_data())

    page.unroute_all()
    page.route("**/*", answer)
    page.goto(f"{PUBLIC_URL}{path}{'&' if '?' in path else '?'}lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    return page
