"""Single cells of a CSV file of orders: what each says, whatever the shop. Each raises `Invalid` with what to do, which quotes nothing of the cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from webapp import i18n
from webapp.domain import characters, money, references
from webapp.domain import email as addresses
from webapp.domain.actions import Action
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

TAX = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))? ?%?", re.ASCII)
# As spreadsheets write them in the languages of ours.
YES = frozenset(["true", "yes", "1", "vrai", "verdadero", "wahr", "vero", "verdadeiro", "waar", "prawda", "doğru"])
NO = frozenset(["false", "no", "0", "falso", "faux", "falsch", "onwaar", "fałsz", "yanlış", "yanliş"])
DAYS = "a link is valid for 1 to 90 days"


def _one_of(cell: str, words: Mapping[str, Any], code: str) -> Any:
    found = words.get(cell.casefold())
    if found is None:
        raise Invalid(code, f"is not one of {', '.join(map(str, dict.fromkeys(words.values())))}")
    return found


def action(cell: str) -> Action:
    """What is asked: `Action`'s words, in any case."""
    return Action(_one_of(cell, {each.casefold(): each for each in Action}, "bad_action"))


def channel(cell: str) -> OrderChannel:
    """By what the link is sent."""
    return OrderChannel(_one_of(cell, {str(each): each for each in OrderChannel}, "bad_channel"))


def language(cell: str) -> str:
    """One of the languages of ours."""
    return str(_one_of(cell, {each: each for each in i18n.LANGUAGES}, "bad_language"))


def currency(cell: str) -> str:
    """A code of ISO 4217, in any case."""
    if not money.known(cell.upper()):
        raise Invalid("unknown_currency", "is not the ISO 4217 code of a currency, such as EUR")
    return cell.upper()


def yes_or_no(cell: str) -> bool:
    """`true`, `no`, `WAHR`, `1`."""
    word = cell.casefold()
    if word not in YES | NO:
        raise Invalid("bad_choice", "is neither true nor false")
    return word in YES


def email(cell: str) -> str:
    """An address, as every door keeps one."""
    try:
        return addresses.parse(cell)
    except Invalid as error:
        words = (
            "is not an e-mail address to which every server sends"
            if error.code == "odd_email"
            else "is not an e-mail address"
        )
        raise Invalid(error.code, words) from None


def description(cell: str) -> str:
    """One line, as every door keeps it."""
    text = " ".join(characters.visible(cell).split())
    if len(text) > 80:
        raise Invalid("description_too_long", f"has {len(text)} characters, of which a page shows 80 at most")
    return text


def reference(cell: str) -> str:
    """As every door keeps one."""
    try:
        return references.tidy(cell)
    except Invalid as error:
        raise Invalid(error.code, "is not a reference: up to 64 letters and digits, and no quotation marks") from None


def days(cell: str) -> int:
    """A whole number; which are right the order says."""
    if not re.fullmatch(r"\d{1,3}", cell, re.ASCII):
        raise Invalid("bad_days", DAYS)
    return int(cell)


def tax(cell: str) -> int:
    """A rate in percent (`5.5`, `5,5 %`), in hundredths."""
    rate = TAX.fullmatch(cell)
    hundredths = int(rate[1] + (rate[2] or "").ljust(2, "0")) if rate else None
    if hundredths is None or hundredths > 10_000:
        raise Invalid("bad_tax", "is not a rate from 0 to 100 percent, such as 5.5")
    return hundredths
