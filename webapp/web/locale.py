"""The language of this request: what the reader chose, what the browser asks for."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, cast

from flask import g, request
from flask_babel import force_locale
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from webapp import i18n

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

LANGUAGE_COOKIE = "lang"
LONGEST = 300  # characters of a browser's wishes that are read and remembered: dozens of languages


def speak(language: str, country: str, reader: str | None = None) -> None:
    """Set the language of this request's texts; `country` is the shop's, `reader` that of who reads, where it is known."""
    g.texts = i18n.texts(language, country, reader)


def texts() -> i18n.Texts:
    """Words and formats of this request; from the browser's wishes until a page has set them with `speak`."""
    found = g.get("texts")
    if found is None:
        speak(i18n.choose(wishes()), "GB")
        found = g.texts
    return cast("i18n.Texts", found)


@contextlib.contextmanager
def speaking(t: i18n.Texts) -> Iterator[None]:
    """Render within it in other words than the request's."""
    before = texts()
    g.texts = t
    try:
        with force_locale(str(t.locale)):
            yield
    finally:
        g.texts = before


def wishes() -> list[str | None]:
    """The languages that the reader asks for, best first: the address, the choice made before, the browser."""
    return [*asked(), *accepted()]


def accepted() -> tuple[str, ...]:
    """The languages that the browser asks for, best first."""
    return _read(request.environ.get("HTTP_ACCEPT_LANGUAGE", "")[:LONGEST])


@functools.lru_cache(maxsize=512)
def _read(header: str) -> tuple[str, ...]:
    """Few headers are sent, and by many. A quality of 0 says that the language is not wanted (RFC 9110, 12.4.2)."""
    return tuple(tag for tag, quality in parse_accept_header(header, LanguageAccept) if quality > 0)


def remember_language(response: Response) -> Response:
    """Keep the language that the reader has just chosen by the address, for the next pages."""
    if argument("lang") and response.status_code < 400:
        response.set_cookie(
            LANGUAGE_COOKIE, texts().language, max_age=31_536_000, secure=True, httponly=True, samesite="Lax"
        )
    return response


def asked() -> list[str | None]:
    """The language that the reader chose on purpose: in the address, or on an earlier page."""
    return [argument("lang"), _remembered()]


def chosen() -> str | None:
    """The language that the reader has chosen in this browser, if it is one of ours. What a form's address says is the language of the
    page that it stands on, which nobody need have chosen."""
    return i18n.choose([_remembered()], "") or None


def _remembered() -> str | None:
    return request.cookies.get(LANGUAGE_COOKIE) if "HTTP_COOKIE" in request.environ else None


def argument(name: str) -> str | None:
    """What the address says of this after its question mark. Most say nothing there, which is not to be parsed."""
    return request.args.get(name) if request.environ.get("QUERY_STRING") else None
