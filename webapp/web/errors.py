"""Every refusal as a page in the reader's language, and nothing of what is behind it."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from flask import render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from webapp.domain.errors import OrdoError, TooMany
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Render errors. A 404 reads the same whatever was asked for."""

    @app.errorhandler(OrdoError)
    def _ours(error: OrdoError) -> tuple[str, int]:
        if error.status >= 500:
            log.error("%s: %s", error.code, error)
        return page(error.status)

    @app.errorhandler(TooMany)
    def _later(error: TooMany) -> tuple[str, int, dict[str, str]]:
        wait = (error.until - context().now()).total_seconds()
        return *page(error.status), {"Retry-After": str(max(1, math.ceil(wait)))}

    @app.errorhandler(CSRFError)
    def _forged(_error: CSRFError) -> tuple[str, int]:
        return page(400)

    @app.errorhandler(HTTPException)
    def _theirs(error: HTTPException) -> tuple[str, int]:
        return page(error.code or 500)

    @app.errorhandler(Exception)
    def _last(error: Exception) -> tuple[str, int]:
        log.error("unexpected", exc_info=error)
        return page(500)


def page(status: int) -> tuple[str, int]:
    """The page of a refusal with that HTTP status."""
    t = texts()
    return render_template("error.html", status=status, language=t.language, dir=t.direction), status
