"""How the sandbox calls others: straight to this machine, whatever proxy is set, and by the names that browsers know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from requests import PreparedRequest, Response


class _ByName(HTTPAdapter):
    """Takes `*.localhost` to 127.0.0.1, as browsers do and few resolvers, and says the name in the Host header (RFC 6761
    section 6.3)."""

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        parts = urlsplit(request.url or "")
        if not (parts.hostname or "").endswith(".localhost"):
            return super().send(request, *args, **options)
        there = request.copy()
        there.url = urlunsplit(parts._replace(netloc=f"127.0.0.1:{parts.port or 80}"))
        there.headers["Host"] = parts.netloc
        answer = super().send(there, *args, **options)
        answer.request, answer.url = request, request.url or ""
        return answer


def session() -> requests.Session:
    """An HTTP session for this machine: no proxy, and names under .localhost are understood."""
    http = requests.Session()
    http.trust_env = False
    http.mount("http://", _ByName())
    return http
