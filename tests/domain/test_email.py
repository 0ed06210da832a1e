"""Addresses at domains of every alphabet, and those that would mislead."""

from __future__ import annotations

import pytest

from webapp.domain import email
from webapp.domain.errors import Invalid


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Buyer@Example.COM", "Buyer@example.com"),
        ("first.last+shop@mail.example.com", "first.last+shop@mail.example.com"),
        ("buyer@bücher.example", "buyer@xn--bcher-kva.example"),
        ("buyer@xn--bcher-kva.example", "buyer@xn--bcher-kva.example"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("info@почта.рф", "info@xn--80a1acny.xn--p1ai"),
        ("a@παράδειγμα.gr", "a@xn--hxajbheg2az3al.gr"),
        ("a@ドメイン名例.jp", "a@xn--eckwd4c7cu47r2wf.jp"),
        ("a@한국.kr", "a@xn--3e0b707e.kr"),
        ("a@नमस्ते.भारत", "a@xn--h2bhs4b8d8a.xn--h2brj9c"),
        ("a@مثال.إختبار", "a@xn--mgbh0fb.xn--kgbechtv"),
    ],
)
def test_a_domain_is_kept_by_the_name_that_every_mail_server_knows(written: str, kept: str) -> None:
    assert email.parse(written) == kept
    assert email.parse(kept) == kept


@pytest.mark.parametrize(
    ("written", "code", "part"),
    [
        ("buyer@", "bad_email", None),
        ("buyer@localhost", "bad_email", None),
        ("a@b@example.com", "bad_email", None),
        ("buyer@[127.0.0.1]", "bad_email", None),
        ("=?utf-8?q?a=40b.c?=@example.com", "bad_email", None),
        ("a@xn--99999999.com", "bad_email", None),
        ("büyer@example.com", "odd_email", "büyer"),
        ("buyer@exаmple.com", "odd_email", "exаmple.com"),
        ("buyer@аррӏе.com", "odd_email", "аррӏе.com"),
        ("buyer@xn--e1awd7f.com", "odd_email", "xn--e1awd7f.com"),
    ],
)
def test_an_address_that_is_none_or_misleads_is_refused(written: str, code: str, part: str | None) -> None:
    with pytest.raises(Invalid) as raised:
        email.parse(written)
    assert (raised.value.code, raised.value.details.get("part")) == (code, part)
