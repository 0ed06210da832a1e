"""The messages between the business and each phone."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

WINDOW = 24 * 3600  # seconds in which the business may write freely after the person's last message
PAIR_BURST, PAIR_REFILL = 45, 6.0  # messages at once; seconds until one more is allowed (messages/messaging-limits)
PER_SECOND = 80
FREE_A_MONTH = 1000  # messages without a template; beyond, and templates always, are billed since October 2026
PEOPLE_A_DAY = 250  # whom a new account may begin to write to within 24 hours


class Status(StrEnum):
    """How far a message has come. The order is that of time; FAILED ends it."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


def new_wamid() -> str:
    """A message's id, as opaque as Meta's."""
    return "wamid." + base64.b64encode(b"\x1c\x18\x0b" + secrets.token_bytes(36)).decode()


@dataclass(frozen=True)
class Draft:
    """A message about to be written down. `content` is what a phone shows: text, header, footer, buttons, card."""

    phone: str
    from_business: bool
    kind: str
    content: dict[str, Any]
    at: float
    reply_to: str | None = None
    opaque: str | None = None
    category: str = "service"
    status: Status = Status.SENT
    wamid: str = field(default_factory=new_wamid)


@dataclass(frozen=True)
class Message(Draft):
    """A message of a chat."""

    n: int = 0
    error: dict[str, Any] | None = None
    preview: dict[str, str] | None = None
    opened: bool = False


def add(db: sqlite3.Connection, draft: Draft) -> Message:
    """Write a message down."""
    row = db.execute(
        "INSERT INTO messages (wamid, phone, from_business, kind, content, reply_to, status, opaque, category, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        (
            draft.wamid,
            draft.phone,
            int(draft.from_business),
            draft.kind,
            json.dumps(draft.content),
            draft.reply_to,
            draft.status,
            draft.opaque,
            draft.category,
            draft.at,
        ),
    ).fetchone()
    return _message(row)


def get(db: sqlite3.Connection, wamid: str | None) -> Message | None:
    """One message by its id."""
    row = db.execute("SELECT * FROM messages WHERE wamid = ?", (wamid,)).fetchone()
    return _message(row) if row else None


def history(db: sqlite3.Connection, phone: str, limit: int = 80) -> list[Message]:
    """The newest `limit` messages of a chat, oldest first."""
    rows = db.execute("SELECT * FROM messages WHERE phone = ? ORDER BY n DESC LIMIT ?", (phone, limit)).fetchall()
    return [_message(row) for row in reversed(rows)]


def quoted(db: sqlite3.Connection, messages: Sequence[Message]) -> list[Message]:
    """Messages from before these that these reply to."""
    known = {message.wamid for message in messages}
    found = [get(db, message.reply_to) for message in messages if message.reply_to and message.reply_to not in known]
    return [message for message in found if message]


def move(db: sqlite3.Connection, wamid: str, status: Status, error: dict[str, Any] | None = None) -> bool:
    """Take a message further. False when it is already there or beyond: a status never goes back."""
    ranks = list(Status)
    before = tuple(ranks[: ranks.index(status)]) if status != Status.FAILED else (Status.ACCEPTED, Status.SENT)
    sql = "UPDATE messages SET status = ?, error = ? WHERE wamid = ? AND status IN (SELECT value FROM json_each(?))"
    told = json.dumps(error) if error else None
    return db.execute(sql, (status, told, wamid, json.dumps(before))).rowcount == 1


def read_up_to(db: sqlite3.Connection, message: Message) -> None:
    """The business has read a person's message, and with it all before."""
    sql = "UPDATE messages SET status = 'read' WHERE phone = ? AND from_business = 0 AND n <= ?"
    db.execute(sql, (message.phone, message.n))


def note_opened(db: sqlite3.Connection, wamid: str) -> None:
    """A link of the message was tapped."""
    db.execute("UPDATE messages SET opened = 1 WHERE wamid = ?", (wamid,))


