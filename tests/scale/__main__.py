"""python -m tests.scale

SCALE_ORDERS (2,000) orders are asked for by the API and paid by the page's own requests, while 30 % of what the order backend is told is answered
500 and each part is killed every half minute. Then everything is compared (tests/faults/truth.py). SCALE_STEADY (200) more are paid by 1, 2 and 4
workers without faults, for how fast that goes. 1 when something is lost, double, untold, or a page was answered neither whole nor 503.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

from tests.actors import WORKS
from tests.faults import truth
from tests.faults.actors import Buyer, Gateway
from tests.scale import place
from webapp.db import models

if TYPE_CHECKING:
    from tests.scale.place import Place

ORDERS = int(os.environ.get("SCALE_ORDERS", "2000"))
STEADY = int(os.environ.get("SCALE_STEADY", "200"))
CROWD = 12  # people at once
EVERY = 6.0  # seconds between two blows: five parts, each every half minute
FAILING = 30  # % of the answers of the order backend
WHOLE = {200, 201, 202, 409, 422}
PATIENCE = 300.0  # seconds for one order, and until all is told


class Crowd:
    """People who order and pay, each from an address of their own, through nginx alone."""

    def __init__(self, where: Place) -> None:
        self.place, self.world = where, where.world
        self.gateway, self.token = Gateway(where.world), truth.key_of_the_api(where.world)
        self.answers: Counter[str] = Counter()
        self.odd: list[str] = []

    def pay(self, number: int) -> None:
        """Order, open, pay, and come back until the page has nothing more to ask."""
        buyer = Buyer(self.world, self.gateway)
        buyer.http.mount("http://", _From(number))
        end = time.monotonic() + PATIENCE
        link = ""
        while time.monotonic() < end:
            try:
                link = link or self._order(buyer.http, number)
                if link and self._is_over(buyer, link):
                    return
            except requests.RequestException as error:  # no answer, none in time, or half of one
                self._note("no answer", f"{number}: {error}" if not self.place.proxy_is_down else "")
            time.sleep(0.3)
        self.odd.append(f"order {number} was not paid within {PATIENCE:.0f} s; the last page was {buyer.status}")

    def _order(self, http: requests.Session, number: int) -> str:
        amount = {"amount": 1000 + number, "currency": "EUR"}
        who = {"phone": f"+336{20_000_000 + number}", "email": f"buyer{number}@example.com"}
        body = {"reference": f"SCALE-{number}", "buyer": who, "channel": "none", "action": "REGISTER_PAY", **amount}
        keys = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"scale-{number}"}
        answer = http.post(f"{self.world.addresses.ordo.server}/api/v1/orders", json=body, headers=keys, timeout=95)
        self._seen(answer.status_code, f"POST order {number}: {answer.text[:200]}")
        return str(answer.json()["link"]["url"]) if answer.status_code == 201 else ""

    def _is_over(self, buyer: Buyer, link: str) -> bool:
        buyer.opens(link)
        self._seen(buyer.status, f"GET {buyer.text[:200]}")
        if buyer.status != 200 or "consent_version" not in buyer.text:
            return buyer.status == 200 and "Paid" in buyer.text
        buyer.pays(WORKS)
        self._seen(buyer.status, f"POST pay {buyer.text[:200]}")
        return False

    def _seen(self, status: int, what: str) -> None:
        self._note(str(status), "" if status in WHOLE | {503} else f"{status} {what}")

    def _note(self, answer: str, odd: str) -> None:
        self.answers[answer] += 1
        if odd:
            self.odd.append(odd)


class _From(HTTPAdapter):
    """Requests that come from an address of this machine's own network, so that nginx sees many people."""

    def __init__(self, number: int) -> None:
        self._source = f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"
        super().__init__()

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, source_address=(self._source, 0), **named)


def main() -> int:
    """0 when nothing is wrong."""
    with place.opened() as where:
        where.start(workers=3)
        crowd = Crowd(where)
        wrong = _under_fire(where, crowd)
        print(f"answers: {dict(crowd.answers)}")
        for workers in (1, 2, 4):
            where.start(workers)
            first = ORDERS + workers * 10_000
            begun = time.monotonic()
            _pay(crowd, range(first, first + STEADY))
            paid = time.monotonic()
            _rest(where)
            rest = time.monotonic() - paid
            print(
                f"{workers} workers: {STEADY / (paid - begun):.1f} orders/s paid; at rest {rest:.1f} s after the last",
                flush=True,
            )
        wrong += _truth(where)
    print("\n".join([*crowd.odd[:20], *wrong]) or "nothing lost, nothing double, all told")
    return 1 if wrong or crowd.odd else 0


def _pay(crowd: Crowd, numbers: range) -> None:
    with ThreadPoolExecutor(CROWD) as people:
        list(people.map(crowd.pay, numbers))


def _under_fire(where: Place, crowd: Crowd) -> list[str]:
    over, killed = threading.Event(), Counter[str]()
    _backend(where, {"kind": "share", "status": 500, "percent": FAILING})

    def kill() -> None:
        for blow in where.blows():
            if over.wait(EVERY):
                return
            killed[blow()] += 1

    killer = threading.Thread(target=kill)
    killer.start()
    begun = time.monotonic()
    try:
        _pay(crowd, range(ORDERS))
    finally:
        over.set()
        killer.join()
    paid = time.monotonic()
    _backend(where, None)
    where.answers()
    _rest(where)
    print(
        f"{ORDERS} orders in {paid - begun:.0f} s under fire, {ORDERS / (paid - begun):.1f}/s; killed: {dict(killed)}; "
        f"at rest {time.monotonic() - paid:.0f} s after the last",
        flush=True,
    )
    return _truth(where)


def _rest(where: Place) -> None:
    """Until nothing is left to do. What waits minutes or hours for its next try is due now: time is not what is measured."""
    end = time.monotonic() + PATIENCE
    hurried = 0.0
    while truth.unfinished(where.world) and time.monotonic() < end:
        if time.monotonic() - hurried > 10:
            hurried = time.monotonic()
            with truth.opened(where.world).write() as session:
                late = models.Callback.due_at > models.Callback.created_at
                session.query(models.Callback).filter(
                    models.Callback.state == "pending", late, models.Callback.lease.is_(None)
                ).update({"due_at": models.Callback.created_at}, synchronize_session=False)
        time.sleep(0.2)


def _truth(where: Place) -> list[str]:
    try:
        truth.holds(where.world)
    except AssertionError as error:
        return [str(error)[:3000]]
    orders = truth.rows(where.world, models.Order)[models.Order]
    return [f"{each.reference} is {each.state}" for each in islice((o for o in orders if o.state != "paid"), 10)]


def _backend(where: Place, wish: dict[str, Any] | None) -> None:
    url = f"{where.world.addresses.backend.server}/_sandbox/faults"
    requests.request("POST" if wish else "DELETE", url, json=wish, timeout=10).raise_for_status()


if __name__ == "__main__":
    sys.exit(main())
