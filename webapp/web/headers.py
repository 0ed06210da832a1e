"""Headers of every answer, error pages included, and the addresses of static files.

Buyers' pages carry their styles in themselves, which saves a phone a whole way there and back before anything is seen; the policy names
them by their hash (https://www.w3.org/TR/CSP3/#match-element-to-source-list).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import request
from markupsafe import Markup

from webapp.gateways.base import BrowserSources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask

STATIC = Path(__file__).resolve().parents[2] / "static"

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
HSTS = "max-age=63072000; includeSubDomains"
BUYERS_STYLE = "css/pay.css"
VARY = ("Vary", "HX-Request, Accept-Language, Cookie")
SHEET = "ordo.sheet"  # where the WSGI environment has the style sheet of a shop's own
NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"  # of what is no page
REPORTS = "/hooks/csp"
GATEWAY = "ordo.gateway"  # where it has the name of the gateway that the page is for
# No script of ours writes HTML but htmx, by the policy that static/js/lock.js gives it. Not on buyers' pages: a gateway's script writes by
# itself, and may ask for a policy named "default" that would let everybody do so.
READER = "/api/v1/docs"  # a page whose script of others' writes HTML by itself: it has no session and shows our own document alone
TRUSTED = "require-trusted-types-for 'script'; trusted-types htmx"


def buyers(sources: BrowserSources, *, https: bool) -> dict[str, str]:
    """The security headers of a buyer's page. It may load and frame its gateway's script, which may ask the browser for a wallet
    there, and no other gateway's. What the browser keeps from the page is reported to us: in the Reporting API's way (https://www.w3.org/TR/reporting-1/) and in
    CSP's older one, which Safari and Firefox know.
    """
    made = policy(sources, style=(_hash(style(BUYERS_STYLE)),))
    asks_for_wallets = ("self", *(f'"{origin}"' for origin in sources.script)) if sources.script else ()
    return {
        **COMMON,
        "Content-Security-Policy": f"{made}; report-uri {REPORTS}; report-to csp",
        "Permissions-Policy": permissions(asks_for_wallets),
        "Reporting-Endpoints": f'csp="{REPORTS}"',
        **({"Strict-Transport-Security": HSTS} if https else {}),
    }


def install(app: Flask, of_gateways: Mapping[str, BrowserSources], *, https: bool) -> None:
    """Put the headers on every answer. No page but a buyer's may load anything that is not ours, or ask for anything; and a buyer's only
    from the gateway that it is for (`allow_gateway`), of those that are named here.

    Around the application, not in it: so they are on every answer, and cost next to nothing.
    """
    of_buyers = {name: list(buyers(each, https=https).items()) for name, each in of_gateways.items()}
    of_nobody = list(buyers(BrowserSources(), https=https).items())
    ours = list(
        {
            **COMMON,
            "Content-Security-Policy": f"{policy(BrowserSources())}; {TRUSTED}",
            "Permissions-Policy": permissions(()),
            **({"Strict-Transport-Security": HSTS} if https else {}),
        }.items()
    )
    of_reader = [(name, value.removesuffix(f"; {TRUSTED}")) for name, value in ours]
    programs = list(
        {
            **COMMON,
            "Content-Security-Policy": NOTHING,
            **({"Strict-Transport-Security": HSTS} if https else {}),
        }.items()
    )
    inner = app.wsgi_app

    def answering(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        def begin(status: str, given: list[tuple[str, str]], *error: Any) -> Any:
            path = environ["PATH_INFO"]
            headers = of_buyers.get(environ.get(GATEWAY, ""), of_nobody) if path.startswith("/p/") else ours
            if path == READER:
                headers = of_reader
            if SHEET in environ:
                headers = _allowing(headers, environ[SHEET])
            if path.startswith("/static/"):
                return start(status, given + headers, *error)
            if path.startswith("/api/") and path != READER:
                return start(status, [*given, ("Cache-Control", "no-store"), *programs], *error)
            kept = [each for each in given if each[0] != "Vary"]
            if all(name != "Cache-Control" for name, _ in kept):
                kept.append(("Cache-Control", "no-store"))
            return start(status, [*kept, VARY, *headers], *error)

        return inner(environ, begin)

    app.wsgi_app = answering  # type: ignore[method-assign,assignment]
    app.jinja_env.globals.update(static=static, style=style)


def _allowing(headers: list[tuple[str, str]], sheet: str) -> list[tuple[str, str]]:
    also = f"style-src 'self' {_hash(sheet)}"
    return [(name, value.replace("style-src 'self'", also)) for name, value in headers]


def allow_style(sheet: str) -> None:
    """Let the page of this request have this style sheet in itself."""
    request.environ[SHEET] = sheet


def allow_gateway(name: str) -> None:
    """Let the page of this request load what that gateway needs."""
    request.environ[GATEWAY] = name


def policy(sources: BrowserSources, *, style: tuple[str, ...] = ()) -> str:
    """A Content-Security-Policy that starts from nothing."""
    parts = {
        "default-src": ("'none'",),
        "script-src": ("'self'", *sources.script),
        "style-src": ("'self'", *style),
        "img-src": ("'self'", "data:"),
        "connect-src": ("'self'", *sources.connect),
        "frame-src": sources.frame or ("'none'",),
        "form-action": ("'self'", *sources.form),
        "base-uri": ("'none'",),
        "frame-ancestors": ("'none'",),
    }
    return "; ".join(f"{name} {' '.join(dict.fromkeys(values))}" for name, values in parts.items())


def permissions(payment: tuple[str, ...]) -> str:
    """A Permissions-Policy: `payment` says who may ask for a wallet, by the Payment Request API."""
    return f"payment=({' '.join(payment)}), camera=(), microphone=(), geolocation=()"


@functools.cache
def static(path: str) -> str:
    """A static file's address with its content's hash, so that it can be kept for ever."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


@functools.cache
def style(path: str) -> Markup:
    """A static style sheet to stand in a page, without its comments and indents."""
    text = re.sub(r"/\*.*?\*/", "", (STATIC / path).read_text("utf-8"), flags=re.DOTALL)
    lines = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    return Markup(lines)  # noqa: S704  # nosec B704  # our own file


@functools.lru_cache(maxsize=256)
def _hash(sheet: str) -> str:
    """The source expression that allows this sheet and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()}'"
