"""The network's edge of Stripe's SDK: answers as every database can keep them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from webapp import metrics
from webapp.domain import characters

log = logging.getLogger(__name__)


class Client(stripe.RequestsClient):
    """Stripe's own client. What stands in an answer ends in rows: signs that no database keeps are replaced in all of it."""

    def request(  # type: ignore[override]  # as the SDK's own clients, which differ from their base
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        began = time.perf_counter()
        status: int | None = None
        told: Mapping[str, str] = {}
        try:
            body, status, told = super().request(method, url, headers, post_data)
        finally:
            seconds = time.perf_counter() - began
            metrics.call("stripe", metrics.by_status(status), seconds)
            what = f"{method.upper()} {urlsplit(url).path}"
            log.info(
                "%s: %s in %.0f ms, Request-Id %s", what, status or "no answer", seconds * 1000, told.get("Request-Id")
            )
        return clean(body), status, told


def clean(body: bytes) -> bytes:
    """The same JSON; what is none stays as it is, for the SDK to refuse."""
    if b"\\u" not in body:  # what is not escaped is UTF-8 and holds no such sign
        return body
    try:
        return json.dumps(characters.storable(json.loads(body))).encode()
    except (ValueError, RecursionError):
        return body
