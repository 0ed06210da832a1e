"""What is counted is what has happened: committed, by few words, and found again in the log by the same names."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest
import stripe

from tests.hooks.posts import link
from tests.kit import DECLINED, Shop, app, application, browser, outside, settings, shop, test_gateway
from tests.metrics.counted import counted
from webapp import app as wiring
from webapp import logs, metrics
from webapp.config import SettingsError
from webapp.db import models, work
from webapp.db.session import after_commit
from webapp.domain.errors import Conflict
from webapp.domain.money import Money
from webapp.gateways import stripe_http
from webapp.jobs import queues
from webapp.services.payments import refunds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

__all__ = ["app", "counted", "outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_money_is_counted_by_what_it_came_to(shop: Shop, counted: Callable[..., float]) -> None:
    order = shop.order(amount=1000)
    shop.pay(order)
    refunds.request(shop.context, shop.id, order, Money(300, "EUR"))
    shop.drain()
    shop.pay(shop.order(amount=500), DECLINED)
    held = shop.order(amount=700, manual_capture=True)
    shop.pay(held)
    of = {
        name: counted("ordo_money_minor_units_total", transition=name, currency="EUR")
        for name in ("paid", "refunded", "authorised", "voided", "refund_returned")
    }
    assert of == {"paid": 1000, "refunded": 300, "authorised": 700, "voided": 0, "refund_returned": 0}
    assert counted("ordo_orders_total", transition="declined") == 1
    assert counted("ordo_database_wait_seconds_count", wait="writer") > 5


def test_what_is_rolled_back_is_not_counted(shop: Shop) -> None:
    told: list[str] = []
    with shop.context.database.write() as session:
        after_commit(session, lambda: told.append("committed"))
        assert told == []
    with pytest.raises(Conflict), shop.context.database.write() as session:
        after_commit(session, lambda: told.append("rolled back"))
        raise Conflict("no")
    assert told == ["committed"]


def test_calls_are_counted_by_what_came_of_them(shop: Shop, counted: Callable[..., float]) -> None:
    shop.place.whatsapp_answers.append((400, {"error": {"code": 190, "message": "no"}}))
    shop.order(send=True)
    shop.drain()
    assert counted("ordo_call_seconds_count", target="whatsapp", result="refused") == 1
    shop.pay(shop.order())
    shop.drain()
    assert counted("ordo_call_seconds_count", target="endpoint", result="ok") == 1
    assert [metrics.by_status(status) for status in (200, 303, 402, 429, 500, None)] == [
        *("ok", "ok", "refused", "failed", "failed", "silent")
    ]


def test_the_gateway_s_calls_are_counted_and_logged_with_its_name_of_them(
    shop: Shop, counted: Callable[..., float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "webapp")
    client = stripe_http.Client(timeout=(1, 5))
    place, key = "/v1/payment_intents/pi_1", {"Authorization": "Bearer sk_test_nobodys"}
    client.request("get", f"{shop.gateway.served.url}{place}?client_secret=pi_1_secret_x", key)
    with pytest.raises(stripe.APIConnectionError):
        client.request("get", f"http://127.0.0.1:9{place}", key)
    for result in ("refused", "silent"):
        assert counted("ordo_call_seconds_count", target="stripe", result=result) == 1
    first, second = caplog.messages
    assert re.fullmatch(rf"GET {place}: 401 in \d+ ms, Request-Id \S+", first)
    assert second.startswith(f"GET {place}: no answer in ")


def test_work_that_fails_is_counted_and_its_lines_bear_its_name(
    shop: Shop, counted: Callable[..., float], caplog: pytest.LogCaptureFixture
) -> None:
    logs.protect()
    order = shop.order(send=True)
    (queue,) = (each for each in queues.QUEUES if each.model is models.Message)

    def broken(*_: object) -> None:
        raise ValueError("broken")

    with shop.context.database.write() as session:
        lease, (row,) = work.claim(session, queue.model, now=shop.clock(), lease=queue.lease, limit=1)
    queues.carry_out(shop.context, queues.JobQueue(queue.model, broken, 1, queue.lease), row, lease)
    assert counted("ordo_job_seconds_count", kind="messages", result="failed") == 1
    record = caplog.records[-1]
    assert record.belongings == {  # type: ignore[attr-defined]
        "job": f"messages:{row.id}",
        "order": order,
        "merchant": shop.id,
    }
    row.tries = queues.PATIENCE
    assert queues.failed(shop.context, queue, row, lease, ValueError("again")) == "failed"  # the lease is given back
    with shop.context.database.write() as session:
        shop.clock.forward(seconds=60)
        lease, (row,) = work.claim(session, queue.model, now=shop.clock(), lease=queue.lease, limit=1)
    row.tries = queues.PATIENCE
    assert queues.failed(shop.context, queue, row, lease, ValueError("again")) == "parked"


def test_a_request_is_counted_by_its_rule_and_never_by_its_address(
    app: Flask, shop: Shop, counted: Callable[..., float]
) -> None:
    client = browser(app)
    assert client.get(link(shop)).status_code == 200
    assert client.get("/no/such/address").status_code == 404
    assert client.open("/health", method="PROPFIND").status_code == 405
    assert client.get("/api/v1/orders").status_code == 401
    for method, route, status in (
        ("GET", "/p/<token>", "200"),
        ("GET", "none", "404"),
        ("other", "none", "405"),
        ("GET", "/api/v1/orders", "401"),
    ):
        assert counted("ordo_request_seconds_count", method=method, route=route, status=status) == 1
    rules = {rule.rule for each in (app, app.extensions["api"]) for rule in each.url_map.iter_rules()} | {"none"}
    found = {
        sample.labels["route"]
        for family in metrics.REGISTRY.collect()
        for sample in family.samples
        if "route" in sample.labels
    }
    assert found <= rules


@pytest.mark.parametrize("proxies", [0, 1])
def test_the_lines_of_a_request_bear_its_name(shop: Shop, caplog: pytest.LogCaptureFixture, proxies: int) -> None:
    caplog.set_level(logging.INFO)
    client, told = browser(application(shop, trusted_proxies=proxies)), "0af7651916cd43dd8448eb211c80319c"
    address = link(shop)
    for _ in range(2):
        token = shop.context.links.form_token(address.rpartition("/")[2])
        answer = client.post(f"{address}/opened", data={"csrf_token": token}, headers={"X-Request-ID": told})
        assert answer.status_code == 204
    (line,) = (record for record in caplog.records if "opened" in record.getMessage())
    name = line.belongings["request"]  # type: ignore[attr-defined]
    assert (name == told) == bool(proxies)
    shop.order()
    assert "request" not in caplog.records[-1].belongings  # type: ignore[attr-defined]


def test_a_port_that_cannot_be_had_is_said(shop: Shop, tmp_path: Path) -> None:
    of = {"metrics_port": 9101, "metrics_dir": str(tmp_path / "counts")}
    with pytest.raises(SettingsError, match="METRICS_HOST, METRICS_PORT, METRICS_DIR: "):
        wiring.count(settings(shop, metrics_host="192.0.2.1", **of), shop.context)
    assert not metrics.is_on()
    with pytest.raises(ValueError, match="go together"):
        settings(shop, metrics_port=9101)
