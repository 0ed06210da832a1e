"""An order in each state that a buyer's page can show, made as the product makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from tests.kit import ASKS, ASKS_ALWAYS, DECLINED, STRANGER, WORKS, Shop
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, refunds

Make = Callable[[Shop, str], str]  # an order of this reference; its id
Deed = Callable[[Shop, str], object]


def fresh(action: Action = Action.PAYMENT, **more: Any) -> Make:
    """One that waits for its buyer."""
    return lambda shop, name: shop.order(action, description="2 pizzas", reference=name, **more)


def tried(action: Action = Action.PAYMENT, card: str = WORKS, **more: Any) -> Make:
    """One whose buyer tried a card."""
    return then(fresh(action, **more), lambda shop, order: shop.pay(order, card))


def then(make: Make, *deeds: Deed) -> Make:
    """One to which something was done."""

    def made(shop: Shop, name: str) -> str:
        order = make(shop, name)
        for deed in deeds:
            shop.drain()
            deed(shop, order)
        return order

    return made


def lost(shop: Shop, order: str) -> None:
    """The buyer tries, and the gateway's answer does not come."""
    token, kind = shop.token(WORKS), "setup" if shop.get(order).action == Action.REGISTER else "payment"
    shop.fault("500", f"* /v1/{kind}_intents/*", times=3)
    shop.pay(order, token=token)
    requests.delete(f"{shop.gateway.served.url}/_sandbox/faults", timeout=5).raise_for_status()


def again(shop: Shop, order: str) -> None:
    shop.pay(order, DECLINED)


def refund(amount: int) -> Deed:
    return lambda shop, order: refunds.request(shop.context, shop.id, order, Money(amount, "EUR"))


def cancel(shop: Shop, order: str) -> None:
    lifecycle.cancel(shop.context, shop.id, order)


def release(shop: Shop, order: str) -> None:
    lifecycle.void(shop.context, shop.id, order)


def dispute(shop: Shop, order: str) -> None:
    shop.hint(order, "charge.dispute.created")


def forget(shop: Shop, order: str) -> None:
    aliases.revoke(shop.context, shop.id, str(shop.get(order).alias_id))


def pass_time(shop: Shop, order: str) -> None:
    shop.clock.forward(days=2)


def unattended(shop: Shop, name: str) -> str:
    """The shop charges a saved card, and the bank wants its owner."""
    source = tried(Action.REGISTER_PAY, ASKS_ALWAYS)(shop, "SAVED-BEFORE")
    shop.answer_bank(source, "passed")
    shop.hint(source, "payment_intent.succeeded")
    order = aliases.charge(shop.context, shop.id, source, Money(1000, "EUR")).id
    shop.drain()
    with shop.context.database.write() as session:  # such an order's reference is drawn by lot
        made = session.get(models.Order, order)
        assert made
        made.reference = name
    return order


REGISTER, ASK, SAVES = Action.REGISTER, Action.ASK_REGISTER_PAY, Action.REGISTER_PAY
# With the state that the order must be in. Those that move the clock come first, those that any work would bring to an end last.
ORDERS: dict[str, tuple[str, Make]] = {
    "expired": ("expired", then(fresh(days=1), pass_time)),
    "expired-register": ("expired", then(fresh(REGISTER, days=1), pass_time)),
    "payment": ("open", fresh(tax=550)),
    "register": ("open", fresh(REGISTER)),
    "ask": ("open", fresh(ASK)),
    "register-pay": ("open", fresh(SAVES)),
    "to-be-held": ("open", fresh(manual_capture=True)),
    "details": ("open", fresh(collects_details=True)),
    "declined": ("open", tried(card=DECLINED)),
    "declined-register": ("open", tried(REGISTER, DECLINED)),
    "one-try-left": ("open", then(tried(card=DECLINED), again)),
    "unattended": ("open", unattended),
    "bank": ("processing", tried(card=ASKS)),
    "bank-register": ("processing", tried(REGISTER, ASKS)),
    "paid": ("paid", tried()),
    "paid-saved": ("paid", tried(SAVES)),
    "paid-unsaved": ("paid", tried(ASK)),
    "paid-removed": ("paid", then(tried(SAVES, phone=STRANGER), forget)),
    "registered": ("registered", tried(REGISTER)),
    "held": ("authorised", tried(manual_capture=True)),
    "held-saved": ("authorised", tried(SAVES, manual_capture=True)),
    "released": ("voided", then(tried(manual_capture=True), release)),
    "partly-refunded": ("partially_refunded", then(tried(), refund(400))),
    "refunded": ("refunded", then(tried(), refund(1000))),
    "disputed": ("disputed", then(tried(card="createDispute"), dispute)),
    "refused": ("refused", then(tried(card=DECLINED), again, again)),
    "refused-register": ("refused", then(tried(REGISTER, DECLINED), again, again)),
    "cancelled": ("cancelled", then(fresh(), cancel)),
    "cancelled-register": ("cancelled", then(fresh(REGISTER), cancel)),
    "waiting": ("processing", then(fresh(), lost)),
    "waiting-register": ("processing", then(fresh(REGISTER), lost)),
}


def make(shop: Shop) -> dict[str, str]:
    """Every order by its name, each in its state."""
    made = {name: do(shop, name.upper()) for name, (_, do) in ORDERS.items()}
    states = {name: shop.state(order) for name, order in made.items() if not name.startswith("expired")}
    assert states == {name: ORDERS[name][0] for name in states}
    return made
