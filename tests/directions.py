"""How a text is seen where words run from the right: laid out by Unicode's bidirectional algorithm (UAX 9)."""

from __future__ import annotations

from bidi import get_display

from webapp import i18n

FROM_THE_RIGHT = [language for language in i18n.LANGUAGES if i18n.texts(language, "FR").direction == "rtl"]
MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u2068\u2069"))


def seen(text: str, base: str | None) -> list[str]:
    """Each line as the eye meets it, from left to right, without its marks. `base` is `R` where a chat lays out the whole message by its
    first letter, None where each line goes by its own."""
    return [str(get_display(line, base_dir=base)).translate(MARKS) for line in text.split("\n")]
