"""What tells a worker that there may be work: every commit on SQLite, every row that is due on PostgreSQL, and nothing that is not."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import text

from tests.actors import until
from tests.db.connections import POSTGRESQL, cut
from tests.db.leasing import LEASE, finish, take
from tests.kit import fill
from webapp.db import models, wakeups, work
from webapp.db.session import Database
from webapp.domain.actions import Action
from webapp.domain.statuses import ErasureStage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit import Shop

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Heard:
    """Counts what is heard, from whatever thread."""

    def __init__(self) -> None:
        self._times = threading.Semaphore(0)

    def __call__(self) -> None:
        self._times.release()

    def again(self) -> bool:
        return self._times.acquire(timeout=20)

    def nothing(self) -> bool:
        return not self._times.acquire(blocking=False)


@SQLITE
def test_a_commit_of_anybody_s_is_seen_once(shop: Shop, database_url: str) -> None:
    other = Database(database_url)
    with shop.context.database.hints(None, lambda: None) as hints:
        hints.changed()
        for name, database in (("ours", shop.context.database), ("another process's", other)):
            assert not hints.changed()
            with database.write() as session:
                session.execute(text("UPDATE merchants SET name = :name"), {"name": name})
            assert hints.changed()
        assert not hints.changed()
        with shop.context.database.read() as session:
            session.execute(text("SELECT 1"))
        assert not hints.changed()
    other.close()


@POSTGRESQL
def test_without_an_address_of_its_own_postgresql_is_looked_at_each_time(shop: Shop, database_url: str) -> None:
    with shop.context.database.hints(None, lambda: None) as hints:
        assert (hints.changed(), hints.changed(), hints.interval) == (True, True, wakeups.POLLED)


@pytest.fixture
def heard(shop: Shop, database_url: str) -> Iterator[Heard]:
    """What a connection that listens hears, from the moment that it does."""
    heard = Heard()
    with shop.context.database.hints(database_url, heard) as hints:
        assert heard.again()
        assert hints.interval == wakeups.LISTENING
        yield heard


@POSTGRESQL
def test_each_transaction_that_makes_something_due_gives_one_notice(shop: Shop, database_url: str) -> None:
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as listening:
        listening.execute(f"LISTEN {wakeups.CHANNEL}")
        fill(shop, 10)
        lease, (row, *_) = take(shop, 1)  # gives none: it is held now
        assert finish(shop, row, lease)  # nor this: it is done
        with shop.context.database.write() as session:
            again = shop.clock() + timedelta(hours=1)
            lease, (row,) = work.claim(session, models.InboxEvent, now=shop.clock(), lease=LEASE, limit=1)
            work.finish(session, models.InboxEvent, row.id, lease, due_at=again)
        listening.execute(f"NOTIFY {wakeups.CHANNEL}, 'the end'")
        given: list[str] = []
        while given[-1:] != ["the end"]:
            given += [notice.payload for notice in listening.notifies(timeout=20, stop_after=1)]
    assert given == ["", "", "the end"]


@POSTGRESQL
@pytest.mark.parametrize("model", work.EVERY)
def test_a_row_of_any_kind_is_heard_of_when_it_becomes_due(shop: Shop, heard: Heard, model: Any) -> None:
    shop.hear("HELP")
    shop.pay(shop.order(Action.REGISTER, send=True))
    order = shop.order(send=True)
    with shop.context.database.write() as session:
        now = shop.clock()
        session.merge(models.Reminder(id=order, sent=0, tries=0, due_at=now))
        session.add(
            models.Refund(id="rf", order_id=order, amount=1, state="requested", actor_kind="user", created_at=now)
        )
        words = {
            "address": "a@b.example",
            "subject": "s",
            "text": "t",
            "html": "h",
            "language": "en",
            "state": "queued",
        }
        by = {"merchant_id": shop.id, "actor_kind": "user"}
        session.add(models.Import(id="imp", digest="d", lines=0, created_at=now, **by))
        buyer = shop.get(order).buyer_id
        session.add(models.Erasure(id=buyer, asked_at=now, stage=ErasureStage.ORDERS, **by))
        session.add(models.Mail(id="m", merchant_id=shop.id, order_id=order, created_at=now, **words))
    until(lambda: not heard.nothing(), "what came before")
    with shop.context.database.write() as session:
        session.execute(text(f"UPDATE {model.__tablename__} SET due_at = NULL"))  # noqa: S608  # nosec B608  # our own tables
    while not heard.nothing():
        pass
    with shop.context.database.write() as session:
        session.execute(text(f"UPDATE {model.__tablename__} SET due_at = now()"))  # noqa: S608  # nosec B608
    assert heard.again()


@POSTGRESQL
def test_a_connection_that_was_cut_listens_again_and_says_that_it_may_have_missed_something(
    shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused, may_go_on = threading.Event(), threading.Event()

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002  # the test says how long
            paused.set()
            return may_go_on.wait(20)

    heard = Heard()
    with shop.context.database.hints(database_url, heard) as hints:
        assert heard.again()
        monkeypatch.setattr(hints, "_stop", Stop())
        cut(database_url)
        assert heard.again()
        assert paused.wait(20)
        assert hints.interval == wakeups.POLLED  # until it is there again, the tables are looked at in short turns
        may_go_on.set()
        assert heard.again()
        assert hints.interval == wakeups.LISTENING
        fill(shop, 1)
        assert heard.again()


@POSTGRESQL
def test_an_address_at_which_nobody_answers_is_as_none(shop: Shop) -> None:
    heard = Heard()
    with shop.context.database.hints("postgresql+psycopg://nobody@127.0.0.1:1/none", heard) as hints:
        assert heard.again()
        assert hints.interval == wakeups.POLLED
        assert hints.changed()
