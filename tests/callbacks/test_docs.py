"""The receiver of docs/integrator/callbacks.md, run as it stands there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from webapp.callbacks import standard

if TYPE_CHECKING:
    from flask.testing import FlaskClient

PAGE = Path(__file__).resolve().parents[2] / "docs" / "integrator" / "callbacks.md"
SECRET = standard.new_secret()
BODY = standard.body("order.paid", datetime.now(UTC), {"reference": "A12"})


@pytest.fixture
def applied() -> list[tuple[str, Any]]:
    return []


@pytest.fixture
def receiver(applied: list[tuple[str, Any]]) -> FlaskClient:
    example = re.search(r"```python\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert example is not None
    names: dict[str, Any] = {
        "__name__": "receiver",
        "SECRET": SECRET,
        "apply_once": lambda id_, data: applied.append((id_, data)),
    }
    exec(example[1], names)  # noqa: S102  # the page's own code, which readers copy
    client: FlaskClient = names["app"].test_client()
    return client


def test_a_callback_is_verified_and_applied(receiver: FlaskClient, applied: list[tuple[str, Any]]) -> None:
    headers = standard.sign("msg_1", datetime.now(UTC), BODY, [SECRET])
    assert receiver.post("/ordo", data=BODY, headers=headers).status_code == 204
    assert applied == [("msg_1", {"reference": "A12"})]


def test_altered_stale_and_unsigned_copies_are_refused(receiver: FlaskClient, applied: list[tuple[str, Any]]) -> None:
    good = standard.sign("msg_1", datetime.now(UTC), BODY, [SECRET])
    stale = standard.sign("msg_1", datetime.now(UTC) - timedelta(minutes=6), BODY, [SECRET])
    for body, headers in ((BODY + " ", good), (BODY, stale), (BODY, {})):
        assert receiver.post("/ordo", data=body, headers=headers).status_code == 401
    assert applied == []
