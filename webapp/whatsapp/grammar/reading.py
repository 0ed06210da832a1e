"""From a message to its one reading: every way to use its words is tried, and only a unique one is accepted.

command := { verb | amount | phone | email | option | text }   in any order, each at most once
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.whatsapp.grammar import faults, tokens
from webapp.whatsapp.grammar.commands import (
    Ambiguous,
    Cancel,
    Charge,
    Command,
    Context,
    CreateOrder,
    Help,
    Reading,
    Refusal,
    Refused,
    Status,
    Stop,
)
from webapp.whatsapp.grammar.items import Items, Role
from webapp.whatsapp.grammar.search import Search, TooMany
from webapp.whatsapp.grammar.words import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.whatsapp.grammar.search import Cover

Values = dict[Role, Verb | Money | str | None]

MOST_READINGS = 3
# Beyond what any command takes: eight words for an amount, ten for a phone number, one each for the rest.
MOST_WORDS = 32

ALLOWED = {
    Verb.HELP: frozenset[Role](),
    Verb.STOP: frozenset[Role](),
    Verb.STATUS: frozenset({Role.REFERENCE}),
    Verb.CANCEL: frozenset({Role.REFERENCE}),
    Verb.CHARGE: frozenset({Role.AMOUNT, Role.REFERENCE}),
}


def read(text: str, context: Context) -> Reading:
    """What a message means, or why it is not read. Never raises, and never leaves a word out of account.

    `context.currency` is taken for an amount without one; `context.region` for a phone number without a country code.
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
    return _choose(covers) if covers else faults.explain(items)


def _choose(covers: Sequence[Cover]) -> Reading:
    """The unique command among the covers, or the choice, or what is missing in all of them."""
    commands: dict[Command, bool] = {}
    lacking: list[tuple[Cover, Refused]] = []
    for cover in covers:
        found = _command(cover)
        if isinstance(found, Refused):
            lacking.append((cover, found))
        else:
            commands[found] = commands.get(found, False) or all(item.sure for item in cover)
    if not commands:
        return min(lacking, key=lambda pair: len(pair[0]))[1]
    # "+49 30 123456 10": ten euros to one number, or a longer number and no amount? Not for us to say.
    swallowed = any(refused.code is Refusal.AMOUNT_NEEDED and _has(cover, Role.PHONE) for cover, refused in lacking)
    if len(commands) > MOST_READINGS or swallowed:
        return Refused(Refusal.AMBIGUOUS)
    command, *others = commands
    return command if not others and commands[command] else Ambiguous(tuple(commands))


def _has(cover: Cover, role: Role) -> bool:
    return any(item.role is role for item in cover)


def _command(cover: Cover) -> Command | Refused:
    """The command that the items make together, or what is missing or out of place."""
    found: Values = {item.role: item.value for item in cover}
    verb = found.get(Role.VERB)
    if not isinstance(verb, Verb) or verb not in ALLOWED:
        order = _order(_action(verb, with_amount=Role.AMOUNT in found), found)
        return replace(order, verb=verb) if isinstance(order, Refused) and isinstance(verb, Verb) else order
    for item in cover:
        if item.role is not Role.VERB and item.role not in ALLOWED[verb]:
            return Refused(Refusal.UNEXPECTED_WORD, item.text)
    return _about_an_order(verb, found)


def _about_an_order(verb: Verb, found: Values) -> Command | Refused:
    amount, reference = found.get(Role.AMOUNT), _text(found, Role.REFERENCE)
    match verb:
        case Verb.HELP:
            return Help()
        case Verb.STOP:
            return Stop()
        case Verb.STATUS:
            return Status(reference)
        case Verb.CANCEL:
            return Cancel(reference)
    return Charge(amount, reference) if isinstance(amount, Money) else Refused(Refusal.AMOUNT_NEEDED, verb=verb)


def _action(verb: object, *, with_amount: bool) -> Action:
    match verb:
        case Verb.REGISTER:
            return Action.REGISTER_PAY if with_amount else Action.REGISTER
        case Verb.ASK:
            return Action.ASK_REGISTER_PAY
    return Action.PAYMENT


def _order(action: Action, found: Values) -> CreateOrder | Refused:
    phone, email = _text(found, Role.PHONE), _text(found, Role.EMAIL)
    value = found.get(Role.AMOUNT)
    amount = value if isinstance(value, Money) else None
    if action.takes_money and amount is None:
        return Refused(Refusal.AMOUNT_NEEDED)
    if phone is None:
        return Refused(Refusal.PHONE_NEEDED)
    if action.may_save and email is None:
        return Refused(Refusal.EMAIL_NEEDED)
    text, reference, language = (_text(found, role) for role in (Role.TEXT, Role.REFERENCE, Role.LANGUAGE))
    return CreateOrder(action, amount, phone, email, text, reference, language)


def _text(found: Values, role: Role) -> str | None:
    value = found.get(role)
    return value if isinstance(value, str) else None
