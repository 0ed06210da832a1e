"""What no request of ours holds: NUL, which PostgreSQL refuses and nobody types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import BadRequest, NotFound

if TYPE_CHECKING:
    from flask import Flask

NUL = "\0"


def install(app: Flask) -> None:
    """Refuse such a request before anything reads it: an address with 404, a form with 400. Signed bodies are read elsewhere."""

    @app.before_request
    def _clean() -> None:
        if NUL in request.path or b"%00" in request.query_string or NUL.encode() in request.query_string:
            raise NotFound
        if request.content_type is None:
            return
        if request.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"} and any(
            NUL in value for value in request.form.values()
        ):
            raise BadRequest
