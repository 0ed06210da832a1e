"""Every address of the API: another merchant's rows, hostile bodies, card numbers in every field, keys that are not good."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.api import hostile
from tests.api.backend import Backend, backend_of
from tests.canaries import SPELLINGS
from tests.doors import registry
from tests.kit import Shop, browser, rival
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from webapp.api.operations import Operation

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PROBLEM = "application/problem+json"


def operations(app: Flask) -> Iterator[tuple[str, str, Operation | None]]:
    """Method, rule and declaration of each address of the API."""
    api = app.extensions["api"]
    for rule in api.url_map.iter_rules():
        declared = getattr(api.view_functions[rule.endpoint], "operation", None)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, rule.rule, declared


def asked(app: Flask, method: str) -> list[str]:
    return sorted(rule for each, rule, declared in operations(app) if each == method and declared and declared.scope)


def address(rule: str, **ids: str) -> str:
    named = registry.IDS | ids
    return re.sub(r"<([a-z_]+)>", lambda found: named[found[1]], rule)


def what_there_is(backend: Backend, shop: Shop) -> dict[str, str]:
    """The ids of what one merchant has: an order that saved a card, its refund, its callbacks, an endpoint, a file."""
    order = backend.order(action="REGISTER_PAY")["id"]
    shop.pay(order, save=True)
    endpoint = backend.post("/endpoints", registry.API["/api/v1/endpoints"]).get_json()["id"]
    kind, text = registry.FILES["/api/v1/imports"]
    backend.headers["Content-Type"] = kind
    file = backend.post("/imports", text).get_json()["id"]
    backend.headers.clear()
    return {
        "alias_id": backend.get(f"/orders/{order}").get_json()["alias"]["id"],
        "buyer_id": backend.get("/buyers").get_json()["data"][0]["id"],
        "callback_id": backend.get("/callbacks").get_json()["data"][0]["id"],
        "endpoint_id": endpoint,
        "import_id": file,
        "order_id": order,
        "refund_id": backend.post(f"/orders/{order}/refunds", {"amount": 1}).get_json()["id"],
    }


def post(backend: Backend, path: str, body: Any) -> Any:
    return backend.post(path.removeprefix("/api/v1"), body)


def test_every_address_declares_its_scope_and_every_post_is_walked(app: Flask) -> None:
    found = list(operations(app))
    assert [rule for _, rule, declared in found if declared is None] == []
    assert [rule for _, rule, declared in found if declared and declared.scope is None] == ["/api/v1/openapi.json"]
    assert {method for method, _, _ in found} == {"GET", "POST", "DELETE"}
    assert set(asked(app, "POST")) == registry.API.keys() | registry.FILES.keys()
    assert {name for _, rule, _ in found for name in re.findall(r"<([a-z_]+)>", rule)} == registry.IDS.keys()


def test_an_address_without_a_scope_is_nobody_s(app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(app.extensions["api"].view_functions["orders.list_orders"], "operation")
    answer = backend_of(app, shop).get("/orders")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")


def test_no_key_does_more_than_its_scope(app: Flask, shop: Shop) -> None:
    tokens = {scope: api_keys.create(shop.context, shop.id, "one", [scope])[1] for scope in Scope}
    for method, rule, declared in operations(app):
        if declared is None or declared.scope is None:
            continue
        for scope, token in tokens.items():
            answer = browser(app).open(address(rule), method=method, headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code == 403) == (scope is not declared.scope), (method, rule, scope)
        answer = browser(app).open(address(rule), method=method, headers={"Authorization": "Bearer ordo_test_nobody"})
        assert answer.status_code == 401, (method, rule)


def test_another_merchant_s_rows_are_as_unknown_ones(app: Flask, shop: Shop) -> None:
    mine, theirs = backend_of(app, shop), backend_of(app, rival(shop))
    ids = what_there_is(mine, shop)
    before = shop.dump()
    for rule in asked(app, "GET"):
        if "<" in rule:
            path = address(rule, **ids).removeprefix("/api/v1")
            unknown = re.sub(r"([a-z]+_)[A-Za-z0-9]{22}", r"\1nothing", path)
            assert mine.get(path).status_code == 200, rule
            assert [theirs.get(each).status_code for each in (path, unknown)] == [404, 404], rule
            assert theirs.get(path).text == theirs.get(unknown).text
        else:
            listed = theirs.get(rule.removeprefix("/api/v1")).text
            assert not [each for each in ids.values() if each in listed], rule
    for rule in asked(app, "DELETE"):
        answer = theirs.client.delete(address(rule, **ids), headers={"Authorization": f"Bearer {theirs.token}"})
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found"), rule
    for rule, body in registry.API.items():
        if "<" in rule:
            answer = post(theirs, address(rule, **ids), body)
            assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found"), rule
    kept, after = ("idempotent_requests", "api_keys", "limits", "audit_entries"), shop.dump()
    assert {name: rows for name, rows in after.items() if name not in kept} == {
        name: rows for name, rows in before.items() if name not in kept
    }
    entries = [row for row in after["audit_entries"] if row not in before["audit_entries"]]
    assert [row[1] for row in entries] == ["rival"]  # the export of its own orders


def test_every_post_refuses_what_is_not_one_object(app: Flask, shop: Shop) -> None:
    backend = backend_of(app, shop)
    ids = what_there_is(backend, shop)
    for rule, body in registry.API.items():
        for name, (sent, code) in hostile.BODIES.items():
            answer = post(backend, address(rule, **ids), sent)
            if body is None:  # where nothing is to be said, nothing may be sent
                if code == "empty_body":
                    continue
                code = {"invalid_fields": "no_fields_here"}.get(code, code)  # noqa: PLW2901  # of this operation
            assert (answer.status_code, answer.mimetype) == (answer.get_json()["status"], PROBLEM), (rule, name)
            assert answer.get_json()["code"] == code, (rule, name)
        if body is not None:
            for kind in hostile.TYPES.values():
                headers = {"Authorization": f"Bearer {backend.token}", "Idempotency-Key": "k"}
                answer = browser(app).post(
                    address(rule, **ids), data=json.dumps(body), content_type=kind, headers=headers
                )
                assert answer.status_code == 415, (rule, kind)


def leaves(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the values of a body are."""
    match body:
        case dict():
            for name, value in body.items():
                yield from leaves(value, (*path, name))
        case list():
            for number, value in enumerate(body):
                yield from leaves(value, (*path, number))
        case _:
            yield path


