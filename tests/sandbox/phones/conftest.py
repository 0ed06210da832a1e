"""A simulated WhatsApp on a free port, and a product that writes down what it is told."""

from __future__ import annotations

import json
import queue
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.outage import Outage
from sandbox.phones import app as phones
from sandbox.phones.parties import Contact, Links, Sender
from sandbox.serve import Served

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SENDER = Sender("1001", "2002", "token", "app-secret", "verify-token", "Café Lumière", "+33187654321")
LEA, SAM = "+33611111111", "+33612345678"
WAIT = 10.0  # seconds, at most


@dataclass(frozen=True)
class Post:
    """One webhook as it came in."""

    body: bytes
    signature: str

    @property
    def values(self) -> list[dict[str, Any]]:
        changes = [change for entry in json.loads(self.body)["entry"] for change in entry["changes"]]
        return [change["value"] for change in changes]

    @property
    def told(self) -> list[str]:
        """`message`, or a status, for each event in it."""
        values = self.values
        return [s["status"] if "statuses" in v else "message" for v in values for s in v.get("statuses", [{}])]


@dataclass
class Product:
    """The webhook's owner: answers `statuses` one after the other, then 200."""

    posts: queue.Queue[Post] = field(default_factory=queue.Queue)
    statuses: list[str] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            return self._get(environ, start)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.posts.put(Post(body, environ["HTTP_X_HUB_SIGNATURE_256"]))
        start(self.statuses.pop(0) if self.statuses else "200 OK", [])
        return [b""]

    def _get(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        kind, body = "application/json", "[]"
        match environ["PATH_INFO"]:
            case "/log":
                body = json.dumps(self.log)
            case "/cards":
                labels = ("works", "declined", "asks the bank", "expired")
                body = json.dumps(
                    [{"label": it, "number": "4242424242424242", "expiry": "12/34", "cvc": "123"} for it in labels]
                )
            case "/hook":
                query = dict(pair.split("=") for pair in environ["QUERY_STRING"].split("&"))
                kind, body = "text/plain", query["hub.challenge"] if query["hub.verify_token"] == "verify-token" else ""
            case _:
                self.agents.append(environ["HTTP_USER_AGENT"])
                kind, body = "text/html", '<meta property="og:title" content="Café Lumière &amp; Co">'
        start("200 OK", [("Content-Type", kind)])
        return [body.encode()]

    def next(self, told: str) -> Post:
        """The next webhook that tells this; the ones before are dropped."""
        while True:
            post = self.posts.get(timeout=WAIT)
            if told in post.told:
                return post


@dataclass
class Backend:
    """The order backend's switch, and what came while it was off."""

    running: bool = True
    outage: Outage = field(default_factory=Outage)

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False


@dataclass(frozen=True)
class WhatsApp:
    """The simulator over HTTP."""

    url: str
    site: str
    backend: Backend

    def call(self, method: str, path: str, body: Any = None, token: str = SENDER.access_token) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, f"{self.url}{path}", json=body, headers=headers, timeout=WAIT)

    def send(self, **message: Any) -> requests.Response:
        body = {"messaging_product": "whatsapp", "to": SAM} | message
        return self.call("POST", "/v26.0/1001/messages", body)

    def text(self, words: str, **more: Any) -> requests.Response:
        return self.send(type="text", text={"body": words}, **more)

    def say(self, text: str = "hello", **more: Any) -> str:
        answer = self.call("POST", "/_sandbox/say", {"from": SAM, "text": text} | more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.call("POST", f"/_sandbox/{path}", body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def chat(self, phone: str = SAM) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"/_sandbox/chats/{phone}").json()
        return found

    def chat_when(self, key: str, value: object) -> list[dict[str, Any]]:
        """Sam's chat as soon as its last message has `value` as its `key` (or, for None as the value, anything)."""
        until = time.monotonic() + WAIT
        while True:
            chat = self.chat()
            if chat and (chat[-1][key] == value if value is not None else chat[-1][key]):
                return chat
            assert time.monotonic() < until, chat


@pytest.fixture
def product() -> Product:
    return Product()


@pytest.fixture
def whatsapp(tmp_path: Path, product: Product) -> Iterator[WhatsApp]:
    site, backend = Served(product).start(), Backend()
    app = phones.create_app(
        database=tmp_path / "phones.db",
        sender=SENDER,
        contacts=[Contact(LEA, "Léa", "shop"), Contact(SAM, "Sam", "buyer")],
        webhook_url=f"{site.url}/hook",
        public_url="http://phones.localhost:8700",
        links=Links(
            "http://ordo.localhost:8701", f"{site.url}/cards", f"{site.url}/log", backend, lambda: backend.outage
        ),
    )
    served = Served(app).start()
    yield WhatsApp(served.url, site.url, backend)
    served.stop()
    app.extensions["phones"].close()
    site.stop()
