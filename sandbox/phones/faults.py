"""Things that go wrong on demand: each fault waits for its turn, strikes, and is used up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping


class Kind(StrEnum):
    """What may go wrong."""

    SEND_ERROR = "send_error"
    UPLOAD_ERROR = "upload_error"
    STATUS_FAILED = "status_failed"
    WEBHOOK_TWICE = "webhook_twice"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_LOST = "webhook_lost"
    WEBHOOK_BATCHED = "webhook_batched"
    HANG = "hang"
    UNAUTHORISED = "401"


@dataclass(frozen=True)
class Fault:
    """`code` is Meta's error code, `seconds` how late or how long."""

    kind: Kind
    code: int
    seconds: float
    times_left: int


_CODE = {Kind.SEND_ERROR: 131000, Kind.STATUS_FAILED: 131026, Kind.UPLOAD_ERROR: 131053}
_SECONDS = {Kind.HANG: 30.0, Kind.WEBHOOK_LATE: 5.0}


def add(db: sqlite3.Connection, wish: Mapping[str, Any]) -> Fault:
    """Set one up. Raises ValueError for an unknown kind or numbers out of range."""
    kind = Kind(str(wish.get("kind")))
    fault = Fault(
        kind=kind,
        code=int(wish.get("code") or _CODE.get(kind, 0)),
        seconds=float(wish.get("seconds") or _SECONDS.get(kind, 0.0)),
        times_left=int(wish.get("times") or 1),
    )
    if not (1 <= fault.times_left <= 1000 and 0 <= fault.seconds <= 3600):
        raise ValueError("times goes from 1 to 1000, seconds from 0 to 3600")
    sql = "INSERT INTO faults (kind, code, seconds, times_left) VALUES (?, ?, ?, ?)"
    db.execute(sql, (fault.kind, fault.code, fault.seconds, fault.times_left))
    return fault


def strike(db: sqlite3.Connection, kind: Kind) -> Fault | None:
    """The oldest waiting fault of this kind, used once; None when there is none."""
    sql = "SELECT * FROM faults WHERE kind = ? AND times_left > 0 ORDER BY n LIMIT 1"
    row = db.execute(sql, (kind,)).fetchone()
    if row is None:
        return None
    db.execute("UPDATE faults SET times_left = times_left - 1 WHERE n = ?", (row["n"],))
    return Fault(Kind(row["kind"]), row["code"], row["seconds"], row["times_left"] - 1)


def waiting(db: sqlite3.Connection) -> list[Fault]:
    """Those that have not struck yet."""
    rows = db.execute("SELECT * FROM faults WHERE times_left > 0 ORDER BY n")
    return [Fault(Kind(row["kind"]), row["code"], row["seconds"], row["times_left"]) for row in rows]


def clear(db: sqlite3.Connection) -> None:
    """All well again."""
    db.execute("DELETE FROM faults")
