"""Every door is walked through: a new one fails here until it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import walk

if TYPE_CHECKING:
    from flask import Flask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_door_is_walked_through(app: Flask) -> None:
    assert walk.every(app) - walk.DOORS.keys() == set()
    kinds = {name.partition("?")[0] for name in walk.DOORS} - walk.every(app)
    more = {
        "chat PAYMENT",
        "chat PAYMENT abroad",
        "buyer hello",
        "buyer receipt, past",
        "stranger hello",
        "the worker's look",
    }
    assert kinds - more == {f"status {word}" for word in walk.heard.STATUSES}
