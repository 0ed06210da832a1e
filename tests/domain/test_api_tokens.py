"""Tokens of the API: recognised by programs that look for secrets, and by us before the database is asked."""

from __future__ import annotations

import functools
import string
import zlib

from webapp.domain import api_tokens, cards

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def test_a_token_has_the_mode_and_a_checksum_and_is_found_in_a_file() -> None:
    for mode in ("live", "test"):
        tokens = {api_tokens.new(mode) for _ in range(1_000)}
        assert len(tokens) == 1_000
        for token in tokens:
            assert token.startswith(f"ordo_{mode}_")
            assert api_tokens.is_one(token)
            assert api_tokens.FORM.findall(f'KEY="{token}";') == [token]
            assert not cards.found_in(token)


def test_the_checksum_is_the_crc_32_in_base_62_as_the_documentation_says() -> None:
    body = "ordo_test_0123456789ABCDEFGHIJKLMNOPQRSTUV"
    assert functools.reduce(lambda number, sign: number * 62 + BASE62.index(sign), "3WD65p", 0) == zlib.crc32(
        body.encode()
    )
    assert api_tokens.is_one(f"{body}3WD65p")


def test_what_was_cut_off_or_mistyped_is_none() -> None:
    token = api_tokens.new("test")
    other = "x" if token[20] != "x" else "y"
    wrong = [
        "",
        token[:-1],
        token + "A",
        f" {token}",
        token + "\n",
        token[:20] + other + token[21:],
        token.replace("test", "live"),
        token.swapcase(),
        token.replace("_", "-"),
        token[:-1] + "é",
    ]
    assert [each for each in wrong if api_tokens.is_one(each)] == []


def test_a_hint_tells_four_of_its_letters() -> None:
    token = api_tokens.new("live")
    assert api_tokens.hint(token) == f"ordo_live_{token[10:14]}…"
