"""Phone numbers: read as they are dialled in a country, or as WhatsApp names them; kept as E.164, compared as people, shown spaced.

In three countries one phone is written in two ways (`forms`). What comes in is kept in the way that is dialled today (`parse`,
`of_whatsapp`); what is there already is looked up in both, so rows of any age are found.
"""

from __future__ import annotations

import contextlib
import re

import phonenumbers
from phonenumbers import CountryCodeSource, PhoneMetadata, PhoneNumberFormat, PhoneNumberType, timezone

from webapp.domain import characters, zones
from webapp.domain.errors import Invalid

WRITTEN = re.compile(r"\(?\+?[\d ()./-]+", re.ASCII)
LONGEST = 40
MEXICAN = re.compile(r"0(?:1|4[45])([2-9]\d{9})")
"""As numbers were dialled within Mexico until August 2019, and are still written."""

LEFT_OUT = frozenset({"AR", "IN", "TR"})
"""Countries in which people leave the 0 before a national number out."""

# Brazil put a 9 before the eight digits of mobile phones (2012 to 2016), Mexico took the 1 behind its code away (2019); WhatsApp goes on
# with what a phone was registered as. From abroad, and at WhatsApp, phones of Argentina have a 9 that many people leave out.
BRAZIL = re.compile(r"\+55([1-9]\d)9?([6-9]\d{7})")
MEXICO = re.compile(r"\+521?([2-9]\d{9})")
ARGENTINA = re.compile(r"\+549?([1-3]\d{9})")
WHOLE = 10  # digits of most mobile numbers of the world, without what is dialled before them
SAME = 6  # digits that are enough to tell that a number without its first ones is that of a contact beside it


def parse(text: str, region: str) -> str:
    """The E.164 form (`+33612345678`) of a number written with `+`, with `00`, or as dialled in `region` (ISO 3166).

    Nothing is guessed: a national number without its leading zero (but where that is usual), a country code without `+`, letters, and
    extensions are refused. Raises Invalid (`bad_phone`).
    """
    written = " ".join(characters.plain(text).split())
    if len(written) > LONGEST or not WRITTEN.fullmatch(written):
        raise Invalid("bad_phone", "not written as a phone number")
    compact = re.sub(r"[^\d+]", "", written)
    if compact.startswith("00"):
        return _from_abroad(compact, region)
    if region == "MX" and (mexican := MEXICAN.fullmatch(compact)):
        written = compact = mexican[1]
    return _read(written, compact, region)


def _from_abroad(compact: str, region: str) -> str:
    """A number behind the digits that lead out of a country: 00 in almost every one, and nowhere the start of a national number. Others
    lead out of some (`0011` of Australia, `001` of Singapore), where `001 47 98765432` is one person's in America and another's in Norway."""
    found = {}
    for written in (f"+{compact[2:]}", compact):
        with contextlib.suppress(Invalid):
            found[_read(written, "", region)] = written
    if not found or (len(found) > 1 and compact.startswith("001")):
        raise Invalid("bad_phone", "no such number, or one of two countries'")
    return next(iter(found))


