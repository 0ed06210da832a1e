"""Callbacks: what they say, in which order, how often, and until when."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from standardwebhooks import Webhook

from tests.kit import BUYER, CONSENT, Shop, paid
from webapp.callbacks import sender
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.channels import OrderChannel
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle
from webapp.services.runtime.sealing import Sealer
from webapp.services.webhooks import endpoints, outbox, outcomes


def ids(shop: Shop) -> list[str]:
    """The webhook-id of each POST."""
    return [headers["Webhook-Id"] for headers, _body in shop.place.told]


def test_the_body_is_what_the_seams_say(shop: Shop) -> None:
    kept: dict[str, Any] = {"metadata": {"table": "7"}, "channel": OrderChannel.NONE}
    order = paid(shop, Action.REGISTER_PAY, reference="A12", description="2 pizzas", **kept)
    told = shop.callbacks(order)[0]
    alias = shop.one(models.Alias)
    assert told == {
        "type": "order.paid",
        "timestamp": "2026-11-24T10:00:00Z",
        "data": {
            "order": order,
            "reference": "A12",
            "state": "paid",
            "action": "REGISTER_PAY",
            "amount": 1000,
            "currency": "EUR",
            "captured": 1000,
            "refunded": 0,
            "tax_rate": None,
            "description": "2 pizzas",
            "channel": "none",
            "return_url": None,
            "metadata": {"table": "7"},
            "buyer": {"phone": BUYER, "email": "buyer@example.com", "details": None},
            "card": {"brand": "visa", "last4": "4242", "exp_month": alias.exp_month, "exp_year": alias.exp_year}
            | {"wallet": None},
            "alias": {
                "id": alias.id,
                "status": "active",
                "brand": "visa",
                "last4": "4242",
                "exp_month": alias.exp_month,
                "exp_year": alias.exp_year,
                "wallet": None,
            },
            "consent": CONSENT | {"at": "2026-11-24T10:00:00Z"},
            "charged_alias": None,
            "capture_before": None,
            "dispute": None,
        },
    }


def test_where_there_is_no_amount_alias_or_card_it_says_null(shop: Shop) -> None:
    order = shop.order(Action.REGISTER)
    lifecycle.cancel(shop.context, shop.id, order)
    data = shop.callbacks(order)[0]["data"]
    assert [data[name] for name in ("amount", "card", "alias", "consent", "charged_alias")] == [None] * 5


def test_a_callback_is_signed_and_sent_byte_for_byte_as_it_was_written(shop: Shop) -> None:
    order = paid(shop)
    shop.drain()
    ((headers, body),) = shop.place.told
    row = shop.one(models.Callback)
    with shop.context.database.read() as session:
        sealed = session.get_one(models.Endpoint, row.endpoint_id).secrets
    (secret,) = shop.context.sealer.open(sealed, endpoints.secret_place(shop.id))
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    signature = Webhook(secret).sign(row.id, shop.clock(), body)
    assert [headers[name.title()] for name in names] == [row.id, str(int(shop.clock().timestamp())), signature]
    assert (body, row.state) == (row.body, "delivered")
    assert shop.kinds(order)[-1] == "callback_delivered"


def test_a_failed_callback_comes_again_with_the_same_id_until_it_arrives(shop: Shop) -> None:
    order = paid(shop)
    shop.place.backend_answers.extend([500, 302, 200])
    shop.drain()
    for wait in sender.WAITS[:2]:
        shop.later(seconds=wait.total_seconds() * 1.1)
    assert len(ids(shop)) == 3
    assert len(set(ids(shop))) == 1
    assert shop.one(models.Callback).state == "delivered"
    assert [row.status for row in shop.all(models.Delivery)] == [500, 302, 200]
    assert shop.kinds(order)[-2:] == ["callback_retrying", "callback_delivered"]


def test_tries_keep_to_the_schedule_with_at_most_a_tenth_more(shop: Shop) -> None:
    paid(shop)
    shop.place.backend_answers.extend([500] * 20)
    for wait in sender.WAITS:
        shop.drain()
        due = shop.one(models.Callback).due_at
        assert wait <= due - shop.clock() <= wait * 1.1
        shop.clock.at = due
    shop.drain()
    assert (shop.one(models.Callback).state, len(ids(shop))) == ("failed", len(sender.WAITS) + 1)
    assert (shop.one(models.Callback).due_at, shop.one(models.Endpoint).disabled_at) == (None, None)


@pytest.mark.parametrize(("asked", "hours"), [("7200", 2), ("864000", 24)])
def test_a_receiver_that_asks_for_time_gets_it_a_day_at_most(shop: Shop, asked: str, hours: int) -> None:
    paid(shop)
    shop.place.backend_says = ("", {"Retry-After": asked})
    shop.place.backend_answers.append(503)
    shop.drain()
    assert shop.one(models.Callback).due_at - shop.clock() == timedelta(hours=hours)


def test_a_receiver_that_asks_for_less_than_the_schedule_waits_as_long_as_any(shop: Shop) -> None:
    paid(shop)
    shop.place.backend_says = ("", {"Retry-After": "1"})
    shop.place.backend_answers.append(503)
    shop.drain()
    assert shop.one(models.Callback).due_at - shop.clock() >= sender.WAITS[0]


def test_a_key_that_cannot_be_read_for_a_while_spends_nothing_of_the_schedule(shop: Shop) -> None:
    order = paid(shop)
    blind = dataclasses.replace(
        shop, context=dataclasses.replace(shop.context, sealer=Sealer([Fernet.generate_key().decode()]))
    )
    for _ in range(12):
        blind.later(minutes=30)
    assert "CannotOpen" in shop.one(models.Callback).error
    shop.place.backend_answers.append(503)
    shop.later(minutes=30)
    callback = shop.one(models.Callback)
    assert (callback.state, callback.error, len(ids(shop))) == ("pending", None, 1)
    assert callback.due_at - shop.clock() <= sender.WAITS[0] * 1.1
    assert shop.kinds(order)[-1] == "callback_retrying"


def test_an_endpoint_that_works_again_is_no_longer_said_to_fail(shop: Shop) -> None:
    shop.place.backend_answers.append(500)
    paid(shop)
    shop.drain()
    assert shop.one(models.Endpoint).failing_since == shop.clock()
    shop.later(seconds=6)
    assert shop.one(models.Endpoint).failing_since is None


@pytest.mark.both_databases
def test_callbacks_of_one_order_go_out_in_order_and_others_do_not_wait(shop: Shop) -> None:
    first = paid(shop)
    shop.place.backend_answers.append(500)
    shop.drain()
    merchant = declarations.get(shop.context, shop.id)
    with shop.context.database.write() as session:
        outbox.queue(session, shop.context, merchant, session.get_one(models.Order, first))
    second = paid(shop)
    shop.drain()
    assert [json.loads(body)["data"]["order"] for _headers, body in shop.place.told] == [first, second]
    shop.later(seconds=6)
    rows = {row.id: row.sequence for row in shop.all(models.Callback, models.Callback.order_id == first)}
    assert [rows[each] for each in ids(shop) if each in rows] == [1, 1, 2]


@pytest.mark.both_databases
def test_a_worker_killed_after_the_receiver_s_200_delivers_again_with_the_same_id(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid(shop)
    with monkeypatch.context() as patched:
        patched.setattr(outcomes, "record", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            shop.work(models.Callback)
    shop.drain()
    assert len(ids(shop)) == 1  # the lease still holds it
    shop.later(seconds=61)
    assert len(ids(shop)) == 2
    assert len(set(ids(shop))) == 1
    assert shop.one(models.Callback).state == "delivered"


def test_the_whole_schedule_is_at_least_eight_tries_over_three_days() -> None:
    assert len(sender.WAITS) + 1 >= 8
    assert sum(sender.WAITS, timedelta()) >= timedelta(days=3)
