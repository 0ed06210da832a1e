"""The table of messages written by hand: `grammar_messages.txt`, which explains itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webapp.whatsapp import grammar

TABLE = Path(__file__).with_name("grammar_messages.txt")


def rows() -> list[tuple[int, grammar.Context, str, str]]:
    found = []
    context = grammar.Context("FR", "EUR")
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").split("\n"), start=1):
        if section := re.fullmatch(r"\[(\w\w) (\w{3})]", line):
            context = grammar.Context(section[1], section[2])
        elif " ⇒ " in line and not line.startswith("# "):
            message, _, expected = line.partition(" ⇒ ")
            shown = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), message)
            found.append((number, context, shown, expected.strip()))
    return found


def described(reading: grammar.Reading) -> str:
    match reading:
        case grammar.Refused():
            suggestion = f"~{reading.suggestion}" if reading.suggestion else ""
            return " ".join(filter(None, ["!", reading.code, reading.word, suggestion]))
        case grammar.Ambiguous():
            return "? " + " | ".join(described(command) for command in reading.readings)
        case grammar.CreateOrder():
            parts = [
                reading.action,
                reading.amount and f"{reading.amount.amount} {reading.amount.currency}",
                reading.phone,
                reading.email and f"<{reading.email}>",
                reading.text and f'"{reading.text}"',
                reading.reference and f"#{reading.reference}",
                reading.language and f"@{reading.language}",
            ]
            return " ".join(part for part in parts if part)
    amount = getattr(reading, "amount", None)
    reference = getattr(reading, "reference", None)
    money = f"{amount.amount} {amount.currency}" if amount else None
    return " ".join(filter(None, [type(reading).__name__.upper(), money, reference and f"#{reference}"]))


@pytest.mark.parametrize(("line", "context", "message", "expected"), rows())
def test_a_message_reads_as_the_table_says(line: int, context: grammar.Context, message: str, expected: str) -> None:
    assert described(grammar.read(message, context)) == expected, f"{TABLE.name}:{line}"


def test_the_table_has_every_refusal_that_a_message_can_earn() -> None:
    refused = {expected.split()[1] for _, _, _, expected in rows() if expected.startswith("!")}
    # One needs more characters than a line should have; the other is the chat's to find.
    assert set(grammar.Refusal) - refused == {grammar.Refusal.TOO_LONG, grammar.Refusal.REFERENCE_NEEDED}
