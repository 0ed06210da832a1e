"""What docs/operator/running.md asks of the proxy: text leaves packed by brotli, a file as well as can be, a page as quickly as it goes by."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import brotli
from werkzeug.wrappers import Response

from tests.budget import sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")


def packing(inner: Any) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """A WSGI application that answers as another does, packed. What that packs by itself stays as it is."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = Response.from_app(inner, environ, buffered=True)
        known = (answer.mimetype or "").startswith(TEXT) and "Content-Encoding" not in answer.headers
        if known and "br" in environ.get("HTTP_ACCEPT_ENCODING", "") and answer.get_data():
            pack = _file if environ["PATH_INFO"].startswith("/static/") else _page
            answer.set_data(pack(answer.get_data()))
            answer.headers["Content-Encoding"] = "br"
            answer.vary.add("Accept-Encoding")
        return answer(environ, start_response)

    return app


def _page(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=sizes.PAGE))


@functools.cache
def _file(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=sizes.FILE))
