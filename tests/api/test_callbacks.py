"""Endpoints and callbacks by the API: made, rotated, tested, listed, shown and sent again."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from tests.api.backend import Backend, backend_of
from tests.callbacks.addresses import MALFORMED, UNREACHABLE
from tests.kit import Shop, browser, paid, rival
from webapp.api import problems
from webapp.callbacks import sender
from webapp.db import models
from webapp.domain.scopes import Scope
from webapp.services.merchants import declarations

if TYPE_CHECKING:
    from flask import Flask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def alone(shop: Shop) -> Shop:
    """The merchant's file names no endpoint."""
    declarations.apply(shop.context, declarations.declared(shop.declaration() | {"endpoints": []}))
    return shop


def made(backend: Backend, shop: Shop, **more: Any) -> dict[str, Any]:
    answer = backend.post("/endpoints", {"url": shop.backend("/api"), **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def told(shop: Shop) -> None:
    paid(shop)
    shop.drain()


def test_an_endpoint_is_made_with_a_secret_that_is_shown_once_and_kept_nowhere(backend: Backend, alone: Shop) -> None:
    body = {"url": alone.backend("/api"), "types": ["order.paid", "refund.*"]}
    answer = backend.post("/endpoints", body, key="once")
    endpoint = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/endpoints/{endpoint['id']}"
    assert (endpoint["source"], endpoint["enabled"], len(endpoint["types"])) == ("api", True, 5)
    secret = endpoint.pop("secret")
    assert secret.startswith("whsec_")
    again = backend.post("/endpoints", body, key="once")
    assert (again.status_code, again.get_json()) == (201, endpoint | {"secret": None})
    assert backend.get(f"/endpoints/{endpoint['id']}").get_json() == endpoint
    assert backend.get("/endpoints").get_json() == {"data": [endpoint], "next_cursor": None}
    told(alone)
    headers, sent = alone.place.told[0]
    now = int(headers["Webhook-Timestamp"])
    assert now == int(alone.clock().timestamp())
    assert headers["Webhook-Signature"] == Webhook(secret).sign(headers["Webhook-Id"], alone.clock(), sent)
    assert secret not in repr(alone.dump())


def test_a_secret_is_rotated_and_types_are_chosen(backend: Backend, alone: Shop) -> None:
    endpoint = made(backend, alone)
    path = f"/endpoints/{endpoint['id']}"
    rotated = backend.post(f"{path}/rotate-secret", {"overlap_hours": 1}).get_json()
    assert rotated["former_secrets_until"] == "2026-11-24T11:00:00Z"
    assert rotated["secret"] not in {endpoint["secret"], None}
    told(alone)
    assert len(alone.place.told[0][0]["Webhook-Signature"].split(" ")) == 2
    assert backend.post(f"{path}/types", {"types": ["order.expired"]}).get_json()["types"] == ["order.expired"]
    told(alone)
    assert len(alone.place.told) == 1
    assert backend.post(f"{path}/types", {"types": None}).get_json()["types"] == endpoint["types"]
    for body, pointer in (({}, "/types"), ({"types": []}, "/types"), ({"types": ["order.payed"]}, "/types/0")):
        assert backend.post(f"{path}/types", body).get_json()["errors"][0]["pointer"] == pointer
    assert backend.post(f"{path}/rotate-secret", {"overlap_hours": 169}).status_code == 422


def test_an_endpoint_is_disabled_tested_enabled_and_removed(backend: Backend, alone: Shop) -> None:
    endpoint = made(backend, alone)
    path = f"/endpoints/{endpoint['id']}"
    off = backend.post(f"{path}/disable").get_json()
    assert (off["enabled"], off["disabled_why"].startswith("by api_key")) == (False, True)
    told(alone)
    alone.place.backend_says = ("<i>no</i>", {})
    alone.place.backend_answers.append(401)
    sent = backend.post(f"{path}/test")
    alone.drain()
    found = backend.client.get(
        sent.headers["Location"], headers={"Authorization": f"Bearer {backend.token}"}
    ).get_json()
    assert (found["type"], found["state"], found["order"]) == ("endpoint.test", "failed", None)
    assert [(each["status"], each["excerpt"]) for each in found["deliveries"]] == [(401, "<i>no</i>")]
    assert backend.post(f"{path}/enable").get_json()["enabled"]
    alone.drain()
    assert backend.get("/callbacks", state="delivered").get_json()["data"][0]["type"] == "order.paid"
    gone = backend.client.delete(f"/api/v1{path}", headers={"Authorization": f"Bearer {backend.token}"})
    assert gone.get_json() == {"id": endpoint["id"], "removed": True}
    assert backend.get(path).status_code == 404
    assert backend.post(f"/callbacks/{found['id']}/replay").get_json()["code"] == "endpoint_removed"


def test_what_the_file_names_is_locked_and_a_second_endpoint_of_an_address_is_refused(
    backend: Backend, shop: Shop
) -> None:
    (ours,) = backend.get("/endpoints").get_json()["data"]
    path = f"/endpoints/{ours['id']}"
    assert ours["source"] == "file"
    for verb, body in (("rotate-secret", {}), ("types", {"types": None}), ("disable", None)):
        answer = backend.post(f"{path}/{verb}", body)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "declared_in_file")
    again = backend.post("/endpoints", {"url": ours["url"]})
    assert (again.status_code, again.get_json()["code"], again.get_json()["endpoint"]) == (
        409,
        "endpoint_exists",
        ours["id"],
    )


def test_callbacks_are_listed_shown_and_sent_again(backend: Backend, shop: Shop) -> None:
    for _ in range(3):
        told(shop)
        shop.clock.forward(hours=1)
    first = backend.get("/callbacks", limit=2, type="order.paid").get_json()
    rest = backend.get("/callbacks", limit=2, after=first["next_cursor"]).get_json()
    names = [each["id"] for each in (*first["data"], *rest["data"])]
    assert (len(set(names)), rest["next_cursor"]) == (3, None)
    one = backend.get(f"/callbacks/{names[0]}").get_json()
    assert json.loads(one["body"])["data"]["order"] == one["order"]
    (tried,) = one["deliveries"]
    assert (tried["headers"]["webhook-id"], tried["status"]) == (one["id"], 200)
    assert backend.get("/callbacks", order=one["order"]).get_json()["data"] == [first["data"][0]]
    shop.place.told.clear()
    replayed = backend.post(f"/callbacks/{names[0]}/replay").get_json()
    assert (replayed["state"], replayed["replayed_at"]) == ("pending", "2026-11-24T13:00:00Z")
    span = {"since": "2026-11-24T12:00:00+01:00", "until": "2026-11-24T12:00:00Z", "type": "order.paid"}
    assert backend.post("/callbacks/replay", span).get_json() == {"replayed": 1, "next_cursor": None}
    assert backend.post("/callbacks/replay", {"state": "failed"}).get_json()["replayed"] == 0
    shop.drain()
    assert {headers["Webhook-Id"] for headers, _ in shop.place.told} == set(names[:2])


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/callbacks/replay", {}, "state_or_since_needed"),
        ("/callbacks/replay", {"type": "order.paid"}, "state_or_since_needed"),
        ("/callbacks/replay", {"since": "yesterday"}, "bad_moment"),
        ("/callbacks/replay", {"since": "2026-11-24"}, "bad_moment"),
        ("/callbacks/replay", {"since": "0001-01-01T00:00:00+14:00"}, "bad_moment"),
        ("/callbacks/replay", {"since": 1764000000}, "bad_moment"),
        ("/callbacks/replay", {"state": "lost"}, "unknown_value"),
        ("/callbacks/replay", {"state": "failed", "everything": True}, "unknown_field"),
        ("/endpoints", {}, "missing"),
        ("/endpoints", {"url": 1}, "wrong_type"),
        ("/endpoints", {"url": "https://a.example/" + "a" * 500}, "too_long"),
        ("/endpoints", {"url": "https://a.example/", "types": "order.paid"}, "wrong_type"),
        ("/endpoints", {"url": "https://a.example/", "types": ["endpoint.test"]}, "unknown_value"),
    ],
)
def test_what_cannot_be_is_refused_field_by_field(backend: Backend, path: str, body: Any, code: str) -> None:
    answer = backend.post(path, body)
    assert answer.status_code == 422
    assert [each["code"] for each in answer.get_json()["errors"]] == [code]


