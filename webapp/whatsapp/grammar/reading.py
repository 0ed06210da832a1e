"""From a message to its one reading: every way to use its words is tried, and only a unique one is accepted.

command := { verb | amount | phone | email | option | text }   in any order, each at most once
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.domain import currency_names, phone, references
from webapp.domain.actions import Action
from webapp.domain.errors import Invalid
from webapp.domain.money import Money
from webapp.whatsapp.grammar import faults, rest, tokens, words
from webapp.whatsapp.grammar.commands import (
    Ambiguous,
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
    Reading,
    Refund,
    Refusal,
    Refused,
    Resend,
    Revoke,
    Status,
    Stop,
)
from webapp.whatsapp.grammar.items import NAMED, Items, Role, runs
from webapp.whatsapp.grammar.search import Search, TooMany
from webapp.whatsapp.grammar.words import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.whatsapp.grammar.search import Cover
    from webapp.whatsapp.grammar.tokens import Token

Values = dict[Role, Verb | Money | str | int | None]

MOST_READINGS = 3
EUROS = re.compile(r"\d+([.,]\d\d)?e", re.IGNORECASE)  # `45e`: euros to some, the forty-fifth to others
MOST_MISSPELT = 2  # a bound of the work: words of a message that are tried as what they resemble
# Beyond what any command takes: eight words for an amount, ten for a phone number, one or two each for the rest.
MOST_WORDS = 32

ALLOWED = {
    Verb.HELP: frozenset[Role](),
    Verb.STOP: frozenset[Role](),
    Verb.LIST: frozenset[Role](),
    Verb.LINK: frozenset[Role](),
    Verb.LANGUAGE: frozenset({Role.LANGUAGE}),
    Verb.STATUS: frozenset({Role.REFERENCE}),
    Verb.CANCEL: frozenset({Role.REFERENCE}),
    Verb.RESEND: frozenset({Role.REFERENCE}),
    Verb.REVOKE: frozenset({Role.REFERENCE}),
    Verb.EXTEND: frozenset({Role.REFERENCE, Role.DAYS}),
    Verb.REFUND: frozenset({Role.REFERENCE, Role.AMOUNT}),
    Verb.CHARGE: frozenset({Role.AMOUNT, Role.REFERENCE}),
}


NAMING_ALONE: Mapping[Verb, type[Status | Cancel | Resend | Revoke]] = {
    Verb.STATUS: Status,
    Verb.CANCEL: Cancel,
    Verb.RESEND: Resend,
    Verb.REVOKE: Revoke,
}
"""What needs no more than the order."""


def read(text: str, context: Context) -> Reading:
    """What a message means, or why it is not read. Never raises, and never leaves a word out of account.

    `context.currency` is taken for an amount without one; `context.region` for a phone number without a country code;
    `context.phone` for an order without a phone.
    """
    cut = tokens.cut(text)
    if isinstance(cut, Refused):
        return cut
    items = Items(cut[:MOST_WORDS], context)
    if len(cut) > MOST_WORDS:
        return faults.explain(items)
    try:
        covers = Search(items).covers()
    except TooMany:
        return Refused(Refusal.AMBIGUOUS)
    # A question mark behind an order asks for no help, and is a doubt.
    asked = len(cut) > 1 and any(token.text == "?" for token in cut)
    if covers and not asked:
        return _choose(covers, context)
    return _rescued(cut, context) or (_choose(covers, context) if covers else faults.explain(items))


def references_in(text: str) -> frozenset[str]:
    """The keys of all that may be a reference in a message that asks for something about an order."""
    cut = tokens.cut(text)
    if isinstance(cut, Refused) or not any(words.verb(token.text) in NAMED for token in cut if not token.quoted):
        return frozenset()
    cut = cut[:MOST_WORDS]
    return frozenset(references.key(run) for start in range(len(cut)) for _, run in runs(cut, start))


def _rescued(cut: Sequence[Token], context: Context) -> Ambiguous | Refused | None:
    """What to ask about a message in which only words without a meaning of their own stand in the way, or the refusal that names a
    misspelt word or what is missing; None where there is more that is not understood."""
    if not any(rest.may_be_left(token.text, context.language) for token in cut if not token.quoted):
        return None
    misspelt = ((at, meant) for at, token in enumerate(cut) if (meant := _misspelt(token, context)))
    for at, meant in itertools.islice(misspelt, MOST_MISSPELT):
        if _with_rest([*cut[:at], replace(cut[at], text=meant), *cut[at + 1 :]], context)[0]:
            return Refused(Refusal.UNKNOWN_WORD, cut[at].text, meant)
    found, lacking = _with_rest(cut, context)
    if 0 < len(found) <= MOST_READINGS:
        return Ambiguous(tuple(found))
    return lacking


def _with_rest(cut: Sequence[Token], context: Context) -> tuple[list[Command], Refused | None]:
    """The commands that a message may mean with some of its words as a text; else what an order to a phone lacks."""
    try:
        covers = Search(Items(cut, context, rest=True)).covers()
    except TooMany:
        return [], None
    found: dict[Command, None] = {}
    lacking = None
    for cover in covers:
        command = _command(cover, context)
        if isinstance(command, Refused):
            lacking = command if _has(cover, Role.PHONE) and not _counts(cover) else lacking
        elif _weak(command, cover) or _doubtful(command, cover, context):
            continue
        elif isinstance(command, CreateOrder) or not _said(cover):
            found[command] = None
    fitting = [each for each in found if len(_text_of(each)) <= tokens.LONGEST_TEXT]
    # A number that can be the buyer's phone is not the amount of an order that goes to nobody.
    return [each for each in fitting if _is_sent(each)] or fitting, lacking


def _text_of(command: Command) -> str:
    return (command.text or "") if isinstance(command, CreateOrder) else ""


def _is_sent(command: Command) -> bool:
    return not isinstance(command, CreateOrder) or command.phone is not None


def _misspelt(token: Token, context: Context) -> str:
    """The known word that a word may have been meant to be; empty for words that are right, and small ones."""
    known = words.verb(token.text) or currency_names.meant(token.text, context.currency) or rest.is_small(token.text)
    meant = "" if token.quoted or known else words.resembling(token.text, context.language)
    return "" if words.verb(meant) in rest.ALONE else meant


def _counts(cover: Cover) -> bool:
    """Whether a number is left over, which may have been the amount."""
    return any(item.role is Role.REST and rest.is_count(item.text) for item in cover)


def _said(cover: Cover) -> str | None:
    """The text of a message: what is quoted, and the words that are left over, where they say something."""
    parts: list[str] = []
    for role, run in itertools.groupby(cover, key=lambda item: item.role):
        said = [item.text for item in run if item.text != "?"]
        if role is Role.TEXT or (role is Role.REST and rest.says_something(said)):
            parts += said
    return " ".join(parts) or None


def _choose(covers: Sequence[Cover], context: Context) -> Reading:
    """The unique command among the covers, or the choice, or what is missing in all of them."""
    commands: dict[Command, bool] = {}
    weak: dict[Command, None] = {}
    lacking: list[tuple[Cover, Refused]] = []
    for cover in covers:
        found = _command(cover, context)
        if isinstance(found, Refused):
            lacking.append((cover, found))
        elif _weak(found, cover):
            weak[found] = None
        else:
            commands[found] = commands.get(found, False) or all(item.sure for item in cover)
    # "Fr. 45.50" in Switzerland: what may name the currency names no language.
    for each in [each for each in commands if isinstance(each, CreateOrder) and each.language]:
        if replace(each, language=None) in commands:
            del commands[each]
    # "+49 30 123456 10": ten euros to one number, or a longer number and no amount? Not for us to say.
    swallowed = any(refused.code is Refusal.AMOUNT_NEEDED and _has(cover, Role.PHONE) for cover, refused in lacking)
    if not commands and (swallowed or not weak):
        return min(lacking, key=lambda pair: (pair[1].code is Refusal.UNEXPECTED_WORD, len(pair[0])))[1]
    command, *others = commands or weak
    if len(others) >= MOST_READINGS or swallowed:
        return Refused(Refusal.AMBIGUOUS)
    return command if not others and commands.get(command) else Ambiguous((command, *others))


def _weak(command: Command, cover: Cover) -> bool:
    """Whether a bare number is an amount only because nobody is to be sent anything. Without a phone, an amount has its currency
    beside it: a number alone may be the answer to a question, or half of a phone number, and is asked about."""
    return isinstance(command, CreateOrder) and command.phone is None and any(item.bare for item in cover)


def _doubtful(command: Command, cover: Cover, context: Context) -> bool:
    """Whether what is left over may hold the amount: `quinientos pesos 5512345678`, where the number is a phone, and `45e … 2 pers`, where
    what is taken for the amount has no currency and another number has one."""
    if not isinstance(command, CreateOrder):
        return False
    amounts = [item for item in cover if item.role is Role.AMOUNT]
    if command.phone is None and any(_is_phone(word, context) for item in amounts for word in item.text.split()):
        return True
    return any(item.bare for item in amounts) and any(
        item.role is Role.REST and EUROS.fullmatch(item.text) for item in cover
    )


def _is_phone(word: str, context: Context) -> bool:
    if not word.isdigit() or len(word) < faults.SHORTEST_NUMBER:
        return False
    try:
        return bool(phone.parse(word, context.region))
    except Invalid:
        return False


def _has(cover: Cover, role: Role) -> bool:
    return any(item.role is role for item in cover)


def _command(cover: Cover, context: Context) -> Command | Refused:
    """The command that the items make together, or what is missing or out of place."""
    found: Values = {item.role: item.value for item in cover}
    verb = found.get(Role.VERB)
    if not isinstance(verb, Verb) or verb not in ALLOWED:
        order = _order(_action(verb, with_amount=Role.AMOUNT in found), found, cover, context)
        return replace(order, verb=verb) if isinstance(order, Refused) and isinstance(verb, Verb) else order
    for item in cover:
        if item.role not in ALLOWED[verb] | {Role.VERB, Role.REST}:
            return Refused(Refusal.UNEXPECTED_WORD, item.text, verb=verb)
    return _without_order(verb, found) or _about_order(verb, found)


def _without_order(verb: Verb, found: Values) -> Command | Refused | None:
    match verb:
        case Verb.HELP:
            return Help()
        case Verb.STOP:
            return Stop()
        case Verb.LIST:
            return List()
        case Verb.LINK:
            return Link()
        case Verb.LANGUAGE:
            language = _text(found, Role.LANGUAGE)
            return Language(language) if language else Refused(Refusal.LANGUAGE_NEEDED, verb=verb)
    return None


def _about_order(verb: Verb, found: Values) -> Command | Refused:
    amount, reference = _amount(found), _text(found, Role.REFERENCE)
    if verb in NAMING_ALONE:
        return NAMING_ALONE[verb](reference)
    match verb:
        case Verb.REFUND:
            return Refund(amount, reference)
        case Verb.EXTEND:
            days = _number(found, Role.DAYS)
            return Extend(days, reference) if days else Refused(Refusal.BAD_DAYS, reference or "", verb=verb)
    return Charge(amount, reference) if amount else Refused(Refusal.AMOUNT_NEEDED, verb=verb)


def _action(verb: object, *, with_amount: bool) -> Action:
    match verb:
        case Verb.REGISTER:
            return Action.REGISTER_PAY if with_amount else Action.REGISTER
        case Verb.ASK:
            return Action.ASK_REGISTER_PAY
    return Action.PAYMENT


def _order(action: Action, found: Values, cover: Cover, context: Context) -> CreateOrder | Refused:
    number, email, amount = _text(found, Role.PHONE), _text(found, Role.EMAIL), _amount(found)
    if action.takes_money and amount is None:
        return Refused(Refusal.AMOUNT_NEEDED)
    if number and context.phone and number != context.phone:
        return Refused(Refusal.TWO_PHONES, _written(cover, Role.PHONE))
    if action.may_save and email is None:
        return Refused(Refusal.EMAIL_NEEDED)
    if amount is None and Role.TAX in found:
        return Refused(Refusal.UNEXPECTED_WORD, _written(cover, Role.TAX))
    text, reference, language = _said(cover), _text(found, Role.REFERENCE), _text(found, Role.LANGUAGE)
    tax, days = _number(found, Role.TAX), _number(found, Role.DAYS)
    to, collects_details = number or context.phone, Role.FORM in found
    return CreateOrder(action, amount, to, email, text, reference, language, tax, days, collects_details)


def _written(cover: Cover, role: Role) -> str:
    return next(item.text for item in cover if item.role is role)


def _text(found: Values, role: Role) -> str | None:
    value = found.get(role)
    return value if isinstance(value, str) else None


def _number(found: Values, role: Role) -> int | None:
    value = found.get(role)
    return value if isinstance(value, int) else None


def _amount(found: Values) -> Money | None:
    value = found.get(Role.AMOUNT)
    return value if isinstance(value, Money) else None
