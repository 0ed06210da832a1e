"""The page about the payment page: for administrators, in words, and of their own shop alone."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest

from tests.kit import Shop
from tests.office.forms import enter
from webapp.db import models
from webapp.services.monitoring import csp_reports

if TYPE_CHECKING:
    from flask import Flask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PLACE = "/office/safety"


def report(shop: Shop, blocked: str, directive: str = "script-src-elem") -> models.CspReport:
    now = shop.clock()
    return models.CspReport(
        merchant_id=shop.id,
        directive=directive,
        blocked=blocked,
        source="https://ordo.localhost",
        count=3,
        first_at=now,
        last_at=now,
    )


def keep(shop: Shop, *rows: object) -> None:
    with shop.context.database.write() as session:
        session.add_all(rows)


def test_a_shop_whose_page_was_not_looked_at_reads_so(app: Flask, shop: Shop) -> None:
    page = enter(app, shop).get(PLACE).text
    assert "not been looked at yet" in page
    assert "Nothing in the last 90 days" in page


def test_a_page_as_it_should_be_is_said_to_be(app: Flask, shop: Shop) -> None:
    keep(shop, models.PageCheck(merchant_id=shop.id, at=shop.clock(), differences=[], since=None))
    assert "As it should be" in enter(app, shop).get(PLACE).text


def test_each_difference_is_said_in_words_with_what_it_is_about(app: Flask, shop: Shop) -> None:
    lines = ["header Content-Security-Policy", "unknown_script https://evil.example/x.js", "unreachable HTTP 502"]
    keep(shop, models.PageCheck(merchant_id=shop.id, at=shop.clock(), differences=lines, since=shop.clock()))
    page = html.unescape(enter(app, shop).get(PLACE).text)
    assert 'A script that is not in the inventory: <bdi class="mono" dir="ltr">https://evil.example/x.js' in page
    assert "A security header is missing or another one" in page
    assert "could not be fetched" in page
    assert "Give this to whoever runs the service" in page


def test_reports_are_listed_and_a_browser_extension_is_named_as_one(app: Flask, shop: Shop) -> None:
    keep(
        shop,
        report(shop, "https://evil.example"),
        report(shop, csp_reports.EXTENSION),
        report(shop, "data", "img-src"),
    )
    page = enter(app, shop).get(PLACE).text
    assert page.count('data-state="refused">script') == 1
    assert page.count("a browser extension") == 1
    assert "https://evil.example" in page


def test_another_shop_s_reports_are_not_shown(app: Flask, shop: Shop) -> None:
    with shop.context.database.write() as session:
        mine = session.get_one(models.Merchant, shop.id)
        values = {column.key: getattr(mine, column.key) for column in models.Merchant.__table__.columns}
        session.add(models.Merchant(**(values | {"id": "other"})))
        session.flush()
        session.add(report(shop, "https://evil.example"))
        session.flush()
        session.query(models.CspReport).update({"merchant_id": "other"})
    assert "evil.example" not in enter(app, shop).get(PLACE).text
