"""What a page knows by itself."""

from __future__ import annotations

import pytest

from tests.pay.pages import page


@pytest.mark.parametrize(
    ("contact", "url"),
    [
        ("hello@cafe.example", "mailto:hello@cafe.example"),
        ("+33 6 12-34.56 78", "tel:+33612345678"),
        ("12 rue de la Paix, Paris", None),
        ("javascript:alert(1)", None),
        ("write to hello@cafe.example", None),
    ],
)
def test_a_contact_is_a_link_only_if_it_is_an_address_or_a_number(contact: str, url: str | None) -> None:
    assert page(merchant_contact=contact).contact_url == url


def test_the_badge_shows_the_first_letter_of_the_name() -> None:
    assert page(merchant_name=" éclair").initial == "É"
