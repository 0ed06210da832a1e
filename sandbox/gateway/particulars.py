"""What is held against a rule of its own beyond its type: metadata, e-mail addresses, URLs, what statements show, lengths."""

from __future__ import annotations

import re
from typing import Any

from sandbox.gateway.errors import invalid

_KEYS, _KEY, _VALUE = 50, 40, 500  # https://docs.stripe.com/api/metadata
_STATEMENT, _LETTER, _UNPRINTED = 22, re.compile("[A-Za-z]"), re.compile(r"[<>\\'\"*]")
_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>().]+(\.[^@\s,;<>().]+)+")


def merged_metadata(old: dict[str, str], given: object) -> dict[str, str]:
    """Stripe's rule: keys are merged, an empty value removes its key, '' for the whole removes all. Raises 400 beyond the
    limits."""
    if given is None:
        return old
    if not isinstance(given, dict):
        return {}
    for key, value in given.items():
        if len(key) > _KEY or re.search(r"[\[\]]", key):
            raise invalid(
                f"Metadata keys have up to {_KEY} characters and no square brackets. Invalid key: {key}.",
                param="metadata",
            )
        if len(value) > _VALUE:
            raise invalid(
                f"Metadata values can have up to {_VALUE} characters, but you passed in a value of {len(value)}.",
                param=f"metadata[{key}]",
            )
    merged = {key: value for key, value in (old | given).items() if value != ""}
    if len(merged) > _KEYS:
        raise invalid(f"You can specify up to {_KEYS} metadata keys; this would make {len(merged)}.", param="metadata")
    return merged


def check_email(params: dict[str, Any], name: str, *, inside: str = "") -> None:
    """Raises `email_invalid` for what is none. `inside` is the parameter that holds it."""
    value = params.get(name)
    if value and not (len(value) <= 512 and _EMAIL.fullmatch(value)):
        raise invalid(
            f"Invalid email address: {value}", code="email_invalid", param=f"{inside}[{name}]" if inside else name
        )


def check_suffix(params: dict[str, Any]) -> None:
    """Raises 400 for what no statement of a card shows (https://docs.stripe.com/get-started/account/statement-descriptors)."""
    value = params.get("statement_descriptor_suffix")
    if value and not (len(value) <= _STATEMENT and _LETTER.search(value) and not _UNPRINTED.search(value)):
        raise invalid(
            f"The statement descriptor suffix has up to {_STATEMENT} characters, at least one letter, and none of <>\\'\"*.",
            param="statement_descriptor_suffix",
        )


def check_length(params: dict[str, Any], name: str, most: int) -> None:
    """Raises 400 for a text that is longer."""
    if len(params.get(name) or "") > most:
        raise invalid(f"Invalid string: it must be at most {most} characters.", param=name)


def check_url(params: dict[str, Any], name: str) -> None:
    """Raises `url_invalid` for an address without a scheme."""
    value = params.get(name)
    if value and not re.match(r"[a-z][a-z0-9+.-]*://[^/\s]+", value):
        raise invalid("Not a valid URL: give it with its scheme, such as https.", code="url_invalid", param=name)
