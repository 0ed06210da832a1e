"""What a message can be read as: commands, a choice between commands, or a refusal that says why."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp import i18n

if TYPE_CHECKING:
    from webapp.domain.actions import Action
    from webapp.domain.money import Money
    from webapp.whatsapp.grammar.words import Verb

ECHO = 20


class Refusal(StrEnum):
    """Why a message was not read. The texts for people are looked up by these words."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNKNOWN_WORD = "unknown_word"
    UNEXPECTED_WORD = "unexpected_word"
    UNSUPPORTED_OPTION = "unsupported_option"
    UNCLOSED_QUOTE = "unclosed_quote"
    TWO_COMMANDS = "two_commands"
    TWO_AMOUNTS = "two_amounts"
    TWO_PHONES = "two_phones"
    TWO_EMAILS = "two_emails"
    TWO_CURRENCIES = "two_currencies"
    TWO_TEXTS = "two_texts"
    TWO_REFERENCES = "two_references"
    TWO_LANGUAGES = "two_languages"
    BAD_PHONE = "bad_phone"
    BAD_EMAIL = "bad_email"
    BAD_AMOUNT = "bad_amount"
    BAD_REFERENCE = "bad_reference"
    BAD_TEXT = "bad_text"
    ODD_DIGITS = "odd_digits"
    TOO_MANY_DECIMALS = "too_many_decimals"
    ZERO_AMOUNT = "zero_amount"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    UNKNOWN_CURRENCY = "unknown_currency"
    AMBIGUOUS_CURRENCY = "ambiguous_currency"
    AMBIGUOUS = "ambiguous"
    PHONE_NEEDED = "phone_needed"
    EMAIL_NEEDED = "email_needed"
    AMOUNT_NEEDED = "amount_needed"
    REFERENCE_NEEDED = "reference_needed"
    CARD_NUMBER = "card_number"


@dataclass(frozen=True)
class Context:
    """Who writes: the merchant's country (ISO 3166) and currency (ISO 4217), and the languages that pages can be in."""

    region: str
    currency: str
    languages: tuple[str, ...] = i18n.LANGUAGES


@dataclass(frozen=True)
class CreateOrder:
    """A payment order. `amount` is None for REGISTER alone; `phone` is E.164; `text` is what is paid, as it was quoted;
    `language` is the page's. An `email` is always there when the card may be saved."""

    action: Action
    amount: Money | None
    phone: str
    email: str | None = None
    text: str | None = None
    reference: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Charge:
    """Charge the card saved with an order. Without `reference`: the order that the message replies to."""

    amount: Money
    reference: str | None = None


@dataclass(frozen=True)
class Status:
    """Where does the order stand? Without `reference`: the order that the message replies to."""

    reference: str | None = None


@dataclass(frozen=True)
class Cancel:
    """Cancel the order. Without `reference`: the order that the message replies to."""

    reference: str | None = None


@dataclass(frozen=True)
class Help:
    """How does one write here?"""


@dataclass(frozen=True)
class Stop:
    """No more messages, please."""


Command = CreateOrder | Charge | Status | Cancel | Help | Stop


@dataclass(frozen=True)
class Ambiguous:
    """Not to be done before the writer has chosen: one to three readings, a button for each.

    A single one where no other is possible and yet it may be a thousand times what was meant (`1,250 JPY`).
    """

    readings: tuple[Command, ...]


@dataclass(frozen=True)
class Refused:
    """`word` is the offending part of the message, at most 20 characters of it; `suggestion` the word it resembles; `verb`
    what was asked for, where that much was understood."""

    code: Refusal
    word: str = ""
    suggestion: str = ""
    verb: Verb | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "word", self.word[:ECHO])


Reading = Command | Ambiguous | Refused
