"""What `flask doctor` finds."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import setting
from webapp.callbacks.sender import Answer
from webapp.db import heartbeats, merchants, models, work
from webapp.db.session import Database
from webapp.domain.errors import Unavailable
from webapp.domain.statuses import CallbackState
from webapp.services.monitoring import doctor, work_check
from webapp.services.monitoring.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit import Shop


def findings(shop: Shop, database_url: str) -> dict[str, Finding]:
    return {finding.subject: finding for finding in doctor.run(shop.context, database_url, shop.context.now())}


def test_a_missing_worker_and_unregistered_webhooks_are_said_with_what_to_do(shop: Shop, database_url: str) -> None:
    found = findings(shop, database_url)
    assert found["Database"].ok
    assert not found["Worker"].ok
    assert "flask worker" in found["Worker"].text
    assert not found[f"{shop.id}: gateway"].ok


def beat(shop: Shop, *models_: Any) -> None:
    """A worker's lines look for these kinds of work."""
    with shop.context.database.write() as session:
        for model in models_:
            heartbeats.beat(session, "a worker", model.__tablename__, shop.clock())


def test_a_kind_of_work_that_nobody_looks_for_is_named(shop: Shop, database_url: str) -> None:
    beat(shop, *work.EVERY)
    assert findings(shop, database_url)["Worker"].ok
    shop.clock.forward(seconds=91)
    beat(shop, *work.EVERY[1:])
    found = findings(shop, database_url)["Worker"]
    assert (found.ok, "inbox_events" in found.text, "messages" in found.text) == (False, True, False)


@pytest.mark.parametrize("seconds", [0, 2, 59])
def test_a_worker_whose_clock_is_a_little_ahead_was_seen_now(shop: Shop, database_url: str, seconds: int) -> None:
    shop.clock.forward(seconds=seconds)
    beat(shop, *work.EVERY)
    shop.clock.forward(seconds=-seconds)
    found = findings(shop, database_url)["Worker"]
    assert (found.ok, found.text) == (True, "seen 0 s ago")


@pytest.mark.parametrize("ahead", [{"seconds": 61}, {"hours": 5}, {"days": 8}])
@pytest.mark.parametrize("others", [True, False])
def test_a_worker_that_says_it_was_here_in_the_future_is_named(
    shop: Shop, database_url: str, ahead: dict[str, int], others: bool
) -> None:
    shop.clock.forward(**ahead)
    beat(shop, *work.EVERY)
    shop.clock.forward(**{unit: -span for unit, span in ahead.items()})
    if others:
        with shop.context.database.write() as session:
            for model in work.EVERY:
                heartbeats.beat(session, "a right one", model.__tablename__, shop.clock())
    found = findings(shop, database_url)["Worker"]
    assert (found.ok, "the clock of a worker (" in found.text, "ahead" in found.text) == (False, True, True)
    assert "a right one" not in found.text


def test_work_that_nobody_takes_is_named_whatever_workers_say(shop: Shop, database_url: str) -> None:
    shop.order(send=True)
    assert findings(shop, database_url)["Waiting work"].ok
    shop.clock.forward(minutes=11)
    beat(shop, *work.EVERY)
    found = findings(shop, database_url)
    assert (found["Worker"].ok, found["Waiting work"].ok) == (True, False)
    assert "messages wait since 2026-11-24 10:00 UTC" in found["Waiting work"].text
    shop.drain()
    assert findings(shop, database_url)["Waiting work"].ok


