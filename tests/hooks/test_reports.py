"""Browsers' reports: counted for the merchant whose link they name, with nothing of the link kept, and never a way to flood us."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.hooks.posts import link, new, old, send
from tests.kit import PUBLIC_URL, Shop, browser
from webapp.db import models
from webapp.services.monitoring import csp_reports, doctor
from webapp.services.runtime import counters

if TYPE_CHECKING:
    from flask import Flask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


def test_both_forms_count_as_the_same_thing_and_nothing_of_the_link_is_kept(app: Flask, shop: Shop) -> None:
    page = link(shop)
    assert send(app, old(page)) == 204
    shop.clock.forward(hours=1)
    assert send(app, new(page), "application/reports+json") == 204
    (row,) = shop.all(models.CspReport)
    assert (row.merchant_id, row.directive, row.count) == (shop.id, "script-src-elem", 2)
    assert (row.blocked, row.source) == ("https://evil.example", PUBLIC_URL)
    assert (row.last_at - row.first_at).total_seconds() == 3600


def test_a_script_that_was_kept_off_is_said_in_the_log_once(
    app: Flask, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    page = link(shop)
    with caplog.at_level(logging.WARNING):
        send(app, old(page))
        send(app, old(page))
        send(app, old(page, **{"blocked-uri": "chrome-extension://abcdef/x.js"}))
        send(app, old(page, **{"effective-directive": "img-src"}))
    (line,) = [record.getMessage() for record in caplog.records if "kept off" in record.getMessage()]
    assert "https://evil.example" in line
    assert "/p/" not in line


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("inline", "inline"),
        ("eval", "eval"),
        ("data", "data"),
        ("https://a.example:8443/p/secret", "https://a.example:8443"),
        ("moz-extension://123/x", csp_reports.EXTENSION),
        ("safari-web-extension://123/x", csp_reports.EXTENSION),
        ("blob:https://ordo.localhost/1-2", "blob"),
        ("http://[::1", "?"),
        ("http://\u202eexample/x", "?"),
        ("", ""),
    ],
)
def test_of_an_address_only_its_origin_is_kept(app: Flask, shop: Shop, given: str, kept: str) -> None:
    send(app, old(link(shop), **{"blocked-uri": given}))
    assert shop.one(models.CspReport).blocked == kept


@pytest.mark.parametrize(
    "page", [f"{PUBLIC_URL}/p/forged", "https://elsewhere.example/p/x", f"{PUBLIC_URL}/office/x", ""]
)
def test_who_has_no_link_of_ours_reports_nothing(app: Flask, shop: Shop, page: str) -> None:
    assert send(app, old(page)) == 204
    assert shop.all(models.CspReport) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff", "application/csp-report"),
        (b"[" * 9_000, "application/csp-report"),
        (b"{}", "application/csp-report"),
        (b'{"csp-report": 7}', "application/csp-report"),
        (b"[1, null, {}]", "application/reports+json"),
        (b'[{"type": "deprecation", "body": {}}]', "application/reports+json"),
        (b"csp-report=1", "application/x-www-form-urlencoded"),
        (b"null", "application/csp-report"),
    ],
)
def test_what_is_no_report_is_dropped(app: Flask, shop: Shop, body: bytes, kind: str) -> None:
    assert send(app, body, kind) == 204
    assert shop.all(models.CspReport) == []


def test_a_large_report_is_refused_before_it_is_read(app: Flask, shop: Shop) -> None:
    assert send(app, b"[" + b" " * 17_000 + b"]") == 413


def test_an_address_that_reports_without_end_is_heard_thirty_times_a_minute(app: Flask, shop: Shop) -> None:
    page = link(shop)
    for _ in range(counters.REPORTS_OF_IP.most + 5):
        assert send(app, old(page)) == 204
    assert shop.one(models.CspReport).count == counters.REPORTS_OF_IP.most
    shop.clock.forward(minutes=2)
    send(app, old(page))
    assert shop.one(models.CspReport).count == counters.REPORTS_OF_IP.most + 1


@pytest.mark.both_databases
def test_two_pages_that_report_the_same_at_once_are_both_counted(app: Flask, shop: Shop) -> None:
    page = link(shop)
    with ThreadPoolExecutor(8) as browsers:
        answers = list(browsers.map(lambda _: send(app, old(page)), range(8)))
    assert answers == [204] * 8
    assert shop.one(models.CspReport).count == 8


def invent(app: Flask, shop: Shop, page: str, count: int, since: int = 0) -> None:
    """Somebody reports that many kinds that were never seen."""
    for number in range(since, since + count):
        send(app, old(page, **{"blocked-uri": f"https://{number}.example"}))
        shop.clock.forward(seconds=3)


def seen(shop: Shop) -> set[str]:
    return {row.blocked for row in shop.all(models.CspReport)}


def test_what_is_made_up_with_one_link_keeps_no_real_report_out(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(csp_reports, "MOST_OF_LINK", 5)
    real, attacker, later = link(shop), link(shop), link(shop)
    send(app, old(real, **{"blocked-uri": "https://skimmer.example"}))
    invent(app, shop, attacker, 12)
    send(app, old(later, **{"blocked-uri": "https://another.example"}))
    invent(app, shop, attacker, 3, since=20)
    assert {"https://skimmer.example", "https://another.example", "https://22.example"} <= seen(shop)
    assert len(seen(shop)) == 2 + 5
    assert "a script was kept off a page of cafe: https://another.example" in caplog.text
    send(app, old(attacker, **{"blocked-uri": "https://skimmer.example"}))
    assert shop.one(models.CspReport, models.CspReport.blocked == "https://skimmer.example").count == 2


def test_a_full_table_drops_those_of_the_link_that_brought_the_most(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(csp_reports, "MOST", 7)
    first, attacker = link(shop), link(shop)
    send(app, old(first, **{"blocked-uri": "https://skimmer.example"}))
    invent(app, shop, attacker, 6)
    assert not csp_reports.are_crowded(shop.context, shop.id)
    for number in range(3):
        send(app, old(link(shop), **{"blocked-uri": f"https://real{number}.example"}))
    assert {"https://skimmer.example", *(f"https://real{number}.example" for number in range(3))} <= seen(shop)
    assert len(seen(shop)) == 7
    alarms = [record for record in caplog.records if "some are dropped" in record.getMessage()]
    assert [record.levelname for record in alarms] == ["ERROR"]
    assert csp_reports.are_crowded(shop.context, shop.id)
    (found,) = doctor._reports(shop.context, shop.one(models.Merchant))
    assert not found.ok
    shop.clock.forward(days=1)
    assert not csp_reports.are_crowded(shop.context, shop.id)


@pytest.mark.parametrize("directive", ["invented-src", "script", "a", "script-src-elem-x"])
def test_a_rule_that_no_policy_of_ours_has_is_no_report(app: Flask, shop: Shop, directive: str) -> None:
    send(app, old(link(shop), **{"effective-directive": directive}))
    assert shop.all(models.CspReport) == []


def test_buyers_pages_say_where_to_report_and_others_do_not(app: Flask, shop: Shop) -> None:
    headers = browser(app).get(link(shop).removeprefix(PUBLIC_URL)).headers
    assert "report-uri /hooks/csp; report-to csp" in headers["Content-Security-Policy"]
    assert headers["Reporting-Endpoints"] == 'csp="/hooks/csp"'
    assert "report-" not in browser(app).get("/office/login").headers["Content-Security-Policy"]
