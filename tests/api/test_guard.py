"""Keys, scopes and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.backend import ORDER, Backend, backend_of
from tests.kit import browser
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys, api_limits

if TYPE_CHECKING:
    from flask import Flask

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_key_that_is_not_good_is_refused_in_the_same_words(app: Flask, shop: Shop) -> None:
    key, token = api_keys.create(shop.context, shop.id, "old", [Scope.ORDERS_READ])
    api_keys.end(shop.context, shop.id, key.id)
    answers = {
        browser(app).get("/api/v1/orders", headers={"Authorization": given} if given else {}).text
        for given in (
            "",
            "Bearer",
            "Bearer x",
            f"Bearer {token}",
            f"Basic {token}",
            token,
            "Bearer ordo_test_" + "a" * 38,
        )
    }
    assert len(answers) == 1
    answer = browser(app).get("/api/v1/orders")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_does_what_its_scopes_say(app: Flask, shop: Shop) -> None:
    reader, writer = backend_of(app, shop, Scope.ORDERS_READ), backend_of(app, shop, Scope.ORDERS_WRITE)
    assert reader.get("/orders").status_code == writer.post("/orders", ORDER).status_code - 1 == 200
    refused = [reader.post("/orders", ORDER), writer.get("/orders")]
    assert [(each.status_code, each.get_json()["code"]) for each in refused] == [(403, "missing_scope")] * 2
    assert "orders:write" in refused[0].get_json()["detail"]


def test_the_limit_of_a_key_is_told_and_kept(app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(api_limits.MOST, api_limits.Kind.READ, 60)
    backend = backend_of(app, shop)
    first = backend.get("/orders")
    assert first.headers["RateLimit-Policy"] == '"read";q=60;w=60'
    assert first.headers["RateLimit"] == '"read";r=59;t=60'
    answers = [backend.get("/orders") for _ in range(60)]
    assert [each.status_code for each in answers] == [200] * 59 + [429]
    assert answers[-1].get_json()["code"] == "too_many"
    assert answers[-1].headers["Retry-After"] == "60"
    assert backend.post("/orders", ORDER).status_code == 201


def test_nothing_of_a_session_comes_in_or_goes_out(app: Flask, shop: Shop) -> None:
    backend = backend_of(app, shop)
    backend.client.set_cookie("__Host-ordo", "anything")
    answer = backend.post("/orders", ORDER)
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Vary" not in answer.headers


def test_a_post_without_a_key_of_its_own_is_refused(backend: Backend) -> None:
    for given, code in {
        "": "missing",
        '""': "bad",
        "é": "bad",
        '"half': "bad",
        "a" * 256: "bad",
        "4242424242424242": "card_number",
    }.items():
        answer = backend.client.post(
            "/api/v1/orders",
            json=ORDER,
            headers={"Authorization": f"Bearer {backend.token}", **({"Idempotency-Key": given} if given else {})},
        )
        assert answer.get_json()["code"] in {code, f"idempotency_key_{code}"}, given
