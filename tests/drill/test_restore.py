"""`make drill`: a backup is restored that lacks the last orders, as docs/operator/restore.md says, step by step; then everything is compared.

DRILL_ORDERS is how many orders are paid before it was made, 500 unless set; a fifth as many follow, half of them while it is made, and are lost.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from sandbox.demo import MERCHANT
from sandbox.steps import Halt
from tests.actors import WORKS, until
from tests.faults import truth
from tests.faults.actors import Buyer, Gateway, meanwhile
from webapp.db import models

if TYPE_CHECKING:
    from tests.faults.actors import Product

ORDERS = int(os.environ.get("DRILL_ORDERS", "500"))
AT_ONCE = 3
OVER = {f"DRILL-{number}" for number in range(1, ORDERS)}
ACTIONS = random.Random(20).choices(("PAYMENT", "REGISTER_PAY", "REGISTER"), (6, 3, 1), k=2 * ORDERS)


@dataclass
class Backend:
    """The shop's order backend: it asks for orders by the API."""

    product: Product
    token: str

    def asks(self, path: str, key: str, **body: Any) -> Any:
        ordo = self.product.world.addresses.ordo
        sent = {
            "Host": ordo.browser.removeprefix("http://"),
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key,
        }
        for _ in range(300):
            answer = requests.post(f"{ordo.server}/api/v1/{path}", json=body, headers=sent, timeout=60)
            if answer.status_code != 503 and "idempotency_key_running" not in answer.text:  # to be sent again as it is
                break
            time.sleep(0.5)
        assert answer.ok, answer.text
        return answer.json()

    def orders(self, number: int) -> str:
        """The link of a new order; each action comes at its share, and each buyer once."""
        action = ACTIONS[number]
        money = {} if action == "REGISTER" else {"amount": 1000 + number, "currency": "EUR"}
        buyer = {"phone": f"+336{20_000_000 + number}", "email": f"buyer{number}@example.com"}
        wanted = {"reference": f"DRILL-{number}", "action": action, "buyer": buyer, "channel": "none", **money}
        return str(self.asks("orders", f"order-{number}", **wanted)["link"]["url"])


