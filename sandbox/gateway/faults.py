"""Faults on demand: what a network, a gateway or a webhook can do wrong, done when a test or a person asks for it."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from sandbox.gateway.store import Transaction


class Kind(StrEnum):
    """`…_before`: nothing was done; `…_after`: it was done and the caller does not learn it."""

    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    ERROR = "500"
    ERROR_AFTER = "500_after"
    RATE_LIMIT = "429"
    SLOW = "slow"
    WEBHOOK_LOST = "webhook_lost"
    WEBHOOK_TWICE = "webhook_twice"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_HOLD = "webhook_hold"


_OF_EVENTS = frozenset(kind for kind in Kind if kind.startswith("webhook_"))
_SECONDS = 20.0


@dataclass(frozen=True)
class Fault:
    """`match` is a shell pattern, of "METHOD /path" or, for webhooks, of the event's type; `seconds` is how long it
    waits; `left` how often it still happens (-1: until it is deleted)."""

    id: int
    match: str
    kind: Kind
    seconds: float
    left: int


def add(tx: Transaction, wish: Any) -> dict[str, Any]:
    """Ask for a fault. Raises ValueError, in words, for a wish that makes no sense."""
    if not isinstance(wish, dict) or set(wish) - {"match", "kind", "seconds", "times"}:
        raise ValueError("a fault is an object of match, kind, seconds and times")
    kind = Kind(str(wish.get("kind")))
    match, seconds = wish.get("match", "*"), wish.get("seconds", _SECONDS)
    times = wish.get("times", -1 if kind is Kind.WEBHOOK_HOLD else 1)
    if not isinstance(match, str) or not isinstance(seconds, int | float) or not isinstance(times, int):
        raise ValueError("match is a text, seconds a number, times a whole number")  # noqa: TRY004 - said to the caller as one kind
    row = tx.sql.execute(
        "INSERT INTO faults (match, kind, seconds, left) VALUES (?, ?, ?, ?) RETURNING *", (match, kind, seconds, times)
    ).fetchone()
    return asdict(_fault(row))


def listing(tx: Transaction) -> list[dict[str, Any]]:
    return [asdict(_fault(row)) for row in tx.sql.execute("SELECT * FROM faults WHERE left <> 0 ORDER BY id")]


def clear(tx: Transaction) -> None:
    tx.sql.execute("DELETE FROM faults")


def of_request(tx: Transaction, method: str, path: str) -> Fault | None:
    """The fault, if any, that this request suffers; one of its times is spent."""
    return _take(tx, f"{method} {path}", of_events=False)


def of_event(tx: Transaction, kind: str) -> Fault | None:
    """The fault, if any, that the delivery of this event suffers; one of its times is spent."""
    return _take(tx, kind, of_events=True)


def _take(tx: Transaction, subject: str, *, of_events: bool) -> Fault | None:
    for row in tx.sql.execute("SELECT * FROM faults WHERE left <> 0 ORDER BY id").fetchall():
        fault = _fault(row)
        if (fault.kind in _OF_EVENTS) == of_events and fnmatchcase(subject, fault.match):
            tx.sql.execute("UPDATE faults SET left = left - 1 WHERE id = ? AND left > 0", (fault.id,))
            return fault
    return None


def _fault(row: sqlite3.Row) -> Fault:
    return Fault(row["id"], row["match"], Kind(row["kind"]), row["seconds"], row["left"])
