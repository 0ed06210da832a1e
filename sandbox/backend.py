"""An order backend as an integrator would write it: verifies Standard Webhooks, applies each once, shows its log.

What it was told is in `database`, so that its log can be read while it is down (`create_log_app`).
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, render_template, request
from standardwebhooks import Webhook, WebhookVerificationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOLERANCE = timedelta(minutes=5)  # Standard Webhooks 1.0, "Verifying webhook authenticity"; the library's own figure
LONGEST_HANG = 600.0  # seconds; the caller gives up long before
SHOWN = 100
FAULTS = '{"kind":"status","status":500,"times":3}, {"kind":"share","status":500,"percent":30}, {"kind":"slow","seconds":5}, {"kind":"hang"}'

SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    received_at TEXT NOT NULL,
    signature TEXT NOT NULL,
    copies INTEGER NOT NULL DEFAULT 1,
    body TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS one_of_each ON calls (id) WHERE signature = 'valid';
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY,
    reference TEXT,
    state TEXT,
    applied INTEGER NOT NULL DEFAULT 1
);
"""


class Signature(StrEnum):
    """What the signature of a call is worth."""

    VALID = "valid"
    INVALID = "invalid"
    STALE = "stale"


@dataclass
class Faults:
    """How the backend misbehaves until it is told to stop: answers a status some times, or to that share of calls, answers late, or never. `waiting` is
    how many calls it keeps waiting now."""

    status: int = 500
    times: int = 0
    percent: int = 0
    slow: float = 0.0
    hang: bool = False
    waiting: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def set(self, wish: dict[str, Any]) -> None:
        """Take one of the kinds; raises ValueError for anything else."""
        match wish:
            case {"kind": "status", "status": int(status), "times": int(times)} if 400 <= status <= 599 and times > 0:
                self.status, self.times = status, times
            case {"kind": "share", "status": int(status), "percent": int(percent)} if (
                400 <= status <= 599 and 0 < percent <= 100
            ):
                self.status, self.percent = status, percent
            case {"kind": "slow", "seconds": int() | float() as seconds} if 0 < seconds <= LONGEST_HANG:
                self.slow = float(seconds)
            case {"kind": "hang"}:
                self.hang = True
            case _:
                raise ValueError(f"one of {FAULTS}")

    def clear(self) -> None:
        """Behave again; whoever waits is answered now."""
        self.times, self.percent, self.slow, self.hang = 0, 0, 0.0, False
        self.over.set()
        self.over = threading.Event()

    def strike(self) -> int | None:
        """Wait as told; the status to answer with instead of doing the work, or None."""
        over = self.over
        self.waiting += 1
        if self.hang:
            over.wait(LONGEST_HANG)
        elif self.slow:
            over.wait(self.slow)
        self.waiting -= 1
        if self.times > 0:
            self.times -= 1
            return self.status
        if secrets.randbelow(100) < self.percent:
            return self.status
        return None


def create_app(*, database: Path, secret: str) -> Flask:
    """The backend itself. `secret` is the endpoint's, `whsec_…`."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    webhook, faults = Webhook(secret), Faults()
    _prepare(database)

    @app.post("/ordo")
    def receive() -> Response:
        status = faults.strike()
        if status is not None:
            return Response("told to fail\n", status)
        body = request.get_data()
        signature = judge(webhook, body, dict(request.headers))
        store(database, request.headers.get("webhook-id", ""), signature, body, datetime.now(UTC))
        return Response(f"{signature}\n", 200 if signature is Signature.VALID else 401)

    @app.route("/_sandbox/faults", methods=["GET", "POST", "DELETE"])
    def misbehave() -> Response:
        """GET: how many calls are `waiting` for their answer."""
        try:
            if request.method == "GET":
                return jsonify(waiting=faults.waiting)
            if request.method == "POST":
                faults.set(request.get_json())
            else:
                faults.clear()
        except ValueError as error:
            return Response(f"{error}\n", 400)
        return Response(status=204)

    @app.get("/")
    def page() -> str:
        return render_template("backend.html", calls=log(database), orders=known_orders(database))

    _show_log(app, database)
    return app


def create_log_app(*, database: Path) -> Flask:
    """The log alone, for a server of its own: it answers while the backend is down."""
    app = Flask(__name__)
    _prepare(database)
    _show_log(app, database)
    return app


def judge(webhook: Webhook, body: bytes, headers: dict[str, str]) -> Signature:
    """Whether a call is ours, somebody else's, or ours and too old to be anything but a replay."""
    given = {name.lower(): value for name, value in headers.items()}
    try:
        webhook.verify(body, given)
    except (WebhookVerificationError, ValueError):  # ValueError: a signature, a body or JSON that cannot be read
        return Signature.STALE if _was_ours(webhook, body, given) else Signature.INVALID
    return Signature.VALID


