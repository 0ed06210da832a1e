"""A message cut into its words: what nobody sees dropped, WhatsApp's own marks taken off, quoted texts kept whole."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from webapp.domain import cards, characters, currency_names
from webapp.whatsapp.grammar.commands import Refusal, Refused

LONGEST_MESSAGE = 512
LONGEST_TEXT = 80
DOUBLE = '"“”„‟'
# «2 pizzas», and »2 Pizzen« as it is printed in German; ‹ › and 「 」. Single ones stand at the outer edges of words: l'été is no text.
QUOTED = re.compile(
    f"[{DOUBLE}]([^{DOUBLE}]*)[{DOUBLE}]|«([^»]*)»|»([^«»]*)«|‹([^›]*)›|›([^‹›]*)‹|「([^」]*)」|『([^』]*)』"
    r"|(?<!\S)['‘’‚](\S(?:[^'‘’‚]|(?<=\S)['’](?=\S))*?)(?<=\S)['‘’](?=[\s,;.!?:]|$)"
)
LONE_QUOTE = re.compile(f"[{DOUBLE}«»]")
# Where a quoted text was. A control character: none other is left by then.
HOLE = "\0"
# Before a quoted value (ORDER="Table 5") and between its words. Likewise.
GAP = "\1"
VALUE = re.compile(f"(?<=[=#])(?:{QUOTED.pattern})")

# An abbreviation of Hebrew (ש"ח, מע"מ), typed with a quotation mark for the sign of its own.
GERSHAYIM = re.compile(f"(?<=[א-ת])[{DOUBLE}](?=[א-ת](?:[^א-ת]|$))")
# Pictures stand apart from the words and numbers that they are typed to.
EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b00-\u2bff]"
    "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d]*"
)
QUOTED_LINE = re.compile(r"^[^\S\n]*>+", re.MULTILINE)
# *bold*, _italic_, ~struck~ and `code`: the marks stand at the outer edges of words.
MARKED = re.compile(r"(?<!\S)([*_~]|`{1,3})(\S(?:.*?\S)?)\1(?=[\s,;.!:]|$)")
PUNCTUATION = ",;.!:"
CHAT = re.compile(r"(?:https?://)?(?:wa\.me/|api\.whatsapp\.com/send/?\?phone=)\+?(\d{7,15})/?", re.IGNORECASE)
SCHEME = re.compile(r"^(?:tel|mailto):", re.IGNORECASE)


@dataclass(frozen=True)
class Token:
    """A word of the message, or a quoted text. `stop`: punctuation follows, so no amount or phone number goes on; `value`: what is
    behind its `=` was quoted."""

    text: str
    quoted: bool = False
    stop: bool = False
    value: bool = False


def cut(message: str) -> tuple[Token, ...] | Refused:
    """The words of a message, or why it cannot be cut into words."""
    if len(message) > LONGEST_MESSAGE:
        return Refused(Refusal.TOO_LONG)
    text = GERSHAYIM.sub("״", characters.visible(QUOTED_LINE.sub("", message)))
    if cards.found_in(text):
        return Refused(Refusal.CARD_NUMBER)
    text = VALUE.sub(lambda match: GAP + GAP.join(tidy("".join(filter(None, match.groups()))).split()), text)
    texts = [tidy("".join(inside)) for inside in QUOTED.findall(text)]
    rest = QUOTED.sub(HOLE, text)
    refused = _wrong_texts(texts) or _wrong_characters(rest)
    if refused:
        return refused
    # These are control characters, which `plain` would drop.
    plain = re.sub(f"[^{HOLE}{GAP}]+", lambda part: characters.plain(part[0]), rest)
    tokens = _words(_unmarked(plain), texts)
    return tokens or Refused(Refusal.EMPTY)


def tidy(quoted: str) -> str:
    return unicodedata.normalize("NFC", " ".join(quoted.split()))


def _wrong_texts(texts: list[str]) -> Refused | None:
    if len(texts) > 1:
        return Refused(Refusal.TWO_TEXTS, texts[1])
    for text in texts:
        if not text or len(text) > LONGEST_TEXT:
            return Refused(Refusal.BAD_TEXT, text)
    return None


def _wrong_characters(rest: str) -> Refused | None:
    lone = LONE_QUOTE.search(rest)
    if lone:
        return Refused(Refusal.UNCLOSED_QUOTE, " ".join(rest[lone.start() :].split()))
    odd = characters.odd_digits(rest)
    return Refused(Refusal.ODD_DIGITS, odd) if odd else None


def _unmarked(text: str) -> str:
    """Without WhatsApp's formatting: three passes, because `*_bold italic_*` nests."""
    for _ in range(3):
        text = MARKED.sub(_inside, text)
    return text


def _inside(marked: re.Match[str]) -> str:
    inside = marked[2].split()
    # An e-mail address may really begin with one of these marks, and a word further on happen to end with it.
    return marked[0] if len(inside) > 1 and "@" in inside[0] else marked[2]


def _words(text: str, texts: list[str]) -> tuple[Token, ...]:
    tokens: list[Token] = []
    for raw in EMOJI.sub(r" \g<0> ", text).replace(HOLE, f" {HOLE} ").split():
        if raw == HOLE:
            tokens.append(Token(texts[0], quoted=True))
            continue
        if GAP in raw:
            tokens.append(Token(raw.replace(GAP, "", 1).replace(GAP, " "), value=True))
            continue
        word = CHAT.sub(r"+\1", SCHEME.sub("", raw, count=1))
        # After an abbreviation the amount goes on: `Fr. 45.50`.
        if word.endswith(".") and currency_names.is_abbreviation(word[:-1]):
            tokens.append(Token(word[:-1]))
            continue
        asks = len(word) > 1 and word.endswith("?") and "://" not in word
        word = word.lstrip("¡¿").rstrip(PUNCTUATION + "?" if asks else PUNCTUATION)
        if word.startswith("<") and word.endswith(">"):
            word = SCHEME.sub("", word[1:-1], count=1)
        if word:
            tokens.append(Token(word, stop=asks or raw[-1] in PUNCTUATION))
        elif tokens:
            tokens[-1] = Token(tokens[-1].text, tokens[-1].quoted, stop=True)
        if asks:
            tokens.append(Token("?"))
    return tuple(tokens)
