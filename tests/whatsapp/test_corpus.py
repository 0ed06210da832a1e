"""Messages as shopkeepers write them: none is read wrongly, and most are read."""

from __future__ import annotations

from collections import Counter

from tests.whatsapp.corpus_table import Verdict, messages
from webapp.whatsapp import grammar

FEWEST = 80  # percent that are read, or asked about with the right reading offered


def test_no_message_of_a_shopkeeper_is_read_wrongly() -> None:
    wrong = [
        (each.where, each.text)
        for each in messages()
        if each.verdict(grammar.read(each.text, each.context)) is Verdict.WRONG
    ]
    assert wrong == []


def test_most_messages_of_shopkeepers_are_read_in_every_language() -> None:
    found, total = Counter[str](), Counter[str]()
    for each in messages():
        language = each.where[:2]
        total[language] += 1
        found[language] += each.verdict(grammar.read(each.text, each.context)) in {Verdict.READ, Verdict.OFFERED}
    assert len(total) == 6
    assert set(total.values()) == {50}
    assert {language: count for language, count in found.items() if count * 100 < FEWEST * total[language]} == {}
