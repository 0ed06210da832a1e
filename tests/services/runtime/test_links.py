"""Payment links: signed values with one spelling, read with every key and signed with the newest."""

from __future__ import annotations

import hmac
import string

import pytest
from itsdangerous.encoding import base64_encode

from webapp.domain import ids
from webapp.domain.errors import NotFound
from webapp.services.runtime.links import FormLink, Links, PaymentLink

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


def signatures(links: Links) -> list[str]:
    """What each of our purposes signs one and the same text with, under one key: a link, a link of an order form, a form's token."""
    link, order_form = links.token("op_a.99", 7), links.order_form_url(FormLink("op_a", 99, "7"))
    return [link.rpartition(".")[2], order_form.rpartition(".")[2], links.form_token("op_a.99.7")]


def test_what_was_signed_for_one_purpose_is_worth_nothing_for_another(links: Links) -> None:
    link, order_form, form = signatures(links)
    assert links.read_order_form(f"op_a.99.7.{order_form}") == FormLink("op_a", 99, "7")
    for signature in (link, form):
        with pytest.raises(NotFound):
            links.read_order_form(f"op_a.99.7.{signature}")
    assert links.read(f"a.1.{links.token('ord_a', 1).rpartition('.')[2]}") == PaymentLink("ord_a", 1)
    with pytest.raises(NotFound):
        links.read(f"a.1.{links.form_token('a.1')}")
    assert [links.is_form_token("op_a.99.7", each) for each in (link, order_form, form)] == [False, False, True]


def test_no_purpose_signs_with_the_key_as_it_stands_in_the_settings(links: Links) -> None:
    bare = base64_encode(hmac.digest(NEW.encode(), b"op_a.99.7", "sha256")).decode()
    assert bare not in signatures(links)


@pytest.mark.parametrize("form_token", ["é", "\ud800", ""])
def test_a_form_token_that_is_no_signature_belongs_to_no_link(links: Links, form_token: str) -> None:
    assert not links.is_form_token(links.token("ord_a", 1), form_token)
