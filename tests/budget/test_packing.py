"""What goes out packed, as a proxy does it."""

from __future__ import annotations

import brotli
import pytest
from werkzeug import Response
from werkzeug.test import Client

from tests.budget.packing import packing

TEXT = "Pay 25,00 € " * 100


def asked(answer: Response, accepts: str = "gzip, br", path: str = "/p/link") -> Response:
    return Client(packing(answer)).get(path, headers={"Accept-Encoding": accepts})


@pytest.mark.parametrize("path", ["/p/link", "/static/js/pay.js"])
def test_text_goes_out_packed(path: str) -> None:
    answer = asked(Response(TEXT, mimetype="text/html", headers={"Vary": "Cookie"}), path=path)
    assert brotli.decompress(answer.get_data()).decode() == TEXT
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("br", "Cookie, Accept-Encoding")
    assert int(answer.headers["Content-Length"]) == len(answer.get_data()) < len(TEXT)


def test_what_cannot_be_unpacked_or_is_packed_already_stays_as_it_is() -> None:
    assert asked(Response(TEXT, mimetype="text/html"), accepts="gzip").get_data(as_text=True) == TEXT
    assert "Content-Encoding" not in asked(Response(TEXT, mimetype="image/png")).headers
    packed = Response(TEXT, mimetype="text/html", headers={"Content-Encoding": "gzip"})
    assert (asked(packed).get_data(as_text=True), asked(packed).headers["Content-Encoding"]) == (TEXT, "gzip")
    assert "Content-Encoding" not in asked(Response(status=204)).headers
