"""The log of callbacks: lists by keyset, what is kept of each try, and for how long."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from sqlalchemy import text

from tests.kit import Shop, paid
from tests.services.webhooks.callbacks import many
from webapp.callbacks import standard
from webapp.db import callback_log, models
from webapp.domain.statuses import CallbackState
from webapp.services.webhooks import endpoints, log


def test_a_list_is_walked_page_by_page_and_each_is_on_one_of_them(shop: Shop) -> None:
    names, search = many(shop, 9), log.Search()
    found: list[str] = []
    while rows := log.listed(shop.context, shop.id, search, 2):
        found += [row.id for row in rows]
        search = replace(search, after=(rows[-1].created_at, rows[-1].id))
    assert found == names[::-1]


def test_of_each_try_what_was_sent_and_answered_is_kept_without_its_signatures(shop: Shop) -> None:
    (endpoint,) = endpoints.listed(shop.context, shop.id)
    (secret,) = endpoints.signing_secrets(shop.context, endpoint)
    shop.place.backend_says = ("no, 4242424242424242", {})
    shop.place.backend_answers.append(422)
    paid(shop)
    shop.drain()
    row = shop.one(models.Callback)
    (delivery,) = log.one(shop.context, shop.id, row.id).deliveries
    sent, _body = shop.place.told[0]
    whole = sent["Webhook-Signature"]
    assert delivery.headers == {
        "content-type": sent["Content-Type"],
        "user-agent": sent["User-Agent"],
        "webhook-id": row.id,
        "webhook-timestamp": sent["Webhook-Timestamp"],
        "webhook-signature": f"{whole[:11]}...",
    }
    assert (delivery.status, delivery.at) == (422, shop.clock())
    assert "4242424242424242" not in delivery.excerpt
    everything = repr(shop.dump())
    assert whole not in everything
    assert secret not in everything


def test_callbacks_are_kept_for_as_long_as_the_setting_says_but_for_those_still_to_be_sent(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "STEP", 2)
    many(shop, 5)
    (endpoint,) = endpoints.listed(shop.context, shop.id)
    with shop.context.database.write() as session:
        session.add(models.Delivery(callback_id="msg_000001", at=shop.clock(), excerpt="", milliseconds=1))
        merchant_endpoint = session.get_one(models.Endpoint, endpoint.id)
        merchant_endpoint.disabled_at = shop.clock()
    waiting = paid(shop)
    shop.later(days=89)
    assert len(shop.all(models.Callback)) == 6 + 1  # the order of the five has expired
    shop.later(days=2)
    assert {row.type for row in shop.all(models.Callback)} == {"order.paid", "order.expired"}
    assert waiting in {row.order_id for row in shop.all(models.Callback)}
    assert shop.all(models.Delivery) == []
    with shop.context.database.write() as session:  # as a file that names it no more
        session.get_one(models.Endpoint, endpoint.id).active = False
    shop.later(days=91)
    assert shop.all(models.Callback) == []
    due = shop.one(models.ScheduledTask, models.ScheduledTask.type == "callback_sweep").due_at
    assert due == shop.clock() + log.EVERY


INDEXED = [
    (log.Search(), "merchant_id_created_at_id"),
    (log.Search(type="order.paid"), "merchant_id_type_created_at_id"),
    (log.Search(endpoint="ep"), "endpoint_id_created_at_id"),
    (log.Search(endpoint="ep", type="order.paid"), "endpoint_id_created_at_id"),
    (log.Search(endpoint="ep", state=CallbackState.FAILED), "undelivered"),
    (log.Search(state=CallbackState.FAILED), "undelivered"),
    (log.Search(state=CallbackState.PENDING), "undelivered"),
    (log.Search(order="ord"), "order_id"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_list_is_read_by_an_index_that_holds_its_order(shop: Shop) -> None:
    with shop.context.database.read() as session:
        for (search, index), after in itertools.product(INDEXED, (None, (shop.clock(), "msg_1"))):
            query = callback_log.newest(shop.id, replace(search, after=after), limit=100)
            compiled = query.compile(session.get_bind(), compile_kwargs={"literal_binds": False})
            plan = session.execute(text(f"EXPLAIN QUERY PLAN {compiled}".replace("?", ":p")), {"p": "x"}).all()
            words = " ".join(str(row[-1]) for row in plan)
            assert f"ix_callbacks_{index} " in words, words
            if index != "order_id":  # of one order there are few
                assert "TEMP B-TREE" not in words, words


def test_what_is_kept_of_headers_names_each_signature() -> None:
    headers = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,abcdefghijkl v1,mnopqrstuvwx"}
    assert standard.kept(headers)["webhook-signature"] == "v1,abcdefgh... v1,mnopqrst..."
