"""What no request of ours holds: the name of another host, and NUL, which PostgreSQL refuses and nobody types. How large it is, and where it
comes from."""

from __future__ import annotations

import functools
import io
import ipaddress
import re
from typing import IO, TYPE_CHECKING

from flask import Request, current_app, request
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, SecurityError
from werkzeug.sansio.utils import host_is_trusted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

NUL = "\0"
LONGEST = 255  # characters of a host: a name has no more (RFC 1035, 2.3.4), and what is longer is not to be remembered


class InMemory(Request):
    """A request whose files are written to no disk, for a card number may stand in one: a body has its limit, so memory holds them."""

    def _get_file_stream(self, *_given: object, **_named: object) -> IO[bytes]:
        return io.BytesIO()


def install(
    app: Flask, hosts: Collection[str], anywhere: Collection[str] = (), refusal: type[HTTPException] = NotFound
) -> None:
    """Refuse such a request before anything reads it: an address with 404 (or what `refusal` says), a form or a host with 400. Signed bodies are read elsewhere.
    The paths `anywhere` answer under any host: who asks for them knows the process's address and no name.

    In place of Flask's TRUSTED_HOSTS, which looks at each host twice for every request. Install it before what reads forms.
    """

    @functools.lru_cache(maxsize=64)
    def ours(host: str) -> bool:
        return host_is_trusted(host, hosts)

    @app.before_request
    def _clean() -> None:
        environ = request.environ
        host = environ.get("HTTP_HOST", "")
        if environ["PATH_INFO"] not in anywhere and (len(host) > LONGEST or not ours(host)):
            raise SecurityError
        query = environ.get("QUERY_STRING", "")
        if NUL in environ["PATH_INFO"] or "%00" in query or NUL in query:
            raise refusal
        if not environ.get("CONTENT_TYPE"):
            return
        largest = getattr(current_app.view_functions.get(str(request.endpoint)), "largest_body", None)
        if largest is not None and (most := largest()) is not None:
            request.max_content_length = most
        if request.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"} and any(
            NUL in value for value in request.form.values()
        ):
            raise BadRequest


def plain_address(app: WSGIApplication) -> WSGIApplication:
    """The application behind ProxyFix, told the sender's address alone; where none can be read, the proxy's own, for limits must count
    somebody. Some proxies write more into X-Forwarded-For: a port (Azure's
    Application Gateway), brackets, a zone (RFC 7239, section 6, has these spellings)."""

    def answering(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        own = environ["werkzeug.proxy_fix.orig"]["REMOTE_ADDR"] or ""
        environ["REMOTE_ADDR"] = address(environ.get("REMOTE_ADDR") or "") or own
        return app(environ, start)

    return answering


def address(written: str) -> str:
    """The IP address in what a proxy wrote of the sender, in its usual spelling; empty for what is none (`unknown`)."""
    bare = written.strip().strip('"')
    in_brackets = re.fullmatch(r"\[([^]]+)\](?::[0-9]*)?", bare)
    with_port = re.fullmatch(r"([0-9.]+):[0-9]*", bare)
    found = in_brackets or with_port
    try:
        return str(ipaddress.ip_address((found[1] if found else bare).partition("%")[0]))
    except ValueError:
        return ""
