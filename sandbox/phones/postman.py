"""Carries webhooks to the product: signed, in turn, again and again until it says 200."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

import requests

from sandbox import outward
from sandbox.phones import chats, faults, payloads

if TYPE_CHECKING:
    from sandbox.phones.parties import Sender
    from sandbox.phones.store import Store

_BACK_OFF = (1, 2, 4, 8, 15, 30, 60)  # seconds; then every minute
_GIVE_UP = 7 * 24 * 3600  # Meta repeats for up to seven days
_BATCH_WAIT = 2.0  # seconds that a batch waits for its last event
_TIMEOUT = 10.0

log = logging.getLogger(__name__)


def enqueue(db: sqlite3.Connection, label: str, wamid: str, value: dict[str, Any], now: float) -> None:
    """Hand a webhook in, in the transaction of what it tells. The faults of delivery strike here."""
    state, copies, batch, due = "waiting", 1, 0, now + 0.05  # let the answer to the send arrive first
    if faults.strike(db, faults.Kind.WEBHOOK_LOST):
        state = "lost"
    elif faults.strike(db, faults.Kind.WEBHOOK_TWICE):
        copies = 2
    elif late := faults.strike(db, faults.Kind.WEBHOOK_LATE):
        due += late.seconds
    elif held := faults.strike(db, faults.Kind.WEBHOOK_BATCHED):
        batch, due = 1, now + (_BATCH_WAIT if held.times_left else 0.05)
    db.execute(
        "INSERT INTO deliveries (label, wamid, value, state, copies, batch, at, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (label, wamid, json.dumps(value), state, copies, batch, now, due),
    )


class Postman(threading.Thread):
    """The thread that delivers. `wake` tells it that something came in; `close` ends it."""

    def __init__(self, store: Store, sender: Sender, webhook_url: str) -> None:
        super().__init__(name="postman", daemon=True)
        self._store, self._sender, self._url = store, sender, webhook_url
        self._http = outward.session()
        self._news = threading.Event()
        self._closed = False

    def wake(self) -> None:
        self._news.set()

    def close(self) -> None:
        """End the thread, and wait until it has ended."""
        self._closed = True
        self._news.set()
        if self.is_alive():
            self.join(_TIMEOUT + 1)

    def run(self) -> None:
        while not self._closed:
            try:
                pause = self._round()
            except sqlite3.Error:
                log.exception("the webhook queue cannot be read; trying again")
                pause = 1.0
            self._news.wait(pause)
            self._news.clear()

    def _round(self) -> float:
        """Deliver what is due. Returns seconds until there may be more."""
        while not self._closed and (due := self._take(time.time())):
            self._carry(due)
        with self._store.read() as db:
            soonest = db.execute("SELECT MIN(due) FROM deliveries WHERE state = 'waiting'").fetchone()[0]
        return 5.0 if soonest is None else min(5.0, max(0.01, soonest - time.time()))

    def _take(self, now: float) -> list[sqlite3.Row]:
        """The next webhook that is due, with its whole batch if it has one."""
        with self._store.read() as db:
            sql = "SELECT * FROM deliveries WHERE state = 'waiting' AND due <= ? ORDER BY due, n LIMIT 1"
            first = db.execute(sql, (now,)).fetchone()
            if first is None or not first["batch"]:
                return [first] if first else []
            return db.execute("SELECT * FROM deliveries WHERE state = 'waiting' AND batch = 1 ORDER BY n").fetchall()

    def _carry(self, rows: list[sqlite3.Row]) -> None:
        body = payloads.envelope(self._sender, [(_field(row["label"]), json.loads(row["value"])) for row in rows])
        arrived, answer = False, ""
        for _ in range(max(row["copies"] for row in rows)):
            arrived, answer = self._post(body)
        now = time.time()
        with self._store.write() as db:
            for row in rows:
                self._note(db, row, arrived=arrived, answer=answer, now=now)

    def _post(self, body: bytes) -> tuple[bool, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": payloads.signature(self._sender.app_secret, body),
        }
        try:
            answer = self._http.post(self._url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            return False, type(error).__name__
        return answer.status_code == 200, str(answer.status_code)

    @staticmethod
    def _note(db: sqlite3.Connection, row: sqlite3.Row, *, arrived: bool, answer: str, now: float) -> None:
        state, due = "delivered", now
        if not arrived:
            state = "waiting" if now - row["at"] < _GIVE_UP else "given up"
            due = now + _BACK_OFF[min(row["attempts"], len(_BACK_OFF) - 1)]
        sql = "UPDATE deliveries SET state = ?, due = ?, attempts = attempts + 1, answer = ? WHERE n = ?"
        db.execute(sql, (state, due, answer, row["n"]))
        if arrived and row["label"] == "message":
            chats.move(db, row["wamid"], chats.Status.DELIVERED)  # the second tick on the person's own phone


def _field(label: str) -> str:
    """News of the account are labelled by their field; all else is about messages."""
    return label if label.endswith("_update") else "messages"


def deliveries(db: sqlite3.Connection, limit: int = 200) -> list[dict[str, Any]]:
    """The delivery log, newest first. `at` and `due` are Unix seconds; `value` is what was told."""
    rows = db.execute("SELECT * FROM deliveries ORDER BY n DESC LIMIT ?", (limit,))
    return [dict(row) | {"value": json.loads(row["value"])} for row in rows]
