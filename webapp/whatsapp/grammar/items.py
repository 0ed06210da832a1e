"""What a stretch of words can be: a verb, an amount, a phone number…, each right or with a fault that is named.

Items only state possibilities. `search` finds the sets of items that use every word once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from webapp.domain import amounts, characters, currency_names, email, phone, references
from webapp.domain.errors import Invalid
from webapp.whatsapp.grammar import rest, words
from webapp.whatsapp.grammar.commands import ECHO, Context, Refusal
from webapp.whatsapp.grammar.words import Option, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.domain.money import Money
    from webapp.whatsapp.grammar.tokens import Token

# What is no word of its own is quoted. Here it begins and ends with a letter or digit, so punctuation is never part of it.
REFERENCE = re.compile(r"[^\W_](?:[\w./°º-]{0,62}[^\W_])?")
MOST_REFERENCE_WORDS = 6
ZERO = re.compile(r"[0.,]+")
OPTION = re.compile(r"([^\W\d_]+)=(.*)")
# `ref:A12`, `ref.2044`, `n°7`: a reference behind a word for one, in one word with it.
NAMED_REFERENCE = re.compile(r"(?:([^\W\d_]+)[:.]|(?:n[°º]|№)\.?)(\S+)", re.IGNORECASE)
PERCENT = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?%")
DIALLED = re.compile(r"\+|[+(]{0,2}\d(?:[\d()./-]*\d)?\)?")
PHONE_WORDS = 10  # a bound of the work: `0 6 1 2 3 4 5 6 7 8`
PHONE_DIGITS = range(4, 18)
NAMED = {Verb.STATUS, Verb.CANCEL, Verb.CHARGE, Verb.RESEND, Verb.REVOKE, Verb.EXTEND, Verb.REFUND}
DAYS = range(1, 91)  # Lyra's DELAY
SHORT = re.compile(r"\d{1,3}")
TIMES = re.compile(r"(\d*)[x×*](\d*)", re.IGNORECASE)
PRICE = re.compile(r"\D{0,3}[1-9][\d.,]{0,7}\D{0,3}")
RATE = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?%?")
# What is wrong with an option that has no value that it can have.
FAULTS = {
    Option.ORDER: Refusal.BAD_REFERENCE,
    Option.TAX: Refusal.BAD_TAX,
    Option.DELAY: Refusal.BAD_DAYS,
    Option.SHOP: Refusal.OTHER_SHOP,
}


class Role(Enum):
    """What an item is for: a message has at most one of each, but for the words of the rest."""

    VERB = auto()
    AMOUNT = auto()
    PHONE = auto()
    EMAIL = auto()
    TEXT = auto()
    REFERENCE = auto()
    LANGUAGE = auto()
    TAX = auto()
    DAYS = auto()
    SHOP = auto()
    TEST = auto()
    FORM = auto()
    REST = auto()


ROLES = {Option.ORDER: Role.REFERENCE, Option.TAX: Role.TAX, Option.DELAY: Role.DAYS, Option.SHOP: Role.SHOP}


@dataclass(frozen=True)
class Item:
    """The words up to `end` (exclusive) as one thing.

    `bare` is a reference without `ORDER=` or `#`, or an amount without a currency; `sure` is as in `amounts.Meant`.
    """

    role: Role
    end: int
    text: str
    value: Verb | Money | str | int | None = None
    fault: Refusal | None = None
    sure: bool = True
    bare: bool = False


class Items:
    """The items that begin at each word of a message. `rest`: words without a meaning of their own are items, too."""

    def __init__(self, tokens: Sequence[Token], context: Context, *, rest: bool = False) -> None:
        self.tokens, self.context, self.rest = tokens, context, rest
        self.lengths = phone.lengths(context.region)
        verbs = {words.verb(token.text) for token in tokens if not token.quoted}
        self.named, self.extends = bool(verbs & NAMED), Verb.EXTEND in verbs
        self._found: dict[int, tuple[Item, ...]] = {}

    def at(self, start: int) -> tuple[Item, ...]:
        """Every item that begins at a word, faulty ones included; there is always one."""
        if start not in self._found:
            self._found[start] = tuple(self._at(start))
        return self._found[start]

    def _at(self, start: int) -> Iterator[Item]:
        token, end = self.tokens[start], start + 1
        if token.quoted:
            yield Item(Role.TEXT, end, token.text, token.text)
            return
        word = token.text
        option = OPTION.fullmatch(word)
        if option or word.startswith("#"):
            yield from self._known_references(start)
            yield self._option(token, end, option)
            return
        if "@" in word:
            yield _email(word, end)
            return
        found = [
            *self._known_references(start),
            *self._named_reference(start),
            *self._named_rate(start),
            *self._words(word, end),
            *(self._amounts(start) if not self.extends else ()),
            *self._phones(start),
            *self._days(start),
            *self._bare(word, end),
        ]
        left = self.rest and self._is_rest(start, found)
        # Where it may be a word of the text, a code of a language is one: `es`, `it`.
        yield from (item for item in found if not (left and item.role is Role.LANGUAGE))
        if left:
            yield Item(Role.REST, end, word, word)
        elif all(item.fault for item in found):
            yield Item(Role.TEXT, end, word, fault=_unknown(word))

    def _is_rest(self, start: int, found: Sequence[Item]) -> bool:
        """Whether a word may be left over: it is nothing else, or is what it is only by itself (`2` in `2 pizzas`, `es`, `link`)."""
        word = self.tokens[start].text
        if self._multiplies(start):
            return False
        near = [at for at in (start - 1, start + 1) if 0 <= at < len(self.tokens)]
        beside = [self.tokens[at].text for at in near if self._is_word(at) and not self._is_language(at)]
        if word == "?":
            return bool(near)
        if rest.is_count(word):
            number = any(self.tokens[at].text.isdigit() for at in near)
            telling = any(not rest.is_small(each) or words.names_reference(each) for each in beside)
            return telling and not (word.startswith("0") and number)
        if not self._is_word(start):
            return not found and (rest.is_mixed(word) or rest.is_sign(word))
        if self._is_language(start):
            return bool(beside) and (word.islower() or (start == 0 and self.tokens[start].stop))
        return all(item.role in {Role.VERB, Role.REFERENCE} and not item.fault for item in found)

    def _multiplies(self, at: int) -> bool:
        """`2 x 15 €`, `2x 15`, `15 € x2`: what stands for how many times an amount is meant is no text."""
        word = self.tokens[at].text
        before = self.tokens[at - 1].text if at else ""
        after = self.tokens[at + 1].text if at + 1 < len(self.tokens) else ""
        times = TIMES.fullmatch(word)
        if times is None:
            return False
        behind, ahead = (bool(PRICE.fullmatch(each) or self._currency(each)) for each in (before, after))
        return (bool(times[1]) or behind) and (bool(times[2]) or ahead)

    def _is_word(self, at: int) -> bool:
        """Whether a token is a word that may stand in a text: of letters, and none of the grammar's that matters beside an order."""
        word = self.tokens[at].text
        if self.tokens[at].quoted or not rest.is_word(word, self.context.language):
            return False
        if at and rest.means_each(self.tokens[at - 1].text, word):
            return False
        if words.names_reference(word) and at + 1 < len(self.tokens) and rest.is_mixed(self.tokens[at + 1].text):
            return False
        if (words.option(word) or Option.ORDER) is not Option.ORDER or self._currency(word):
            return False
        if characters.fold(word) in currency_names.CENTS:
            return False
        near = [self.tokens[each].text for each in (at - 1, at + 1) if 0 <= each < len(self.tokens)]
        code = _like_a_code(word) and not rest.is_small(word) and any(re.search(r"\d", each) for each in near)
        return not code and characters.fold(word) not in words.FORM_WORDS | words.TEST_WORDS

    def _is_language(self, at: int) -> bool:
        return self.tokens[at].text.lower() in self.context.languages

    def _words(self, word: str, end: int) -> Iterator[Item]:
        verb = words.verb(word)
        if verb is not None:
            yield Item(Role.VERB, end, word, verb)
        if word.lower() in self.context.languages and (word not in words.PREPOSITIONS or end == len(self.tokens)):
            yield Item(Role.LANGUAGE, end, word, word.lower())
        if characters.fold(word) in words.TEST_WORDS:
            yield Item(Role.TEST, end, word, fault=None if self.context.test else Refusal.LIVE_SHOP)
        if characters.fold(word) in words.FORM_WORDS:
            yield Item(Role.FORM, end, word)

    def _named_reference(self, start: int) -> Iterator[Item]:
        """`ref A12`, `commande n° 7`, `ref:A12`: behind a word for one stands a reference, if it has a digit and can be neither a
        phone number nor an amount with its currency."""
        glued = NAMED_REFERENCE.fullmatch(self.tokens[start].text)
        if glued and (glued[1] is None or words.names_reference(glued[1])) and _numbered(glued[2]):
            yield Item(Role.REFERENCE, start + 1, self.tokens[start].text, glued[2])
            return
        at = start
        while at < start + 2 and at + 1 < len(self.tokens) and words.names_reference(self.tokens[at].text):
            at += 1
            value = self.tokens[at]
            if not value.quoted and _numbered(value.text) and not self._is_other_number(at):
                yield Item(Role.REFERENCE, at + 1, value.text, value.text)

    def _known_references(self, start: int) -> Iterator[Item]:
        """`STATUS Table 5`: words that are the reference of an order of the shop's, where a verb asks for one."""
        if not self.named or not self.context.references:
            return
        for end, run in runs(self.tokens, start):
            single = REFERENCE.fullmatch(run.removeprefix("#"))  # found by other ways, known or not
            if not single and references.key(run) in self.context.references:
                yield Item(Role.REFERENCE, end, run, run, bare=True)

    def _is_other_number(self, at: int) -> bool:
        if not self.tokens[at].text.isdigit():
            return False
        found = self.at(at)
        return any(
            (item.role is Role.PHONE and not item.fault) or (item.role is Role.AMOUNT and not item.bare)
            for item in found
        )

    def _named_rate(self, start: int) -> Iterator[Item]:
        """`TVA 20 %`, `19% MwSt.`: a rate in percent beside the word for the tax. Without the sign it may be an amount of tax."""
        run = [token.text for token in self.tokens[start : start + 3] if not token.quoted]
        for part in (run, run[:2]):
            taxes = [word for word in part if words.option(word) is Option.TAX]
            rate = "".join(part).removeprefix(taxes[0]).removesuffix(taxes[0]) if len(taxes) == 1 else ""
            if PERCENT.fullmatch(rate):
                value = _rate(rate)
                yield Item(
                    Role.TAX, start + len(part), " ".join(part), value, Refusal.BAD_TAX if value is None else None
                )
                return

    def _days(self, start: int) -> Iterator[Item]:
        """`EXTEND 3`, `EXTEND 3 days`: a short number is days where the verb asks for some. With the word, it may be the days of an order
        that is asked about."""
        word, end = self.tokens[start].text, start + 1
        named = self._goes_on(start) and characters.fold(self.tokens[end].text) in words.DAY_WORDS
        if not (self.extends or (self.rest and named)) or not SHORT.fullmatch(word):
            return
        end += named
        yield Item(Role.DAYS, end, word, int(word), None if int(word) in DAYS else Refusal.BAD_DAYS)

    def _bare(self, word: str, end: int) -> Iterator[Item]:
        """`CANCEL A12`: any word that is none of the grammar's own may name an order, where a verb asks for one."""
        if self.rest and not any(map(str.isdigit, word)):
            return
        if ZERO.fullmatch(word) or (self.extends and SHORT.fullmatch(word) and int(word) not in DAYS):
            return
        own = _known(word) or self._currency(word) or (self.extends and characters.fold(word) in words.DAY_WORDS)
        if self.named and not own and REFERENCE.fullmatch(word):
            yield Item(Role.REFERENCE, end, word, word, bare=True)

    def _amounts(self, start: int) -> Iterator[Item]:
        """Amounts, in the words from here to the next stop or quoted text."""
        end = start
        while self._goes_on(end) and not self.tokens[end + 1].quoted:
            end += 1
        run = [token.text for token in self.tokens[start : end + 1]]
        for span in amounts.spans(run, self.context.currency, self._currency_or_code):
            text, fault = " ".join(run[: span.length]), span.meant.fault
            shown = next((name for name in span.named if not self._currency(name)), text)
            if fault is amounts.Fault.AMBIGUOUS_CURRENCY:
                shown = span.named[0]
            elif fault is amounts.Fault.NEGATIVE:
                shown = text
            elif fault is amounts.Fault.UNKNOWN_CURRENCY and not _like_a_code(shown):
                continue
            yield Item(
                Role.AMOUNT,
                start + span.length,
                shown,
                span.meant.money,
                Refusal(fault) if fault else None,
                span.meant.sure,
                bare=not span.named,
            )

    def _phones(self, start: int) -> Iterator[Item]:
        """Phone numbers over any run of words, and the broken ones among those that cannot be anything else."""
        first = self.tokens[start].text
        broken = bool(re.match(r"\(?\+|\(?0\d", first))
        if not DIALLED.fullmatch(first):
            if broken:
                yield Item(Role.PHONE, start + 1, first, fault=Refusal.BAD_PHONE)
            return
        text, whole = "", False
        for end in range(start + 1, min(start + PHONE_WORDS, len(self.tokens)) + 1):
            token = self.tokens[end - 1]
            if token.quoted or not DIALLED.fullmatch(token.text) or (text and "+" in token.text):
                return
            text = f"{text} {token.text}".lstrip()
            digits = sum(character.isdigit() for character in text)
            if digits > PHONE_DIGITS.stop:
                return
            number = self._phone(text, digits)
            if number or (broken and (first != "+" or digits >= PHONE_DIGITS.start)):  # `15 + 5` is a sum
                yield Item(Role.PHONE, end, text, number, None if number else Refusal.BAD_PHONE, sure=not whole)
            whole = whole or bool(number and phone.is_whole(number))
            if token.stop:
                return

    def _phone(self, text: str, digits: int) -> str | None:
        abroad = re.match(r"\(?\+|\(?0[01]", text)
        if digits not in (PHONE_DIGITS if abroad else self.lengths):
            return None
        try:
            return phone.parse(text, self.context.region)
        except Invalid:
            return None

    def _option(self, token: Token, end: int, option: re.Match[str] | None) -> Item:
        """`ORDER=A12`, `ORDER="Table 5"`, `#A12`, `TAX=8`, `DELAY=07`, `SHOP=cafe`."""
        word = token.text
        name, value = (words.option(option[1]), option[2]) if option else (Option.ORDER, word[1:])
        if name is None:
            return Item(Role.REFERENCE, end, f"{option[1]}=" if option else word, fault=Refusal.UNKNOWN_WORD)
        read: str | int | None
        match name:
            case Option.ORDER:
                read = _reference(value) if token.value or REFERENCE.fullmatch(value) else None
            case Option.TAX:
                read = _rate(value)
            case Option.DELAY:
                read = int(value) if re.fullmatch(r"0?\d{1,2}", value) and int(value) in DAYS else None
            case Option.SHOP:
                read = value if value and value.casefold() == self.context.shop else None
        return Item(ROLES[name], end, word, read, FAULTS[name] if read is None else None)

    def _currency(self, word: str) -> frozenset[str]:
        return currency_names.meant(word, self.context.currency)

    def _currency_or_code(self, word: str) -> bool:
        """Whether a word behind a number is a currency, or looks like the code of one."""
        return bool(self._currency(word)) or (_like_a_code(word) and not _known(word))

    def _goes_on(self, at: int) -> bool:
        return not self.tokens[at].stop and at + 1 < len(self.tokens)


