"""Card numbers as people, phones' keyboards and programs write them, and where one can still be read. It reads digits in its own way,
not by the code that takes them out."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

VISA = "4242424242424242"
# Public test cards, one of each scheme, as they are printed.
PRINTED = {
    "visa": "4242 4242 4242 4242",
    "visa of 19": "4000 0000 0000 0000 006",
    "mastercard": "5555 5555 5555 4444",
    "mastercard of 2": "2223 0031 2200 3222",
    "amex": "3782 822463 10005",
    "discover": "6011 1111 1111 1117",
    "diners": "3056 930902 5904",
    "diners of 16": "3056 9300 0902 0004",
    "jcb": "3566 0020 2036 0505",
    "unionpay": "6200 0000 0000 0005",
    "unionpay of 19": "6205 5000 0000 0000 004",
    "maestro of 19": "620550 0000000000004",
    "visa of zeros": "4000 0000 0000 0002",
}
FOURS = PRINTED["visa"].split()
MARKS = {
    "hash": "#",
    "apostrophe": "'",
    "middle dot": "·",
    "tilde": "~",
    "equals": "=",
    "en dash": "–",
    "em dash": "—",
    "minus": "\N{MINUS SIGN}",
    "plus": "+",
    "ellipsis": "…",
    "brackets": "](",
    "bullets": " • • ",
    "ideographic comma": "、",
    "arabic comma": "\N{ARABIC COMMA}",
    "emoji": " 💳 ",
    "no-break space": "\N{NO-BREAK SPACE}",
    "narrow no-break space": "\N{NARROW NO-BREAK SPACE}",
    "ideographic space": "\N{IDEOGRAPHIC SPACE}",
    "braille blank": "\N{BRAILLE PATTERN BLANK}",
    "zero-width space": "\N{ZERO WIDTH SPACE}",
    "zero-width joiner": "\N{ZERO WIDTH JOINER}",
    "soft hyphen": "\N{SOFT HYPHEN}",
    "direction mark": "\N{RIGHT-TO-LEFT MARK}",
    "combining grapheme joiner": "\N{COMBINING GRAPHEME JOINER}",
    "hangul filler": "\N{HANGUL FILLER}",
    "many spaces": " " * 40,
    "tab": "\t",
    "newline": "\n",
    "empty line": " \r\n\r\n",
    "x": "x",
    "then": " then ",
    "et": " et ",
    "words": ", and the next four are ",
    "tags": "</b> <b>",
    "percent": "%20",
    "percent twice": "%2520",
    "entity": "&nbsp;",
    "numeric entity": "&#160;",
    "JSON newline": "\\n",
    "JSON escape": "\\u00a0",
    "JSON escape twice": "\\\\u00a0",
}
DIGITS = {
    "arabic": "٠",
    "persian": "۰",
    "devanagari": "०",
    "full-width": "０",
    "bold": "𝟎",
    "double-struck": "𝟘",
    "sans-serif": "𝟬",
    "segmented": "🯰",
}

SPOKEN = {
    "English": "four two",
    "French": "quatre deux",
    "Spanish": "cuatro dos",
    "German": "vier zwei",
    "Italian": "quattro due",
    "Portuguese": "quatro dois",
}


def _in(zero: str, text: str) -> str:
    return "".join(chr(ord(zero) + int(sign)) if sign.isdigit() else sign for sign in text)


SPELLINGS = {
    **PRINTED,
    **{f"{name} in one": number.replace(" ", "") for name, number in PRINTED.items()},
    **{f"fours, {name}": mark.join(FOURS) for name, mark in MARKS.items()},
    **{f"{name} digits": _in(zero, PRINTED["visa"]) for name, zero in DIGITS.items()},
    **{f"{name} digits in one": _in(zero, VISA) for name, zero in DIGITS.items()},
    "circled digits": "④②" * 8,
    "raised digits": "⁴²" * 8,
    "keycaps": "".join(f"{digit}\ufe0f\u20e3" for digit in VISA),
    "keycaps in fours": " ".join("".join(f"{digit}\ufe0f\u20e3" for digit in four) for four in FOURS),
    "one by one": " ".join(VISA),
    "one a line": "\n".join(VISA),
    "one by one, in fours": " - ".join(" ".join(four) for four in FOURS),
    "one by one, keycaps": " ".join(f"{digit}\ufe0f\u20e3" for digit in VISA),
    "pairs": " ".join(["42"] * 8),
    "pairs, gaps of two kinds": "42 42-42 42-42 42-42 42",
    "threes": "424 242 424 242 424 2",
    "eights": "42424242 42424242",
    "four and the rest": "4242 424242424242",
    "five, five and six": "42424 24242 424242",
    "four, six and six": "4242-424242-424242",
    "a gap too many": "4242 4242 42 42 4242",
    "a gap at the wrong place": "4242 4242 4242 424 2",
    "a line that ends within a group": "4242 42\n42 4242 4242",
    "letters for zeros": "4OOO ОООО OoOo 0OO2",
    **{f"{language} words": " ".join(words.split() * 8) for language, words in SPOKEN.items()},
    "ideographs": "四二" * 8,
    "a plus before it": "+4242 4242 4242 4242 exp 12/30 cvc 123",
    "a plus before an amex": "+3782 822463 10005",
    "a plus before an amex in one": "+378282246310005",
    "a plus before a diners": "+30569309025904",
    "expiry and code behind": "4242 4242 4242 4242 12/30 123",
    "short expiry and code behind": "4242 4242 4242 4242 1230 123",
    "an amount before": "39.90 4242 4242 4242 4242",
    "a phone before": "+33612345678 4242 4242 4242 4242",
    "words beside it": "card4242424242424242exp",
    "a footnote behind": "4242 4242 4242 4242²",
    "in an address": "https://shop.example/4242/4242/4242/4242?a=1",
    "local part": "4242.4242.4242.4242@shop.example",
    "percent-encoded": "".join(f"%{ord(digit):02X}" for digit in VISA),
    "JSON-escaped": "".join(f"\\u{ord(digit):04x}" for digit in VISA),
    "JSON-escaped twice": "".join(f"\\\\u{ord(digit):04x}" for digit in VISA),
    "entities": "".join(f"&#{ord(digit)};" for digit in VISA),
    "Python escape": "\\U000000a0".join(FOURS),
    "Python-escaped": "".join(f"\\x{ord(digit):02x}" for digit in VISA),
    "text of JSON": '{"number": "4242 4242 4242 4242", "4242-4242-4242-4242": 4242424242424242}',
}


def readable(value: Any) -> Iterator[str]:
    """Each text, key or number of rows and documents in which the digits of one of these numbers stand."""
    match value:
        case dict():
            for key, each in value.items():
                yield from readable(key)
                yield from readable(each)
        case list() | tuple() | set():
            for each in value:
                yield from readable(each)
        case bytes():
            yield from readable(value.decode("utf-8", "replace"))
        case _:
            if any(number in digits for digits in _readings(str(value)) for number in NUMBERS):
                yield str(value)


def _readings(text: str) -> Iterator[str]:
    if sum(map(str.isalnum, text)) < 14:
        return
    said = re.sub("two|deux|dos|zwei|due|dois|二", "2", text.lower())
    said = re.sub("four|quatre|cuatro|vier|quattro|quatro|四", "4", said).translate(str.maketrans("oо", "00"))
    escaped = re.sub(r"\\+(?:U000000|u00|x)([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), text)
    for reading in (text, said, unquote(unquote(text)), html.unescape(text), escaped):
        yield "".join(str(unicodedata.digit(sign, "")) for sign in reading)


NUMBERS = {number.replace(" ", "") for number in PRINTED.values()}