def put(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = json.loads(json.dumps(body))
    place = made
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return made


def test_no_field_keeps_a_card_number(app: Flask, shop: Shop, nothing_is_left: Callable[[], None]) -> None:
    backend = backend_of(app, shop)
    ids = what_there_is(backend, shop)
    spellings, rules = itertools.cycle(SPELLINGS.values()), asked(app, "GET")
    for rule, body in registry.API.items():
        path = address(rule, **ids)
        for place in (*leaves(body or {}), ("a field that is not there",)):
            answer = post(backend, path, put(body or {}, place, next(spellings)))
            assert (answer.status_code, answer.get_json()["code"]) == (422, "card_number"), (rule, place)
        assert post(backend, path, {next(spellings): 1}).get_json()["code"] == "card_number"
        query = {next(spellings): next(spellings)}
        assert backend.post(path.removeprefix("/api/v1"), body, **query).get_json()["code"] == "card_number"
        headers = {
            "Authorization": f"Bearer {quote(next(spellings))}",
            "User-Agent": "4242424242424242",
        }
        assert browser(app).post(path, json=body, headers=headers).status_code == 401
    for rule, (kind, _) in registry.FILES.items():
        for name in ("reference", "description", next(spellings)):
            backend.headers["Content-Type"] = kind
            rows = f"{name},amount,phone\n{next(spellings)},1,+33612345678\n".encode()
            assert backend.post(rule.removeprefix("/api/v1"), rows).status_code == 422
        backend.headers.clear()
    for rule in rules:
        text = quote(next(spellings), safe="")
        named = dict.fromkeys(registry.IDS, text)
        assert backend.get(address(rule, **named).removeprefix("/api/v1")).status_code in {404, 422} or "<" not in rule
        assert (
            backend.client.get(
                f"{address(rule)}?after={text}", headers={"Authorization": f"Bearer {backend.token}"}
            ).status_code
            < 500
        )
    shop.drain()
    nothing_is_left()
