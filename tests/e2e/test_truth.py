"""What must hold whatever happens: one charge, no card number of ours, and the order's truth on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from playwright.sync_api import expect

from tests.e2e.actors import ASKS_THE_BANK, DECLINED, WORKS, Backend, Buyer, Merchant, until

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Request

    from sandbox.world import World

PHONE = "+33612345678"


def charges(world: World, order: str) -> list[dict[str, Any]]:
    """The successful charges that the gateway has for an order of ours."""
    ledger = requests.get(f"{world.addresses.gateway.server}/_sandbox/ledger", timeout=10).json()
    intents = {
        intent["id"]
        for account in ledger.values()
        for intent in account["intents"]
        if intent["metadata"].get("order") == order
    }
    return [
        charge
        for account in ledger.values()
        for charge in account["charges"]
        if charge["payment_intent"] in intents and charge["status"] == "succeeded"
    ]


def test_two_tabs_make_one_charge(merchant: Merchant, context: BrowserContext, world: World, backend: Backend) -> None:
    link, _ = merchant.orders(f"10 EUR {PHONE} ORDER=TABS")
    one, two = Buyer(context).opens(link), Buyer(context).opens(link)
    two.types(WORKS)
    one.pays(WORKS).sees("Paid")
    two.page.bring_to_front()
    if two.button.is_visible():
        two.button.click()
    two.sees("Paid")
    assert len(charges(world, backend.hears_of("TABS")["order"])) == 1


def test_a_refused_confirmation_takes_nothing_and_an_abandoned_one_can_be_taken_up(
    merchant: Merchant, buyer: Buyer, world: World, backend: Backend
) -> None:
    link, _ = merchant.orders(f"10 EUR {PHONE} ORDER=BANK")
    buyer.opens(link).pays(ASKS_THE_BANK).tells_the_bank("Fail authentication")
    buyer.sees("was not confirmed at your bank")
    buyer.pays(ASKS_THE_BANK)
    expect(buyer.page.frame_locator("iframe[src*=challenge]").get_by_role("button", name="Cancel")).to_be_visible()
    buyer.opens(link).sees("Your bank asks for your confirmation")
    buyer.page.get_by_role("button", name="Use another card").click()
    expect(buyer.button).to_be_visible()
    buyer.pays(WORKS).sees("Paid")
    assert len(charges(world, backend.hears_of("BANK")["order"])) == 1


def test_ticked_declined_unticked_paid_saves_nothing(merchant: Merchant, buyer: Buyer, backend: Backend) -> None:
    link, _ = merchant.orders(f"10 EUR {PHONE} ASK buyer@example.com ORDER=UNTICKED")
    buyer.opens(link)
    box = buyer.page.get_by_role("checkbox")
    expect(box).not_to_be_checked()
    box.check()
    buyer.pays(DECLINED).sees("declined this card")
    box.uncheck()
    buyer.pays(WORKS).sees("Paid")
    told = backend.hears_of("UNTICKED")
    assert (told["alias"], told["consent"]) == (None, None)


def test_no_card_number_reaches_the_product(merchant: Merchant, buyer: Buyer, world: World) -> None:
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(world.addresses.ordo.browser):
            sent.append(f"{request.url} {request.headers} {request.post_data or ''}")

    buyer.context.on("request", note)
    link, _ = merchant.orders(f"10 EUR {PHONE} REGISTER buyer@example.com ORDER=CANARY")
    buyer.opens(link).pays(DECLINED).sees("declined this card")
    buyer.pays(WORKS).sees("Paid")
    kept = b"".join(path.read_bytes() for path in [*world.root.glob("ordo.db*"), *(world.root / "log").iterdir()])
    assert kept
    assert any("/pay" in each for each in sent)
    for number in (WORKS, DECLINED):
        assert not [each for each in sent if number in each.replace(" ", "").replace("+", "").replace("%20", "")]
        assert number.encode() not in kept


def news_of_payment(merchant: Merchant) -> list[dict[str, Any]]:
    """What the shop's phone was told after the payment, of an order that is not paid at first."""
    return [message for message in merchant.chat() if message["text"].startswith("Paid")]


def test_killed_between_the_gateway_and_the_commit_it_ends_in_one_of_each(
    own_world: World, rough_context: BrowserContext
) -> None:
    """kill -9 of the web server and the worker while the answer to a charge that was made is on its way."""
    merchant, backend, buyer = Merchant(own_world), Backend(own_world), Buyer(rough_context)
    link, _ = merchant.orders(f"10 EUR {PHONE} REGISTER buyer@example.com ORDER=KILLED")
    fault = {"match": "POST /v1/payment_intents/*/confirm", "kind": "timeout_after", "seconds": 15}
    gateway = own_world.addresses.gateway.server
    requests.post(f"{gateway}/_sandbox/faults", json=fault, timeout=10).raise_for_status()
    own_world.kill_worker()
    buyer.opens(link).pays(WORKS)
    until(lambda: "succeeded" in requests.get(f"{gateway}/_sandbox/ledger", timeout=10).text, "the gateway charges")
    own_world.kill_app()
    own_world.start_app()
    own_world.start_worker()
    own_world.wait_until_healthy()
    told = until(
        lambda: next((c for c in backend.log() if c["reference"] == "KILLED"), None), "the callback", patience=90
    )
    assert (told["state"], told["copies"]) == ("paid", 1)
    assert told["alias"]
    assert len(charges(own_world, told["order"])) == 1
    # It answers the confirmation; or the shop's own message, where the worker was killed before it stored that the confirmation was sent.
    until(lambda: news_of_payment(merchant), "the shop hears that it is paid", patience=90)
    buyer.opens(link).sees("Paid")
    assert len([c for c in backend.log() if c["reference"] == "KILLED"]) == 1
    (news,) = news_of_payment(merchant)
    assert ("saved" in news["text"], bool(news["reply_to"])) == (True, True)
