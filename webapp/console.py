"""What console commands have in common: the settings, the context, and how they speak."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from webapp import app as wiring
from webapp import config, logs
from webapp.domain import characters
from webapp.domain.actors import CONSOLE

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext


def settings() -> config.Settings:
    """Those of this environment; where there are none, their lack is said, and the command ends."""
    logs.protect()
    try:
        return config.load()
    except config.SettingsError as error:
        fail(str(error))


def context() -> ServiceContext:
    """The services', for whoever sits at the console."""
    return wiring.make_context(settings()).acting_as(CONSOLE)


def say(line: str) -> None:
    """A line that quotes others: on a terminal its signs do nothing."""
    click.echo(characters.printable(line))


def fail(message: str, *, status: int = 1) -> NoReturn:
    """Say why, and end with that status."""
    click.echo("\n".join(characters.printable(line) for line in message.split("\n")), err=True)
    sys.exit(status)
