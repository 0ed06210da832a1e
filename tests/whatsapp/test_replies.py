"""What buyers ask for: a few words of each language, whatever the case, accents and punctuation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import i18n
from webapp.whatsapp import replies
from webapp.whatsapp.replies import Asked, Wish


@pytest.mark.parametrize(
    ("wish", "words"),
    [(wish, words) for wish, languages in replies.WORDS.items() for each in languages.values() for words in each],
)
def test_each_word_is_understood_however_it_is_typed(wish: Wish, words: str) -> None:
    assert replies.read(words) == Asked(wish)
    assert replies.read(f"  {words.upper()}!\n") == Asked(wish)
    assert replies.read(f"{words} #A-12.") == Asked(wish, "A-12")
    assert replies.read(f"{words} Table 5") == Asked(wish, "Table 5")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("C’est pas moi", Asked(Wish.NOT_ME)),
        ("RECU", Asked(Wish.RECEIPT)),
        ("\u200fتوقف", Asked(Wish.STOP)),
        ("*Pay* R7K2", None),
        ("Can I pay tomorrow?", None),
        ("I will not stop", None),
        ("", None),
        ("   ", None),
        ("pay " + "x" * 200, None),
    ],
)
def test_what_is_no_wish_is_for_the_shop_to_read(text: str, asked: Asked | None) -> None:
    assert replies.read(text) == asked


@pytest.mark.parametrize("language", [*i18n.LANGUAGES, "xx"])
def test_the_text_that_a_link_puts_into_the_chat_reads_back(language: str) -> None:
    assert replies.read(replies.write(Wish.PAY, language, "A-12")) == Asked(Wish.PAY, "A-12")


def test_no_two_wishes_share_a_word() -> None:
    plain = [replies.read(words) for each in replies.WORDS.values() for of in each.values() for words in of]
    assert None not in plain
    for wish, languages in replies.WORDS.items():
        assert {replies.read(words) for of in languages.values() for words in of} == {Asked(wish)}


@given(st.text(max_size=512))
def test_no_text_raises(text: str) -> None:
    replies.read(text)
