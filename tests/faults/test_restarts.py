"""Restarts under load, new keys under load, and a worker that stands still while another takes over. Faults 18, 19 and 21."""

from __future__ import annotations

import secrets
import threading
from functools import partial
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet

from tests.actors import BUYER, WORKS, Backend, Merchant, until
from tests.faults.actors import CHARGE, CONFIRM, REFUSALS, Buyer, Proxy, behaves, meanwhile, somebody
from webapp.db import models

if TYPE_CHECKING:
    from tests.faults.actors import Gateway, Office, Phones, Product

CROWD = 4  # of each kind: half of the threads wait for the gateway


def test_at_a_restart_under_load_what_is_in_hand_is_finished_and_nothing_is_dropped_or_doubled(
    merchant: Merchant, gateway: Gateway, product: Product, backend: Backend
) -> None:
    names = [f"LOAD{number}" for number in range(2 * CROWD)]
    links = [merchant.orders(f"10 EUR {somebody()} ORDER={name}")[0] for number, name in enumerate(names)]
    behaves(product.world, {"kind": "slow", "seconds": 0.5})
    gateway.loses_webhooks()  # sent again more and more slowly, they would only make the test wait
    for _ in range(CROWD):
        gateway.fails("slow", CONFIRM, seconds=4)
    crowd = [Buyer(product.world, gateway).opens(link).fills(WORKS) for link in links]
    in_hand = [meanwhile(buyer.sends) for buyer in crowd[:CROWD]]
    until(lambda: gateway.failures_left() <= sum(it.done() for it in in_hand), "each is at the gateway, or answered")
    coming = [meanwhile(partial(crowd[number].comes_through, links[number])) for number in range(CROWD, 2 * CROWD)]
    product.ends()
    product.lives()
    for paying in in_hand:
        paying.result(60).is_told_the_truth()
    for paying in coming:
        paying.result(120)
    product.is_idle(but_for="try")  # a callback in hand, its lease over by the clock, would rightly go out once more
    product.page_is_left()
    for buyer, link in zip(crowd, links, strict=True):
        buyer.insists(link)
    gateway.took(*[1000] * 2 * CROWD)
    assert len(gateway.asked(CONFIRM)) == 2 * CROWD
    product.tells_the_truth()
    assert {told["copies"] for told in backend.log() if told["reference"] in names} == {1}


def test_all_keys_change_under_load_and_nobody_notices(merchant: Merchant, gateway: Gateway, product: Product) -> None:
    first, second = (product.world.app, product.world.addresses.ordo.server), product.another_server()
    old, new = product.keys(), {"SECRET_KEYS": secrets.token_hex(32), "ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    second[0].start()
    product.answers(second[1])
    proxy, over, kept = Proxy(first[1], second[1]), threading.Event(), merchant.orders(f"10 EUR {BUYER} ORDER=KEPT")[0]

    def shops() -> int:
        """Order and pay until it is over: the page by one server, the payment by another."""
        number = 0
        while not over.is_set() or number < 3:
            link = merchant.orders(f"10 EUR {somebody()} ORDER=KEYS{number}")[0]
            with proxy.server() as server:
                buyer = Buyer(product.world, gateway, server).opens(link).fills(WORKS)
            with proxy.server() as buyer.server:
                buyer.sends().sees("Paid")
            with proxy.server() as server:
                Buyer(product.world, gateway, server).opens(kept).sees("Your card")
            number += 1
        return number

    shopping = meanwhile(shops)
    for one, other in ((old, new), (new, old)):
        product.rolls({name: f"{one[name]},{other[name]}" for name in old}, [first, second], proxy)
    product.world.console("keys", "seal")
    product.world.console("keys", "status")
    product.rolls({"ENCRYPTION_KEYS": new["ENCRYPTION_KEYS"]}, [first, second], proxy)
    over.set()
    assert shopping.result(120) >= 3
    product.tells_the_truth()


def test_a_worker_paused_past_its_lease_sends_a_callback_again_that_is_applied_once_and_notes_nothing(
    merchant: Merchant, buyer: Buyer, product: Product, backend: Backend
) -> None:
    behaves(product.world, {"kind": "status", "status": 500, "times": REFUSALS})
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=PAUSED")
    buyer.opens(link).pays(WORKS).sees("Paid")
    product.is_refused("PAUSED")
    behaves(product.world, {"kind": "slow", "seconds": 12})
    product.tells_again("PAUSED")
    product.pauses(product.world.worker)
    behaves(product.world, None)
    backend.hears_of("PAUSED")
    product.another_worker()
    product.lease_ends(models.Callback)
    until(lambda: backend.hears_of("PAUSED")["copies"] == 2, "the other worker takes over")
    product.is_idle()
    product.resumes()
    product.tells_the_truth()
    kinds = [event.kind for event in product.of("PAUSED", models.OrderEvent)]
    assert kinds.count("callback_delivered") == 1


def test_a_worker_paused_in_a_charge_past_its_lease_and_the_one_that_takes_over_charge_once(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, office: Office, product: Product
) -> None:
    link, _ = merchant.orders(f"10 EUR {somebody()} REGISTER buyer@example.com ORDER=STILL")
    buyer.opens(link).pays(WORKS).sees("Paid")
    product.is_idle()
    gateway.fails("slow", CHARGE, seconds=4)
    office.charges_again(product.order("STILL"), "5")
    gateway.hangs()
    product.pauses(product.world.worker)
    product.another_worker()
    product.lease_ends(models.Attempt)
    gateway.took(500, 1000)
    product.is_idle()
    product.resumes()
    product.tells_the_truth()
    gateway.took(500, 1000)


def test_a_message_in_the_hands_of_a_paused_worker_is_sent_once_when_whatsapp_has_told_of_it(
    office: Office, phones: Phones, product: Product
) -> None:
    product.is_idle()
    phones.fails("hang", seconds=4)
    office.orders("HELD")
    until(lambda: not phones.failures_left(), "the message is on its way")
    product.pauses(product.world.worker)
    product.another_worker()
    until(lambda: [row for row in product.of("HELD", models.Message) if row.wamid], "WhatsApp tells of it")
    product.lease_ends(models.Message)
    product.is_idle()
    product.resumes()
    product.tells_the_truth()
    assert set(phones.received().values()) == {1}
