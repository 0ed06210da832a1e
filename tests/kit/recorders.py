"""Recorders in the place of WhatsApp and of the order backends: what they heard, and what they are to answer."""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from sandbox.serve import Served

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_numbers = itertools.count(1)


@dataclass
class Place:
    """One test's WhatsApp and order backend: what they heard, and what they are to answer (nothing said: 200)."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)  # the ids of the messages with two blue ticks
    told: list[tuple[dict[str, str], str]] = field(default_factory=list)
    told_at: list[str] = field(default_factory=list)  # below the backend's address
    whatsapp_answers: deque[tuple[int, dict[str, Any]]] = field(default_factory=deque)
    wa_ids: dict[str, str] = field(default_factory=dict)  # of phones whose WhatsApp id is not their own digits
    daily_limit: str = "TIER_250"
    pictures: list[bytes] = field(default_factory=list)
    picture_status: int = 200
    backend_answers: deque[int] = field(default_factory=deque)
    backend_says: tuple[str, dict[str, str]] = ("", {})  # the body and the headers of all of them

    def answer(self, request: Request, part: str) -> Response:
        if part == "backend":
            self.told.append((dict(request.headers), request.get_data(as_text=True)))
            self.told_at.append(request.path.partition("/backend")[2])
            says, headers = self.backend_says
            return Response(says, self.backend_answers.popleft() if self.backend_answers else 200, headers)
        if self.whatsapp_answers:
            status, body = self.whatsapp_answers.popleft()
            return Response(json.dumps(body), status, mimetype="application/json")
        if request.path.endswith("/media"):
            return self._take_picture(request)
        if request.method == "GET":
            told = {"whatsapp_business_manager_messaging_limit": self.daily_limit, "id": "1"}
            return Response(json.dumps(told), mimetype="application/json")
        body = json.loads(request.get_data())
        if body.get("status") == "read":
            self.read.append(body["message_id"])
            return Response('{"success": true}', mimetype="application/json")
        wamid = f"wamid.{secrets.token_hex(8)}"
        self.sent.append(body | {"wamid": wamid})
        to = str(body.get("to", ""))
        contact = {"input": to, "wa_id": self.wa_ids.get(to, to.removeprefix("+"))}
        accepted = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}
        return Response(json.dumps(accepted), mimetype="application/json")

    def _take_picture(self, request: Request) -> Response:
        if self.picture_status != 200:
            told = {"error": {"code": 131053, "message": "Media upload error"}}
            return Response(json.dumps(told), self.picture_status, mimetype="application/json")
        with contextlib.closing(request.files["file"]) as file:
            self.pictures.append(file.read())
        return Response(json.dumps({"id": f"media{len(self.pictures)}"}), mimetype="application/json")


class Outside:
    """One server for the places of all tests."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}
        self.served = Served(self._serve).start()

    def place(self) -> tuple[str, Place]:
        """A new place, and the address below which its parts are."""
        name, place = str(next(_numbers)), Place()
        self._places[name] = place
        return f"{self.served.url}/{name}", place

    def _serve(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        _, name, part, *_rest = request.path.split("/")
        return self._places[name].answer(request, part)(environ, start_response)


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    """WhatsApp and the order backends."""
    made = Outside()
    yield made
    made.served.stop()
