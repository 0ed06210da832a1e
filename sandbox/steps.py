"""Named steps with their progress, "2/6 Packages … done 2.3 s". Standard library only: the set-up needs it too."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = (
    "Python environment",
    "Packages",
    "Secrets and ports",
    "Sandbox: phones, gateway, order backend, identity",
    "Database and demo merchant",
    "App and worker",
)


class Halt(Exception):
    """Something that keeps us from going on; the message says what it is and what to do."""


class Note:
    """What a step says of itself when it is done; "done" until it says otherwise."""

    text = "done"


class Steps:
    """Prints each step as it begins and ends. `names` is the whole list, so that every line says how far we are."""

    def __init__(self, names: tuple[str, ...], out: TextIO | None = None) -> None:
        self._names = names
        self._out = out or sys.stdout

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Note]:
        """One step. An exception from inside passes through, after the line has been ended with "failed"."""
        begun, note = time.monotonic(), Note()
        self._say(f"{self._names.index(name) + 1}/{len(self._names)} {name} … ")
        try:
            yield note
        except BaseException as error:
            self._say("failed\n" if isinstance(error, Exception) else "stopped\n")
            raise
        self._say(f"{note.text} {time.monotonic() - begun:.1f} s\n")

    def _say(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
