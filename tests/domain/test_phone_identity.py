"""One person under every way to write a phone: as people of twenty countries write it, and as WhatsApp names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from webapp.domain import phone

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    # country: the number that is kept, WhatsApp's names of it, what people write there
    "AR": ("+5491123456789", ("5491123456789", "541123456789"), ("011 15-2345-6789", "+54 9 11 2345-6789")),
    "AU": ("+61412345678", ("61412345678",), ("0412 345 678", "+61 412 345 678", "+61 (0)412 345 678")),
    "BE": ("+32470123456", ("32470123456",), ("0470 12 34 56", "0470/12.34.56", "+32 470 12 34 56")),
    "BR": (
        "+5511987654321",
        ("5511987654321", "551187654321"),
        ("(11) 98765-4321", "11 8765-4321", "011 98765-4321", "+55 11 8765-4321", "0055 11 98765 4321"),
    ),
    "CH": ("+41781234567", ("41781234567",), ("078 123 45 67", "+41 78 123 45 67")),
    "CL": ("+56961234567", ("56961234567",), ("9 6123 4567", "+56 9 6123 4567")),
    "CO": ("+573211234567", ("573211234567",), ("321 1234567", "+57 321 123 4567")),
    "DE": ("+4915123456789", ("4915123456789",), ("0151 23456789", "0151/23456789", "+49 (0)151 23456789")),
    "EG": ("+201001234567", ("201001234567",), ("0100 123 4567", "+20 100 123 4567", "٠١٠٠ ١٢٣ ٤٥٦٧")),
    "ES": ("+34612345678", ("34612345678",), ("612 34 56 78", "+34 612 345 678")),
    "FR": ("+33612345678", ("33612345678",), ("06 12 34 56 78", "06.12.34.56.78", "+33 (0)6 12 34 56 78")),
    "GB": ("+447400123456", ("447400123456",), ("07400 123456", "+44 7400 123456", "+44 (0)7400 123456")),
    "IL": ("+972502345678", ("972502345678",), ("050-234-5678", "+972 50-234-5678")),
    "IN": ("+918123456789", ("918123456789",), ("081234 56789", "81234 56789", "+91 81234-56789")),
    "IT": ("+393123456789", ("393123456789",), ("312 345 6789", "+39 312 345 6789")),
    "JP": ("+819012345678", ("819012345678",), ("090-1234-5678", "+81 90-1234-5678")),
    "MA": ("+212650123456", ("212650123456",), ("0650-123456", "+212 6 50 12 34 56")),
    "MX": (
        "+525512345678",
        ("525512345678", "5215512345678"),
        ("55 1234 5678", "044 55 1234 5678", "01 55 1234 5678", "+52 1 55 1234 5678", "00 52 55 1234 5678"),
    ),
    "TR": ("+905012345678", ("905012345678",), ("0501 234 56 78", "+90 501 234 56 78")),
    "US": ("+12015550123", ("12015550123",), ("(201) 555-0123", "1-201-555-0123", "+1 201 555 0123")),
}


@pytest.mark.parametrize("region", PEOPLE)
def test_a_person_is_one_however_the_phone_is_written(region: str) -> None:
    kept, called, written = PEOPLE[region]
    assert {phone.parse(text, region) for text in written} == {kept}
    assert {phone.parse(text, "US") for text in written if text.startswith(("+", "00"))} == {kept}
    assert {phone.identity(phone.of_whatsapp(wa_id)) for wa_id in called} == {phone.identity(kept)}
    assert {f"+{wa_id}" for wa_id in called} <= set(phone.forms(kept))


def examples() -> Iterator[tuple[str, str]]:
    """Each country with the numbers of each kind that phonenumbers has for it."""
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None and phonenumbers.is_valid_number(number):
                yield region, phonenumbers.format_number(number, PhoneNumberFormat.E164)


def test_every_country_s_numbers_are_found_by_whatsapp_s_name_and_are_one_person_each() -> None:
    people = dict.fromkeys(number for _, number in examples())
    for region, number in examples():
        assert phone.same(phone.of_whatsapp(number[1:]), number)
        assert number in phone.forms(phone.of_whatsapp(number[1:]))
        assert phone.same(phone.parse(number, region), number)
        assert {phone.identity(form) for form in phone.forms(number)} == {phone.identity(number)}
    alike = {phone.identity(number) for number in people}
    assert len(people) - len(alike) == 1  # the phones of Argentina, of which the example is one with and without its 9
    assert len(people) > 900


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+551134567890", "+5511934567890"),  # a phone that does not move never got a 9
        ("+5511987654321", "+5521987654321"),
        ("+525512345678", "+526612345678"),
        ("+541123456789", "+543512345678"),
        ("+548001234567", "+5498001234567"),
        ("+33612345678", "+32612345678"),
        ("FR.1", "FR.2"),
    ],
)
def test_other_people_stay_others(one: str, other: str) -> None:
    assert not phone.same(one, other)
    assert not phone.same(one, None)


@pytest.mark.parametrize("number", ["+541123456789", "+541143215678"])
def test_a_phone_of_argentina_that_does_not_move_is_kept_as_it_is_dialled(number: str) -> None:
    assert phone.parse(number, "AR") == phone.of_whatsapp(number[1:]) == number


@pytest.mark.parametrize("wa_id", ["99912345678", "1", "5511", "33612345678"])
def test_what_whatsapp_names_is_never_refused(wa_id: str) -> None:
    assert phone.of_whatsapp(wa_id) == f"+{wa_id}"


@pytest.mark.parametrize(
    ("text", "number", "other"),
    [
        ("0470 12 34 56", "+32470123456", None),  # a valid number of France, written by a Belgian
        ("470123456", "+32470123456", None),
        ("+32 470 12 34 56", "+32470123456", None),
        ("011 15-2345-6789", "+5491123456789", None),
        ("+54 11 2345-6789", "+5491123456789", None),
        ("044 55 1234 5678", "+525512345678", None),
        ("+52 1 55 1234 5678", "+525512345678", None),
        ("(11) 8765-4321", "+5511987654321", None),
        ("Camille", "+32470123456", None),
        ("12", "+32470123456", None),
        ("06 12 34 56 78", "+32470123456", "+33612345678"),
        ("+33 6 12 34 56 78", "+32470123456", "+33612345678"),
        ("0470 12 34 57", "+32470123456", "+33470123457"),
        ("+32 470 12 34 57", "+32470123456", "+32470123457"),
        ("+1 201 555 0123", "+32470123456", "+12015550123"),
    ],
)
def test_a_text_beside_a_number_names_another_only_if_it_cannot_be_the_same(
    text: str, number: str, other: str | None
) -> None:
    assert phone.named_beside(text, number, "FR") == other
