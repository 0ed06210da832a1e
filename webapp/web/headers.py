"""Headers of every answer, error pages included, and the addresses of static files."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.gateways.base import BrowserSources

STATIC = Path(__file__).resolve().parents[2] / "static"

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "payment=(), camera=(), microphone=(), geolocation=()",
    "X-Robots-Tag": "noindex, nofollow",
}


def install(app: Flask, sources: BrowserSources, *, https: bool) -> None:
    """Put the headers on every answer. Buyers' pages may load and frame the gateway's script; no other page may load
    anything that is not ours."""
    buyer = policy(script=sources.script, frame=sources.frame, connect=sources.connect)
    ours = policy(script=(), frame=(), connect=())

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.extend(COMMON)
        response.headers["Content-Security-Policy"] = buyer if request.path.startswith("/p/") else ours
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("Vary", "HX-Request, Accept-Language, Cookie")
        return response

    app.jinja_env.globals["static"] = static


def policy(*, script: tuple[str, ...], frame: tuple[str, ...], connect: tuple[str, ...]) -> str:
    """A Content-Security-Policy that starts from nothing."""
    parts = {
        "default-src": ("'none'",),
        "script-src": ("'self'", *script),
        "style-src": ("'self'",),
        "img-src": ("'self'", "data:"),
        "connect-src": ("'self'", *connect),
        "frame-src": frame or ("'none'",),
        "form-action": ("'self'",),
        "base-uri": ("'none'",),
        "frame-ancestors": ("'none'",),
    }
    return "; ".join(f"{name} {' '.join(dict.fromkeys(values))}" for name, values in parts.items())


@functools.cache
def static(path: str) -> str:
    """A static file's address with its content's hash, so that it can be kept for ever."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"
