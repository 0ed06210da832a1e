"""Each message of the table written by hand, and each example of the merchant's guide, reads as it should."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.whatsapp.grammar_table import LANGUAGES, TABLE, rows, table
from webapp.whatsapp import grammar
from webapp.whatsapp.grammar import words

GUIDE = TABLE.parents[2] / "docs/merchant/chat.md"


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
                reading.tax is not None and f"{reading.tax / 100:g}%",
                reading.days and f"{reading.days}d",
                reading.collects_details and "FORM",
            ]
            return " ".join(part for part in parts if part)
        case grammar.Language():
            return f"LANGUAGE @{reading.language}"
    amount = getattr(reading, "amount", None)
    reference, days = getattr(reading, "reference", None), getattr(reading, "days", None)
    money = f"{amount.amount} {amount.currency}" if amount else None
    parts = [type(reading).__name__.upper(), money, days and f"{days}d", reference and f"#{reference}"]
    return " ".join(part for part in parts if part)


@pytest.mark.parametrize(("line", "context", "message", "expected"), rows())
def test_a_message_reads_as_the_table_says(line: int, context: grammar.Context, message: str, expected: str) -> None:
    assert described(grammar.read(message, context)) == expected, f"{TABLE.name}:{line}"


def test_the_table_has_each_refusal_that_a_message_can_earn_five_times() -> None:
    refused = Counter(expected.split()[1] for *_, expected in rows() if expected.startswith("!"))
    # Whether a message replies to an order's is the chat's to know (tests/services/conversation/test_merchant_chat.py).
    assert {code for code in grammar.Refusal if refused[code] < 5} == {grammar.Refusal.REFERENCE_NEEDED}


@pytest.mark.parametrize("language", words.VERBS)
def test_the_table_has_thirty_messages_in_each_language(language: str) -> None:
    written = {message.casefold() for _, _, writer, message, _ in table() if writer == language}
    assert len(written) >= 30
    verbs = {words.verb(word) for message in written for word in re.findall(r"[^\W\d_]+", message)}
    assert verbs >= set(words.Verb) - {words.Verb.STOP}


def test_the_table_has_each_message_once() -> None:
    written = Counter((context, message) for _, context, message, _ in rows())
    assert [message for message, times in written.items() if times > 1] == []
    assert len(written) >= 300


def guide() -> list[tuple[str, str]]:
    """What the guide's tables say that the merchant writes or adds."""
    found, kind = [], ""
    for line in GUIDE.read_text("utf-8").splitlines():
        head = re.match(r"\| (you write|you add|a buyer writes) \|", line)
        kind = head[1] if head else kind
        kind = kind if line.startswith("|") else ""
        if kind and (example := re.match(r"\| `([^`]+)` \|", line)):
            found.append((kind, example[1]))
    return [(kind, example) for kind, example in found if kind != "a buyer writes"]


@pytest.mark.parametrize(("kind", "example"), guide())
def test_every_example_of_the_guide_reads(kind: str, example: str) -> None:
    context = grammar.Context("FR", "EUR", LANGUAGES, "cafe", test=True)
    message = example if kind == "you write" else f"10 EUR +33612345678 {example}"
    reading = grammar.read(message, context)
    assert not isinstance(reading, grammar.Refused | grammar.Ambiguous)


def test_the_guide_has_every_verb() -> None:
    read = {type(grammar.read(example, grammar.Context("FR", "EUR", LANGUAGES))) for _, example in guide()}
    assert read >= {*grammar.VERBS, grammar.CreateOrder} - {grammar.Stop}


def test_the_guide_has_the_words_of_every_language() -> None:
    text = GUIDE.read_text("utf-8")
    for verb in words.Verb:
        assert " | ".join(f"`{verbs[verb].split()[0]}`" for verbs in words.VERBS.values()) in text
