"""Phone numbers: read as they are dialled in a country, kept as E.164, shown spaced."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import CountryCodeSource, PhoneMetadata, PhoneNumberFormat, PhoneNumberType, timezone

from webapp.domain import characters
from webapp.domain.errors import Invalid

WRITTEN = re.compile(r"\(?\+?[\d ()./-]+", re.ASCII)
LONGEST = 40


def parse(text: str, region: str) -> str:
    """The E.164 form (`+33612345678`) of a number written with `+`, with `00`, or as dialled in `region` (ISO 3166).

    Nothing is guessed: a national number without its leading zero, a country code without `+`, letters, and extensions
    are refused. Raises Invalid (`bad_phone`).
    """
    written = " ".join(characters.plain(text).split())
    if len(written) > LONGEST or not WRITTEN.fullmatch(written):
        raise Invalid("bad_phone", "not written as a phone number")
    # 00 is the way out of almost every country, and nowhere the start of a national number.
    compact = re.sub(r"[^\d+]", "", written)
    if compact.startswith("00"):
        written = f"+{compact[2:]}"
    try:
        number = phonenumbers.parse(written, region, keep_raw_input=True)
    except phonenumbers.NumberParseException as error:
        raise Invalid("bad_phone", str(error)) from error
    if not phonenumbers.is_valid_number(number) or not _as_dialled(number, compact, region):
        raise Invalid("bad_phone", "no such number")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def lengths(region: str) -> frozenset[int]:
    """How many digits a number may have as it is dialled within `region`, prefixes included: a sieve, not a proof."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.general_desc is None:
        return frozenset()
    return frozenset(length + prefix for length in metadata.general_desc.possible_length for prefix in range(3))


def region_of(e164: str) -> str | None:
    """The country (ISO 3166) of a number; None where it has none (satellite, freephone) or is no number."""
    number = _number(e164)
    region = phonenumbers.region_code_for_number(number) if number else None
    return None if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else region


def zone_of(e164: str) -> str | None:
    """The time zone of a number; None where its country has several and the number does not tell, and where it has none."""
    number = _number(e164)
    zones = timezone.time_zones_for_number(number) if number else ()
    return zones[0] if len(zones) == 1 and zones[0] in available_timezones() else None


def area(e164: str) -> str:
    """What the numbers of its country begin with: `+33`. Those of North America and the Caribbean share a `+1`, and their area
    code tells them apart: `+1876`."""
    number = _number(e164)
    code = f"+{number.country_code}" if number else e164
    return e164[:5] if code == "+1" else code


def spaced(e164: str) -> str:
    """`+33 6 12 34 56 78`: as people read it aloud."""
    number = _number(e164)
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL) if number else e164


def dialled(e164: str, region: str) -> str:
    """As somebody in `region` writes it: `06 12 34 56 78` in France, `+33 6 12 34 56 78` elsewhere."""
    number = _number(e164)
    if number is None or region_of(e164) != region:
        return spaced(e164)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)


def example(region: str) -> str:
    """A number of the region that nobody minds being shown, in E.164; a French one where a region has none."""
    for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
        number = phonenumbers.example_number_for_type(region, kind)
        if number is not None:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return "+33612345678"


def _as_dialled(number: phonenumbers.PhoneNumber, compact: str, region: str) -> bool:
    if number.country_code_source in {
        CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN,
        CountryCodeSource.FROM_NUMBER_WITH_IDD,
    }:
        return True
    national = re.sub(r"\D", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    metadata = PhoneMetadata.metadata_for_region(region)
    prefix = (metadata.national_prefix if metadata else None) or ""
    return compact in {national, prefix + national}


def _number(e164: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
