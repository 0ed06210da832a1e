"""All four actions, each with a card that works, one that is declined first, and one whose bank asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.actors import ACTIONS, ASKS_THE_BANK, DECLINED, WORKS, Backend, Buyer, Merchant, Phone

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.world import World

PHONE = "+33612345678"


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


def test_a_card_saved_before_pays_the_next_order_by_one_tap_in_the_chat(
    merchant: Merchant, buyer: Buyer, backend: Backend, world: World
) -> None:
    phone = Phone(world, "+33612345001")
    link, confirmation = merchant.orders(f"{phone.number} REGISTER buyer@example.com ORDER=TAP-1")
    buyer.opens(link).pays(WORKS).sees("Your card is saved")
    merchant.hears(confirmation, "saved, nothing taken")
    link, confirmation = merchant.orders(f"10 EUR {phone.number} ORDER=TAP-2")
    written = buyer.opens(link).follows("Pay with it in WhatsApp")
    offer = phone.hears("Visa ••42", in_reply_to=phone.says(written))
    phone.taps(offer, 0)
    assert backend.hears_of("TAP-2")["amount"] == 1000
    merchant.hears(confirmation, "Paid, Visa ••42")
    buyer.opens(link).sees("Paid")


def test_a_bank_that_asks_after_the_tap_is_answered_on_the_page(
    merchant: Merchant, buyer: Buyer, backend: Backend, world: World
) -> None:
    phone = Phone(world, "+33612345002")
    link, _ = merchant.orders(f"{phone.number} REGISTER buyer@example.com ORDER=TAP-3")
    buyer.opens(link).pays(ASKS_THE_BANK).tells_the_bank("Complete authentication").sees("Your card is saved")
    link, _ = merchant.orders(f"10 EUR {phone.number} ORDER=TAP-4")
    phone.taps(phone.hears("Visa ••84", in_reply_to=phone.says("PAY TAP-4")), 0)
    asked = phone.hears("banque")
    buyer.opens(asked["buttons"][0]["url"]).sees("Your bank asks")
    buyer.page.get_by_role("button", name="Continue to the bank").click()
    buyer.tells_the_bank("Complete authentication").sees("Paid")
    assert backend.hears_of("TAP-4")["amount"] == 1000
