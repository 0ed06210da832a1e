"""From the schema of the last release, with rows in it, to this one's: nothing is lost, and every row is read by its new words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import create_engine, select

from webapp.db import migrate, models
from webapp.db.session import Database
from webapp.domain.actors import ActorKind
from webapp.domain.errors import Conflict
from webapp.domain.statuses import AttemptState
from webapp.domain.tasks import TaskType
from webapp.domain.timeline import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


RELEASED = "0013"
AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SHOP = {
    "id": "cafe", "name": "Café", "mode": "test", "country": "FR", "currency": "EUR", "language": "fr", "time_zone": "Europe/Paris",
    "contact": "x@cafe.example", "max_tries": 3, "link_days": 7, "publishable_key": "pk_test_1", "gateway_secrets": "sealed", "phone_number_id": "1",
    "business_account_id": "2", "whatsapp_secrets": "sealed", "reminders": [4], "quiet_from": 21, "quiet_until": 8, "created_at": AT,
}  # fmt: skip
ORDER = {
    "merchant_id": "cafe", "buyer_id": "buy_1", "action": "REGISTER_PAY", "amount": 1000, "currency": "EUR", "state_at": AT, "revision": 7,
    "link_version": 1, "generation": 1, "declines": 0, "created_at": AT, "expires_at": AT, "tries": 0, "refunded": 0,
}  # fmt: skip
CARD = {"exp_month": 12, "exp_year": 2034, "brand": "visa", "last4": "4242", "fingerprint": "f", "status": "active"}
ROWS: dict[str, list[dict[str, Any]]] = {
    "merchants": [SHOP],
    "operators": [
        {"id": "op_1", "merchant_id": "cafe", "phone": "+33611111111", "name": "Léa", "language": "fr", "active": True}
    ],
    "buyers": [{"id": "buy_1", "merchant_id": "cafe", "phone": "+33612345678", "created_at": AT}],
    "aliases": [
        {"id": "al_1", "merchant_id": "cafe", "buyer_id": "buy_1", "customer": "cus_1", "means": "pm_1", "created_at": AT, "tries": 0} | CARD
    ],
    "orders": [
        {"id": "ord_1", "reference": "A1", "source": "whatsapp", "operator_id": "op_1", "state": "authorised", "once": "once_1", "holds": True,
         "closing": "paid", "asks": True, "alias_id": "al_1", "due_at": AT} | ORDER,
        {"id": "ord_2", "reference": "A2", "source": "office", "state": "refused", "once": None, "holds": False, "closing": None, "asks": False} | ORDER,
    ],
    "attempts": [
        {"id": "att_1", "order_id": "ord_1", "number": 1, "saves": True, "state": "done", "mark": "pm_1", "customer": "cus_1", "means": "pm_1",
         "tapped": True, "created_at": AT, "tries": 0},
        {"id": "att_2", "order_id": "ord_2", "number": 1, "saves": False, "state": "released", "tapped": False, "created_at": AT, "tries": 0},
    ],
    "refunds": [
        {"id": f"rf_{source}", "order_id": "ord_1", "amount": 100, "state": "succeeded", "source": source, "once": f"once_{source}", "created_at": AT,
         "tries": 0}
        for source in ("office", "whatsapp", "gateway")
    ],
    "order_events": [
        {"order_id": order, "at": AT, "kind": kind, "data": {"n": number}}
        for order in ("ord_1", "ord_2")
        for number, kind in enumerate(("created", "spent", "released", "tapped", "not_me", "not_me_link", "paid"))
    ],
    "inbox_events": [
        {"merchant_id": "cafe", "source": "gateway", "external_id": "evt_1", "payload": {"type": "payment_method.detached", "means": "pm_1"},
         "received_at": AT, "due_at": AT, "tries": 0},
        {"merchant_id": "cafe", "source": "whatsapp", "external_id": "wamid.1", "payload": {"means": "left alone"}, "received_at": AT, "due_at": AT,
         "tries": 0},
    ],
    "jobs": [
        {"id": "sweep:cafe", "merchant_id": "cafe", "due_at": AT, "tries": 2},
        {"id": "page:cafe", "merchant_id": "cafe", "due_at": AT, "tries": 0},
    ],
    "paces": [{"merchant_id": "cafe", "phone": "+33612345678", "full_at": 5.5, "reached_at": AT}],
    "beats": [{"worker": "w", "line": "orders", "seen_at": AT}],
    "page_reports": [
        {"merchant_id": "cafe", "directive": "script-src", "blocked": "inline", "source": "", "count": 3, "first_at": AT, "last_at": AT}
    ],
    "page_looks": [{"merchant_id": "cafe", "at": AT, "differences": ["header x"], "since": AT, "told": True}],
}  # fmt: skip


def released(url: str) -> None:
    """A database as the last release leaves it, with a row or more in every table that changes."""
    command.upgrade(migrate._config(url), RELEASED)
    engine = create_engine(url)
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for name, rows in ROWS.items():
            for row in rows:
                connection.execute(tables.tables[name].insert().values(**row))
    engine.dispose()


@pytest.fixture
def upgraded(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[Database]:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'released.db'}"
    else:
        cluster, _ = request.getfixturevalue("postgres")
        url = cluster.url(cluster.create())
    released(url)
    assert migrate.upgrade(url)[0] == RELEASED
    database = Database(url)
    yield database
    database.close()


both = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


@both
def test_an_order_and_what_belongs_to_it_are_read_by_their_new_names(upgraded: Database) -> None:
    with upgraded.read() as session:
        order = session.get_one(models.Order, "ord_1")
        attempts = {row.id: row for row in session.scalars(select(models.Attempt))}
        alias = session.get_one(models.Alias, "al_1")
    assert (order.idempotency_key, order.manual_capture, order.pending_transition) == ("once_1", True, "paid")
    assert (order.collects_details, order.alias_id, order.revision) == (True, "al_1", 7)
    paid, dropped = attempts["att_1"], attempts["att_2"]
    assert (paid.gateway_attempt_ref, paid.payment_method_id, paid.customer_initiated) == ("pm_1", "pm_1", True)
    assert (paid.state, dropped.state) == (AttemptState.DONE, AttemptState.ABANDONED)
    assert (alias.payment_method_id, alias.customer) == ("pm_1", "cus_1")


@both
def test_events_have_their_new_kinds_and_their_actor_where_it_was_known(upgraded: Database) -> None:
    with upgraded.read() as session:
        events = list(session.scalars(select(models.OrderEvent).order_by(models.OrderEvent.id)))
    kinds = [event.kind for event in events if event.order_id == "ord_1"]
    assert kinds == [
        EventKind.CREATED,
        EventKind.ATTEMPTS_EXHAUSTED,
        EventKind.ATTEMPT_ABANDONED,
        EventKind.SAVED_CARD_AGREED,
        EventKind.WRONG_RECIPIENT,
        EventKind.WRONG_RECIPIENT_LINK,
        EventKind.PAID,
    ]
    assert [event.data["n"] for event in events] == [*range(7), *range(7)]
    known = [(event.order_id, event.actor_kind, event.actor_id) for event in events if event.actor_kind]
    assert known == [("ord_1", ActorKind.OPERATOR, "op_1")]


@both
def test_a_refund_s_source_becomes_its_actor(upgraded: Database) -> None:
    with upgraded.read() as session:
        rows = {
            row.id: (row.actor_kind, row.actor_id, row.idempotency_key)
            for row in session.scalars(select(models.Refund))
        }
    assert rows == {
        "rf_office": (ActorKind.USER, None, "once_office"),
        "rf_whatsapp": (ActorKind.OPERATOR, None, "once_whatsapp"),
        "rf_gateway": (ActorKind.GATEWAY, None, "once_gateway"),
    }


@both
def test_what_waits_to_be_worked_on_is_still_due_and_understood(upgraded: Database) -> None:
    with upgraded.read() as session:
        events = {row.external_id: row for row in session.scalars(select(models.InboxEvent))}
        tasks = {row.type: row for row in session.scalars(select(models.ScheduledTask))}
    assert events["evt_1"].payload == {"type": "payment_method.detached", "payment_method": "pm_1"}
    assert events["wamid.1"].payload == {"means": "left alone"}
    assert all(row.due_at == AT for row in events.values())
    assert tasks.pop(TaskType.CALLBACK_SWEEP).id == "callback_sweep:cafe"  # which it had not, and gets
    assert tasks.pop(TaskType.CARD_COMPARISON).id == "card_comparison:cafe"
    assert tasks.pop(TaskType.TOTALS).id == "totals:cafe"
    assert tasks.pop(TaskType.RETENTION).id == "retention:cafe"
    assert {kind: (row.id, row.due_at, row.tries) for kind, row in tasks.items()} == {
        TaskType.RECONCILIATION: ("reconciliation:cafe", AT, 2),
        TaskType.PAGE_CHECK: ("page_check:cafe", AT, 0),
    }


@both
def test_tables_under_new_names_keep_their_rows(upgraded: Database) -> None:
    with upgraded.read() as session:
        quota = session.get_one(models.SendQuota, ("cafe", "+33612345678"))
        report = session.scalars(select(models.CspReport)).one()
        check = session.get_one(models.PageCheck, "cafe")
    assert (quota.full_at, quota.reached_at) == (5.5, AT)
    assert (report.blocked, report.count) == ("inline", 3)
    assert (check.differences, check.told) == (["header x"], True)


@both
def test_the_constraints_hold_under_their_new_names(upgraded: Database) -> None:
    with pytest.raises(Conflict) as refused, upgraded.write() as session:
        session.get_one(models.Order, "ord_2").idempotency_key = "once_1"
    assert refused.value.code == "uq_orders_merchant_id_idempotency_key"
