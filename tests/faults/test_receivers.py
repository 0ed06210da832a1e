"""Receivers of callbacks that drip, hang, redirect and fail, for days. Faults 13 and 16."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from sandbox.serve import Served
from tests.actors import WORKS, Backend, Merchant, until
from tests.faults.actors import Buyer, at_once, somebody
from webapp.callbacks.sender import WAITS
from webapp.callbacks.standard import new_secret
from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from tests.faults.actors import Gateway, Product

BAD = ("hangs", "drips", "redirects", "fails")


class Receivers:
    """Some that do not take a callback as they should, and one that does; each notes the ids that it was told."""

    def __init__(self) -> None:
        self.told: dict[str, Counter[str]] = defaultdict(Counter)
        self.over = threading.Event()
        self.served = Served(self._serve).start()

    def declaration(self, *kinds: str) -> str:
        """What a merchant's file says of them."""
        return "".join(f'[[endpoints]]\nurl = "{self.served.url}/{it}"\nsecret = "{new_secret()}"\n' for it in kinds)

    def _serve(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        kind = request.path.strip("/")
        self.told[kind][request.headers["webhook-id"]] += 1
        response = Response(status=500)
        if kind == "hangs":
            self.over.wait(60)
        elif kind == "drips":
            response = Response(self._drops(), 200)
        elif kind == "redirects":
            response = Response(status=307, headers={"Location": "/elsewhere"})
        elif kind == "takes":
            response = Response(status=204)
        return response(environ, start_response)

    def _drops(self) -> Iterator[bytes]:
        while not self.over.wait(0.5):
            yield b"."


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    made = Receivers()
    yield made
    made.over.set()
    made.served.stop()


def test_bad_receivers_keep_nobody_else_waiting_and_are_told_again_by_the_schedule_for_days(
    merchant: Merchant, buyer: Buyer, product: Product, backend: Backend, receivers: Receivers
) -> None:
    product.has_also(receivers.declaration(*BAD))
    for number in range(3):
        link, _ = merchant.orders(f"10 EUR {somebody()} ORDER=BAD{number}")
        buyer.opens(link).pays(WORKS).sees("Paid")
    for number in range(3):
        assert backend.hears_of(f"BAD{number}")["copies"] == 1
    product.tells_the_truth()
    until(lambda: all(len(receivers.told[kind]) == 3 for kind in BAD), "each is told of each order", 90)
    (fails,) = product.rows(models.Endpoint, url=f"{receivers.served.url}/fails")
    for tries, wait in enumerate(WAITS, start=1):
        until(lambda tries=tries: have_failed(product, fails.id, tries), f"try {tries}")
        product.clock.passes(seconds=wait.total_seconds() * 1.1 + 1)
    until(lambda: set(receivers.told["fails"].values()) == {len(WAITS) + 1}, "the last try")
    assert set(receivers.told) == set(BAD)  # no redirect was followed
    assert all(len(ids) == 3 for ids in receivers.told.values())


def test_while_receivers_hang_pages_are_answered_out_of_a_pool_of_two_connections(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product, receivers: Receivers
) -> None:
    product.has_also(receivers.declaration("hangs", "drips"))
    product.ends()
    product.world.change(DATABASE_CONNECTIONS="2")
    product.lives()
    for number in range(3):
        buyer.opens(merchant.orders(f"10 EUR {somebody()} ORDER=SLOW{number}")[0]).pays(WORKS).sees("Paid")
    until(lambda: receivers.told["hangs"] and receivers.told["drips"], "both are told, and take their time")
    link, _ = merchant.orders(f"10 EUR {somebody()} ORDER=OPEN")
    crowd = [Buyer(product.world, gateway) for _ in range(12)]
    assert {each.status for each in at_once(*(partial(each.opens, link) for each in crowd))} == {200}
    crowd[0].pays(WORKS).sees("Paid")
    assert product.database.connections() <= 2 * 4 + 2 + 2 + 1  # two web processes, a worker, and who asks
    receivers.over.set()
    product.is_idle()
    product.tells_the_truth()


def test_a_backend_that_answers_503_for_five_days_is_disabled_and_told_of_and_hears_of_every_order_in_the_end(
    merchant: Merchant, buyer: Buyer, product: Product, backend: Backend, receivers: Receivers
) -> None:
    """The days are days gone by: the backend takes no callback that was signed in days to come."""
    product.has_also(receivers.declaration("takes"))
    product.world.around.backend.stop()
    product.clock.passes(days=-8)
    buys(merchant, buyer, "DAY0")
    product.others_are_told("DAY0")
    for days in range(4):
        until(lambda days=days: product.has_refused("DAY0") > days, f"a refusal after {days} days")
        product.clock.passes(days=1)
    buys(merchant, buyer, "DAY4")
    product.others_are_told("DAY4")
    until(lambda: product.has_refused("DAY4"), "the backend is told of the next order, too")
    assert product.endpoint().is_open
    product.clock.passes(days=1, minutes=10)
    until(lambda: not product.endpoint().is_open, "the backend is disabled")
    buys(merchant, buyer, "DAY5")
    product.others_are_told("DAY5")
    product.clock.returns()
    for days in (0, 4, 5):
        until(lambda days=days: product.is_told(f"DAY{days}").due_at is None, f"the callback of day {days} is kept")
    assert product.is_told("DAY5").tries == 0
    alarms = [event.data for event in product.rows(models.OrderEvent, kind="alarm")]
    assert [alarm["why"] for alarm in alarms] == ["endpoint_disabled"]
    until(lambda: [it for it in merchant.chat() if "has taken no callback for 5 days" in it["text"]], "the shop hears")
    product.world.around.backend.start()
    product.applies("more.toml")
    assert [backend.hears_of(f"DAY{days}")["copies"] for days in (0, 4, 5)] == [1, 1, 1]
    product.tells_the_truth()
    assert sorted(receivers.told["takes"].values()) == [1, 1, 1]


def have_failed(product: Product, endpoint: str, tries: int) -> bool:
    """Whether all callbacks to that receiver were tried so often, and are not in hand: none would be tried twice when time passes."""
    return all(row.tries >= tries and not row.lease for row in product.rows(models.Callback, endpoint_id=endpoint))


def buys(merchant: Merchant, buyer: Buyer, reference: str) -> None:
    """An order of somebody's is placed and paid."""
    link, _ = merchant.orders(f"10 EUR {somebody()} ORDER={reference}")
    buyer.opens(link).pays(WORKS).sees("Paid")
