"""Delivers queued events: signed, each on its own thread, again and again on a schedule, also after a restart."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

import requests

from sandbox import outward
from sandbox.gateway.store import Doc, Store

RETRIES = (1.0, 3.0, 10.0, 30.0, 120.0, 600.0, 3600.0)
"""Seconds to wait after each failed try. Short, so that a person sees a recovered backend being told."""
_TIMEOUT = (3, 10)


def signature(secret: str, body: str, at: int) -> str:
    """The header `Stripe-Signature` (https://docs.stripe.com/webhooks/signature, scheme v1). `at` is in Unix
    seconds."""
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Courier:
    """One thread watches what is due; `wake` tells it to look now. `chores` does what else is due, and gives the seconds until
    there is more."""

    def __init__(self, store: Store, chores: Callable[[], float | None]) -> None:
        self._store = store
        self._chores = chores
        self._awake = threading.Event()
        self._stopped = False
        with store.transaction() as tx:  # what a kill interrupted may have arrived or not: it goes out again
            tx.sql.execute("UPDATE deliveries SET state = 'pending' WHERE state = 'sending'")
        self._thread = threading.Thread(target=self._watch, name="gateway-courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._awake.set()

    def stop(self) -> None:
        """Deliveries under way end by themselves."""
        self._stopped = True
        self._awake.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped:
            self._awake.clear()
            rest = self._chores()
            due, wait = self._claim()
            for delivery in due:
                threading.Thread(target=self._deliver, args=(delivery,), daemon=True).start()
            self._awake.wait(min((each for each in (rest, wait) if each is not None), default=None))

    def _claim(self) -> tuple[list[int], float | None]:
        """What is due now, and how long until the next is (None: nothing waits)."""
        now = time.time()
        with self._store.transaction() as tx:
            rows = tx.sql.execute(
                "UPDATE deliveries SET state = 'sending' WHERE state = 'pending' AND due <= ? RETURNING id", (now,)
            ).fetchall()
            following = tx.sql.execute("SELECT min(due) FROM deliveries WHERE state = 'pending'").fetchone()[0]
        return [row[0] for row in rows], None if following is None else max(0.0, following - now)

    def release(self, order: str, repeat: int) -> list[dict[str, Any]]:
        """Send what is held, `repeat` times each, one after another in this order: fifo, reverse or shuffle. Returns
        event, type and answer of each, in the order sent."""
        with self._store.transaction() as tx:
            rows = tx.sql.execute(
                "UPDATE deliveries SET state = 'sending' WHERE state = 'held' RETURNING id"
            ).fetchall()
        line = sorted(row[0] for row in rows) * repeat
        if order == "reverse":
            line.reverse()
        elif order == "shuffle":
            random.SystemRandom().shuffle(line)
        sent = [self._deliver(delivery) for delivery in line]
        return [report for report in sent if report is not None]

    def _deliver(self, delivery: int) -> dict[str, Any] | None:
        with self._store.transaction() as tx:
            row = tx.sql.execute("SELECT * FROM deliveries WHERE id = ?", (delivery,)).fetchone()
            endpoint = tx.find(row["endpoint_scope"], "webhook_endpoint", row["endpoint"])
            event = tx.find(row["scope"], "event", row["event"])
        if endpoint is None or event is None or endpoint["status"] != "enabled":
            self._record(delivery, "dropped", "the endpoint is gone", 0)
            return None
        answer = _post(endpoint, event)
        if answer.isdecimal() and answer.startswith("2"):
            self._record(delivery, "delivered", answer, 0)
        else:
            self._postpone(row, answer)
        return {"event": event["id"], "type": event["type"], "answer": answer}

    def _postpone(self, row: sqlite3.Row, answer: str) -> None:
        tries = row["tries"]
        if tries < len(RETRIES):
            self._record(row["id"], "pending", answer, time.time() + RETRIES[tries])
            self.wake()
        else:
            self._record(row["id"], "failed", answer, 0)

    def _record(self, delivery: int, state: str, answer: str, due: float) -> None:
        with self._store.transaction() as tx:
            tx.sql.execute(
                "UPDATE deliveries SET state = ?, answer = ?, due = ?, tries = tries + 1 WHERE id = ?",
                (state, answer, due, delivery),
            )


def _post(endpoint: Doc, event: Doc) -> str:
    """The status answered, or what went wrong."""
    body = json.dumps(event, indent=2)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (sandbox)",
        "Stripe-Signature": signature(endpoint["_secret"], body, int(time.time())),
    }
    try:
        with outward.session() as session:
            response = session.post(
                endpoint["url"], data=body.encode(), headers=headers, timeout=_TIMEOUT, allow_redirects=False
            )
    except requests.RequestException as error:
        return type(error).__name__
    return str(response.status_code)
