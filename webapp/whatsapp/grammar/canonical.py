"""Commands written out: the one text that reads back as the very same command, short titles, and examples that work."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from webapp.domain import phone
from webapp.domain.actions import Action
from webapp.whatsapp.grammar import items, tokens, words
from webapp.whatsapp.grammar.commands import (
    AboutOrder,
    Cancel,
    Charge,
    Command,
    Context,
    CreateOrder,
    Extend,
    Help,
    Language,
    Link,
    List,
    Refund,
    Refusal,
    Resend,
    Revoke,
    Status,
    Stop,
)
from webapp.whatsapp.grammar.words import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.domain.money import Money

TEXT = 3  # the place of days and text among the parts of a command
TITLE = 20  # WhatsApp's limit for a reply button's title, in characters

VERBS: dict[type[Command], Verb] = {
    Cancel: Verb.CANCEL,
    Charge: Verb.CHARGE,
    Extend: Verb.EXTEND,
    Help: Verb.HELP,
    Language: Verb.LANGUAGE,
    Link: Verb.LINK,
    List: Verb.LIST,
    Refund: Verb.REFUND,
    Resend: Verb.RESEND,
    Revoke: Verb.REVOKE,
    Status: Verb.STATUS,
    Stop: Verb.STOP,
}
_ACTIONS = {
    Action.PAYMENT: None,
    Action.REGISTER: Verb.REGISTER,
    Action.REGISTER_PAY: Verb.REGISTER,
    Action.ASK_REGISTER_PAY: Verb.ASK,
}

_PAY = "10 {currency} {phone}"
# A message that mends what the code complains of. The others are mended by the plainest message there is.
EXAMPLES: dict[Refusal, str] = {
    **dict.fromkeys(Refusal, _PAY),
    Refusal.EMAIL_NEEDED: "10 {currency} {phone} {register} buyer@example.com",
    Refusal.BAD_EMAIL: "10 {currency} {phone} {register} buyer@example.com",
    Refusal.TWO_EMAILS: "10 {currency} {phone} {register} buyer@example.com",
    Refusal.TWO_COMMANDS: "10 {currency} {phone} {register} buyer@example.com",
    Refusal.REFERENCE_NEEDED: "{status} A12",
    Refusal.UNEXPECTED_WORD: "{status} A12",
    Refusal.TWO_REFERENCES: "{status} A12",
    Refusal.BAD_REFERENCE: "10 {currency} {phone} ORDER=A12",
    **dict.fromkeys(
        (Refusal.TWO_TEXTS, Refusal.BAD_TEXT, Refusal.UNCLOSED_QUOTE, Refusal.UNKNOWN_WORD),
        '10 {currency} {phone} "2 pizzas"',
    ),
    Refusal.TWO_LANGUAGES: "10 {currency} {phone} {code}",
    Refusal.LANGUAGE_NEEDED: "{language} {code}",
    Refusal.BAD_TAX: "10 {currency} {phone} TAX=8",
    Refusal.BAD_DAYS: "10 {currency} {phone} DELAY=30",
    Refusal.TWO_OPTIONS: "10 {currency} {phone} TAX=8 DELAY=30",
}


# What was asked for, written right: better than any other example where that much was understood.
OF_VERBS: dict[Verb | None, str] = {
    Verb.CHARGE: "{charge} 5 A12",
    Verb.CANCEL: "{cancel} A12",
    Verb.STATUS: "{status} A12",
    Verb.RESEND: "{resend} A12",
    Verb.REVOKE: "{revoke} A12",
    Verb.EXTEND: "{extend} 3 A12",
    Verb.REFUND: "{refund} 5 {currency} A12",
    Verb.LIST: "{list}",
    Verb.LINK: "{link}",
    Verb.LANGUAGE: "{language} {code}",
    Verb.HELP: "{help}",
    Verb.STOP: "{stop}",
    Verb.REGISTER: "10 {currency} {phone} {register} buyer@example.com",
    Verb.ASK: "10 {currency} {phone} {ask} buyer@example.com",
}


def render(command: Command, context: Context) -> str:  # noqa: ARG001 - part of the contract: a text is read in a context
    """The canonical text of a command, which `read` turns back into the very same command."""
    if isinstance(command, CreateOrder):
        return _order(command)
    own: str | None = None
    match command:
        case Charge() | Refund():
            own = _amount(command.amount)
        case Extend():
            own = f"DELAY={command.days}"
        case Language():
            own = command.language
    return _join(VERBS[type(command)], own, _reference(command.reference) if isinstance(command, AboutOrder) else None)


def _order(order: CreateOrder) -> str:
    return _join(
        _amount(order.amount),
        order.phone,
        _ACTIONS[order.action],
        order.email,
        _quoted(order.text) if order.text else None,
        _reference(order.reference),
        order.language.upper() if order.language else None,
        f"TAX={Decimal(order.tax) / 100}" if order.tax is not None else None,
        f"DELAY={order.days}" if order.days else None,
        "FORM" if order.collects_details else None,
    )


def example(code: str, context: Context, language: str = "en", verb: Verb | None = None) -> str:
    """A message that reads, in the merchant's own country, currency and language, and shows what a refusal asks for; with
    the `verb` that was asked for, where that much was understood.

    Empty for the refusals that no other wording would mend.
    """
    if code not in EXAMPLES:
        return ""
    named = {verb.lower(): written for verb, written in verbs(language).items()}
    return (OF_VERBS.get(verb) or EXAMPLES[Refusal(code)]).format(
        currency=context.currency, phone=phone.example(context.region), code=context.languages[0], **named
    )


def verbs(language: str) -> dict[Verb, str]:
    """Each verb as examples in that language write it."""
    return {verb: written.split()[0] for verb, written in words.VERBS.get(language, words.VERBS["en"]).items()}


def difference(command: Command, among: Sequence[Command], context: Context) -> str:
    """What tells a command from the others, in at most 20 characters: the title of its button. Empty where that is only what it
    lacks."""
    told = [part for part in range(5) if len({_parts(other, context)[part] for other in among}) > 1] or [0]
    parts = _parts(command, context)
    shown = [parts[part] for part in told if parts[part]]
    if len(" · ".join(shown)) > TITLE:
        # The end of a phone number or of a reference tells it from another; all of an amount does.
        shown = [shown[0], *(f"…{part[-4:]}" for part in shown[1:])] if told[0] < TEXT else shown
    return " · ".join(shown)[:TITLE]


def _parts(command: Command, context: Context) -> tuple[str, str, str, str, str]:
    """Amount, phone, reference, days and text, as far as the command has them."""
    match command:
        case CreateOrder():
            number = phone.dialled(command.phone, context.region) if command.phone else ""
            days = f"DELAY={command.days}" if command.days else ""
            return str(command.amount or ""), number, _number(command.reference), days, command.text or ""
        case Charge():
            return str(command.amount), "", _number(command.reference), "", ""
        case Refund():
            return str(command.amount or ""), "", _number(command.reference), "", ""
        case Status() | Cancel() | Resend() | Revoke() | Extend():
            return "", "", _number(command.reference), "", ""
    return "", "", "", "", ""


def _number(reference: str | None) -> str:
    return f"#{reference}" if reference else ""


def _join(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _reference(reference: str | None) -> str | None:
    if reference is None:
        return None
    return f"ORDER={reference}" if items.REFERENCE.fullmatch(reference) else f'ORDER="{reference}"'


def _quoted(text: str) -> str:
    return f"«{text}»" if re.search(f"[{tokens.DOUBLE}]", text) else f'"{text}"'


def _amount(money: Money | None) -> str | None:
    """`10 EUR`, `10.50 EUR`: three decimals get a zero more, because a lone separator before three has two readings."""
    if money is None:
        return None
    whole, _, decimals = str(money.to_decimal()).partition(".")
    decimals = decimals.rstrip("0")
    if decimals:
        decimals = f"{decimals}0" if len(decimals) in {1, 3} else decimals
    return f"{whole}.{decimals} {money.currency}" if decimals else f"{whole} {money.currency}"
