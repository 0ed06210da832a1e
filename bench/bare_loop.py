"""The least that a worker of callbacks can be: claims rows by a lease, POSTs them by connections that are kept, and writes the state of all
in one transaction. It signs nothing, checks no address, keeps no log and no timeline, and a receiver that hangs stops it.
"""

from __future__ import annotations

import http.client
import secrets
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, text

from webapp.db import models
from webapp.db.session import Database

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


def run(url: str, *_: Any) -> None:
    """Work until SIGTERM."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    database = Database(url)
    lock = "" if database.is_sqlite else "FOR UPDATE SKIP LOCKED"
    times = [bindparam(name, type_=_MOMENT) for name in ("now", "until")]
    claim = text(CLAIM.format(lock=lock)).bindparams(*times)
    finish = text(FINISH).bindparams(bindparam("due", type_=_MOMENT))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done: list[dict[str, Any]] = []
        while not over.is_set():
            now, token = datetime.now(UTC), secrets.token_hex(8)
            given = {"now": now, "until": now + LEASE, "token": token, "most": AT_ONCE}
            with database.write() as session:
                if done:
                    session.connection().execute(finish, done)
                rows = session.execute(claim, given).all()
            answers = pool.map(lambda row: _post(*row), rows)
            done = [_finished(row.id, token, status) for row, status in zip(rows, answers, strict=True)]
            if not rows:
                over.wait(0.02)


def _finished(name: str, token: str, status: int) -> dict[str, Any]:
    fine = status < 300
    return {
        "id": name,
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