def runs(cut: Sequence[Token], start: int) -> Iterator[tuple[int, str]]:
    """The words from a place on that may be one reference: their end, and all of them."""
    for end in range(start + 1, min(start + MOST_REFERENCE_WORDS, len(cut)) + 1):
        if cut[end - 1].quoted:
            return
        yield end, " ".join(token.text for token in cut[start:end])


def _reference(text: str) -> str | None:
    try:
        return references.tidy(text)
    except Invalid:
        return None


def _numbered(word: str) -> bool:
    return bool(REFERENCE.fullmatch(word)) and any(character.isdigit() for character in word)


def _rate(text: str) -> int | None:
    """A rate in hundredths of a percent, up to 100 %; None for what is none."""
    match = RATE.fullmatch(text)
    rate = int(match[1] + (match[2] or "").ljust(2, "0")) if match else None
    return rate if rate is not None and rate <= 10_000 else None


def _email(word: str, end: int) -> Item:
    try:
        return Item(Role.EMAIL, end, word, email.parse(word))
    except Invalid as error:
        # The part that is refused for its letters is shown, where the beginning of a long address does not show them.
        told = "part" not in error.details or not word[:ECHO].isascii() or "xn--" in word[:ECHO]
        shown = word if told else str(error.details["part"])
        return Item(Role.EMAIL, end, shown, fault=Refusal.BAD_EMAIL)


def _like_a_code(word: str) -> bool:
    return len(word) == 3 and word.isascii() and word.isalpha() and word.isupper()


def _known(word: str) -> bool:
    """Whether a word without digits is one of the grammar's own."""
    folded = characters.fold(word)
    return bool(words.verb(word) or words.option(word)) or folded in words.FORM_WORDS | words.TEST_WORDS


def _unknown(word: str) -> Refusal:
    option = words.option(word)
    if option is not None:
        return FAULTS[option]
    if currency_names.meant(word) or re.match(r"[^\w\s]{0,2}\d", word):
        return Refusal.BAD_AMOUNT
    return Refusal.UNKNOWN_WORD
