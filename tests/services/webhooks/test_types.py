"""Which endpoint is told what: the types, who gets them, and that each body is of its type's schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import BUYER, Post, Shop, saved, setting
from webapp.callbacks.bodies import BODIES
from webapp.db import models
from webapp.domain import callback_types
from webapp.domain.actions import Action
from webapp.domain.callback_types import CHOSEN, USUAL, CallbackType
from webapp.domain.errors import Invalid
from webapp.domain.money import Money
from webapp.domain.states import FINAL, State
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, refunds
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUPS = ["order.*", "refund.*", "alias.*", "message.*"]


def listen(shop: Shop, types: Sequence[str] | None) -> str:
    """Another endpoint of the shop's, which is told of these."""
    endpoint, _secret = endpoints.create(shop.context, shop.id, shop.backend("/more"), types)
    return endpoint.id


def told(shop: Shop, endpoint: str) -> list[Any]:
    """What the endpoint is to be told, in the order in which it was written, each checked by its type's schema."""
    rows = shop.all(models.Callback, models.Callback.endpoint_id == endpoint)
    bodies = []
    for row in sorted(rows, key=lambda row: (row.created_at, row.order_id, row.sequence)):
        body, schema = json.loads(row.body), BODIES[CallbackType(row.type)]
        assert schema.model_validate_json(row.body).model_dump(mode="json", exclude_unset=True) == body
        assert body["type"] == row.type
        bodies.append(body)
    return bodies


def test_an_endpoint_that_asks_for_everything_is_told_the_whole_story_and_the_other_what_it_always_was(
    shop: Shop,
) -> None:
    (usual,), every = shop.all(models.Endpoint), listen(shop, GROUPS)
    order = shop.order(Action.REGISTER_PAY, send=True, reference="A12", language="en")
    shop.drain()
    (sent,) = shop.all(models.Message, models.Message.purpose == "request")
    for word in ("delivered", "read"):
        shop.status(sent.wamid, word)
    for _ in range(2):
        lifecycle.opened(shop.context, order)
    shop.pay(order, save=True)
    shop.drain()
    refunds.request(shop.as_operator(), shop.id, order, Money(300, "EUR"))
    shop.drain()
    aliases.revoke(shop.context, shop.id, shop.get(order).alias_id or "")
    failed = shop.order(send=True, reference="A13")
    shop.drain()
    (sent,) = shop.all(models.Message, models.Message.order_id == failed, models.Message.purpose == "request")
    shop.status(sent.wamid, "failed", errors=[{"code": 131026, "title": "Message undeliverable"}])
    first = [body for body in told(shop, every) if body["data"]["order"] == order]
    second = [body for body in told(shop, every) if body["data"]["order"] == failed]
    assert [body["type"].partition(".")[2] for body in first if body["type"].startswith("order.")] == [
        *("created", "sent", "delivered", "read", "opened", "paid", "partially_refunded")
    ]
    assert [body["type"] for body in first[6:]] == [
        *("refund.requested", "refund.succeeded", "order.partially_refunded", "alias.revoked")
    ]
    assert [body["type"] for body in second] == ["order.created", "order.sent", "message.failed"]
    assert first[1]["data"]["message"]["to"] == BUYER
    refunded = next(body["data"] for body in first if body["type"] == "refund.succeeded")
    assert (refunded["refund"]["amount"], refunded["refund"]["requested_by"], refunded["refunded"]) == (
        300,
        "operator",
        300,
    )
    why = second[-1]["data"]["message"]
    assert (why["channel"], why["purpose"], why["error"]) == ("whatsapp", "request", "131026 Message undeliverable")
    assert [body["type"] for body in told(shop, usual.id)] == [
        *("order.paid", "order.partially_refunded", "alias.revoked")
    ]


def test_a_refund_that_the_gateway_refuses_and_one_that_was_made_there_are_told(shop: Shop) -> None:
    every = listen(shop, GROUPS)
    order = shop.order()
    shop.pay(order)
    shop.drain()
    refunds.request(shop.context, shop.id, order, None)
    shop.refund_at_gateway(order, 1000)
    shop.drain()
    shop.hint(order, "charge.refunded")
    states = [body["type"] for body in told(shop, every) if body["type"].startswith("refund.")]
    assert states == ["refund.requested", "refund.failed", "refund.succeeded"]
    by = [body["data"]["refund"]["requested_by"] for body in told(shop, every) if body["type"] == "refund.succeeded"]
    assert by == ["gateway"]


def test_a_charge_says_which_card_it_charges_from_its_first_word_on(shop: Shop) -> None:
    order = saved(shop)
    every = listen(shop, ["order.created"])
    aliases.charge(shop.context, shop.id, order, Money(500, "EUR"))
    ((told_of),) = told(shop, every)
    assert told_of["data"]["charged_alias"] == shop.get(order).alias_id


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (["order.paid"], ["order.paid"]),
        (
            ["refund.*", "order.paid", "refund.failed"],
            ["order.paid", *sorted(each for each in CHOSEN if "refund." in each)],
        ),
        (["order.payed"], None),
        (["*"], None),
        (["order"], None),
        ([".*"], None),
        (["endpoint.test"], None),
        (["endpoint.*"], None),
        ([""], None),
        ([], None),
    ],
)
def test_types_are_chosen_by_name_or_by_group(names: list[str], meant: list[str] | None) -> None:
    if meant is None:
        with pytest.raises(Invalid):
            callback_types.chosen(names)
    else:
        assert sorted(callback_types.chosen(names)) == sorted(meant)


def test_every_state_of_which_backends_are_told_has_a_type_that_all_get() -> None:
    states = FINAL | {State.AUTHORISED, State.OPEN}
    assert {f"order.{state}" for state in states} == {each for each in USUAL if each.startswith("order.")}
    assert BODIES.keys() == set(CallbackType)


def test_a_link_by_e_mail_is_sent_or_fails_as_one_by_whatsapp_does(shop: Shop, post: Post) -> None:
    setting(shop, links_by=["email", "whatsapp"])
    every = listen(shop, ["order.sent", "message.failed"])
    for address in ("buyer@example.com", "nobody@example.com"):
        shop.order(send=True, email=address)
        shop.later(seconds=1)
    news = [(body["type"], body["data"]["message"]) for body in told(shop, every)]
    assert [(kind, each["channel"], each["to"]) for kind, each in news] == [
        ("order.sent", "email", "buyer@example.com"),
        ("message.failed", "email", "nobody@example.com"),
        ("order.sent", "whatsapp", BUYER),
    ]
    assert [bool(each["error"]) for _kind, each in news] == [False, True, False]
