"""References: what may be one, and which are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import references
from webapp.domain.errors import Invalid


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A12", "a12"),
        ("Table 5", "TABLE  5"),
        ("A-12", "A–12"),
        ("n° 7", "N° 7."),
        ("#A12", "A12!"),
        ("Straße 1", "STRASSE 1"),
        ("A١٢", "a12"),
        ("cafe\u0301 1", "CAFÉ 1"),
    ],
)
def test_what_people_leave_out_or_add_makes_no_other_reference(one: str, other: str) -> None:
    assert references.key(one) == references.key(other)


@pytest.mark.parametrize("one", ["A1", "A-12", "Table 6", "cafe 1"])
def test_others_are_others(one: str) -> None:
    assert references.key(one) not in {references.key(other) for other in ("A12", "Table 5", "café 1")}


@pytest.mark.parametrize("text", ["", " ", "#", "...", 'A"12', "«A»", "x" * 65])
def test_what_no_chat_could_name_is_no_reference(text: str) -> None:
    with pytest.raises(Invalid):
        references.tidy(text)


@given(st.text(max_size=64))
def test_a_reference_is_kept_as_it_is_seen_and_its_key_fits(text: str) -> None:
    try:
        kept = references.tidy(text)
    except Invalid:
        return
    assert references.tidy(kept) == kept
    assert references.key(kept) == references.key(text)
    assert 0 < len(references.key(kept)) <= references.LONGEST_KEY