def test_a_database_that_takes_nothing_is_found(shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(shop, database_url)["Room to write"].ok

    @contextlib.contextmanager
    def full(_database: Database) -> Iterator[Any]:
        raise Unavailable("database or disk is full")
        yield

    monkeypatch.setattr(Database, "write", full)
    found = findings(shop, database_url)["Room to write"]
    assert (found.ok, "database or disk is full" in found.text) == (False, True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_disk_that_is_nearly_full_is_found(shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    def usage(place: Path) -> SimpleNamespace:
        asked.append(place)
        return SimpleNamespace(free=work_check.LEAST_ROOM - 1)

    monkeypatch.setattr("shutil.disk_usage", usage)
    found = findings(shop, database_url)["Room to write"]
    assert (found.ok, "199 MB are left" in found.text) == (False, True)
    assert asked == [Path(database_url.removeprefix("sqlite:///")).parent]


def test_a_time_zone_that_an_earlier_release_took_is_named(shop: Shop, database_url: str) -> None:
    assert f"{shop.id}: file" not in findings(shop, database_url)
    setting(shop, time_zone="Paris")
    found = findings(shop, database_url)[f"{shop.id}: file"]
    assert (found.ok, "'Paris'" in found.text) == (False, True)


def test_an_endpoint_that_does_not_answer_is_named(shop: Shop, database_url: str) -> None:
    subject = f"{shop.id}: endpoint"
    assert findings(shop, database_url)[subject].ok
    endpoint = shop.one(models.Endpoint)
    with shop.context.database.write() as session:
        session.get_one(models.Endpoint, endpoint.id).url = "http://127.0.0.1:1/backend"
    found = findings(shop, database_url)[subject]
    assert (found.ok, "http://127.0.0.1:1/backend" in found.text, "refused" in found.text) == (False, True, True)


def test_callbacks_for_an_endpoint_that_the_file_names_no_more_are_named(shop: Shop, database_url: str) -> None:
    shop.pay(shop.order())
    with shop.context.database.write() as session:
        session.get_one(models.Endpoint, shop.one(models.Endpoint).id).active = False
    shop.drain()
    found = findings(shop, database_url)[f"{shop.id}: callbacks"]
    assert (found.ok, "not in the merchant's file any more and 1 wait" in found.text) == (False, True)
    shop.clock.forward(days=8)
    assert findings(shop, database_url)[f"{shop.id}: callbacks"].ok


def test_what_the_identity_provider_lacks_is_told(shop: Shop, database_url: str) -> None:
    def look(problems: list[str] | None) -> list[Finding]:
        identity = None if problems is None else lambda: problems
        return list(doctor._identity(dataclasses.replace(shop.context, identity=identity)))

    assert [each.ok for each in (*look(None), *look([]))] == [True, True]
    assert [(each.ok, each.text) for each in look(["no key", "no email"])] == [(False, "no key"), (False, "no email")]


def test_work_that_is_parked_and_money_that_fails_again_and_again_are_named(shop: Shop, database_url: str) -> None:
    assert findings(shop, database_url)["Background work"].ok
    order = shop.order(send=True)
    with shop.context.database.write() as session:
        session.get_one(models.Order, order).error = "KeyError: 'x'"
        message = session.query(models.Message).one()
        message.error, message.due_at = "ValueError: y", None
    texts = [each.text for each in doctor.run(shop.context, database_url, shop.clock()) if "Background" in each.subject]
    assert [("KeyError" in text, "parked" in text) for text in texts] == [(False, True), (True, False)]
    assert all(name in "".join(texts) for name in (order, message.id))


def test_callbacks_that_wait_for_an_hour_or_were_given_up_lately_are_named(shop: Shop, database_url: str) -> None:
    subject = f"{shop.id}: callbacks"
    shop.pay(shop.order())
    assert findings(shop, database_url)[subject].ok
    shop.clock.forward(minutes=61)
    callback = shop.one(models.Callback)
    assert "waits since" in findings(shop, database_url)[subject].text
    with shop.context.database.write() as session:
        session.get_one(models.Callback, callback.id).state = CallbackState.FAILED
    found = findings(shop, database_url)[subject]
    assert (found.ok, callback.id in found.text, "given up" in found.text) == (False, True, True)
    shop.clock.forward(days=7)
    assert findings(shop, database_url)[subject].ok


def test_a_disabled_endpoint_is_named_with_what_waits_for_it(shop: Shop, database_url: str) -> None:
    shop.place.backend_answers.append(410)
    shop.pay(shop.order())
    shop.drain()
    shop.clock.forward(hours=2)
    found = findings(shop, database_url)[f"{shop.id}: callbacks"]
    url = shop.one(models.Endpoint).url
    assert (found.ok, url in found.text, "1 wait" in found.text, "apply" in found.text) == (False, True, True, True)


def test_a_clock_that_is_off_is_found() -> None:

    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert doctor._clock(now - timedelta(seconds=3), now).ok
    assert not doctor._clock(now - timedelta(minutes=10), now).ok


@pytest.mark.parametrize(
    ("configured", "ok"),
    [
        ({"application": "https://ordo.localhost/hooks/whatsapp/cafe"}, True),
        ({"application": "https://ordo.localhost/hooks/whatsapp/cafe", "phone_number": "https://old.example"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_where_meta_sends_the_messages_is_compared(
    shop: Shop, configured: object, ok: bool
) -> None:  # a parameter of the table
    with shop.context.database.read() as session:
        merchant = merchants.get(session, shop.id)
    assert doctor._told(shop.context, merchant, configured).ok is ok


@pytest.mark.parametrize(
    ("answer", "ok"),
    [
        (Answer(200, None, "ok\n", 3), True),
        (Answer(200, None, "<html>parked", 3), False),
        (Answer(None, "the certificate is not valid", "", 3), False),
    ],
)
def test_the_public_address_is_asked_for_itself(
    shop: Shop, answer: Answer, ok: bool
) -> None:  # a parameter of the table
    asked: list[str] = []

    class Reaches:
        def reach(self, url: str) -> Answer:
            asked.append(url)
            return answer

    found = doctor._address(dataclasses.replace(shop.context, sender=Reaches()))  # type: ignore[arg-type]
    assert (found.ok, asked) == (ok, ["https://ordo.localhost/health"])
    assert ok or (answer.error or "not this service") in found.text
