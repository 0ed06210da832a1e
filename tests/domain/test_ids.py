"""Identifiers that cannot be guessed."""

from __future__ import annotations

import math
import re

from webapp.domain import ids


def test_a_hundred_thousand_ids_are_unique_and_of_one_form() -> None:
    made = {ids.new("ord") for _ in range(100_000)}
    assert len(made) == 100_000
    assert all(re.fullmatch(r"ord_[A-Za-z0-9]{22}", each) for each in made)


def test_an_id_has_128_bits_at_least() -> None:
    assert math.log2(len(ids.ALPHABET)) * ids.LENGTH >= 128


def test_a_reference_has_no_sign_that_is_taken_for_another() -> None:
    assert not set("".join(ids.reference() for _ in range(1000))) & set("01ILOU")
