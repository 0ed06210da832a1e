"""E-mail addresses: those that mail programs everywhere send to, and that everybody reads as they are written."""

from __future__ import annotations

import re
import unicodedata

import email_validator

from webapp.domain.errors import Invalid

LONGEST = 254  # characters: RFC 5321 by its erratum 1690
# An encoded word (RFC 2047), which a mail program shows as the address that is in it.
ENCODED = re.compile(r"=\?")
# Alphabets that are written together; any other two in one label are a disguise (exаmple with a Cyrillic а).
TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)
# Letters that look like Latin ones: a word of nothing else, under a Latin top level, is taken for another.
ALIKE = set("асԁеһіјӏорԛѕԝхуѵьпгмтвкнзԍɡ" + "αικνορτυχεγ")


def parse(text: str) -> str:
    """The address with its domain as a DNS name (`buyer@bücher.example` is `buyer@xn--bcher-kva.example`), which mail servers take
    whatever they know of other alphabets.

    Raises `Invalid`: `bad_email` for what is none; `odd_email` for one that not every server takes (letters other than a to z before
    the @), or that looks like another; `part` is then the part that is wrong.
    """
    local, at, domain = text.rpartition("@")
    if ENCODED.search(text):
        raise Invalid("bad_email")
    if at and not local.isascii():
        raise Invalid("odd_email", part=local)
    try:
        found = email_validator.validate_email(text, check_deliverability=False, allow_smtputf8=False)
        labels = [_seen(label) for label in found.ascii_domain.split(".")]
    except (email_validator.EmailNotValidError, UnicodeError) as error:
        raise Invalid("bad_email") from error
    if any(_misleads(label, labels[-1]) for label in labels):
        raise Invalid("odd_email", part=domain)
    address = f"{found.local_part}@{found.ascii_domain}"
    if len(address) > LONGEST:
        raise Invalid("bad_email")
    return address


def _seen(label: str) -> str:
    """A label of a domain as people see it (RFC 3492)."""
    return label[4:].encode().decode("punycode") if label.startswith("xn--") else label


def _misleads(label: str, top: str) -> bool:
    scripts = _scripts(label)
    if len(scripts) > 1:
        return not any(scripts <= each for each in TOGETHER)
    letters = {each for each in label if each.isalpha()}
    return bool(scripts & {"CYRILLIC", "GREEK"}) and letters <= ALIKE and not _scripts(top) & scripts


def _scripts(label: str) -> set[str]:
    """The alphabets of its letters, by the first word of their names."""
    return {re.split("[ -]", unicodedata.name(each, "UNKNOWN"))[0] for each in label if each.isalpha()}
