"""The page on which people read the document: one of the pages' application, drawn by Swagger UI (static/vendor) in the reader's browser."""

from __future__ import annotations

from flask import Blueprint, render_template

from webapp.api.document import OPENAPI
from webapp.web.headers import READER

reference = Blueprint("reference", __name__)


@reference.get(READER)
def show() -> str:
    """The document, to be read. Nothing is sent from here: no key of a shop is to be typed into a page."""
    return render_template("api/docs.html", document=OPENAPI)
