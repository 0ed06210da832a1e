"""What becomes of a row whose work fails unexpectedly: its reason is kept, it is tried more slowly, and not without end."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import OPERATOR, STRANGER
from webapp.db import models, work
from webapp.domain.actions import Action
from webapp.domain.errors import Unavailable
from webapp.jobs import queues
from webapp.services import inbox
from webapp.services.payments import erasure
from webapp.whatsapp import inbound

if TYPE_CHECKING:
    from datetime import datetime

    from tests.kit import Shop


def fails(_context: Any, _row: Any, _lease: work.Lease) -> None:
    raise ZeroDivisionError("a bug\nof order ord_canary")


def fail_once(shop: Shop, model: Any, carry_out: Any = fails) -> datetime | None:
    """Claim the only row that is due and fail at it; when it is due again."""
    kind = replace(next(kind for kind in queues.QUEUES if kind.model is model), carry_out=carry_out)
    with shop.context.database.write() as session:
        lease, (row,) = work.claim(session, model, now=shop.clock(), lease=kind.lease, limit=1)
    queues.carry_out(shop.context, kind, row, lease)
    found: datetime | None = shop.one(model, model.id == row.id).due_at
    return found


def event(shop: Shop) -> None:
    message = {"id": "wamid.p", "from": OPERATOR[1:], "timestamp": "0", "type": "text", "text": {"body": "HELP"}}
    inbox.keep_whatsapp(
        shop.context, shop.id, [inbound.Event("wamid.p", shop.number(), {"message": message, "contact": {}})]
    )


def test_a_row_that_fails_for_a_day_is_parked_with_its_reason_and_an_error_in_the_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    event(shop)
    began, waits = shop.clock(), []
    while (due := fail_once(shop, models.InboxEvent)) is not None:
        waits.append(due - shop.clock())
        shop.clock.at = due
    assert waits == sorted(waits)
    assert timedelta(hours=23) < shop.clock() - began < timedelta(hours=25)
    assert shop.one(models.InboxEvent).error == "ZeroDivisionError: a bug"
    assert ("is parked" in caplog.records[-1].getMessage(), caplog.records[-1].levelno) == (True, logging.ERROR)


def test_a_parked_row_that_is_made_due_by_hand_gets_one_more_try(shop: Shop) -> None:
    event(shop)
    with shop.context.database.write() as session:
        session.query(models.InboxEvent).one().tries = queues.PATIENCE
    assert fail_once(shop, models.InboxEvent) is None
    with shop.context.database.write() as session:
        session.query(models.InboxEvent).one().due_at = shop.clock()
    shop.drain()
    assert shop.one(models.InboxEvent).error is None
    assert len(shop.place.sent) == 1


@pytest.mark.parametrize("model", work.MONEY)
def test_money_is_never_parked_and_each_failure_is_an_error_in_the_log(
    shop: Shop, model: Any, caplog: pytest.LogCaptureFixture
) -> None:
    shop.pay(shop.order(Action.REGISTER))
    order = shop.order()
    shop.pay(order, "authenticationRequired")
    erasure.erase(shop.context, shop.id, shop.get(shop.order(phone=STRANGER)).buyer_id)
    with shop.context.database.write() as session:
        session.add(
            models.Refund(
                id="rf", order_id=order, amount=1, state="requested", actor_kind="user", created_at=shop.clock()
            )
        )
        session.flush()
        for row in session.query(model).all():
            row.due_at = None
        row.due_at, row.tries = shop.clock(), 10 * queues.PATIENCE
        name = row.id
    assert fail_once(shop, model) == shop.clock() + timedelta(seconds=queues.BACK_OFF[-1])
    assert shop.one(model, model.id == name).error == "ZeroDivisionError: a bug"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_database_that_cannot_be_reached_is_no_fault_of_the_row(shop: Shop) -> None:
    event(shop)

    def unreachable(_context: Any, _row: Any, _lease: work.Lease) -> None:
        raise Unavailable("gone")

    fail_once(shop, models.InboxEvent, unreachable)
    row = shop.one(models.InboxEvent)
    assert (row.error, row.lease_until) == (None, shop.clock() + timedelta(seconds=60))


def test_a_reason_that_no_database_would_keep_is_made_one_that_each_keeps(shop: Shop) -> None:
    event(shop)

    def odd(_context: Any, _row: Any, _lease: work.Lease) -> None:
        raise ValueError("\x00" + "x" * 1000)

    fail_once(shop, models.InboxEvent, odd)
    assert shop.one(models.InboxEvent).error.startswith("ValueError: \ufffdxxx")
    assert len(shop.one(models.InboxEvent).error) == 300
    assert queues._reason(ValueError("half a pair \ud800")) == "ValueError: half a pair ?"


def test_who_lost_the_lease_writes_no_reason(shop: Shop) -> None:
    event(shop)
    with shop.context.database.write() as session:
        lease, (row,) = work.claim(session, models.InboxEvent, now=shop.clock(), lease=timedelta(seconds=60), limit=1)
        work.release(session, models.InboxEvent, [row.id], lease)
    queues.carry_out(shop.context, replace(queues.QUEUES[0], carry_out=fails), row, lease)
    assert shop.one(models.InboxEvent).error is None
