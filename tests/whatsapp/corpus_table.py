"""The messages of `corpus/`, which explains itself, and how a reading of one is judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.whatsapp import grammar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CORPUS = Path(__file__).with_name("corpus")
MESSAGE = re.compile(r"([A-Z]{2})( reply)?: (.*)")
CURRENCIES = {
    "GB": "GBP", "US": "USD", "AU": "AUD", "IN": "INR", "ZA": "ZAR", "CH": "CHF", "SN": "XOF", "CI": "XOF", "MX": "MXN",
    "CO": "COP", "CL": "CLP", "PE": "PEN", "AR": "ARS", "BR": "BRL", "AO": "AOA",
}  # fmt: skip
ACTIONS = {
    "pay": Action.PAYMENT,
    "register": Action.REGISTER,
    "register_pay": Action.REGISTER_PAY,
    "ask": Action.ASK_REGISTER_PAY,
}
ABOUT: dict[str, Callable[[str | None], grammar.Command]] = {
    "status": grammar.Status,
    "cancel": grammar.Cancel,
    "resend": grammar.Resend,
}


class Verdict(StrEnum):
    """`READ`: at once and right; `OFFERED`: asked, with what is right; `MISSED`: refused, or what is right is not offered;
    `WRONG`: read otherwise than it is meant."""

    READ = "read"
    OFFERED = "offered"
    MISSED = "missed"
    WRONG = "wrong"


@dataclass(frozen=True)
class Message:
    """`right`: each reading that it has, none where nobody could know."""

    where: str
    context: grammar.Context
    text: str
    right: tuple[grammar.Command, ...]

    def verdict(self, reading: grammar.Reading) -> Verdict:
        """How a reading of the message is to be judged."""
        match reading:
            case grammar.Refused():
                return Verdict.MISSED if self.right else Verdict.READ
            case grammar.Ambiguous(readings):
                offered = all(any(_same(each, right) for each in readings) for right in self.right)
                return Verdict.OFFERED if offered else Verdict.MISSED
        read_right = len(self.right) == 1 and _same(reading, self.right[0]) and _text(reading) == _text(self.right[0])
        return Verdict.READ if read_right else Verdict.WRONG


def messages() -> Iterator[Message]:
    """Every message of every language."""
    for path in sorted(CORPUS.glob("*.txt")):
        blocks = re.split(r"\n(?=[A-Z]{2}(?: reply)?: )", path.read_text("utf-8").rstrip("\n"))
        for number, block in enumerate(blocks, start=1):
            first, *meant = block.split("\n")
            message = MESSAGE.fullmatch(first)
            assert message, first
            currency = CURRENCIES.get(message[1], "EUR")
            context = grammar.Context(message[1], currency, language=path.stem)
            right = tuple(_command(line[2:]) for line in meant if line[0] in "=?")
            yield Message(f"{path.stem} {number}", context, message[3].replace("⏎", "\n"), right)


def _command(line: str) -> grammar.Command:
    said, _, text = line.partition(" text:")
    verb, *parts = said.split()
    found: dict[str, str] = {}
    amounts = [part for part in parts if part.isdigit()]
    for part in parts:
        name, colon, value = part.partition(":")
        kind = "phone" if part[0] == "+" else "email" if "@" in part else "flag"
        found[name if colon else kind] = value if colon else part
    currency = next((part for part in parts if re.fullmatch("[A-Z]{3}", part)), "")
    amount = Money(int(amounts[0]), currency) if amounts else None
    if verb in ACTIONS:
        return grammar.CreateOrder(
            ACTIONS[verb],
            amount,
            found.get("phone"),
            found.get("email"),
            text or None,
            found.get("ref"),
            found.get("lang"),
            int(found["tax"]) * 100 if "tax" in found else None,
            int(found["days"]) if "days" in found else None,
        )
    if verb == "refund":
        return grammar.Refund(amount, found.get("ref"))
    return ABOUT[verb](found.get("ref"))


def _same(offered: grammar.Command, right: grammar.Command) -> bool:
    """More may stand in the text that is offered than what is paid: it is shown before anything is done."""
    if not isinstance(offered, grammar.CreateOrder) or not isinstance(right, grammar.CreateOrder):
        return offered == right
    told = (right.text or "").casefold() in (offered.text or "").casefold()
    return told and _but_text(offered) == _but_text(right)


def _text(command: grammar.Command) -> str | None:
    return command.text if isinstance(command, grammar.CreateOrder) else None


def _but_text(order: grammar.CreateOrder) -> tuple[object, ...]:
    email = (order.email or "").lower()
    return (
        *(order.action, order.amount, order.phone, email, order.reference, order.language),
        *(order.tax, order.days, order.collects_details),
    )
