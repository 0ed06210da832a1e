"""Around every request: its name, which all that is logged meanwhile bears, and how long it took."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from structlog.contextvars import bind_contextvars, reset_contextvars

from webapp import logs, metrics

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Request


def around(app: WSGIApplication, *, behind_proxies: bool) -> WSGIApplication:
    """The application with that. `behind_proxies`: the name that a request bears already is our proxy's, and is kept."""

    def answering(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        route: str | None = None
        told = "500"

        def starting(status: str, *more: Any) -> Any:
            nonlocal route, told
            route, told = _rule(environ), status[:3]
            return start(status, *more)

        name = logs.request_id(environ.get("HTTP_X_REQUEST_ID") if behind_proxies else None)
        tokens = bind_contextvars(request=name)
        try:
            return app(environ, starting)
        finally:
            reset_contextvars(**tokens)
            metrics.request(route, environ.get("REQUEST_METHOD", ""), told, time.perf_counter() - began)

    return answering


def _rule(environ: WSGIEnvironment) -> str | None:
    """The address as the code declares it, while the request is still there: Flask forgets it as soon as it has answered."""
    request: Request | None = environ.get("werkzeug.request")
    return request.url_rule.rule if request is not None and request.url_rule is not None else None
