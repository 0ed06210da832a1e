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


WORDS = ["ශ්‍රී", "کوچه‌ی گل‌ها", "می‌خواهم", "क्‍ष", "র‍্যাব", "ന്‍", "👩‍🍳", "👨🏽‍👩🏻‍👧", "🏳️‍🌈", "❤️‍🔥", "🙂‍↔️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]


@pytest.mark.parametrize("word", WORDS)
def test_joiners_stay_where_words_and_emoji_are_written_with_them(word: str) -> None:
    assert characters.visible(word) == word
    assert characters.visible(f"\u202e{word}\u200b") == word
    assert characters.plain(word) == word


@pytest.mark.parametrize(
    ("hidden", "seen"),
    [
        ("pay\u200dpal", "paypal"),
        ("10\u200c0", "100"),
        ("42\u200d42", "4242"),
        ("۱\u200c۰", "۱۰"),
        ("\u200dගම", "ගම"),
        ("گل\u200c ها", "گل ها"),
        ("گل\u200c\u200cها", "گلها"),
        ("👩\u200d", "👩"),
        ("👩\u200c🍳", "👩🍳"),
        ("a\U000e0061b", "ab"),
        ("🏴\U000e0067x", "🏴x"),
        ("g\u202eevil\u2066", "gevil"),
    ],
)
def test_joiners_that_tie_nothing_and_what_hides_go(hidden: str, seen: str) -> None:
    assert characters.visible(hidden) == seen


@given(st.text(st.sampled_from("aا්රක\u0301\u200c\u200d\u200b👩🍳🏽\ufe0f 1۱🏴\U000e0067\U000e007f"), max_size=12))
def test_what_is_visible_stays_so(text: str) -> None:
    once = characters.visible(text)
    assert characters.visible(once) == once
