"""One text for each order, and what is found in it, however people write it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import search
from webapp.domain.money import Money
from webapp.domain.search import Described

ORDER = Described(
    reference="INV-2026/0815",
    description="Crème brûlée für Jörg, Łódź 二人前",
    email="Léa.Martin@Example.com",
    name="Zoë Ångström",
    phone="+33612345678",
    last4="4242",
    price=Money(1250, "EUR"),
)
TEXT = search.text("cafe", ORDER)


@pytest.mark.parametrize(
    "written",
    [
        "INV-2026/0815", "2026/08", "815", "inv", "ＩＮＶ－２０２６", "in",
        "creme", "BRULEE", "Crème  brûlée", "fur jorg", "lodz", "二人前", "二", "cr",
        "lea.martin@example.com", "martin@", "example.com", "zoe", "ANGSTROM", "angstrom zoe", "martin brulee 4242",
        "06 12 34 56 78", "0612345678", "06.12.34", "612345678", "+33 6 12 34 56 78", "+33 (0)6 12 34 56 78", "0033612345678", "3361234", "345 678",
        "٠٦١٢٣٤٥٦٧٨", "(06) 12-34-56-78", "4242", "12.50", "12",
    ],
)  # fmt: skip
def test_an_order_is_found_however_its_parts_are_written(written: str) -> None:
    wanted = search.wanted(written, "FR")
    assert wanted is not None
    assert search.holds(TEXT, wanted)


@pytest.mark.parametrize(
    "written", ["brulee rouge", "0712345678", "4243", "umart", "v", "50", "afe", "xyz", "creme xyz"]
)
def test_what_an_order_does_not_have_is_not_found(written: str) -> None:
    wanted = search.wanted(written, "FR")
    assert wanted is not None
    assert not search.holds(TEXT, wanted)


@pytest.mark.parametrize("written", ["", "  ", "\u200b", "\u202e\n", "\u0301"])
def test_nothing_is_looked_for_where_nothing_is_written(written: str) -> None:
    assert search.wanted(written, "FR") is None


def test_a_price_is_found_by_what_it_may_mean() -> None:
    wanted = search.wanted("1.250", "FR", [Money(125_000, "EUR"), Money(1250, "EUR")])
    assert wanted is not None
    assert search.holds(TEXT, wanted)
    assert not search.holds(search.text("cafe", Described(reference="A", price=Money(11250, "EUR"))), wanted)


@pytest.mark.parametrize(
    ("phone", "country", "written"),
    [
        ("+5511987654321", "BR", "(11) 98765-4321"), ("+5511987654321", "BR", "+55 11 8765-4321"), ("+525512345678", "MX", "+52 1 55 1234 5678"),
        ("+393331234567", "IT", "333 123 4567"), ("+390612345678", "IT", "06 1234 5678"), ("+14155552671", "US", "(415) 555-2671"),
        ("+14155552671", "US", "1 415 555 2671"), ("+79123456789", "RU", "8 912 345-67-89"), ("+36201234567", "HU", "06 20 123 4567"),
        ("+818012345678", "JP", "080-1234-5678"),
    ],
)  # fmt: skip
def test_a_phone_is_found_as_it_is_dialled_in_its_country(phone: str, country: str, written: str) -> None:
    wanted = search.wanted(written, country)
    assert wanted is not None
    assert search.holds(search.text("cafe", Described(reference="A", phone=phone)), wanted)


@pytest.mark.parametrize("written", ["pi_3Nx", "ord_4fJ2", "pi_3Nx "])
def test_an_identifier_is_told_by_its_form(written: str) -> None:
    wanted = search.wanted(written, "FR")
    assert wanted is not None
    assert wanted.identifier == written.strip()


@given(st.text(max_size=100))
def test_what_is_normalised_stays_as_it_is(text: str) -> None:
    once = search.normalised(text)
    assert search.normalised(once) == once
    assert once == " ".join(once.split())


@given(st.text(min_size=1, max_size=64), st.sampled_from(["reference", "description", "email", "name"]))
def test_whatever_a_part_is_it_is_found_as_it_was_written(text: str, part: str) -> None:
    given: dict[str, Any] = {part: text}
    described = replace(Described(reference="A"), **given)
    wanted = search.wanted(text, "FR")
    assert wanted is None or search.holds(search.text("cafe", described), wanted)


@given(st.text(max_size=100))
def test_a_merchant_s_tag_is_no_part_of_a_text(text: str) -> None:
    assert search.tag("cafe") not in search.normalised(text)
    assert len(search.tag("cafe")) == search.GRAM


def test_a_text_is_looked_up_by_its_digits_where_it_has_two_together() -> None:
    assert search.grams("filled33") == ["d33"]
    assert search.grams("buyer17@example.com") == ["r17", "17@"]
    assert search.grams("  12.50") == [" 12", "12.", "2.5", ".50"]
    assert search.grams("0612345678") == ["061", "612", "123", "234"]
    assert search.grams("99999999") == ["999"]
    assert search.grams("pizzas-8") == ["piz", "zas", "s-8"]
