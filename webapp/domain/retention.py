"""For how long what is about people is kept: by what rule, for how many days unless a shop or the installation says otherwise, and why so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 3650
"""Days. Ten years: the longest that a law on books asks for in a country of the EU."""


class Kept(StrEnum):
    """What is kept for a number of days, by the name that it has in a merchant's file and, in capitals, among the settings."""

    WEBHOOKS = "webhook_days"
    MESSAGES = "message_days"
    LETTERS = "letter_days"
    CALLBACKS = "callback_days"
    IMPORTS = "import_days"
    REPORTS = "report_days"
    ORDERS = "order_days"
    BUYERS = "buyer_days"


@dataclass(frozen=True)
class Rule:
    """`what` is kept for `days` unless said otherwise, never less than `least`, and then `becomes`; `why` so long and no longer."""

    what: str
    becomes: str
    days: int
    least: int
    why: str


RULES = {
    Kept.WEBHOOKS: Rule(
        "webhooks of WhatsApp and the gateway, as they came in, once they are worked on",
        "the row is deleted",
        30,
        14,
        "senders repeat theirs for up to 7 days, and a repeat has to be known; what was parked is worth a look for some weeks, no more",
    ),
    Kept.MESSAGES: Rule(
        "WhatsApp messages, in and out, from when they were written",
        "text, phone and WhatsApp's ids go; that there was one, when, its state and its price stay. Phones of operators stay in their chats",
        180,
        30,
        "what was said is proof in a dispute: cardholders have 120 days for most reasons, and the shop some weeks to answer",
    ),
    Kept.LETTERS: Rule(
        "letters (e-mail), from when they were written",
        "address, subject and text go",
        180,
        30,
        "the same: a receipt that was sent is proof in a dispute",
    ),
    Kept.CALLBACKS: Rule(
        "what order backends were told, and what they answered, unless it is still to be sent",
        "the rows are deleted",
        90,
        7,
        "to be looked up and sent again; a backend that was down for longer asks the API",
    ),
    Kept.IMPORTS: Rule(
        "names of CSV files of orders, and lines that still wait after so long",
        "the name goes, and no order is made of the line any more (`too_old`)",
        90,
        14,
        "to find again what was brought last; lines wait for minutes, and an order of months ago is not what anybody means",
    ),
    Kept.REPORTS: Rule(
        "what browsers report of payment pages, from when it came last",
        "the row is deleted",
        90,
        14,
        "names nobody; two looks a quarter are what PCI DSS 11.6.1 can ask about",
    ),
    Kept.ORDERS: Rule(
        "what an order says of its buyer, from its last change of state: description, name and address, e-mail, what an order backend keeps "
        "with it, reasons in words on its timeline, its messages, letters and callbacks",
        "gone; amounts, states, references, times, the card as it may be shown and consents stay",
        730,
        30,
        "goods are under the legal guarantee for two years in the EU, and disputes last 540 days at most",
    ),
    Kept.BUYERS: Rule(
        "phone, names at WhatsApp, e-mail address and language of a buyer, from the last change of the last order, or the last message that is "
        "still kept. Not while an order is not over, money is moving, or a saved card is in force (not revoked, and not expired for so long)",
        "the buyer is erased as by `flask buyer erase`, at the gateway too",
        1095,
        30,
        "three years after the last contact is what data protection authorities take for the end of a customer relationship (CNIL)",
    ),
}
DEFAULTS = {kept: rule.days for kept, rule in RULES.items()}


def days(kept: Kept, own: Mapping[str, int] | None, service: Mapping[Kept, int]) -> int:
    """For how many days: as the merchant says (`own`), else as the installation does."""
    return (own or {}).get(kept, service[kept])


def fault(own: Mapping[str, Any]) -> str | None:
    """Why this cannot be what a merchant says of it, in words; None where it can. The merchant's file and every form ask here."""
    for name, given in own.items():
        if name not in set(Kept):
            return f"{name} is nothing that is kept for a time: {', '.join(Kept)}"
        least = RULES[Kept(name)].least
        if type(given) is not int or not least <= given <= MOST:
            return f"{name} must be a number of days from {least} to {MOST}"
    return None
