"""What the neighbours say: the gateway's test cards and the order backend's log, kept for when one of them is down."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import requests

from sandbox import outward

if TYPE_CHECKING:
    from sandbox.phones.parties import Links

_CARDS_KEPT = 30.0  # seconds
_TIMEOUT = 1.5


class Neighbours:
    """Asks the neighbours, and remembers their last answer."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._lock = threading.Lock()
        self._cards: list[dict[str, Any]] = []
        self._cards_at = 0.0
        self._log: list[dict[str, Any]] = []

    def cards(self) -> list[dict[str, Any]]:
        """The gateway's test cards: label, number, expiry, cvc."""
        with self._lock:
            if not self._cards or time.monotonic() - self._cards_at > _CARDS_KEPT:
                self._cards = _fetch(self._links.gateway_cards_url) or self._cards
                self._cards_at = time.monotonic()
            return self._cards

    def log(self) -> list[dict[str, Any]]:
        """The callbacks that the order backend received, newest first; the last known ones while it does not answer."""
        fresh = _fetch(self._links.backend_log_url)
        if fresh is not None:
            self._log = fresh
        return self._log


def _fetch(url: str) -> list[dict[str, Any]] | None:
    """A JSON list of objects; None when there is no such answer now."""
    try:
        with outward.session() as http:
            answer = http.get(url, timeout=_TIMEOUT)
        found = answer.json() if answer.ok else None
    except (requests.RequestException, ValueError):
        return None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else None