def note_preview(db: sqlite3.Connection, wamid: str, preview: dict[str, str]) -> None:
    """What the message's link says of itself."""
    db.execute("UPDATE messages SET preview = ? WHERE wamid = ?", (json.dumps(preview), wamid))


def clear(db: sqlite3.Connection) -> None:
    """Forget all chats; the people and the templates stay."""
    db.execute("DELETE FROM messages")


def resting(db: sqlite3.Connection, phone: str, status: Status) -> list[Message]:
    """The business's messages to a phone that stopped at `status`."""
    sql = "SELECT * FROM messages WHERE phone = ? AND from_business = 1 AND status = ? ORDER BY n"
    return [_message(row) for row in db.execute(sql, (phone, status))]


def unread(db: sqlite3.Connection) -> dict[str, int]:
    """How many messages each phone holds unread."""
    sql = "SELECT phone, COUNT(*) FROM messages WHERE from_business = 1 AND status = 'delivered' GROUP BY phone"
    return {row[0]: row[1] for row in db.execute(sql)}


def window_is_open(db: sqlite3.Connection, phone: str, now: float) -> bool:
    """True within 24 hours of the person's last message."""
    sql = "SELECT MAX(at) FROM messages WHERE phone = ? AND from_business = 0"
    last = db.execute(sql, (phone,)).fetchone()[0]
    return last is not None and now - last < WINDOW


def pair_is_full(db: sqlite3.Connection, phone: str, now: float) -> bool:
    """True when the pair's bucket is empty: 45 at once, then one for every 6 seconds."""
    sql = "SELECT at FROM messages WHERE phone = ? AND from_business = 1 AND at > ? ORDER BY at"
    tokens, then = float(PAIR_BURST), now - PAIR_BURST * PAIR_REFILL
    for (at,) in [*db.execute(sql, (phone, then)).fetchall(), (now,)]:
        tokens = min(PAIR_BURST, tokens + (at - then) / PAIR_REFILL) - 1
        then = at
    return tokens < 0


def day_is_full(db: sqlite3.Connection, phone: str, now: float) -> bool:
    """True when the business has begun to write to as many people as it may within 24 hours, and this would be one more."""
    if window_is_open(db, phone, now):
        return False
    sql = "SELECT DISTINCT phone FROM messages WHERE from_business = 1 AND kind = 'template' AND at > ?"
    reached = {row["phone"] for row in db.execute(sql, (now - WINDOW,))}
    return phone not in reached and len(reached) >= PEOPLE_A_DAY


def is_free(db: sqlite3.Connection, message: Message) -> bool:
    """Whether it is one of the month's first 1,000 without a template: Meta bills the others."""
    begun = (
        datetime.fromtimestamp(message.at, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    )
    sql = "SELECT COUNT(*) FROM messages WHERE from_business = 1 AND kind <> 'template' AND at >= ? AND n <= ?"
    return message.kind != "template" and bool(db.execute(sql, (begun, message.n)).fetchone()[0] <= FREE_A_MONTH)


def number_is_full(db: sqlite3.Connection, now: float) -> bool:
    """True when the business number has sent its 80 messages of this second."""
    sql = "SELECT COUNT(*) FROM messages WHERE from_business = 1 AND at > ?"
    return bool(db.execute(sql, (now - 1,)).fetchone()[0] >= PER_SECOND)


def _message(row: sqlite3.Row) -> Message:
    return Message(
        n=row["n"],
        wamid=row["wamid"],
        phone=row["phone"],
        from_business=bool(row["from_business"]),
        kind=row["kind"],
        content=json.loads(row["content"]),
        reply_to=row["reply_to"],
        status=Status(row["status"]),
        error=json.loads(row["error"]) if row["error"] else None,
        opaque=row["opaque"],
        category=row["category"],
        preview=json.loads(row["preview"]) if row["preview"] else None,
        opened=bool(row["opened"]),
        at=row["at"],
    )
