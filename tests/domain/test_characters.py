"""Characters as people paste them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import characters


@pytest.mark.parametrize(
    ("pasted", "plain"),
    [
        ("\u202a+33\u202c", "+33"),
        ("1\u202f234\u00a0€", "1 234 €"),
        ("06\u201112\u221234—56", "06-12-34-56"),
        ("٠١٢ ０１２ 𝟎𝟏𝟐", "012 012 012"),
        ("10²", "10²"),
        ("a\nb\tc\0d", "a b c d"),
        ("\ud800", "\ufffd"),
        ("ｆｕｌｌ", "ｆｕｌｌ"),
        ("１，０００．５０", "1,000.50"),
        ("١٬٢٥٠٫٥٠", "1'250٫50"),
    ],
)
def test_plain_characters_are_the_few_that_rules_know(pasted: str, plain: str) -> None:
    assert characters.plain(pasted) == plain


@given(st.text())
def test_plain_twice_is_plain_once(text: str) -> None:
    once = characters.plain(text)
    assert characters.plain(once) == once
    once.encode()


@pytest.mark.parametrize(
    ("text", "odd"),
    [("10² €", "10²"), ("1٠ €", "1٠"), ("十 €", "十"), ("½", "½"), ("١٠ 06", ""), ("1万円", ""), ("二人前", "")],
)
def test_a_number_that_is_not_read_the_same_everywhere_is_found(text: str, odd: str) -> None:
    assert characters.odd_digits(text) == odd
