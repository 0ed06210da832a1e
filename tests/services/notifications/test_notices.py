"""Notices: every kind survives being a row's document, and nothing else is one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.notice_examples import EVERY
from webapp.services.notifications import notices
from webapp.services.notifications.notices import NoticeKind

if TYPE_CHECKING:
    from webapp.services.notifications.notices import Notice


def test_there_is_an_example_of_every_kind() -> None:
    assert {notice.kind for notice in EVERY} == set(NoticeKind)


@pytest.mark.parametrize("notice", EVERY, ids=lambda notice: notice.kind)
def test_a_notice_survives_being_a_document(notice: Notice) -> None:
    kept = json.loads(json.dumps(notices.document(notice)))
    assert notices.read(kept) == notice
    assert type(notices.read(kept)) is type(notice)


@pytest.mark.parametrize("notice", EVERY, ids=lambda notice: notice.kind)
@pytest.mark.parametrize(
    "change",
    [{"kind": "balance_notice"}, {"kind": None}, {"colour": "red"}, {"language": 1}, {"language": None}],
    ids=["unknown kind", "no kind", "unknown field", "a number", "nothing"],
)
def test_what_is_no_notice_is_an_error_that_tells_nothing_of_it(notice: Notice, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error") as raised:
        notices.read(notices.document(notice) | change)
    assert "input_value" not in str(raised.value)


@pytest.mark.parametrize("notice", EVERY, ids=lambda notice: notice.kind)
def test_a_notice_of_which_a_field_is_missing_is_an_error(notice: Notice) -> None:
    kept = notices.document(notice)
    del kept["language"]
    with pytest.raises(ValueError, match="language"):
        notices.read(kept)
