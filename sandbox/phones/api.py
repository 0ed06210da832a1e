"""The product's API on the screen: a key to copy, a request to try, and what it was answered."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
from flask import abort

from sandbox import outward
from sandbox.phones import control
from sandbox.phones.world import here

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from sandbox.phones.parties import Links

_TIMEOUT = 15  # seconds
ORDER = {"amount": 1250, "currency": "EUR", "description": "2 pizzas", "buyer": {"phone": "+33612345678"}}


@dataclass(frozen=True)
class Answer:
    """What was asked, and what the product answered; `link` is the order's, if there is one."""

    asked: str
    status: int
    text: str
    link: str | None


class Api:
    """One request that makes an order, under a reference that is new whenever it was carried out."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._lock = threading.Lock()
        self.reference = _reference()
        self.answer: Answer | None = None

    @property
    def token(self) -> str:
        """The key, once the product has made it."""
        return self._links.api_token()

    @property
    def body(self) -> str:
        """What is sent."""
        return json.dumps({"reference": self.reference, **ORDER})

    @property
    def curl(self) -> str:
        """The same in a terminal."""
        return (
            f"curl -sS '{self._links.api_url}/orders' -H 'Authorization: Bearer {self.token}' "
            f"-H 'Idempotency-Key: {self.reference}' --json '{self.body}'"
        )

    def send(self) -> Answer:
        """Carry it out. Raises requests.RequestException, and then nobody knows whether an order was made: the next is the same request."""
        with self._lock, outward.session() as http:
            headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": self.reference}
            headers["Content-Type"] = "application/json"
            body = self.body
            told = http.post(f"{self._links.api_url}/orders", body, headers=headers, timeout=_TIMEOUT)
            self.answer = _read(body, told)
            if told.status_code < 500:
                self.reference = _reference()
            return self.answer


@control.blueprint.post("/api/orders")
def order() -> ResponseReturnValue:
    """Make the order that the screen shows; what was answered."""
    try:
        answer = here().api.send()
    except requests.RequestException:
        abort(400, "the product does not answer")
    return control.done({"status": answer.status})


def _read(asked: str, told: requests.Response) -> Answer:
    try:
        found = told.json()
    except ValueError:
        return Answer(asked, told.status_code, told.text[:2000], None)
    link = found.get("link") if isinstance(found, dict) else None
    url = link.get("url") if isinstance(link, dict) else None
    return Answer(asked, told.status_code, json.dumps(found, indent=2, ensure_ascii=False), url)


def _reference() -> str:
    return f"API-{secrets.token_hex(3).upper()}"
