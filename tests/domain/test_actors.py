"""Actors: how one is named in a log."""

from __future__ import annotations

import pytest

from webapp.domain import actors


@pytest.mark.parametrize(
    ("actor", "written"),
    [
        (actors.operator("op_1"), "operator op_1"),
        (actors.user("usr_1"), "user usr_1"),
        (actors.buyer(None), "buyer"),
        (actors.GATEWAY, "gateway"),
        (actors.CLOCK, "clock"),
        (actors.CONSOLE, "console"),
    ],
)
def test_an_actor_is_written_with_its_kind_and_its_id(actor: actors.Actor, written: str) -> None:
    assert str(actor) == written
