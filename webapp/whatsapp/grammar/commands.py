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
    UNCLOSED_QUOTE = "unclosed_quote"
    TWO_COMMANDS = "two_commands"
    TWO_AMOUNTS = "two_amounts"
    TWO_PHONES = "two_phones"
    TWO_EMAILS = "two_emails"
    TWO_CURRENCIES = "two_currencies"
    TWO_TEXTS = "two_texts"
    TWO_REFERENCES = "two_references"
    TWO_LANGUAGES = "two_languages"
    TWO_OPTIONS = "two_options"
    BAD_PHONE = "bad_phone"
    BAD_EMAIL = "bad_email"
    BAD_AMOUNT = "bad_amount"
    BAD_REFERENCE = "bad_reference"
    BAD_TEXT = "bad_text"
    BAD_TAX = "bad_tax"
    BAD_DAYS = "bad_days"
    ODD_DIGITS = "odd_digits"
    TOO_MANY_DECIMALS = "too_many_decimals"
    ZERO_AMOUNT = "zero_amount"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    UNKNOWN_CURRENCY = "unknown_currency"
    AMBIGUOUS_CURRENCY = "ambiguous_currency"
    AMBIGUOUS = "ambiguous"
    EMAIL_NEEDED = "email_needed"
    AMOUNT_NEEDED = "amount_needed"
    REFERENCE_NEEDED = "reference_needed"
    LANGUAGE_NEEDED = "language_needed"
    OTHER_SHOP = "other_shop"
    LIVE_SHOP = "live_shop"
    CARD_NUMBER = "card_number"


@dataclass(frozen=True)
class Context:
    """Who writes, and to what: the merchant's country (ISO 3166), currency (ISO 4217) and id, whether it is in test mode, and
    the languages that pages can be in. `phone` is that of the shared contact (E.164) that the message replies to; `language` the
    writer's, in which words are proposed; `references` are those of the shop's orders that the message may name, by their keys."""

    region: str
    currency: str
    languages: tuple[str, ...] = i18n.LANGUAGES
    shop: str = ""
    test: bool = False
    phone: str | None = None
    language: str = ""
    references: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CreateOrder:
    """A payment order. `amount` is None for REGISTER alone; `phone` is E.164, None where the link goes to the writer alone;
    `text` is what is paid, as it was quoted; `language` is the page's; `tax` is the rate that the amount includes, in hundredths
    of a percent; `days` is how long the link is valid; `collects_details`: the buyer gives a name and an address first. An `email` is
    always there when the card may be saved."""

    action: Action
    amount: Money | None
    phone: str | None
    email: str | None = None
    text: str | None = None
    reference: str | None = None
    language: str | None = None
    tax: int | None = None
    days: int | None = None
    collects_details: bool = False


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
class Resend:
    """Send the order's link once more. Without `reference`: the order that the message replies to."""

    reference: str | None = None


@dataclass(frozen=True)
class Revoke:
    """Take the order's link back: it is in wrong hands. Without `reference`: the order that the message replies to."""

    reference: str | None = None


@dataclass(frozen=True)
class Extend:
    """Let the link live so many days longer. Without `reference`: the order that the message replies to."""

    days: int
    reference: str | None = None


@dataclass(frozen=True)
class Refund:
    """Give money back: so much, or, without `amount`, all that is left. Without `reference`: the order that the message
    replies to."""

    amount: Money | None = None
    reference: str | None = None


@dataclass(frozen=True)
class List:
    """Today's orders."""


@dataclass(frozen=True)
class Link:
    """A link to the form that makes an order."""


@dataclass(frozen=True)
class Language:
    """Speak to the writer in this language from now on."""

    language: str


@dataclass(frozen=True)
class Help:
    """How does one write here?"""


@dataclass(frozen=True)
class Stop:
    """No more messages, please."""


AboutOrder = Charge | Status | Cancel | Resend | Revoke | Extend | Refund
Command = CreateOrder | AboutOrder | List | Link | Language | Help | Stop


@dataclass(frozen=True)
class Ambiguous:
    """Not to be done before the writer has chosen: one to three readings, a button for each.

    A single one where no other is possible and yet it may not be meant: a thousand times as much (`1,250 JPY`), or a bare
    number that is an amount only because nothing else is (`12`).
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
