"""The books against the gateway's: ours follow, and what cannot is named."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.kit import WORKS
from webapp.db import models
from webapp.domain.actions import Action
from webapp.services.monitoring import work_check
from webapp.services.payments import reconciliation

if TYPE_CHECKING:
    from tests.kit import Shop


def compare(shop: Shop) -> list[tuple[str, bool]]:
    # The gateway's clock is the real one.
    found = reconciliation.compare(shop.context, shop.id, shop.clock() - timedelta(days=3650))
    return [(each.order, each.mended) for each in found]


def test_books_that_agree_show_nothing(shop: Shop) -> None:
    for action in Action:
        shop.pay(shop.order(action), save=True)
    shop.order()
    held = shop.order(manual_capture=True)
    shop.pay(held)
    shop.drain()
    assert compare(shop) == []


def test_a_success_whose_news_were_lost_is_found_and_followed(shop: Shop) -> None:
    order = shop.order()
    shop.fault("500_after", "POST /v1/payment_intents/*/confirm")
    shop.pay(order)
    assert shop.state(order) == "processing"
    assert compare(shop) == [(order, True)]
    assert (shop.state(order), compare(shop)) == ("paid", [])


@pytest.mark.both_databases
def test_a_success_that_a_restored_backup_has_forgotten_is_found_by_the_order_s_name(shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY)
    shop.pay(order)
    shop.drain()
    forget(shop, order)
    assert (shop.state(order), compare(shop)) == ("open", [(order, True)])
    assert (shop.state(order), shop.charges()) == ("paid", [1000])
    assert [call["type"] for call in shop.callbacks(order)] == ["order.paid"]


def forget(shop: Shop, order: str) -> None:
    """As a backup from before the payment has it."""
    with shop.context.database.write() as session:
        row = session.get_one(models.Order, order)
        row.state, row.intent, row.alias_id, row.closed_at, row.card = "open", None, None, None, None
        session.flush()
        session.query(models.Delivery).delete()
        for model in (models.Message, models.Callback, models.Consent, models.Attempt):
            session.query(model).filter(model.order_id == order).delete()
        session.query(models.Alias).delete()


@pytest.mark.both_databases
def test_a_refund_and_a_detached_card_that_nobody_told_of_are_followed(shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY)
    shop.pay(order)
    alias = shop.one(models.Alias)
    shop.refund_at_gateway(order, 400)
    shop._stripe("POST", f"/v1/payment_methods/{alias.payment_method_id}/detach")
    assert compare(shop) == [(order, True), (alias.id, True)]
    assert (shop.state(order), shop.one(models.Alias).status) == ("partially_refunded", "revoked")


@pytest.mark.both_databases
def test_a_success_that_the_gateway_knows_nothing_of_is_named_and_an_alarm(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    with shop.context.database.write() as session:
        session.get_one(models.Order, order).intent = "pi_nowhere"
    other = shop.order()
    shop.pay(other, WORKS)
    with shop.context.database.write() as session:
        row = session.get_one(models.Order, other)
        row.amount = 999
    assert (other, False) in compare(shop)


def test_the_sweep_comes_round_every_day(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    with shop.context.database.write() as session:
        session.get_one(models.Order, order).amount = 999
    sweep = models.ScheduledTask.type == "reconciliation"
    shop.clock.at = shop.one(models.ScheduledTask, sweep).due_at
    shop.drain()
    assert shop.one(models.ScheduledTask, sweep).due_at == shop.clock() + reconciliation.EVERY
    assert "alarm" in shop.kinds(order)


def test_payments_of_orders_that_a_restored_backup_has_not_are_each_an_error_and_named_by_the_check_up(
    shop: Shop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = [shop.order() for _ in range(6)]
    for order in bought:
        shop.pay(order)
    shop.drain()
    monkeypatch.setattr(reconciliation, "WINDOW", timedelta(days=3650))  # the gateway's clock is the real one
    sweep = models.ScheduledTask.type == "reconciliation"
    with monkeypatch.context() as restored:
        restored.setattr("webapp.services.payments.reconciliation.orders.find", lambda *_: None)
        shop.clock.at = shop.one(models.ScheduledTask, sweep).due_at
        shop.drain()
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert sorted(line.split("order ")[1].partition(",")[0] for line in told) == sorted(bought)
    (finding,) = (each for each in work_check.troubled(shop.context) if "reconciliation" in each.text)
    assert not finding.ok
    assert "6 payments at the gateway are of no order here" in finding.text
    assert finding.text.endswith("…): flask reconcile cafe")
    shop.clock.at = shop.one(models.ScheduledTask, sweep).due_at
    shop.drain()
    assert shop.one(models.ScheduledTask, sweep).error is None