def _read(written: str, compact: str, region: str) -> str:
    """`compact` is how it must be dialled within `region`, if it is a number of there."""
    try:
        number = phonenumbers.parse(written, region, keep_raw_input=True)
    except phonenumbers.NumberParseException as error:
        raise Invalid("bad_phone", str(error)) from error
    e164 = _today(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    # In North America the digits may hold the prefix 1 once more, which a second reading would take for it again; elsewhere a second reading
    # may find no number at all.
    again = _number(e164)
    if (
        again is None
        or e164 != phonenumbers.format_number(again, PhoneNumberFormat.E164)
        or not phonenumbers.is_valid_number(again)
        or not _as_dialled(number, compact, region)
    ):
        raise Invalid("bad_phone", "no such number")
    return e164


def of_whatsapp(wa_id: str) -> str:
    """The E.164 form of a number as WhatsApp names it: digits without `+`. Not validated: WhatsApp knows numbers that are newer than our
    tables."""
    return _today(f"+{wa_id.removeprefix('+')}")


def forms(number: str) -> tuple[str, ...]:
    """Every way to write that phone (E.164), its own first: in which a row may have it."""
    return (number, *(way for way in _ways(number) if way != number))


def identity(number: str) -> str:
    """One value for all forms of a phone: two numbers are one person's if theirs are equal. To compare with, not to dial."""
    return _ways(number)[0]


def same(one: str | None, other: str | None) -> bool:
    """Whether two numbers (E.164), or WhatsApp's ids of people who hide theirs, are one phone's."""
    return one is not None and other is not None and identity(one) == identity(other)


def named_beside(text: str, number: str, region: str) -> str | None:
    """The other phone that a text names which stands beside a `number` that WhatsApp has resolved, as it does in a shared contact; None where
    both are one. The text was written where its writer lives: as it is dialled in the number's own country, or without its first
    digits, it is that number; only what is none of these is read as in `region`."""
    digits = re.sub(r"\D", "", characters.plain(text)).lstrip("0")
    if len(digits) >= SAME and number.endswith(digits):
        return None
    for country in dict.fromkeys((region_of(number) or region, region)):
        try:
            found = parse(text, country)
        except Invalid:
            continue
        if same(found, number):
            return None
        if country == region:
            return found
    return None


def lengths(region: str) -> frozenset[int]:
    """How many digits a number may have as it is dialled within `region`, prefixes included: a sieve, not a proof."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.general_desc is None:
        return frozenset()
    longest = 3 if region == "MX" else 2  # `MEXICAN`
    return frozenset(
        length + prefix for length in metadata.general_desc.possible_length for prefix in range(longest + 1)
    )


def is_whole(e164: str) -> bool:
    """Whether a number is a mobile phone's of so many digits that more behind it are hardly its own, where numbers may be longer."""
    number = _number(e164)
    if number is None or len(str(number.national_number)) < WHOLE:
        return False
    return phonenumbers.number_type(number) == PhoneNumberType.MOBILE


def region_of(e164: str) -> str | None:
    """The country (ISO 3166) of a number; None where it has none (satellite, freephone) or is no number."""
    number = _number(e164)
    region = phonenumbers.region_code_for_number(number) if number else None
    return None if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else region


def zone_of(e164: str) -> str | None:
    """The time zone of a number; None where its country has several and the number does not tell, and where it has none."""
    number = _number(e164)
    found = timezone.time_zones_for_number(number) if number else ()
    return found[0] if len(found) == 1 and found[0] in zones.known() else None


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


def _today(number: str) -> str:
    """The number as it is dialled today. Of Argentina's both forms are: phones that do not move have no 9."""
    return number if ARGENTINA.fullmatch(number) else _ways(number)[0]


def _ways(number: str) -> tuple[str, ...]:
    """All forms of a phone, in an order that does not depend on the one that is given."""
    if found := BRAZIL.fullmatch(number):
        return f"+55{found[1]}9{found[2]}", f"+55{found[1]}{found[2]}"
    if found := MEXICO.fullmatch(number):
        return f"+52{found[1]}", f"+521{found[1]}"
    if found := ARGENTINA.fullmatch(number):
        return f"+549{found[1]}", f"+54{found[1]}"
    return (number,)


def _as_dialled(number: phonenumbers.PhoneNumber, compact: str, region: str) -> bool:
    if number.country_code_source in {
        CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN,
        CountryCodeSource.FROM_NUMBER_WITH_IDD,
    }:
        return True
    national = re.sub(r"\D", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    metadata = PhoneMetadata.metadata_for_region(region)
    prefix = (metadata.national_prefix if metadata else None) or ""
    bare = {national.removeprefix(prefix)} if region in LEFT_OUT else set()
    return compact in {national, prefix + national} | bare


def _number(e164: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