def store(database: Path, call: str, signature: Signature, body: bytes, now: datetime) -> None:
    """Write a call down and apply it, in one transaction: a second copy finds the first one and is only counted.

    What is not validly signed is noted without its body: nobody knows who wrote it.
    """
    with _open(database) as connection:
        connection.execute("BEGIN IMMEDIATE")
        moment = now.isoformat(timespec="milliseconds")
        if signature is not Signature.VALID:
            values = (call[:100], moment, signature)
            connection.execute("INSERT INTO calls (id, received_at, signature) VALUES (?, ?, ?)", values)
            return
        seen = connection.execute("UPDATE calls SET copies = copies + 1 WHERE id = ? AND signature = 'valid'", (call,))
        if seen.rowcount:
            return
        connection.execute(
            "INSERT INTO calls (id, received_at, signature, body) VALUES (?, ?, ?, ?)",
            (call, moment, signature, body.decode()),
        )
        _apply(connection, _data(body.decode())[1])


def log(database: Path) -> list[dict[str, Any]]:
    """The last hundred calls, newest first."""
    with _open(database) as connection:
        rows = connection.execute("SELECT * FROM calls ORDER BY number DESC LIMIT ?", (SHOWN,)).fetchall()
    return [_entry(row) for row in rows]


def known_orders(database: Path) -> list[dict[str, Any]]:
    """What the backend made of the callbacks: each order with its last state, and how many callbacks changed it."""
    with _open(database) as connection:
        return [dict(row) for row in connection.execute("SELECT * FROM orders ORDER BY rowid DESC LIMIT ?", (SHOWN,))]


def _was_ours(webhook: Webhook, body: bytes, headers: dict[str, str]) -> bool:
    """Whether the signature is right for its time, and only that time is out of the window."""
    try:
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        webhook_id, signatures = headers["webhook-id"], headers["webhook-signature"].split(" ")
        late = abs(datetime.now(UTC) - at) > TOLERANCE
        return late and webhook.sign(webhook_id, at, body.decode()) in signatures
    except (KeyError, ValueError, OverflowError, OSError):
        return False


def _apply(connection: sqlite3.Connection, data: dict[str, Any]) -> None:
    order = {name: _text(data.get(name)) for name in ("order", "reference", "state")}
    if order["order"] is not None:
        connection.execute(
            "INSERT INTO orders (id, reference, state) VALUES (:order, :reference, :state) ON CONFLICT (id) DO UPDATE "
            "SET reference = excluded.reference, state = excluded.state, applied = orders.applied + 1",
            order,
        )


def _entry(row: sqlite3.Row) -> dict[str, Any]:
    kind, data = _data(row["body"])
    alias, consent = data.get("alias"), data.get("consent")
    return {
        "id": row["id"],
        "received_at": row["received_at"],
        "signature": row["signature"],
        "applied": row["signature"] == Signature.VALID,
        "copies": row["copies"],
        "type": kind,
        **{name: data.get(name) for name in ("order", "reference", "state", "amount", "currency", "action")},
        "alias": alias.get("id") if isinstance(alias, dict) else None,
        "consent": consent.get("wording") if isinstance(consent, dict) else None,
        "charged_alias": data.get("charged_alias"),
        "buyer": data.get("buyer"),
    }


def _data(body: str | None) -> tuple[str | None, dict[str, Any]]:
    """Type and data of a callback; nothing for what is not one."""
    content = json.loads(body or "{}")
    if not isinstance(content, dict) or not isinstance(content.get("data", {}), dict):
        return None, {}
    return _text(content.get("type")), content.get("data", {})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _show_log(app: Flask, database: Path) -> None:
    @app.get("/log")
    def show() -> list[dict[str, Any]]:
        return log(database)


def _prepare(database: Path) -> None:
    with _open(database) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(SCHEMA)


@contextlib.contextmanager
def _open(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one piece of work, committed at its end."""
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        with connection:
            yield connection
