"""What an order backend may keep with an order."""

from __future__ import annotations

import pytest

from webapp.domain import metadata
from webapp.domain.errors import Invalid

CARD = "4242 4242 4242 4242"
WRONG: list[tuple[dict[str, object], str, str]] = [
    ({str(number): "" for number in range(21)}, "bad_metadata", "metadata"),
    ({"": "x"}, "bad_metadata", "metadata"),
    ({"a b": "x"}, "bad_metadata", "metadata"),
    ({"é": "x"}, "bad_metadata", "metadata"),
    ({"k" * 41: "x"}, "bad_metadata", "metadata"),
    ({CARD: "x"}, "bad_metadata", "metadata"),
    ({CARD.replace(" ", ""): "x"}, "card_number", "metadata"),
    ({"a": CARD}, "card_number", "metadata.a"),
    ({"a": "x" * 501}, "bad_metadata", "metadata.a"),
    ({"a": "\0"}, "bad_metadata", "metadata.a"),
    ({"a": "\ud800"}, "bad_metadata", "metadata.a"),
    ({"a": 1}, "bad_metadata", "metadata.a"),
    ({"a": None}, "bad_metadata", "metadata.a"),
]


def test_what_is_right_is_kept_as_it_came() -> None:
    given = {"Table.no_1-b": " two\nlines ", "empty": "", "k" * 40: "é" * 500}
    assert metadata.checked(given) == given


def test_what_is_wrong_is_named_and_no_card_number_repeated() -> None:
    for given, code, field in WRONG:
        with pytest.raises(Invalid) as caught:
            metadata.checked(given)
        assert (caught.value.code, caught.value.details["field"]) == (code, field)
        assert "4242" not in str(caught.value)
