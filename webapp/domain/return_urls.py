"""Addresses of a shop to which the receipt may lead: each written out in the shop's file, and compared as it is written."""

from __future__ import annotations

from urllib.parse import urlsplit

from webapp.domain import cards

LONGEST = 500  # characters
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def fault(url: str, *, loopback: bool) -> str | None:
    """Why no page of ours leads there, in words; None for one that may be led to: https, or, where `loopback` is allowed (development),
    http on this very machine."""
    if len(url) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "holds a character that no address has: write it percent-encoded"
    if cards.found_in(url):
        return "holds a card number"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.username is not None:
        return "is no address, or has a user's name in it"
    near = host in LOOPBACK or host.endswith(".localhost")
    allowed = parts.scheme == "https" or (loopback and near and parts.scheme == "http")
    return None if allowed else "must begin with https://"