def test_a_backup_from_before_the_last_orders_is_restored_and_nothing_is_charged_again_or_lost_without_a_name(
    product: Product, gateway: Gateway
) -> None:
    product.ends()
    product.world.change(TRUSTED_PROXIES="1")
    product.lives()
    backend = Backend(product, truth.key_of_the_api(product.world))
    waiting = backend.orders(0)
    pays(product, gateway, backend, range(1, ORDERS))
    rests(product)
    lost = range(ORDERS, ORDERS + max(4, ORDERS // 5))
    with ThreadPoolExecutor(1) as copier:  # a backup is made while others write
        shopping = meanwhile(lambda: pays(product, gateway, backend, lost[: len(lost) // 2]))
        copier.submit(product.database.backs_up).result()
        shopping.result(600)
    pays(product, gateway, backend, lost[len(lost) // 2 :])
    Buyer(product.world, gateway).opens(waiting).pays(WORKS)
    paid = {order.reference: order for order in product.rows(models.Order)}
    money = [order for order in paid.values() if order.state == "paid"]
    backend.asks(f"orders/{money[0].id}/refunds", "refund", amount=400)
    aliases = [order.alias_id for order in money if order.alias_id]
    backend.asks(f"aliases/{aliases[0]}/charge", "charge", reference="DRILL-CHARGE", amount=777, currency="EUR")
    # Of those before the backup was made: the erasure of another waits for its money.
    gone = next(order for order in money if order.alias_id in aliases[1:] and order.reference in OVER)
    rests(product)
    product.world.console("buyer", "erase", MERCHANT, gone.buyer_id, "--yes")
    until(lambda: product.rows(models.Erasure)[0].done_at, "the buyer is erased")
    rests(product)
    erased = product.world.root / "erased.txt"
    erased.write_text(product.world.console("buyer", "erased"), encoding="utf-8")
    before, charged = truth.rows(product.world, models.Order, models.Alias, models.Buyer), charges(gateway)
    here = {order.id: order for order in before[models.Order]}

    product.forgets(["buyer", "erase-again", str(erased)])
    named = reconciles(product)
    product.clock.passes(minutes=2)
    rests(product)

    after = truth.rows(product.world, models.Order, models.Alias, models.Buyer, models.Consent)
    kept = {order.id: order for order in after[models.Order] if order.id in here}
    forgotten = {name: order for name, order in here.items() if name not in kept}
    succeeded = {name for name, order in forgotten.items() if order.state not in {"open", "refused"}}
    assert charges(gateway) == charged, "nothing was charged, or given back, again"
    assert {name: (order.state, order.refunded) for name, order in kept.items()} == {
        name: (here[name].state, here[name].refunded) for name in kept
    }
    assert {each["order"] for each in named if not each["mended"]} == succeeded, "what is lost has a name"
    cards = {alias.id: alias for alias in after[models.Alias] if alias.status != "revoked"}
    assert {name: each.payment_method_id for name, each in cards.items()} == {
        alias.id: alias.payment_method_id for alias in before[models.Alias] if alias.status != "revoked"
    }
    proven = {consent.alias_id for consent in after[models.Consent]}
    assert {name for name, each in cards.items() if each.status == "active"} == set(cards) & proven
    asked = {order.renews_alias_id for order in after[models.Order]} - {None}
    assert asked == {name for name, each in cards.items() if each.status == "unproven"} != set()
    (person,) = [buyer for buyer in after[models.Buyer] if buyer.id == gone.buyer_id]
    assert (person.phone, person.email, person.erased_at is None) == (None, None, False)
    references = {order.reference for order in here.values()}
    product.tells_the_truth(told_again=references, lost={order.reference for order in forgotten.values()})
    told(here, kept, forgotten, named, cards)


def pays(product: Product, gateway: Gateway, backend: Backend, numbers: range) -> None:
    """So many people at once order and pay, by the page's own requests."""

    def pay(number: int) -> None:
        buyer, link = Buyer(product.world, gateway), backend.orders(number)
        buyer.http.headers["X-Forwarded-For"] = f"10.0.{number // 250}.{number % 250}"  # each from a place of their own
        until(lambda: _is_through(buyer.opens(link)), f"DRILL-{number} is paid, or looked into")

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        list(crowd.map(pay, numbers))


def _is_through(buyer: Buyer) -> bool:
    """Whether there was nothing to pay any more; else the buyer pays."""
    if 'name="csrf_token"' not in buyer.text or "consent_version" not in buyer.text:
        return buyer.status == 200
    buyer.pays(WORKS)
    return False


def rests(product: Product) -> None:
    """Wait until all work is done. The clock stays what it is: gateway and order backend refuse what was signed long ago, or is to come."""
    until(lambda: not truth.unfinished(product.world), "all work is done", patience=900)


def charges(gateway: Gateway) -> Counter[tuple[str, int, int]]:
    """What the gateway took, and gave back, by order."""
    books = gateway.ledger()
    order_of = {intent["id"]: intent["metadata"]["order"] for intent in books["intents"]}
    return Counter(
        (order_of[each["payment_intent"]], each["amount"], each["amount_refunded"])
        for each in books["charges"]
        if each["status"] == "succeeded"
    )


def reconciles(product: Product) -> list[dict[str, Any]]:
    """`flask reconcile`, which ends with 1 while something still differs: what is lost stays lost."""
    try:
        said = product.world.console("reconcile", MERCHANT, "--json")
    except Halt as halt:
        said = str(halt)
    assert "[\n" in said, said
    return list(json.loads(said[said.index("[\n") :]))


def told(here: Any, kept: Any, forgotten: Any, named: Any, cards: Any) -> None:
    """What came of it, for who looks on."""
    unproven = sum(each.status == "unproven" for each in cards.values())
    mended = sum(each["mended"] for each in named)
    print(
        f"\n{len(here)} orders before, {len(kept)} in the backup, all as they were; {mended} of them brought up to the gateway's books; "
        f"{len(forgotten)} forgotten, each success of them named; {len(cards)} cards saved, {unproven} of them to be agreed to anew."
    )
