"""Payment links: signed values with one spelling, read with every key and signed with the newest."""

from __future__ import annotations

import string

import pytest

from webapp.domain import ids
from webapp.domain.errors import NotFound
from webapp.services.runtime.links import Links, PaymentLink

OLD, NEW = "o" * 32, "n" * 32
LETTERS = string.ascii_letters + string.digits + "-_"


@pytest.fixture
def links() -> Links:
    return Links([NEW, OLD], "https://pay.example")


def test_a_link_reads_back_as_what_was_signed(links: Links) -> None:
    order = ids.new("ord")
    assert links.read(links.token(order, 3)) == PaymentLink(order, 3)


def test_a_link_has_one_spelling(links: Links) -> None:
    token = links.token("ord_a", 1)
    for other in set(LETTERS) - {token[-1]}:
        with pytest.raises(NotFound):
            links.read(token[:-1] + other)
    for padded in (f"{token}=", f"{token}A", f" {token}", f"{token}\n"):
        with pytest.raises(NotFound):
            links.read(padded)


def test_a_rotation_of_keys_loses_nobody_and_a_dropped_key_opens_nothing(links: Links) -> None:
    old = Links([OLD], "").token("ord_a", 1)
    assert links.read(old) == PaymentLink("ord_a", 1)
    with pytest.raises(NotFound):
        Links([NEW], "").read(old)


def test_a_link_that_was_sent_with_an_earlier_release_is_still_read() -> None:
    links = Links(["newest-" + "a" * 32, "oldest-" + "b" * 32], "https://pay.example")
    assert links.token("ord_abc", 1) == "abc.1._39PHM1pp38zbfdjNdGcTsNLMJA79moIQwfEzQJEiA4"
    assert links.read("abc.1._39PHM1pp38zbfdjNdGcTsNLMJA79moIQwfEzQJEiA4").order == "ord_abc"
