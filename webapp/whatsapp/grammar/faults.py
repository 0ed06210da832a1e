"""Why a message has no reading: its cheapest explanation, and the first thing in it that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.whatsapp.grammar import words
from webapp.whatsapp.grammar.commands import Refusal, Refused
from webapp.whatsapp.grammar.items import Item, Items, Role
from webapp.whatsapp.grammar.words import Verb

if TYPE_CHECKING:
    from collections.abc import Iterable

# A right item costs least, then one whose fault can be named, then a word that is nothing; few items win over many.
RIGHT, WRONG, NOTHING = 1, 6, 10
SHORTEST_NUMBER = 7

TWICE = {
    Role.VERB: Refusal.TWO_COMMANDS,
    Role.AMOUNT: Refusal.TWO_AMOUNTS,
    Role.PHONE: Refusal.TWO_PHONES,
    Role.EMAIL: Refusal.TWO_EMAILS,
    Role.TEXT: Refusal.TWO_TEXTS,
    Role.REFERENCE: Refusal.TWO_REFERENCES,
    Role.LANGUAGE: Refusal.TWO_LANGUAGES,
    **dict.fromkeys((Role.TAX, Role.DAYS, Role.SHOP, Role.TEST, Role.FORM), Refusal.TWO_OPTIONS),
}


def explain(items: Items) -> Refused:
    """The refusal for a message that nothing covers."""
    found = _cheapest(items)
    verb = next((item.value for item in found if isinstance(item.value, Verb)), None)
    lost = _lost_phone(found)
    if lost:
        return Refused(Refusal.BAD_PHONE, lost)
    wrong = [item for item in found if item.fault]
    if not wrong:
        return _twice(found) or Refused(Refusal.AMBIGUOUS, verb=verb)
    # Words that are nothing would have been left over, were there nothing else: what else is wrong is named first.
    vague = {Refusal.UNKNOWN_WORD, Refusal.BAD_AMOUNT}
    first = next((item for item in wrong if item.fault not in vague), wrong[0])
    twice = _twice(item for item in found if not item.fault) if first.fault is Refusal.UNKNOWN_WORD else None
    if twice:
        return twice
    suggestion = words.resembling(first.text, items.context.language) if first.fault is Refusal.UNKNOWN_WORD else ""
    return Refused(first.fault or Refusal.AMBIGUOUS, first.text, suggestion, verb)


def _cheapest(items: Items) -> list[Item]:
    """The items that explain the words at the least cost: a shortest path. The longer of two equals wins."""
    end = len(items.tokens)
    best: dict[int, tuple[int, list[Item]]] = {end: (0, [])}
    for start in range(end - 1, -1, -1):
        options = [(_cost(item) + best[item.end][0], [item, *best[item.end][1]]) for item in items.at(start)]
        best[start] = min(options, key=lambda option: (option[0], -option[1][0].end))
    return best[0][1]


def _cost(item: Item) -> int:
    if item.fault is None:
        return RIGHT if item.sure else WRONG
    return NOTHING if item.fault is Refusal.UNKNOWN_WORD else WRONG


def _lost_phone(found: list[Item]) -> str | None:
    """10 and 612345678 are not two amounts: the second is a phone number that lacks its beginning."""
    if any(item.role is Role.PHONE or item.fault not in {None, Refusal.TOO_LARGE} for item in found):
        return None
    amounts = [item.text.split()[-1] for item in found if item.role is Role.AMOUNT]
    numbers = [word for word in amounts if word.isdigit() and len(word) >= SHORTEST_NUMBER]
    return numbers[0] if numbers and len(amounts) > 1 else None


def _twice(found: Iterable[Item]) -> Refused | None:
    seen: set[Role] = set()
    for item in found:
        if item.role in seen:
            return Refused(TWICE[item.role], item.text)
        seen.add(item.role)
    return None
