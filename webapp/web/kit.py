"""The services' kit of this application, and the language of this request."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, cast

from flask import current_app, g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from webapp import i18n

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.services.kit import Kit

EXTENSION = "ordo"
LANGUAGE_COOKIE = "lang"


def install(app: Flask, made: Kit) -> None:
    """Keep the kit with the application."""
    app.extensions[EXTENSION] = made


def kit() -> Kit:
    """What this request's services need."""
    return cast("Kit", current_app.extensions[EXTENSION])


def speak(language: str, country: str) -> None:
    """Set the language of this request's texts."""
    g.texts = i18n.texts(language, country)


def texts() -> i18n.Texts:
    """Words and formats of this request; from the browser's wishes until a page has set them with `speak`."""
    if "texts" not in g:
        speak(i18n.choose(wishes()), "GB")
    return cast("i18n.Texts", g.texts)


def wishes() -> list[str | None]:
    """The languages that the reader asks for, best first: the address, the choice made before, the browser."""
    return [*asked(), *accepted()]


def accepted() -> tuple[str, ...]:
    """The languages that the browser asks for, best first."""
    return _read(request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


@functools.lru_cache(maxsize=512)
def _read(header: str) -> tuple[str, ...]:
    """Few headers are sent, and by many."""
    return tuple(tag for tag, _quality in parse_accept_header(header, LanguageAccept))


def remember_language(response: Response) -> Response:
    """Keep the language that the reader has just chosen by the address, for the next pages."""
    if request.args.get("lang"):
        response.set_cookie(
            LANGUAGE_COOKIE, texts().language, max_age=31_536_000, secure=True, httponly=True, samesite="Lax"
        )
    return response


def asked() -> list[str | None]:
    """The language that the reader chose on purpose: in the address, or on an earlier page."""
    return [
        request.args.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE) if "HTTP_COOKIE" in request.environ else None,
    ]
