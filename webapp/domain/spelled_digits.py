"""Digits that somebody has spelled out in words, as a card number is dictated: `four two four two`, `quatre deux`, 四二."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# By the digit: English, French, Spanish, German, Italian, Portuguese; Japanese and Chinese, with the forms of bank notes.
WORDS = (
    "zero zéro cero null oh 〇 零",
    "one un uno eins um 一 壱 壹",
    "two deux dos zwei zwo due dois duas 二 弐 贰",
    "three trois tres drei tre três 三 参 叁",
    "four quatre cuatro vier quattro quatro 四 肆",
    "five cinq cinco fünf fuenf cinque 五 伍",
    "six seis sechs sei meia 六 陆",
    "seven sept siete sieben sette sete 七 柒",
    "eight huit ocho acht otto oito 八 捌",
    "nine neuf nueve neun nove 九 玖",
)
DIGITS = {word: str(digit) for digit, words in enumerate(WORDS) for word in words.split()}
IDEOGRAPHS = "".join(word for word in DIGITS if len(word) == 1)
TOKEN = re.compile(rf"[{IDEOGRAPHS}]|[^\W\d_{IDEOGRAPHS}]+")
APART = 3  # signs between two of them, at most


def runs(text: str, shortest: int) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Each stretch of at least so many spelled digits: the digits, and where the word of each stands."""
    if sum(map(DIGITS.__contains__, TOKEN.findall(text.lower()))) < shortest:
        return
    digits, places = "", list[tuple[int, int]]()
    for word in TOKEN.finditer(text):
        digit = DIGITS.get(word[0].lower(), "")
        if not digit or (places and word.start() - places[-1][1] > APART):
            if len(digits) >= shortest:
                yield digits, places
            digits, places = "", []
        if digit:
            digits += digit
            places.append(word.span())
    if len(digits) >= shortest:
        yield digits, places
