"""CSV files by the API: sent, followed, refused with each line's errors, and written out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.backend import Backend, backend_of
from tests.kit import BUYER, Shop, rival
from webapp.api import lists
from webapp.db import models
from webapp.domain.scopes import Scope
from webapp.services.orders import exports as service
from webapp.services.orders import import_file

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FILE = "reference,amount,phone,channel\n" + "".join(f"A{number},5,{BUYER},none\n" for number in range(3))


def send(backend: Backend, body: str | bytes = FILE, media: str = "text/csv", **more: Any) -> TestResponse:
    backend.headers["Content-Type"] = media
    try:
        return backend.post("/imports", body, **more)
    finally:
        del backend.headers["Content-Type"]


def test_a_file_is_sent_followed_and_its_orders_are_the_key_s(backend: Backend, shop: Shop) -> None:
    answer = send(backend, media="text/csv; charset=utf-8", key="one", name="november.csv")
    made = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (202, f"/api/v1/imports/{made['id']}")
    assert (made["name"], made["state"], made["lines"], made["created"]) == ("november.csv", "running", 3, 0)
    assert send(backend, key="one", name="november.csv").headers["Idempotent-Replayed"] == "true"
    assert send(backend).get_json()["id"] == made["id"]
    shop.order(reference="A1")
    shop.drain()
    now = made | {"state": "done", "created": 2, "failed": 1}
    assert backend.get(f"/imports/{made['id']}").get_json() == now
    assert backend.get("/imports").get_json() == {"data": [now], "next_cursor": None}
    (error,) = backend.get(f"/imports/{made['id']}/errors").get_json()["data"]
    assert (error["line"], error["column"], error["code"]) == (3, "reference", "reference_exists")
    events = shop.all(models.OrderEvent, models.OrderEvent.kind == "created")
    assert {str(event.actor_kind) for event in events} == {"api_key", "operator"}


def test_lines_that_brought_no_order_come_in_pages(backend: Backend, shop: Shop) -> None:
    made = send(backend).get_json()
    for number in range(3):
        shop.order(reference=f"A{number}")
    shop.drain()
    first = backend.get(f"/imports/{made['id']}/errors", limit=2).get_json()
    last = backend.get(f"/imports/{made['id']}/errors", limit=2, after=first["next_cursor"]).get_json()
    assert [each["line"] for each in (*first["data"], *last["data"])] == [2, 3, 4]
    send(backend, FILE.replace("A", "B"))
    cursor = backend.get("/imports", limit=1).get_json()["next_cursor"]
    for wrong in ("x", cursor, lists.cursor((datetime.now(UTC), "9" * 40))):
        answer = backend.get(f"/imports/{made['id']}/errors", after=wrong)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "bad_cursor")


def test_a_wrong_file_is_refused_with_every_error_and_nothing_is_made(backend: Backend, shop: Shop) -> None:
    answer = send(backend, FILE + "A9,x,,\nA10,5,4242424242424242,none\n")
    told = answer.get_json()
    assert (answer.status_code, answer.mimetype, told["code"], told["found"]) == (
        422,
        "application/problem+json",
        "bad_csv",
        2,
    )
    assert [(each["line"], each["column"], each["code"]) for each in told["errors"]] == [
        (5, "amount", "bad_amount"),
        (6, "buyer.phone", "card_number"),
    ]
    assert "4242" not in answer.text
    for body, media, status in (
        (FILE, "application/json", 415),
        ("{}", "application/json", 415),
        (b"x" * (import_file.LARGEST + 1), "text/csv", 413),
        (b"", "text/csv", 422),
        (b"\xff\xfe\x00", "text/csv", 422),
    ):
        assert send(backend, body, media).status_code == status
    shop.drain()
    assert (shop.all(models.Order), shop.all(models.Import)) == ([], [])


def test_orders_are_exported_by_state_and_time(backend: Backend, shop: Shop) -> None:
    shop.order(reference="first", description="=1")
    shop.clock.forward(hours=1)
    shop.order(reference="second")
    whole = backend.get("/exports/orders", bom="true")
    assert (whole.status_code, whole.content_type) == (200, "text/csv; charset=utf-8")
    assert whole.is_streamed
    assert whole.get_data().startswith(b'\xef\xbb\xbf"id"')
    assert '"\'=1"' in whole.text
    at = "2026-11-24T10:30:00Z"
    for query, expected in (
        ({"created_from": at}, {"second"}),
        ({"created_before": at}, {"first"}),
        ({"state": "paid"}, set()),
        ({"state": "open"}, {"first", "second"}),
    ):
        text = backend.get("/exports/orders", **query).text
        assert {name for name in ("first", "second") if f'"{name}"' in text} == expected
    for wrong in ({"state": "x"}, {"created_from": "2026-11-24"}, {"created_from": "2026-11-24T10:00:00"}, {"x": "y"}):
        assert backend.get("/exports/orders", **wrong).status_code == 400


def test_one_export_at_a_time_is_read_and_leaves_threads_to_others(
    app: Flask, backend: Backend, shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = backend_of(app, rival(shop))
    begun = backend.get("/exports/orders")
    refused = backend.get("/exports/orders")
    assert (refused.status_code, refused.get_json()["code"], "Retry-After" in refused.headers) == (503, "busy", True)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]  # it is no fault of ours
    other = stranger.get("/exports/orders")
    assert other.status_code == 200
    begun.close()  # whoever read it has gone
    broken = backend.get("/exports/orders", state="x")
    assert (broken.status_code, backend.get("/exports/orders").status_code) == (400, 200)
    other.get_data()  # to its end
    with monkeypatch.context() as patch:
        patch.setattr(service, "written", fails)
        assert stranger.get("/exports/orders").status_code == 500
    assert stranger.get("/exports/orders").status_code == 200


def fails(*_: object, **__: object) -> None:
    raise ZeroDivisionError


def test_nobody_else_s_files_are_seen_and_a_scope_is_needed(app: Flask, backend: Backend, shop: Shop) -> None:
    made = send(backend).get_json()
    stranger = backend_of(app, rival(shop))
    for path in (f"/imports/{made['id']}", f"/imports/{made['id']}/errors", "/imports/imp_unknown"):
        assert stranger.get(path).status_code == 404
    assert stranger.get("/imports").get_json()["data"] == []
    assert '"A0"' not in stranger.get("/exports/orders").text
    reader = backend_of(app, shop, Scope.ORDERS_READ)
    assert (send(reader).status_code, reader.get("/imports").status_code) == (403, 200)
    keeper = backend_of(app, shop, Scope.CALLBACKS)
    assert {keeper.get(path).status_code for path in ("/imports", "/exports/orders")} == {403}
