"""What is logged, whoever logs it and wherever it goes: another program's and other people's words are quoted there. No card number
stands in it, a line of it is a line of ours, and no sign of it does anything to the terminal that shows it."""

from __future__ import annotations

import logging
import traceback
from typing import Any

from webapp.domain import cards, characters

LONGEST = 2_000  # characters of a line
LONGEST_TRACEBACK = 20_000
INDENT = "    "  # before each line of a traceback: only a line that begins with a time is one of the log's own


def protect() -> None:
    """Everything that is logged from now on, by whatever logger."""
    logging.setLogRecordFactory(Record)


def to_stderr() -> None:
    """One line an event, with its time and how grave it is; below it, indented, where an error came from."""
    protect()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


class Record(logging.LogRecord):
    """One event."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        if self.exc_info and self.exc_info[0]:
            whole = cards.hidden("".join(traceback.format_exception(*self.exc_info)).rstrip())
            lines = characters.cut(whole, LONGEST_TRACEBACK).split("\n")
            self.exc_text = "\n".join(f"{INDENT}{characters.printable(line)}" for line in lines)

    def getMessage(self) -> str:  # noqa: N802  # logging's own name
        return characters.printable(characters.cut(cards.hidden(super().getMessage()), LONGEST))
