"""The order backend: whom it believes, and how often it acts."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox import backend
from sandbox.serve import Served
from tests.sandbox.callback import PAID, SECRET, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "backend.db"


@pytest.fixture
def client(database: Path) -> FlaskClient:
    return backend.create_app(database=database, secret=SECRET).test_client()


@pytest.fixture
def served(database: Path) -> Iterator[Served]:
    served = Served(backend.create_app(database=database, secret=SECRET)).start()
    yield served
    served.stop()


def test_a_callback_is_shown_with_what_an_integrator_needs(client: FlaskClient) -> None:
    body = json.dumps(PAID)
    assert client.post("/ordo", data=body, headers=sealed(body)).status_code == 200
    (entry,) = client.get("/log").get_json()
    assert entry.pop("received_at")
    assert entry == {
        "id": "msg_1",
        "signature": "valid",
        "applied": True,
        "copies": 1,
        "type": "order.paid",
        "order": "ord_1",
        "reference": "A12",
        "state": "paid",
        "amount": 1000,
        "currency": "EUR",
        "action": "REGISTER_PAY",
        "alias": "al_1",
        "consent": "Keep my card",
        "charged_alias": None,
        "buyer": PAID["data"]["buyer"],
    }


def test_copies_are_counted_and_change_nothing(client: FlaskClient, database: Path) -> None:
    body = json.dumps(PAID)
    for _ in range(3):
        assert client.post("/ordo", data=body, headers=sealed(body)).status_code == 200
    (entry,) = backend.log(database)
    assert entry["copies"] == 3
    assert backend.known_orders(database) == [{"id": "ord_1", "reference": "A12", "state": "paid", "applied": 1}]


def test_copies_at_the_same_moment_are_applied_once(client: FlaskClient, database: Path) -> None:
    body = json.dumps(PAID)
    app, headers = client.application, sealed(body)

    def send() -> None:
        app.test_client().post("/ordo", data=body, headers=headers)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry["copies"] for entry in backend.log(database)] == [8]
    assert [order["applied"] for order in backend.known_orders(database)] == [1]


def test_an_altered_copy_is_refused_and_listed_as_such(client: FlaskClient, database: Path) -> None:
    body = json.dumps(PAID)
    answer = client.post("/ordo", data=body.replace("1000", "1"), headers=sealed(body))
    assert answer.status_code == 401
    (entry,) = client.get("/log").get_json()
    assert (entry["signature"], entry["applied"], entry["order"]) == ("invalid", False, None)
    assert backend.known_orders(database) == []


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_copy_out_of_its_time_is_refused_as_stale(client: FlaskClient, age: timedelta) -> None:
    body = json.dumps(PAID)
    assert client.post("/ordo", data=body, headers=sealed(body, age=age)).status_code == 401
    assert client.get("/log").get_json()[0]["signature"] == "stale"


def test_an_old_copy_that_was_altered_is_not_merely_stale(client: FlaskClient) -> None:
    headers = sealed(json.dumps(PAID), age=timedelta(minutes=6))
    assert client.post("/ordo", data="{}", headers=headers).status_code == 401
    assert client.get("/log").get_json()[0]["signature"] == "invalid"


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,no base64!"},
        {"webhook-signature": "v1a,AAAA"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "99999999999999999999"},
        {"webhook-id": ""},
        sealed("{}", secret="whsec_b3RoZXIgc2VjcmV0IG90aGVyIHNlY3JldCBvdGhlciE="),
    ],
)
def test_a_call_that_is_not_signed_for_us_is_refused(client: FlaskClient, change: dict[str, str]) -> None:
    answer = client.post("/ordo", data="{}", headers={**sealed("{}"), **change})
    assert answer.status_code == 401
    assert [entry["signature"] for entry in client.get("/log").get_json()] == ["invalid"]


@pytest.mark.parametrize("body", ["not json", "", "[1]", '{"data": 5}', "\udcff"])
def test_a_signed_body_that_is_no_callback_breaks_nothing(client: FlaskClient, database: Path, body: str) -> None:
    raw = body.encode(errors="surrogateescape")
    headers = sealed(body.encode(errors="replace").decode())
    assert client.post("/ordo", data=raw, headers=headers).status_code in {200, 401}
    assert [entry["order"] for entry in client.get("/log").get_json()] == [None]
    assert backend.known_orders(database) == []
    assert client.get("/").status_code == 200


def test_a_refused_copy_leaves_the_good_one_as_it_is(client: FlaskClient) -> None:
    body = json.dumps(PAID)
    client.post("/ordo", data=body, headers=sealed(body))
    client.post("/ordo", data=body + " ", headers=sealed(body))
    bad, good = client.get("/log").get_json()
    assert (good["signature"], good["copies"], bad["signature"]) == ("valid", 1, "invalid")


def test_it_fails_as_often_as_it_is_told_and_stores_nothing_meanwhile(client: FlaskClient) -> None:
    body = json.dumps(PAID)
    client.post("/_sandbox/faults", json={"kind": "status", "status": 503, "times": 2})
    statuses = [client.post("/ordo", data=body, headers=sealed(body)).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert [entry["copies"] for entry in client.get("/log").get_json()] == [1]


@pytest.mark.parametrize("wish", [{"kind": "hang"}, {"kind": "slow", "seconds": 300}])
def test_a_backend_that_keeps_its_caller_waiting_answers_when_the_fault_is_over(
    served: Served, wish: dict[str, Any]
) -> None:
    requests.post(f"{served.url}/_sandbox/faults", json=wish, timeout=5)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{served.url}/ordo", data="{}", headers=sealed("{}"), timeout=0.3)
    assert requests.get(f"{served.url}/_sandbox/faults", timeout=5).json() == {"waiting": 1}
    requests.delete(f"{served.url}/_sandbox/faults", timeout=5)
    assert requests.post(f"{served.url}/ordo", data="{}", headers=sealed("{}"), timeout=5).status_code == 200


@pytest.mark.parametrize(
    "wish", [{}, {"kind": "melt"}, {"kind": "slow"}, {"kind": "status", "status": 200, "times": 1}]
)
def test_an_unknown_fault_is_explained(client: FlaskClient, wish: dict[str, Any]) -> None:
    answer = client.post("/_sandbox/faults", json=wish)
    assert answer.status_code == 400
    assert '"kind":"hang"' in answer.text


def test_the_log_is_there_while_the_backend_is_down_and_after_a_restart(served: Served, database: Path) -> None:
    body = json.dumps(PAID)
    requests.post(f"{served.url}/ordo", data=body, headers=sealed(body), timeout=5)
    served.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{served.url}/log", timeout=5)
    log = backend.create_log_app(database=database).test_client()
    assert [entry["id"] for entry in log.get("/log").get_json()] == ["msg_1"]
    again = backend.create_app(database=database, secret=SECRET).test_client()
    assert again.post("/ordo", data=body, headers=sealed(body)).status_code == 200
    assert [entry["copies"] for entry in log.get("/log").get_json()] == [2]


def test_the_page_shows_a_hostile_text_as_text(client: FlaskClient) -> None:
    body = json.dumps({**PAID, "data": {**PAID["data"], "reference": "<script>alert(1)</script>"}})
    client.post("/ordo", data=body, headers=sealed(body))
    page = client.get("/").text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
