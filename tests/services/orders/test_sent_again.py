"""What a request that is sent again finds: each verb with an idempotency key is done once, whatever the order has come to since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import Shop
from tests.kit.merchant import BUYER
from webapp.db import models
from webapp.domain import actors
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict
from webapp.domain.money import Money
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, refunds
from webapp.services.runtime import idempotency
from webapp.services.runtime.idempotency import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.runtime.context import ServiceContext

EUR = Money(1000, "EUR")


def create(context: ServiceContext, order: str, key: str) -> Any:
    request = lifecycle.Request(Action.PAYMENT, EUR, BUYER, reference="NEW", idempotency_key=key)
    return lifecycle.create(context, "cafe", request, send=True)


VERBS: dict[str, tuple[str, Callable[[ServiceContext, str, str], Any]]] = {
    "create": ("open", create),
    "cancel": ("open", lambda *at: lifecycle.cancel(*_at(at), idempotency_key=at[2])),
    "extend": ("open", lambda *at: lifecycle.extend(*_at(at), 5, idempotency_key=at[2])),
    "resend": ("open", lambda *at: lifecycle.resend(*_at(at), idempotency_key=at[2])),
    "revoke_link": ("open", lambda *at: lifecycle.revoke_link(*_at(at), idempotency_key=at[2])),
    "reactivate": ("cancelled", lambda *at: lifecycle.reactivate(*_at(at), send=True, idempotency_key=at[2])),
    "capture": ("authorised", lambda *at: lifecycle.capture(*_at(at), idempotency_key=at[2])),
    "void": ("authorised", lambda *at: lifecycle.void(*_at(at), idempotency_key=at[2])),
    "refund": ("paid", lambda *at: refunds.request(*_at(at), Money(100, "EUR"), idempotency_key=at[2])),
    "charge": ("paid", lambda *at: aliases.charge(*_at(at), EUR, idempotency_key=at[2])),
}


def _at(given: tuple[Any, ...]) -> tuple[Any, str, str]:
    return given[0], "cafe", given[1]


def stands(shop: Shop, state: str) -> str:
    """An order in that state, with all told that is to be told of it."""
    if state in {"open", "cancelled"}:
        order = shop.order(reference=state)
        if state == "cancelled":
            lifecycle.cancel(shop.as_operator(), shop.id, order)
    else:
        held = state == "authorised"
        action = Action.PAYMENT if held else Action.REGISTER_PAY
        order = shop.order(action, manual_capture=held, reference=state)
        shop.pay(order, save=not held)
    assert shop.state(order) == state
    shop.drain()
    return order


def begun(context: ServiceContext, key: str) -> str:
    found = idempotency.begin(context, "cafe", key, "the same")
    assert isinstance(found, Run)
    return found.request_id


def rows(shop: Shop) -> dict[str, int]:
    of = (models.Order, models.OrderEvent, models.Refund, models.Message, models.Callback, models.Attempt)
    return {model.__tablename__: len(shop.all(model)) for model in of}


ON_BOTH = ("cancel", "charge")  # the statements are the same for all that change an order, and for all that make a row


@pytest.mark.parametrize(
    ("database_url", "name"),
    [*(("sqlite", name) for name in VERBS), *(("postgresql", name) for name in ON_BOTH)],
    indirect=["database_url"],
)
def test_sent_again_it_is_done_once_and_finds_what_it_did(shop: Shop, name: str) -> None:
    state, verb = VERBS[name]
    order, context = stands(shop, state), shop.context.acting_as(actors.api_key("key_1"))
    first = verb(context, order, begun(context, "k"))
    before = rows(shop)
    shop.clock.forward(seconds=31)  # its process is taken for dead
    again = verb(context, order, begun(context, "k"))
    assert (again.id, rows(shop)) == (first.id, before)
    shop.drain()
    settled = rows(shop)
    shop.clock.forward(seconds=31)
    assert verb(context, order, begun(context, "k")).id == first.id
    assert rows(shop) == settled


def test_another_request_does_it_anew_or_is_refused(shop: Shop) -> None:
    order, context = stands(shop, "open"), shop.context.acting_as(actors.api_key("key_1"))
    until = [
        lifecycle.extend(context, shop.id, order, 5, idempotency_key=begun(context, key)).expires_at for key in "ab"
    ]
    assert (until[1] - until[0]).days == 5
    lifecycle.cancel(context, shop.id, order, idempotency_key=begun(context, "c"))
    with pytest.raises(Conflict) as refused:
        lifecycle.cancel(context, shop.id, order, idempotency_key=begun(context, "d"))
    assert refused.value.code == "wrong_state"


def test_a_refused_reference_names_the_order_that_has_it(shop: Shop) -> None:
    order = shop.order(reference="A12")
    with pytest.raises(Conflict) as refused:
        shop.order(reference="a12")
    assert refused.value.details == {"reference": "A12", "order": order}
