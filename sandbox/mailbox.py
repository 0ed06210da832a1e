"""Everybody's mailbox: a mail server that takes every letter for whomever, and a page that shows them.

A letter to an address that begins with `nobody` is refused for good, to one that begins with `later` for the time being.
"""

from __future__ import annotations

import base64
import contextlib
import sqlite3
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from flask import Flask, abort, jsonify, make_response, render_template, request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

SHOWN = 100
LOOK_AGAIN = 2  # seconds: how soon an empty mailbox looks again by itself
CSP = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'self'; frame-ancestors 'self'"
LETTER_CSP = CSP.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "img-src 'self'", "img-src 'self' data:"
)
REFUSED = {"nobody": "550 5.1.1 no such mailbox", "later": "451 4.3.0 try again later"}

SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    number INTEGER PRIMARY KEY,
    received_at TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    content BLOB NOT NULL
);
"""


class Mailbox:
    """The mail server on 127.0.0.1. Stopped, its port is closed. What it took is in `database`, for the next run too."""

    def __init__(self, database: Path, port: int) -> None:
        self._database, self._port = database, port
        self._controller: Controller | None = None
        with _open(database) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)

    def start(self) -> None:
        """Listen. Raises OSError for a port that is taken."""
        if self._controller is None:
            self._controller = Controller(_Handler(self._database), hostname="127.0.0.1", port=self._port)
            self._controller.start()

    def stop(self) -> None:
        """Listen no more."""
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()


def create_app(*, database: Path) -> Flask:
    """The page: the letters, newest first, and each as it is read."""
    app = Flask(__name__)

    @app.get("/")
    def index() -> Any:
        found = letters(database)
        response = make_response(render_template("mailbox.html", letters=found))
        if not found:  # with a letter there, it would take the page from under a tap
            response.headers["Refresh"] = str(LOOK_AGAIN)
        return response

    @app.get("/log")
    def log() -> Any:
        return jsonify(letters(database))

    @app.get("/<int:number>")
    def show(number: int) -> str:
        found = next((each for each in letters(database) if each["number"] == number), None)
        return render_template("letter.html", letter=found or abort(404))

    @app.after_request
    def guard(response: Any) -> Any:
        # A letter has its styles on its elements and its logo with it, and fetches nothing.
        letter = request.endpoint == "show"
        response.headers["Content-Security-Policy"] = LETTER_CSP if letter else CSP
        return response

    return app


def letters(database: Path) -> list[dict[str, Any]]:
    """The last hundred letters, newest first: number, received_at, sender, recipient, subject, from, text, html, and all headers."""
    with _open(database) as connection:
        rows = connection.execute("SELECT * FROM mails ORDER BY number DESC LIMIT ?", (SHOWN,)).fetchall()
    return [_letter(row) for row in rows]


class _Handler:
    def __init__(self, database: Path) -> None:
        self._database = database

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's own name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        for word, answer in REFUSED.items():
            if address.startswith(word):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # as above
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        with _open(self._database) as connection:
            connection.executemany(
                "INSERT INTO mails (received_at, sender, recipient, content) VALUES (?, ?, ?, ?)",
                [(moment, envelope.mail_from, recipient, envelope.content) for recipient in envelope.rcpt_tos],
            )
        return "250 taken"


def _letter(row: sqlite3.Row) -> dict[str, Any]:
    message: EmailMessage = message_from_bytes(row["content"], policy=policy.default)
    parts = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
    html = parts["html"].get_content() if parts["html"] else ""
    for part in message.walk():  # pictures that came along, as a mail program shows them
        if part.get_content_maintype() == "image" and part["Content-ID"]:
            data = base64.b64encode(part.get_content()).decode()
            html = html.replace(
                f"cid:{str(part['Content-ID']).strip('<>')}", f"data:{part.get_content_type()};base64,{data}"
            )
    return {
        "number": row["number"],
        "received_at": row["received_at"],
        "sender": row["sender"],
        "recipient": row["recipient"],
        "subject": str(message["Subject"]),
        "from": str(message["From"]),
        "headers": {name: str(value) for name, value in message.items()},
        "text": parts["plain"].get_content() if parts["plain"] else "",
        "html": html,
    }


@contextlib.contextmanager
def _open(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one piece of work, committed at its end."""
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        with connection:
            yield connection
