"""Laws of the grammar: what is written reads back, nothing is ignored, nothing raises, and the work is bounded."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import phonenumbers
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.whatsapp.grammar_table import LANGUAGES, rows
from webapp.domain import amounts as read_amounts
from webapp.domain import cards, characters, currency_names, money, phone
from webapp.domain.actions import Action
from webapp.domain.money import MAXIMUM, Money
from webapp.whatsapp import grammar
from webapp.whatsapp.grammar import reading as reader
from webapp.whatsapp.grammar import search, tokens, words
from webapp.whatsapp.grammar.items import Items

if TYPE_CHECKING:
    from collections.abc import Callable

FRANCE = grammar.Context("FR", "EUR", LANGUAGES)
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)

contexts = st.builds(grammar.Context, st.sampled_from(REGIONS), st.sampled_from(money.currencies()), st.just(LANGUAGES))
amounts = st.builds(Money, st.integers(1, MAXIMUM) | st.integers(1, 99_999), st.sampled_from(money.currencies()))
references = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._/-]{0,62}[A-Za-z0-9])?", fullmatch=True)
phones = st.sampled_from([phone.example(region) for region in REGIONS])
emails = st.from_regex(r"[a-z0-9_]([a-z0-9_+-]{0,20}[a-z0-9])?@[a-z0-9]{1,20}\.(example|com|fr)", fullmatch=True)
texts = (
    st.text(
        st.characters(exclude_categories=["C", "Z"], exclude_characters=tokens.DOUBLE + "«»") | st.just(" "),
        max_size=80,
    )
    .map(tokens.tidy)
    .filter(lambda text: 0 < len(text) <= 80)
)
languages = st.sampled_from(FRANCE.languages)


@st.composite
def orders(draw: st.DrawFn) -> grammar.CreateOrder:
    action = draw(st.sampled_from(Action))
    return grammar.CreateOrder(
        action,
        draw(amounts) if action.takes_money else None,
        draw(st.none() | phones),
        draw(emails) if action.may_save else draw(st.none() | emails),
        draw(st.none() | texts),
        draw(st.none() | references),
        draw(st.none() | languages),
        draw(st.none() | st.integers(0, 10_000)) if action.takes_money else None,
        draw(st.none() | st.integers(1, 90)),
        draw(st.booleans()),
    )


named = st.none() | references
commands = (
    orders()
    | st.builds(grammar.Charge, amounts, named)
    | st.builds(grammar.Refund, st.none() | amounts, named)
    | st.builds(grammar.Extend, st.integers(1, 90), named)
    | st.one_of([st.builds(kind, named) for kind in (grammar.Status, grammar.Cancel, grammar.Resend, grammar.Revoke)])
    | st.builds(grammar.Language, languages)
    | st.sampled_from([grammar.Help(), grammar.Stop(), grammar.List(), grammar.Link()])
)


@settings(deadline=None)
@given(commands, contexts)
def test_every_command_reads_back_from_its_canonical_text(command: grammar.Command, context: grammar.Context) -> None:
    text = grammar.render(command, context)
    assume(not cards.found_in(text))
    assert len(text) <= tokens.LONGEST_MESSAGE
    assert grammar.read(text, context) == command


def test_a_text_with_quotation_marks_inside_reads_back() -> None:
    command = grammar.read('10 0612345678 «le "petit" menu»', FRANCE)
    assert isinstance(command, grammar.CreateOrder)
    assert command.text == 'le "petit" menu'
    assert grammar.read(grammar.render(command, FRANCE), FRANCE) == command


def parts_of(order: grammar.CreateOrder) -> list[str]:
    bare = replace(order, text=None)
    amount, rest = [], grammar.render(bare, FRANCE).split()
    if order.amount:
        amount, rest = [" ".join(rest[:2])], rest[2:]
    return [*amount, *rest, *([f'"{order.text}"'] if order.text else [])]


@settings(deadline=None)
@given(orders(), st.randoms())
def test_words_may_come_in_any_order(order: grammar.CreateOrder, chance: random.Random) -> None:
    parts = parts_of(order)
    chance.shuffle(parts)
    text = " ".join(parts)
    assume(not cards.found_in(text))
    # A number right behind a phone number may belong to it, and is then asked about; a comma keeps them apart.
    assert grammar.read(", ".join(parts), FRANCE) == order
    assert grammar.read(text, FRANCE) in (order, grammar.Refused(grammar.Refusal.AMBIGUOUS)) or isinstance(
        grammar.read(text, FRANCE), grammar.Ambiguous
    )


@settings(deadline=None)
@given(orders(), st.data())
def test_a_word_more_is_never_ignored(order: grammar.CreateOrder, data: st.DataObject) -> None:
    parts = parts_of(order)
    more = data.draw(
        st.sampled_from(
            [
                "xyzzy",
                "REGISTER",
                "STOP",
                "LIST",
                "TAX=8",
                "DELAY=7",
                "SHOP=bar",
                "TEST",
                "FORM",
                "LINK",
                "5",
                "EUR",
                "-",
                "(",
                "=",
                "@",
                "#",
                "“",
                "²",
                "fr",
            ]
        )
    )
    parts.insert(data.draw(st.integers(0, len(parts))), more)
    assert grammar.read(", ".join(parts), FRANCE) != order


@settings(deadline=None)
@given(orders(), st.data())
def test_characters_that_nobody_sees_change_nothing(order: grammar.CreateOrder, data: st.DataObject) -> None:
    text = grammar.render(order, FRANCE)
    assume(not cards.found_in(text))
    for hidden in ("\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad"):
        place = data.draw(st.integers(0, len(text)))
        text = f"{text[:place]}{hidden}{text[place:]}"
    assume(len(text) <= tokens.LONGEST_MESSAGE)
    assert grammar.read(text, FRANCE) == order


PIECES = [
    "1 ", "0 ", "0 1 ", "+ ", "+1 ", "0", "1", "1,", "*", "* a", "*a ", "_a@b ", '"', '"a" ', "«", "a@", "@", "#", "(",
    "(0)", "1 000 ", "1 234 567 890 ", "EUR ", "10 EUR ", "€", "1€", "$1 ", "0-", "00 ", "01 ", "+4 9 3 0 ", "``` ",
    "\u0300", "e\u0301", "١ ", "٣1 ", "\0", "\ud800", "🏳️‍🌈", "REGISTR ", "registr", "a=b ", "> ", "tel:",
    "<>", "4", "4 ", "4 2 ", "-", "- ", ".5 ", "2 0 1 5 5 5 0 1 2 3 ", "6 1 2 3 4 5 6 7 8 ", "10 20 30 40 50 60 ",
    "123 ", "CHARGE ", "STATUS a ", "\u202e", "\u3000", "½ ", "A12 ", "06 ", "+33", "REGISTER ", "a@b.fr ", "ORDER=",
    "²", "»", "10.250 ", "\n> ", "EXTEND ", "EXTEND 3 ", "REFUND 5 ", "TAX=8 ", "DELAY=7 ", "SHOP=x ", "TEST ", "LINK ",
    "»a« ", "fr ", "3 days ",
]  # fmt: skip
HOSTILE = [piece * (512 // len(piece)) for piece in PIECES]
pieces = st.sampled_from([*PIECES, *"0123456789 +.,'-€$*_~`?()"])
anything = st.text(max_size=512) | st.lists(pieces, max_size=300).map("".join) | st.sampled_from(HOSTILE)


@settings(deadline=None)
@given(anything, contexts)
def test_any_text_is_read_or_refused_with_at_most_twenty_characters_of_it(text: str, context: grammar.Context) -> None:
    reading = grammar.read(text, context)
    if isinstance(reading, grammar.Refused):
        assert reading.code in grammar.Refusal
        assert len(reading.word) <= 20
        assert not cards.found_in(reading.word)
        reading.word.encode()
    elif isinstance(reading, grammar.Ambiguous):
        assert 1 <= len(reading.readings) <= 3
        for command in reading.readings:
            assert grammar.read(grammar.render(command, context), context) == command
    else:
        assert grammar.read(grammar.render(reading, context), context) == reading


@settings(deadline=None)
@given(anything, contexts)
def test_what_is_accepted_has_no_other_reading(text: str, context: grammar.Context) -> None:
    reading = grammar.read(text, context)
    cut = tokens.cut(text)
    if isinstance(reading, grammar.Refused | grammar.Ambiguous) or isinstance(cut, grammar.Refused):
        return
    made = [reader._command(cover, context) for cover in search.Search(Items(cut, context)).covers()]
    others = {each for each in made if not isinstance(each, grammar.Refused)} - {reading}
    # An amount without its currency counts only where there is a phone: docs/merchant/chat.md.
    assert not [each for each in others if not isinstance(each, grammar.CreateOrder) or each.phone]


# At most ten lengths of a phone number and sixteen of an amount begin at each of the 32 words that are looked at, and each step of the
# walk looks at one word. A message is looked at four times: as it is, with words left over, and with two of them put right: some 30 ms
# in all, of the 50 that a message may take.
LOOKS = 2 + reader.MOST_MISSPELT
MOST_TRIED, MOST_MEANT, MOST_WALKED = LOOKS * 10 * 32, LOOKS * 16 * 32, LOOKS * search.MOST_STEPS


def work_on(text: str, context: grammar.Context, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    """How often reading a text tries a phone number and an amount, and how far it walks: nothing else in it grows."""
    counts = Counter[str]()

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            counts[name] += 1
            return real(*args)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(phone, "parse", counted("phone", phone.parse))
        patch.setattr(read_amounts, "meant", counted("amount", read_amounts.meant))
        patch.setattr(Items, "at", counted("walk", Items.at))
        grammar.read(text, context)
    return counts["phone"], counts["amount"], counts["walk"]


@pytest.mark.parametrize("region", ["FR", "US", "DE", "AT", "DK", "ID", "JP"])
@pytest.mark.parametrize("before", ["", "CHARGE ", "EXTEND "])
def test_the_work_on_a_hostile_text_is_bounded(region: str, before: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in HOSTILE:
        tried, meant, walked = work_on(f"{before}{text}"[:512], grammar.Context(region, "EUR", LANGUAGES), monkeypatch)
        assert tried <= MOST_TRIED
        assert meant <= MOST_MEANT
        assert walked <= MOST_WALKED


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=anything, context=contexts)
def test_the_work_on_any_text_is_bounded(text: str, context: grammar.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    tried, meant, walked = work_on(text, context, monkeypatch)
    assert tried <= MOST_TRIED
    assert meant <= MOST_MEANT
    assert walked <= MOST_WALKED


def test_more_possibilities_than_anybody_means_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_STEPS", 5)
    reading = grammar.read("10 EUR 06 12 34 56 78 REGISTER buyer@example.com", FRANCE)
    assert reading == grammar.Refused(grammar.Refusal.AMBIGUOUS)


def test_no_message_that_people_write_comes_near_the_bound() -> None:
    most = 0
    for _, context, message, _ in rows():
        cut = tokens.cut(message)
        if not isinstance(cut, grammar.Refused):
            walk = search.Search(Items(cut, context))
            walk.covers()
            most = max(most, walk.steps)
    assert most < search.MOST_STEPS / 10


def test_a_message_of_513_characters_is_too_long() -> None:
    fits = '10 0612345678 "a"'
    assert isinstance(grammar.read(fits.ljust(512), FRANCE), grammar.CreateOrder)
    assert grammar.read(fits.ljust(513), FRANCE) == grammar.Refused(grammar.Refusal.TOO_LONG)


@pytest.mark.parametrize("code", grammar.Refusal)
@pytest.mark.parametrize("language", [*words.VERBS, "xx"])
def test_every_refusal_has_an_example_that_reads(code: grammar.Refusal, language: str) -> None:
    for context in (
        FRANCE,
        grammar.Context("KW", "KWD"),
        grammar.Context("DE", "EUR", ("en", "fr", "es")),
        grammar.Context("AQ", "JPY"),
    ):
        reading = grammar.read(grammar.example(code, context, language), context)
        assert not isinstance(reading, grammar.Refused | grammar.Ambiguous)


@pytest.mark.parametrize("region", REGIONS)
def test_every_country_has_an_example_that_reads(region: str) -> None:
    context = grammar.Context(region, "USD")
    reading = grammar.read(grammar.example("email_needed", context), context)
    expected = Money(1000, "USD")
    assert reading == grammar.CreateOrder(Action.REGISTER_PAY, expected, phone.example(region), "buyer@example.com")


def test_examples_speak_the_language_and_show_what_was_missing() -> None:
    assert grammar.example("bad_phone", FRANCE) == "10 EUR +33612345678"
    assert grammar.example("email_needed", FRANCE, "fr") == "10 EUR +33612345678 ENREGISTRER buyer@example.com"
    assert grammar.example("bad_text", FRANCE) == '10 EUR +33612345678 "2 pizzas"'
    assert grammar.example("wrong_state", FRANCE) == ""


def test_the_buttons_of_a_question_are_short_and_differ() -> None:
    for _, context, message, _ in rows():
        reading = grammar.read(message, context)
        if isinstance(reading, grammar.Ambiguous) and len(reading.readings) > 1:
            titles = [grammar.difference(command, reading.readings, context) for command in reading.readings]
            assert all(0 < len(title) <= 20 for title in titles)
            assert len(set(titles)) == len(titles)


def test_a_button_says_what_tells_the_readings_apart() -> None:
    reading = grammar.read("10.250 KWD 0612345678", FRANCE)
    assert isinstance(reading, grammar.Ambiguous)
    titles = [grammar.difference(command, reading.readings, FRANCE) for command in reading.readings]
    assert titles == ["10.250 KWD", "10250.000 KWD"]


def test_no_word_belongs_to_two_verbs_or_to_a_verb_and_a_currency() -> None:
    written = [word for verbs in words.VERBS.values() for entry in verbs.values() for word in entry.split()]
    for language, verbs in words.VERBS.items():
        for verb, entry in verbs.items():
            assert {words.verb(word) for word in entry.split()} == {verb}, language
    others = words.FORM_WORDS | words.TEST_WORDS | words.DAY_WORDS | set(LANGUAGES)
    assert not [
        word for word in written if currency_names.meant(word) or words.option(word) or characters.fold(word) in others
    ]


@pytest.mark.parametrize("verb", words.Verb)
@pytest.mark.parametrize("language", words.VERBS)
def test_every_verb_has_an_example_that_asks_for_it(verb: words.Verb, language: str) -> None:
    reading = grammar.read(grammar.example("unexpected_word", FRANCE, language, verb), FRANCE)
    if isinstance(reading, grammar.CreateOrder):
        assert reading.action == {"REGISTER": Action.REGISTER_PAY, "ASK": Action.ASK_REGISTER_PAY}[verb]
    else:
        assert not isinstance(reading, grammar.Refused | grammar.Ambiguous)
        assert grammar.VERBS[type(reading)] is verb


def test_separators_before_three_digits_are_never_settled_in_silence() -> None:
    for whole, following in pairwise(["1", "12", "123", "999"]):
        for mark in ".,":
            for currency in ("EUR", "JPY", "KWD"):
                reading = grammar.read(f"{whole}{mark}{following[:1]}50 {currency} 0612345678", FRANCE)
                assert isinstance(reading, grammar.Ambiguous), (whole, mark, currency)


@settings(deadline=None)
@given(orders(), phones)
def test_a_shared_contact_gives_the_phone_and_no_other_is_taken(order: grammar.CreateOrder, shared: str) -> None:
    text = grammar.render(order, FRANCE)
    assume(not cards.found_in(text))
    reading = grammar.read(text, replace(FRANCE, phone=shared))
    if order.phone in {None, shared}:
        assert reading == replace(order, phone=shared)
    else:
        assert isinstance(reading, grammar.Refused)
        assert reading.code is grammar.Refusal.TWO_PHONES


@given(st.integers(1, 10**9), st.sampled_from(["", '"2 pizzas"', "ORDER=A12", "fr"]))
def test_without_a_phone_a_bare_number_is_never_an_amount_in_silence(number: int, more: str) -> None:
    reading = grammar.read(f"{number} {more}", grammar.Context("FR", "EUR", LANGUAGES))
    assert isinstance(reading, grammar.Ambiguous | grammar.Refused)
