"""The least that a worker of callbacks can be, in two ways: it claims rows by a lease, POSTs them by connections that are kept, and writes
what came of each. It signs nothing, checks no address, keeps no log and no timeline, and a receiver that hangs stops it.

`plain` writes each outcome in a transaction of its own; `batched` writes those of all that were claimed at once in one.
"""

from __future__ import annotations

import functools
import http.client
import secrets
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, text

from webapp.db import models
from webapp.db.session import Database

if TYPE_CHECKING:
    from collections.abc import Sequence

AT_ONCE = 64
LEASE = timedelta(seconds=60)
_MOMENT = models.Moment()
CLAIM = """
UPDATE callbacks SET lease = :token, lease_until = :until, tries = tries + 1 WHERE id IN (
  SELECT id FROM callbacks c WHERE due_at <= :now AND (lease_until IS NULL OR lease_until < :now) AND NOT EXISTS (
    SELECT 1 FROM callbacks e WHERE e.endpoint_id = c.endpoint_id AND e.order_id = c.order_id
      AND e.sequence < c.sequence AND e.state = 'pending')
  ORDER BY due_at LIMIT :most {lock}) RETURNING id, body, (SELECT url FROM endpoints WHERE endpoints.id = callbacks.endpoint_id)
"""
FINISH = "UPDATE callbacks SET state = :state, due_at = :due, lease = NULL, lease_until = NULL WHERE id = :id AND lease = :token"
_own = threading.local()


class _Loop:
    """Rows of one database, until SIGTERM."""

    def __init__(self, url: str) -> None:
        self.over = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: self.over.set())
        self.database = Database(url, connections=8)
        lock = "" if self.database.is_sqlite else "FOR UPDATE SKIP LOCKED"
        times = [bindparam(name, type_=_MOMENT) for name in ("now", "until")]
        self._claim = text(CLAIM.format(lock=lock)).bindparams(*times)
        self._finish = text(FINISH).bindparams(bindparam("due", type_=_MOMENT))

    def step(self, done: Sequence[dict[str, Any]], most: int) -> tuple[str, Sequence[Any]]:
        """Write what is done, and claim, in one transaction."""
        now, token = datetime.now(UTC), secrets.token_hex(8)
        given = {"now": now, "until": now + LEASE, "token": token, "most": most}
        with self.database.write() as session:
            if done:
                session.connection().execute(self._finish, done)
            return token, session.execute(self._claim, given).all() if most else []


def plain(url: str, *_: Any) -> None:
    """Claim some, POST each, write each."""
    loop = _Loop(url)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while not loop.over.is_set():
            token, rows = loop.step([], AT_ONCE)
            for _done in pool.map(lambda row: loop.step([_posted(row, token)], 0), rows):  # noqa: B023  # used before the next
                pass
            if not rows:
                loop.over.wait(0.02)


def batched(url: str, *_: Any) -> None:
    """Claim some, POST each, write all as the next are claimed."""
    loop = _Loop(url)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done: list[dict[str, Any]] = []
        while not loop.over.is_set():
            token, rows = loop.step(done, AT_ONCE)
            done = list(pool.map(functools.partial(_posted, token=token), rows))
            if not rows:
                loop.over.wait(0.02)


def _posted(row: Any, token: str) -> dict[str, Any]:
    fine = _post(*row) < 300
    return {
        "id": row.id,
        "token": token,
        "state": "delivered" if fine else "pending",
        "due": None if fine else datetime.now(UTC),
    }


def _post(name: str, body: str, url: str) -> int:
    parts = urlsplit(url)
    kept = _own.__dict__.setdefault("kept", {})
    connection = kept.get(parts.netloc)
    if connection is None:
        connection = kept[parts.netloc] = http.client.HTTPConnection(parts.netloc)
    connection.request("POST", parts.path, body.encode(), {"Content-Type": "application/json", "webhook-id": name})
    response = connection.getresponse()
    response.read()
    return int(response.status)
