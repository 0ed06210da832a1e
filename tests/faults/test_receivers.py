"""Receivers of callbacks that drip, hang, redirect and fail, for days. Fault 16."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from sandbox.serve import Served
from tests.actors import WORKS, Backend, Merchant, until
from webapp.callbacks.sender import WAITS
from webapp.callbacks.standard import new_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from tests.faults.actors import Buyer, Product

BAD = ("hangs", "drips", "redirects", "fails")


class Receivers:
    """Four that do not take a callback as they should; each notes the ids that it was told."""

    def __init__(self) -> None:
        self.told: dict[str, Counter[str]] = defaultdict(Counter)
        self.over = threading.Event()
        self.served = Served(self._serve).start()

    def declaration(self) -> str:
        """What a merchant's file says of them."""
        return "".join(f'[[endpoints]]\nurl = "{self.served.url}/{it}"\nsecret = "{new_secret()}"\n' for it in BAD)

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
    product.has_also(receivers.declaration())
    for number in range(3):
        link, _ = merchant.orders(f"10 EUR +3361234{number:04} ORDER=BAD{number}")
        buyer.opens(link).pays(WORKS).sees("Paid")
    for number in range(3):
        assert backend.hears_of(f"BAD{number}")["copies"] == 1
    product.tells_the_truth()
    until(lambda: all(len(receivers.told[kind]) == 3 for kind in BAD), "each is told of each order", 90)
    for tries, wait in enumerate(WAITS, start=1):
        until(lambda tries=tries: min(receivers.told["fails"].values()) >= tries, f"try {tries}")
        product.clock.passes(seconds=wait.total_seconds() * 1.1 + 1)
    until(lambda: set(receivers.told["fails"].values()) == {len(WAITS) + 1}, "the last try")
    assert set(receivers.told) == set(BAD)  # no redirect was followed
    assert all(len(ids) == 3 for ids in receivers.told.values())
