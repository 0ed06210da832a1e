"""What is logged, whoever logs it and wherever it goes: another program's and other people's words are quoted there. No card number, link,
secret or address of a person stands in it, a line of it is a line of ours, and no sign of it does anything to the terminal that shows it.

Each line bears what it belongs to: the request (`request`) or the work in hand (`job`, the table and the row's id), and what both are of.
"""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import traceback
from typing import TYPE_CHECKING, Any

import structlog

from webapp.domain import cards, characters, confidential

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from structlog.typing import EventDict

LONGEST = 2_000  # characters of a line
LONGEST_TRACEBACK = 20_000
INDENT = "    "  # before each line of a traceback: only a line that begins with a time is one of the log's own
PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s%(belongs)s"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_numbers = itertools.count(1)
_process = secrets.token_hex(6)


def protect() -> None:
    """Everything that is logged from now on, by whatever logger."""
    logging.setLogRecordFactory(Record)


def to_stderr(*, as_json: bool = False) -> None:
    """One line an event, with its time, how grave it is and what it belongs to. In words, with the traceback of an error below it,
    indented; or as one JSON object, that has all of it."""
    protect()
    handler = logging.StreamHandler()
    handler.setFormatter(json_formatter() if as_json else logging.Formatter(PLAIN))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def json_formatter() -> logging.Formatter:
    """Of lines that are JSON objects. The web server's own process takes it too (docs/operator/granian-logs.json)."""
    protect()
    return _Json()


def belonging_to(**to: str) -> AbstractContextManager[None]:
    """Within it, all that this thread logs bears these names. They are ids of ours, never what others wrote."""
    return structlog.contextvars.bound_contextvars(**to)


def request_id(told: str | None) -> str:
    """The name of a request: what a proxy of ours has `told`, if it is a plain word, else one of our own."""
    if told is not None and REQUEST_ID.fullmatch(told) and confidential.hidden(cards.hidden(told)) == told:
        return told
    return f"{_process}-{next(_numbers):x}"


class Record(logging.LogRecord):
    """One event."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.belongings = structlog.contextvars.get_contextvars()
        words = " ".join(f"{name}={value}" for name, value in self.belongings.items())
        self.belongs = f" [{words}]" if words else ""
        if self.exc_info and self.exc_info[0]:
            whole = _hidden("".join(traceback.format_exception(*self.exc_info)).rstrip())
            lines = characters.cut(whole, LONGEST_TRACEBACK).split("\n")
            self.exc_text = "\n".join(f"{INDENT}{characters.printable(line)}" for line in lines)

    def getMessage(self) -> str:  # noqa: N802  # logging's own name
        return characters.printable(characters.cut(_hidden(super().getMessage()), LONGEST))


class _Json(logging.Formatter):
    """By structlog's processors. Its own formatter has the line that it made pass through the record once more, which ends at `LONGEST`."""

    _stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    _render = structlog.processors.JSONRenderer(ensure_ascii=False)

    def format(self, record: logging.LogRecord) -> str:
        event: EventDict = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
        event.update(getattr(record, "belongings", {}))
        if record.exc_text:
            event["error"] = record.exc_text
        return str(self._render(None, "", self._stamp(None, "", event)))


def _hidden(text: str) -> str:
    return confidential.hidden(cards.hidden(text))
