from __future__ import annotations

from typing import Any

import pytest

from sandbox.phones import bubbles, chats, people
from sandbox.phones.parties import Role

PERSON = people.Person(
    phone="+33611111111",
    wa_id="33611111111",
    user_id="FR.1",
    name="Léa",
    role=Role.SHOP,
    on_whatsapp=True,
    switched_on=True,
    reads=True,
    hides_number=False,
)


def test_a_text_is_escaped_its_links_can_be_tapped_and_stars_are_bold() -> None:
    html = bubbles.formatted('*Paid* <b> 2*3*4 https://x.example/p?a=1&b="2".')
    assert "<strong>Paid</strong> &lt;b&gt; 2*3*4" in html
    assert '<a href="https://x.example/p?a=1&amp;b=" target="_blank" rel="noopener" data-popup>' in html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Paid, Visa ••42 saved.", True),
        ("Payé, Visa ••42 enregistrée.", True),
        ("Paid, Visa ••42.", False),
        ("Payment, and the card is saved.", False),
    ],
)
def test_only_a_receipt_of_a_saved_card_offers_to_charge_again(text: str, expected: bool) -> None:
    message = chats.Message(phone=PERSON.phone, from_business=True, kind="text", content={"text": text}, at=0.0)
    assert bubbles.of([message], PERSON)[0].can_charge is expected


@pytest.mark.parametrize(
    ("kind", "content", "shown"),
    [
        ("text", {"text": "10,00 €\nPayment."}, "10,00 €"),
        ("image", {"text": "", "mime": "image/jpeg"}, "Photo"),
        ("contacts", {"card": {"name": "Sam"}}, "Contact"),
    ],
)
def test_a_quote_says_what_it_quotes_also_when_that_is_long_ago(kind: str, content: dict[str, Any], shown: str) -> None:
    old = chats.Message(phone=PERSON.phone, from_business=False, kind=kind, content=content, at=0.0)
    answer = chats.Message(
        phone=PERSON.phone, from_business=True, kind="text", content={"text": "Done"}, at=1.0, reply_to=old.wamid
    )
    (bubble,) = bubbles.of([answer], PERSON, [old])
    assert (bubble.quote, bubble.quote_mine) == (shown, True)


def test_amounts_have_the_decimals_of_their_currency() -> None:
    assert bubbles.money(1000, "EUR") == "€10.00"
    assert bubbles.money(1000, "JPY") == "JP¥1,000"
    assert bubbles.money(None, "EUR") == "none"