def test_addresses_that_are_never_called_are_refused_or_never_reached(
    app: Flask, backend: Backend, alone: Shop
) -> None:
    outside = dataclasses.replace(alone.context, allow_sandbox_hosts=False, sender=sender.Sender(allow_loopback=False))
    for url in filter(None, MALFORMED):
        answer = backend.post("/endpoints", {"url": url})
        if answer.status_code == 201:  # sandbox hosts are allowed here: it is this machine's own, or waits for the POST
            pytest.fail(url)
        assert answer.get_json()["code"] in {"bad_url", "invalid_fields"}
    for host in UNREACHABLE:
        endpoint = backend.post("/endpoints", {"url": f"https://{host}/"}).get_json()
        sent = backend.post(f"/endpoints/{endpoint['id']}/test").get_json()
        dataclasses.replace(alone, context=outside).drain()
        (tried,) = backend.get(f"/callbacks/{sent['id']}").get_json()["deliveries"]
        assert (tried["status"], tried["error"]) == (None, "the address is not on the public internet")
        backend.client.delete(
            f"/api/v1/endpoints/{endpoint['id']}", headers={"Authorization": f"Bearer {backend.token}"}
        )


def test_another_merchant_s_are_unknown_and_another_scope_is_not_enough(
    app: Flask, backend: Backend, shop: Shop
) -> None:
    told(shop)
    endpoint, callback = shop.one(models.Endpoint).id, shop.one(models.Callback).id
    theirs = backend_of(app, rival(shop))
    paths = [f"/endpoints/{endpoint}", f"/callbacks/{callback}"]
    for path in paths:
        unknown = theirs.get(f"{path[:-3]}zzz").get_json()
        assert theirs.get(path).get_json() == unknown
        assert unknown["code"] == "not_found"
    for verb in ("types", "rotate-secret", "disable", "enable", "test"):
        body = {"types": None} if verb == "types" else {} if verb == "rotate-secret" else None
        assert theirs.post(f"{paths[0]}/{verb}", body).status_code == 404
    assert theirs.post(f"{paths[1]}/replay").status_code == 404
    assert theirs.get("/callbacks").get_json()["data"] == []
    orders = backend_of(app, shop, Scope.ORDERS_READ, Scope.ORDERS_WRITE)
    for answer in (orders.get(paths[0]), orders.get("/callbacks"), orders.post(f"{paths[1]}/replay")):
        assert (answer.status_code, answer.get_json()["code"]) == (403, "missing_scope")
    assert browser(app).get(f"/api/v1{paths[0]}").status_code == 401


def test_every_refusal_of_these_services_has_words_of_its_own(database_url: str) -> None:
    codes = {
        *("bad_url", "unknown_type", "no_types", "bad_overlap", "endpoint_exists", "too_many_endpoints"),
        *("too_many_secrets", "declared_in_file", "endpoint_removed"),
    }
    assert codes <= problems.KINDS.keys()
