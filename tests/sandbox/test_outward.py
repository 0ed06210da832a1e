"""Names under .localhost are this machine, also where no resolver says so, and whoever is called hears the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Flask, Response, redirect, request

from sandbox import outward
from sandbox.serve import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response as Answer


@pytest.fixture
def served() -> Iterator[Served]:
    app = Flask(__name__)

    @app.get("/")
    def host() -> Response:
        return Response(request.host)

    @app.get("/away")
    def away() -> Answer:
        return redirect("/")

    served = Served(app).start()
    yield served
    served.stop()


@pytest.mark.parametrize("name", ["ordo.localhost", "a.b.localhost", "127.0.0.1", "localhost"])
def test_the_name_is_reached_and_told(served: Served, name: str) -> None:
    url = f"http://{name}:{served.port}/"
    with outward.session() as http:
        answer = http.get(url, timeout=5)
    assert answer.text == f"{name}:{served.port}"
    assert answer.url == url


def test_a_redirect_keeps_the_name(served: Served) -> None:
    with outward.session() as http:
        answer = http.get(f"http://ordo.localhost:{served.port}/away", timeout=5)
    assert answer.text == f"ordo.localhost:{served.port}"
