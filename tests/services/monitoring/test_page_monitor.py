"""The look at the payment page: over HTTP, as a buyer's browser fetches it; told when it differs twice."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.serve import Served
from tests.kit import SECRET_KEYS, Shop, app
from webapp import app as wiring
from webapp.db import models
from webapp.gateways import stripe
from webapp.gateways.stripe_provider import StripeProvider
from webapp.inventory.page import Difference, What
from webapp.services.monitoring import doctor, page_monitor
from webapp.services.runtime.links import Links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

__all__ = ["app"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ADDRESSES = stripe.Addresses("http://127.0.0.1:9", "http://gateway.localhost/endive/stripe.js")


class Between:
    """Somebody between the service and the buyer, who may change pages on the way."""

    def __init__(self, app: Flask) -> None:
        self.app, self.added, self.down = app, b"", False

    def __call__(self, environ: Any, start: Any) -> Any:
        if self.down:
            start("502 Bad Gateway", [])
            return [b""]

        def begins(status: str, given: list[tuple[str, str]], *more: Any) -> Any:
            return start(status, [each for each in given if each[0] != "Content-Length"], *more)

        added = self.added if environ["PATH_INFO"].startswith("/p/") else b""
        answer: Any = self.app(environ, begins)
        with contextlib.closing(answer) as body:
            return [b"".join(body) + added]


@pytest.fixture
def between(app: Flask, shop: Shop) -> Iterator[Between]:
    """The shop's pages, served over HTTP on a name of their own, through somebody's hands."""
    made = Between(app)
    served = Served(made).start()
    shop.context = dataclasses.replace(
        shop.context,
        links=Links(SECRET_KEYS, served.url.replace("127.0.0.1", "ordo.localhost")),
        expected={"stripe": wiring.expected(StripeProvider(ADDRESSES), https=True)},
    )
    yield made
    served.stop()


def look(shop: Shop) -> models.PageCheck:
    """Do the daily look, now."""
    shop.clock.at = shop.one(models.ScheduledTask, models.ScheduledTask.type == "page_check").due_at
    shop.work(models.ScheduledTask)
    found: models.PageCheck = shop.one(models.PageCheck)
    return found


def told(shop: Shop) -> list[str]:
    return [str(row.notice) for row in shop.all(models.Message) if "/office/safety" in str(row.notice)]


def test_a_page_that_is_as_we_send_it_differs_in_nothing(between: Between, shop: Shop) -> None:
    shop.order()
    assert (look(shop).differences, look(shop).since) == ([], None)
    assert (
        shop.one(models.ScheduledTask, models.ScheduledTask.type == "page_check").due_at
        == shop.clock() + page_monitor.EVERY
    )


def test_looking_changes_nothing_of_the_order(between: Between, shop: Shop) -> None:
    order = shop.order()
    before = shop.kinds(order)
    page_monitor.check(shop.context, shop.id)
    assert shop.kinds(order) == before


def test_a_page_of_an_order_that_is_over_is_looked_at_when_there_is_no_other(between: Between, shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    assert page_monitor.check(shop.context, shop.id) == []
    between.added = b"<script>steal()</script>"
    assert page_monitor.check(shop.context, shop.id) == [Difference(What.INLINE, "<script>")]


def test_a_shop_without_an_order_has_no_page_yet(between: Between, shop: Shop) -> None:
    assert page_monitor.check(shop.context, shop.id) is None
    shop.clock.forward(days=2)
    shop.work(models.ScheduledTask)
    assert shop.all(models.PageCheck) == []


def test_what_differs_twice_is_told_once_and_again_when_it_is_something_else(between: Between, shop: Shop) -> None:
    shop.hear("HELP")  # the chat with the operator is open
    shop.order()
    between.added = b'<script src="https://evil.example/skim.js"></script>'
    first = look(shop)
    assert (first.differences, first.told) == (["unknown_script https://evil.example/skim.js"], False)
    assert told(shop) == []
    assert (
        shop.one(models.ScheduledTask, models.ScheduledTask.type == "page_check").due_at
        == shop.clock() + page_monitor.AGAIN
    )
    second = look(shop)
    assert (second.told, second.since) == (True, first.at)
    assert len(told(shop)) == 1
    assert look(shop).told
    assert len(told(shop)) == 1
    between.added = b"<script>steal()</script>"
    look(shop)
    look(shop)
    assert len(told(shop)) == 2
    between.added = b""
    assert look(shop).differences == []


def test_a_page_that_cannot_be_fetched_is_noted_and_nobody_is_frightened(between: Between, shop: Shop) -> None:
    shop.order()
    between.down = True
    look(shop)
    assert look(shop).differences == ["unreachable HTTP 502"]
    assert told(shop) == []


def test_the_doctor_looks_too(between: Between, shop: Shop) -> None:
    with shop.context.database.read() as session:
        merchant = session.get_one(models.Merchant, shop.id)
    assert doctor._page(shop.context, merchant).ok
    shop.order()
    assert doctor._page(shop.context, merchant).ok
    between.added = b"<base href='https://evil.example/'>"
    found = doctor._page(shop.context, merchant)
    assert not found.ok
    assert "inline_script <base>" in found.text
