"""All four actions, each with a card that works, one that is declined first, and one whose bank asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.actors import ASKS_THE_BANK, DECLINED, WORKS, Backend, Buyer, Merchant

if TYPE_CHECKING:
    from collections.abc import Callable

PHONE = "+33612345678"
ACTIONS = {
    "PAYMENT": "10 EUR {phone}",
    "REGISTER": "{phone} REGISTER buyer@example.com",
    "REGISTER_PAY": "10 EUR {phone} REGISTER buyer@example.com",
    "ASK_REGISTER_PAY": "10 EUR {phone} ASK buyer@example.com",
}


def works(buyer: Buyer) -> None:
    buyer.pays(WORKS)


def declined_then_works(buyer: Buyer) -> None:
    buyer.pays(DECLINED).sees("declined this card")
    buyer.pays(WORKS)


def asks_the_bank(buyer: Buyer) -> None:
    buyer.pays(ASKS_THE_BANK).tells_the_bank("Complete authentication")


@pytest.mark.parametrize("way", [works, declined_then_works, asks_the_bank], ids=lambda way: way.__name__)
@pytest.mark.parametrize("action", ACTIONS)
def test_an_order_is_fulfilled(
    action: str, way: Callable[[Buyer], None], merchant: Merchant, buyer: Buyer, backend: Backend
) -> None:
    reference = f"{action[:9]}-{way.__name__[:3]}"
    link, confirmation = merchant.orders(f"{ACTIONS[action].format(phone=PHONE)} ORDER={reference}")
    buyer.opens(link)
    if action == "ASK_REGISTER_PAY":
        buyer.page.get_by_role("checkbox").check()
    way(buyer)
    saved = action != "PAYMENT"
    buyer.sees("Your card is saved" if action == "REGISTER" else "Paid")
    if action == "REGISTER":
        merchant.hears(confirmation, "saved, nothing taken")
    else:
        merchant.hears(confirmation, "saved." if saved else "Paid, Visa ••")
    told = backend.hears_of(reference)
    assert told["signature"] == "valid"
    assert told["action"] == action
    assert told["state"] == ("registered" if action == "REGISTER" else "paid")
    assert told["amount"] == (None if action == "REGISTER" else 1000)
    assert bool(told["alias"]) is saved
    assert bool(told["consent"]) is saved
