"""Card numbers in free text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import cards

# Stripe's public test cards, one of each scheme.
NUMBERS = [
    "4242424242424242",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "3056930009020004",
    "30569309025904",
    "3566002020360505",
    "6200000000000005",
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "mark", ["", " ", "-", ".", "/", "_", "\u00a0", "\u200b", "\u2011", " - ", "|", ":", ",", "x", " / "]
)
def test_a_card_number_is_found_however_it_is_grouped(number: str, mark: str) -> None:
    grouped = mark.join(number[start : start + 4] for start in range(0, len(number), 4))
    assert cards.found_in(f"card {grouped} please")


@given(
    st.sampled_from(NUMBERS),
    st.text("0123456789", min_size=1, max_size=6),
    st.text("0123456789", min_size=1, max_size=6),
)
def test_digits_beside_a_card_number_hide_nothing(number: str, before: str, after: str) -> None:
    assert cards.found_in(f"{before} {number} {after}")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_wrong_check_digit_is_no_card(number: str) -> None:
    wrong = (int(number[-1]) + 1) % 10
    assert not cards.found_in(f"{number[:-1]}{wrong}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10 06 12 34 56 78",
        "+33 6 12 34 56 78",
        "+4915123456789 100",
        "1 234 567,89",
        "0000 0000 0000 0000",
        "table 42",
        "+39 348 1234567 28",
        "+49 1512 3456789 124",
    ],
)
def test_what_merchants_write_is_no_card(text: str) -> None:
    assert not cards.found_in(text)


@given(st.text(st.sampled_from("0123456789"), max_size=18), st.integers(0, 9), st.integers(1, 9))
def test_the_check_digit_catches_every_single_wrong_digit(digits: str, check: int, change: int) -> None:
    number = f"{digits}{check}"
    other = f"{digits}{(check + change) % 10}"
    assert not (cards.passes_luhn(number) and cards.passes_luhn(other))


@pytest.mark.parametrize("amount", range(100))
def test_a_phone_number_with_an_amount_behind_it_is_never_a_card(amount: int) -> None:
    assert not cards.found_in(f"+39 348 1234567 {amount} EUR")
    assert not cards.found_in(f"+49 1512 345678 {amount + 100} EUR")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_hidden_number_is_gone_and_still_counts_as_one(number: str) -> None:
    hidden = cards.hidden(f"10 EUR +33612345678 {number[:4]} {number[4:]} please")
    assert number[4:] not in hidden
    assert hidden.startswith("10 EUR ")
    assert hidden.endswith(" please")
    assert cards.found_in(hidden)


@given(st.text(max_size=60))
def test_a_text_without_a_card_is_left_as_it_is(text: str) -> None:
    assert cards.found_in(text) or cards.hidden(text) == text
