"""Phone numbers: as people dial them, all over the world, and what is refused."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from webapp.domain import phone
from webapp.domain.errors import Invalid

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = [PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE]


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("+33612345678", "FR", "+33612345678"),
        ("+33 6 12 34 56 78", "US", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "FR", "+33612345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("06.12.34.56.78", "FR", "+33612345678"),
        ("06-12-34-56-78", "FR", "+33612345678"),
        ("0033 6 12 34 56 78", "FR", "+33612345678"),
        ("0033612345678", "US", "+33612345678"),
        ("011 33 6 12 34 56 78", "US", "+33612345678"),
        ("0011 33 6 12 34 56 78", "AU", "+33612345678"),
        ("0033 6 12 34 56 78", "AU", "+33612345678"),
        ("001 33 6 12 34 56 78", "SG", "+33612345678"),
        ("0033 6 12 34 56 78", "SG", "+33612345678"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("1 201 555 0123", "US", "+12015550123"),
        ("612 345 678", "ES", "+34612345678"),
        ("(11) 96123-4567", "BR", "+5511961234567"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("06 20 123 4567", "HU", "+36201234567"),
        ("\u202a+33\u00a06\u00a012\u00a034\u00a056\u00a078\u202c", "FR", "+33612345678"),
        ("06\u201112\u201134\u201156\u201178", "FR", "+33612345678"),
        ("+٣٣٦١٢٣٤٥٦٧٨", "FR", "+33612345678"),
    ],
)
def test_a_number_is_read_as_it_is_dialled(written: str, region: str, number: str) -> None:
    assert phone.parse(written, region) == number


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "+", "0", "0612", "612345678", "33612345678", "+336123456789", "+0612345678", "112", "0800 FLOWERS",
        "06 12 34 56 78 ext 3", "06 12 34 56 78x3", "+33612345678;ext=3", "tel:+33612345678",
        "06 12 34 56 78 / 06 12 34 56 79", "+33612345678+33612345678", "06²12345678", "0" * 400, "\0", "+999123456789", "+1112012000000",
    ],
)  # fmt: skip
def test_what_is_no_whole_number_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as error:
        phone.parse(written, "FR")
    assert error.value.code == "bad_phone"


@pytest.mark.parametrize(("written", "region"), [("01100", "SB"), ("0011001", "AU")])
def test_the_way_out_of_a_country_and_no_number_behind_it_is_refused(written: str, region: str) -> None:
    with pytest.raises(Invalid):
        phone.parse(written, region)


def test_a_way_out_of_a_country_that_leads_to_two_people_is_refused() -> None:
    """To Norway as it is dialled in Singapore, or behind 00 to Arkansas."""
    with pytest.raises(Invalid):
        phone.parse("001 47 9876 5432", "SG")
    assert phone.parse("001 479 876 5432", "FR") == "+14798765432"


def test_an_unknown_country_reads_international_numbers_only() -> None:
    assert phone.parse("+33612345678", "ZZ") == "+33612345678"
    with pytest.raises(Invalid):
        phone.parse("0612345678", "ZZ")


@pytest.mark.parametrize("region", REGIONS)
def test_every_country_reads_its_own_numbers_in_each_form(region: str) -> None:
    for kind in KINDS:
        number = phonenumbers.example_number_for_type(region, kind)
        if number is None:
            continue
        e164, international, national = (
            phonenumbers.format_number(number, form)
            for form in (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
        )
        assert {phone.parse(text, region) for text in (e164, international, national)} == {e164}
        assert sum(map(str.isdigit, national)) in phone.lengths(region)
        assert phone.parse(e164, "FR") == e164


@given(st.text(max_size=60), st.sampled_from(REGIONS))
def test_any_text_is_a_whole_number_or_refused(text: str, region: str) -> None:
    try:
        number = phone.parse(text, region)
    except Invalid:
        return
    assert phone.parse(number, "FR") == number


def test_a_number_knows_its_country() -> None:
    assert phone.region_of("+33612345678") == "FR"
    assert phone.region_of("+15062345678") == "CA"
    assert phone.region_of("+80012345678") is None
    assert phone.region_of("nonsense") is None


def test_a_number_is_spaced_for_people() -> None:
    assert phone.spaced("+33612345678") == "+33 6 12 34 56 78"
    assert phone.dialled("+33612345678", "FR") == "06 12 34 56 78"
    assert phone.dialled("+33612345678", "US") == "+33 6 12 34 56 78"
    assert phone.spaced("FR.123") == "FR.123"


@pytest.mark.parametrize("region", [*REGIONS, "AQ", "ZZ"])
def test_every_country_has_an_example_that_reads(region: str) -> None:
    assert phone.parse(phone.example(region), region) == phone.example(region)


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+33612345678", "Europe/Paris"),
        ("+12125550123", "America/New_York"),
        ("+18005550123", None),  # freephone: from anywhere in North America
        ("+79161234567", None),  # a mobile of a country with eleven zones
        ("+870773111632", None),  # a ship
        ("nonsense", None),
    ],
)
def test_the_time_zone_is_the_number_s_where_it_tells_one(number: str, zone: str | None) -> None:
    assert phone.zone_of(number) == zone


@pytest.mark.parametrize(
    ("number", "area"),
    [("+33612345678", "+33"), ("+4915123456789", "+49"), ("+12015550123", "+1201"), ("+18762101234", "+1876")],
)
def test_the_area_of_a_number_tells_its_country(number: str, area: str) -> None:
    assert phone.area(number) == area
