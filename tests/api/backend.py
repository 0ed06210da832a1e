"""An order backend: a client with a key of the API."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import browser
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.kit import Shop

_numbers = itertools.count(1)
ORDER: dict[str, Any] = {
    "reference": "A12",
    "amount": 1250,
    "currency": "EUR",
    "buyer": {"phone": "+33612345678", "email": "buyer@example.com"},
}
"""An order that is right."""


@dataclass
class Backend:
    """What a merchant's order backend asks, by its key."""

    client: FlaskClient
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self._headers())

    def post(self, path: str, body: Any = None, *, key: str = "", **query: Any) -> TestResponse:
        """A POST under a key of its own; `body` is sent as JSON, or as it is."""
        data = body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else None
        sent = {"Content-Type": "application/json"} if data is not None else {}
        once = {"Idempotency-Key": key or f"key-{next(_numbers)}"}
        return self.client.post(
            f"/api/v1{path}", data=data, query_string=query, headers={**once, **sent, **self._headers()}
        )

    def order(self, **more: Any) -> dict[str, Any]:
        """A new order, as it is answered."""
        made = self.post("/orders", ORDER | {"reference": f"R{next(_numbers)}"} | more)
        assert made.status_code == 201, made.text
        found: dict[str, Any] = made.get_json()
        return found

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **self.headers}


@pytest.fixture
def backend(app: Flask, shop: Shop) -> Backend:
    """The shop's backend; its key has every scope."""
    return backend_of(app, shop)


def backend_of(app: Flask, shop: Shop, *scopes: Scope) -> Backend:
    """A backend whose key has these scopes; none named: all."""
    _, token = api_keys.create(shop.context, shop.id, "backend", scopes or tuple(Scope))
    client = browser(app)
    return Backend(client, token)
