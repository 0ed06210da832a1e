"""Placing, cancelling, expiring and resending orders."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit import ASKS, BUYER, OPERATOR, Shop, meanwhile
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.services.orders import buyer_view, lifecycle
from webapp.services.payments import checkout


def shown_state(shop: Shop, order: str) -> str:
    """What the buyer's page says."""
    return buyer_view.by_link(shop.context, shop.context.links.token(order, shop.get(order).link_version)).state


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("amount_needed", {"amount": None}),
        ("email_needed", {"action": Action.REGISTER, "email": None}),
        ("bad_days", {"days": 91}),
        ("reference_too_long", {"reference": "x" * 65}),
        ("bad_metadata", {"metadata": {"a b": "x"}}),
        ("card_number", {"metadata": {"note": "4242 4242 4242 4242"}}),
        ("bad_return_url", {"return_url": "https://shop.example/thanks"}),
        ("phone_needed", {"channel": OrderChannel.WHATSAPP, "phone": None}),
        ("email_needed", {"channel": OrderChannel.EMAIL, "email": None}),
        ("cannot_email", {"channel": OrderChannel.EMAIL}),
    ],
)
def test_what_is_missing_or_wrong_is_named(shop: Shop, code: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        shop.order(**wrong)
    assert caught.value.code == code
    assert shop.all(models.Order) == []


def test_a_reference_is_given_once_for_each_merchant(shop: Shop) -> None:
    shop.order(reference="A12")
    with pytest.raises(Conflict, match="reference_exists"):
        shop.order(reference="A12")


def test_an_order_without_a_reference_gets_one_that_can_be_read_aloud(shop: Shop) -> None:
    reference = shop.get(shop.order()).reference
    assert len(reference) == 6
    assert not set(reference) & set("01IO")


def test_an_open_order_is_cancelled_at_once(shop: Shop) -> None:
    order = shop.order()
    lifecycle.cancel(shop.context, shop.id, order)
    assert shop.state(order) == shown_state(shop, order) == "cancelled"
    assert [told["type"] for told in shop.callbacks(order)] == ["order.cancelled"]
    with pytest.raises(Conflict):
        shop.pay(order)


def test_an_order_with_an_intent_is_cancelled_once_the_gateway_has_cancelled(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    lifecycle.cancel(shop.context, shop.id, order)
    assert (shop.state(order), shop.callbacks(order)) == ("processing", [])
    shop.drain()
    assert (shop.state(order), shop.attempts(order)) == ("cancelled", ["abandoned"])
    assert [intent["status"] for intent in shop.ledger()["intents"]] == ["canceled"]


def test_a_payment_that_is_faster_than_the_cancellation_wins(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    shop.answer_bank(order, "passed")
    lifecycle.cancel(shop.context, shop.id, order)
    shop.drain()
    assert (shop.state(order), shop.charges()) == ("paid", [1000])
    assert [told["type"] for told in shop.callbacks(order)] == ["order.paid"]


def test_an_order_whose_cancellation_waits_takes_no_new_try(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    checkout.another_card(shop.context, order)
    lifecycle.cancel(shop.context, shop.id, order)
    assert (shop.state(order), shown_state(shop, order)) == ("open", "cancelled")
    with pytest.raises(Conflict):
        shop.pay(order)


@pytest.mark.parametrize("action", [Action.PAYMENT, Action.REGISTER])
def test_a_gateway_that_is_down_delays_a_cancellation(shop: Shop, action: Action) -> None:
    order = shop.order(action)
    shop.pay(order, ASKS)
    shop.fault("500", "POST /v1/*_intents/*/cancel")
    lifecycle.cancel(shop.context, shop.id, order)
    shop.drain()
    assert shop.state(order) == "processing"
    for _ in range(3):
        shop.later(seconds=31)
    assert (shop.state(order), len(shop.callbacks(order))) == ("cancelled", 1)


def test_an_order_expires_when_its_time_has_come_and_not_before(shop: Shop) -> None:
    order = shop.order(days=1)
    shop.later(days=1, seconds=-1)
    assert shop.state(order) == shown_state(shop, order) == "open"
    shop.clock.forward(seconds=1)
    assert (shop.state(order), shown_state(shop, order)) == ("open", "expired")  # the page does not wait for the worker
    shop.drain()
    assert shop.state(order) == "expired"
    assert [told["type"] for told in shop.callbacks(order)] == ["order.expired"]


def test_an_order_with_a_declined_try_expires_and_its_intent_is_cancelled(shop: Shop) -> None:
    order = shop.order(days=1)
    shop.pay(order, "visa_chargeDeclined")
    shop.later(days=1)
    assert shop.state(order) == "expired"
    assert [intent["status"] for intent in shop.ledger()["intents"]] == ["canceled"]


def test_a_bank_that_said_yes_before_the_expiry_wins(shop: Shop) -> None:
    order = shop.order(days=1)
    shop.pay(order, ASKS)
    shop.clock.forward(days=1)
    shop.answer_bank(order, "passed")
    shop.work(models.Order)
    assert (shop.state(order), shop.charges()) == ("paid", [1000])


def test_a_try_that_has_not_reached_the_gateway_yet_is_not_expired_under_its_feet(shop: Shop) -> None:
    order = shop.order(days=1)
    shop.clock.forward(days=1, seconds=-1)

    def expire() -> None:
        shop.clock.forward(seconds=1)
        shop.work(models.Order)

    checkout.start(
        meanwhile(shop, "open", before=expire), order, checkout.Submission(shop.token("visa"), False, None, "")
    )
    assert (shop.state(order), shop.charges()) == ("paid", [1000])


def test_a_cancel_that_races_a_submit_ends_in_paid_or_cancelled_and_never_both(shop: Shop) -> None:
    order = shop.order()

    def cancel() -> None:
        lifecycle.cancel(shop.context, shop.id, order)
        shop.drain()

    checkout.start(
        meanwhile(shop, "submit", before=cancel), order, checkout.Submission(shop.token("visa"), False, None, "")
    )
    shop.drain()
    assert shop.state(order) == "cancelled"
    assert shop.charges() == []
    assert len(shop.callbacks(order)) == 1


def test_an_intent_cancelled_at_the_gateway_by_hand_gives_way_to_a_new_one(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    intent = shop.get(order).intent
    shop._stripe("POST", f"/v1/payment_intents/{intent}/cancel")
    checkout.resume(shop.context, order)
    assert (shop.state(order), shop.get(order).generation) == ("open", 2)
    shop.pay(order)
    assert (shop.state(order), shop.charges()) == ("paid", [1000])
    assert shop.get(order).intent != intent


def test_a_link_is_sent_again_while_the_order_takes_a_payment(shop: Shop) -> None:
    order = shop.order(send=True)
    shop.drain()
    lifecycle.resend(shop.context, shop.id, order)
    shop.drain()
    assert [message["to"] for message in shop.place.sent] == [BUYER, BUYER]
    shop.pay(order)
    with pytest.raises(Conflict):
        lifecycle.resend(shop.context, shop.id, order)


def test_the_operator_is_told_once_what_became_of_the_order(shop: Shop) -> None:
    order = shop.order(Action.REGISTER)
    shop.pay(order)
    shop.drain()
    told = sorted((message["to"], message["template"]["name"]) for message in shop.place.sent)
    assert told == [(OPERATOR, "ordo_merchant_notice"), (BUYER, "ordo_card_saved")]  # nothing was paid: no receipt


@pytest.mark.parametrize("verb", [lifecycle.cancel, lifecycle.resend])
def test_another_merchant_s_order_is_not_found(shop: Shop, verb: Any) -> None:
    order = shop.order()
    with pytest.raises(NotFound):
        verb(shop.context, "other", order)


def test_opened_is_noted_once(shop: Shop) -> None:
    order = shop.order()
    lifecycle.opened(shop.context, order)
    lifecycle.opened(shop.context, order)
    assert shop.kinds(order).count("opened") == 1
