"""Browsers' reports of what a page's Content-Security-Policy kept away. Always answered 204: a browser does nothing with an answer."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request

from webapp.domain.errors import TooMany
from webapp.services.monitoring import csp_reports
from webapp.web.services import context

reports = Blueprint("reports", __name__, url_prefix="/hooks")

MAX_REPORT = 16 * 1024
KINDS = {"application/csp-report", "application/reports+json"}


@reports.post("/csp")
def csp() -> Response:
    """One report, or a batch of them. Larger ones than 16 KiB are refused (413), what cannot be read is dropped."""
    request.max_content_length = MAX_REPORT
    body = request.get_data()
    if request.mimetype in KINDS:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status=204)
        if isinstance(document, dict | list):
            try:
                csp_reports.keep(context(), csp_reports.read(document), request.remote_addr or "")
            except TooMany:
                return Response(status=204)
    return Response(status=204)
