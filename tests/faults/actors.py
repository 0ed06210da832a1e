"""Who acts in the stories of faults, over HTTP alone: buyers without a browser, the gateway and the phones with their faults,
the office, and the product, whose processes are killed, paused and restarted, and whose clock can be moved."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, contextmanager
from datetime import timedelta
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import requests

from sandbox import ports
from sandbox.gateway import courier
from tests.actors import BUYER, SHOP, WORKS, until
from tests.faults import truth
from webapp.callbacks.sender import WAITS
from webapp.db import models
from webapp.jobs.queues import QUEUES
from webapp.services.payments.checkout import PAGE_PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.process import Process
    from sandbox.world import World
    from tests.postgres import Cluster

CONFIRM, LOOK, CHARGE = "POST /v1/payment_intents/*/confirm", "GET /v1/payment_intents/*", "POST /v1/payment_intents"
REFUND = "POST /v1/refunds"
CHECKING = "Checking your payment"
TRUTHFUL = {
    200: "Paid",
    202: CHECKING,
    422: "Too many people are paying at this moment",
    503: "please do not pay again yet",
}
"""What the page may say to who pays while others do, or while the database has its hands full."""
CLOCK_READ_EVERY = 1  # second: what faketime has read is good until the next begins
REFUSALS = 1 + next(place for place, wait in enumerate(WAITS) if wait >= timedelta(minutes=1))
"""So often must a callback be refused until it has a minute to wait: time for a test to prepare what meets it then."""
_PATIENT = (30, 60)  # seconds to connect, and for an answer
_PHONES = count()


def somebody() -> str:
    """The phone of a buyer of whom the shop has not heard yet: who has no card saved, and no messages."""
    return f"+3361234{next(_PHONES):04}"


def meanwhile(work: Callable[[], Any]) -> Future[Any]:
    """Do it on a thread of its own; the future has what came of it."""
    future = Future[Any]()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  # it belongs to who asks the future
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Start them all at the same moment; what came of each."""
    barrier = threading.Barrier(len(works))

    def after_all(work: Callable[[], Any]) -> Any:
        barrier.wait()
        return work()

    futures = [meanwhile(lambda work=work: after_all(work)) for work in works]  # type: ignore[misc]
    return [future.result(120) for future in futures]


class Clock:
    """The time of the product's processes, apart from this machine's: faketime reads it from a file."""

    def __init__(self, file: Path) -> None:
        self.file, self._ahead = file, timedelta()
        self.returns()

    def passes(self, **span: float) -> None:
        """Time passes for the product, all at once; less than none, for a life in the past."""
        self._set(self._ahead + timedelta(**span))

    def returns(self) -> None:
        """Be right again."""
        self._set(timedelta())

    def _set(self, ahead: timedelta) -> None:
        self._ahead = ahead
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{ahead.total_seconds():+.0f}\n", encoding="utf-8")
        draft.replace(self.file)
        # Until all have read it, one process could write "due now" by a time that for the others is to come, or sign by one that is past.
        time.sleep(CLOCK_READ_EVERY + 0.1)


class Database:
    """The product's database: SQLite in a file, or one in a PostgreSQL `cluster`, under that `name`."""

    def __init__(self, world: World, cluster: Cluster | None, name: str) -> None:
        self._file = Path(world.settings["DATABASE_URL"].removeprefix("sqlite:///"))
        self._cluster, self._name = cluster, name

    @contextmanager
    def down(self) -> Iterator[None]:
        """Out of reach: PostgreSQL is stopped at once; in SQLite somebody else keeps the write lock."""
        if self._cluster:
            self._cluster.fails()
            yield
            self._cluster.recovers()
            return
        with closing(sqlite3.connect(self._file, isolation_level=None, timeout=30)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield

    @property
    def is_postgresql(self) -> bool:
        return self._cluster is not None

    @contextmanager
    def locked(self, order: str) -> Iterator[None]:
        """Somebody has that order locked, and does not go on."""
        if self._cluster is None:
            with self.down():
                yield
            return
        with psycopg.connect(self._cluster.url(self._name).replace("+psycopg", "")) as database:
            database.execute("SELECT 1 FROM orders WHERE id = %s FOR UPDATE", [order])
            yield

    def is_free(self) -> bool:
        """Whether nobody is in the middle of a transaction."""
        if self._cluster:
            address = self._cluster.url(self._name).replace("+psycopg", "")
            with psycopg.connect(address, autocommit=True) as database:
                idle = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = %s AND state LIKE 'idle in trans%%'"
                return bool((database.execute(idle, [self._name]).fetchone() or [False])[0])
        with closing(sqlite3.connect(self._file, isolation_level=None, timeout=2)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            return True

    def connections(self) -> int:
        """How many are open to it, this one with them; none that could be counted on SQLite."""
        if self._cluster is None:
            return 0
        with psycopg.connect(self._cluster.url(self._name).replace("+psycopg", "")) as database:
            counted = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            return int((database.execute(counted, [self._name]).fetchone() or [0])[0])

    def backs_up(self) -> None:
        """Keep a backup, as docs/operator/running.md says."""
        if self._cluster:
            self._cluster.back_up(self._name)
        else:
            with closing(sqlite3.connect(self._file)) as live, closing(sqlite3.connect(self._backup)) as copy:
                live.backup(copy)

    def restores(self) -> None:
        """Put the backup in its place; nobody uses the database."""
        if self._cluster:
            self._cluster.restore(self._name)
            return
        for path in self._file.parent.glob(f"{self._file.name}-*"):
            path.unlink()
        self._backup.replace(self._file)

    @property
    def _backup(self) -> Path:
        return self._file.with_suffix(".backup")


class Proxy:
    """Who sends people to one of several web servers: to none that is about to stop, and none stops that somebody waits for."""

    def __init__(self, *servers: str) -> None:
        self._servers, self._turn = list(servers), threading.Lock()

    def takes(self, server: str) -> None:
        with self._turn:
            self._servers.append(server)

    def drops(self, server: str) -> None:
        with self._turn:
            self._servers.remove(server)

    @contextmanager
    def server(self) -> Iterator[str]:
        """One of them, for a request."""
        with self._turn:
            yield secrets.choice(self._servers)


class Product:
    """The web server and the worker, real processes. `spoiled`: no later test can have this world."""

    def __init__(self, world: World, clock: Clock, database: Database) -> None:
        self.world, self.clock, self.database = world, clock, database
        self.spoiled = False
        self._more: list[Process] = []
        self._paused: list[Process] = []

    def dies(self, *processes: Process) -> None:
        """kill -9, of the web server and the worker unless others are named."""
        for process in processes or (self.world.app, self.world.worker):
            process.kill()

    def lives(self) -> None:
        """Start what does not run, and wait until the web server answers."""
        self.world.start_app()
        self.world.start_worker()
        self.world.wait_until_healthy()

    def ends(self) -> None:
        """SIGTERM to the worker and to the web server."""
        self.world.worker.stop()
        self.world.app.stop()

    def pauses(self, process: Process) -> None:
        """SIGSTOP: as a machine that swaps, or is moved to another host, stands still. It holds its leases and no lock of the
        database's: what comes of those is another story."""

        def stands_still() -> bool:
            assert process.pid is not None
            os.killpg(process.pid, signal.SIGSTOP)
            if self.database.is_free():
                return True
            os.killpg(process.pid, signal.SIGCONT)
            return False

        self._paused.append(process)
        until(stands_still, f"{process.name} is between two transactions")

    def resumes(self) -> None:
        """SIGCONT to whoever is paused."""
        while self._paused:
            process = self._paused.pop()
            if process.pid is not None:
                os.killpg(process.pid, signal.SIGCONT)

    def rests(self) -> None:
        """After a test: nobody is paused, nobody is beside the first web server and the first worker."""
        self.resumes()
        for process in self._more:
            process.stop()

    def another_worker(self) -> Process:
        """A second one, at work."""
        self._more.append(self.world.another_worker())
        self._more[-1].start()
        return self._more[-1]

    def worker_of_another_time(self, seconds: int) -> Process:
        """A second one, on a machine whose clock is so far ahead of everybody else's; not started."""
        process = self.world.another_worker()
        process.env |= {"FAKETIME": f"{seconds:+}"}
        process.env.pop("FAKETIME_TIMESTAMP_FILE")
        self._more.append(process)
        return process

    def another_server(self) -> tuple[Process, str]:
        """A second web server with its address, not started."""
        (port,) = ports.free(1)
        self._more.append(self.world.another_app(port))
        return self._more[-1], f"http://127.0.0.1:{port}"

    def answers(self, server: str) -> None:
        """Wait until that web server answers."""

        def healthy() -> bool:
            try:
                return requests.get(f"{server}/health", timeout=2).ok
            except requests.ConnectionError:
                return False

        until(healthy, f"{server} answers")

    def keys(self) -> dict[str, str]:
        """The keys that sign and encrypt, as settings."""
        return {name: self.world.settings[name] for name in ("SECRET_KEYS", "ENCRYPTION_KEYS")}

    def rolls(self, settings: dict[str, str], servers: Sequence[tuple[Process, str]], proxy: Proxy) -> None:
        """Restart everything with other settings, one process after the other."""
        self.world.change(**settings)
        for process, server in servers:
            proxy.drops(server)
            process.stop()
            process.start()
            self.answers(server)
            proxy.takes(server)
        self.world.worker.stop()
        self.world.worker.start()

    def has_also(self, declaration: str) -> None:
        """The demo merchant with something more in its file, for good."""
        self.spoiled = True
        file = self.world.root / "more.toml"
        file.touch(mode=0o600)
        file.write_text(f"{(self.world.root / 'merchant.toml').read_text('utf-8')}\n{declaration}", encoding="utf-8")
        self.applies(file.name)

    def applies(self, file: str = "merchant.toml") -> None:
        """Apply the merchant's file: its secrets are sealed with the newest key, its endpoints enabled, its books compared in a day."""
        self.world.console("merchant", "apply", str(self.world.root / file))

    def forgets(self) -> None:
        """Stop, put the backup in the database's place, start; no later test could explain what the backend was told."""
        self.spoiled = True
        self.ends()
        self.database.restores()
        truth.forget(self.world)
        self.lives()

    def rows(self, model: Any, **where: Any) -> list[Any]:
        """The rows of a table of its database."""
        found = truth.rows(self.world, model)[model]
        return [row for row in found if all(getattr(row, name) == value for name, value in where.items())]

    def order(self, reference: str) -> models.Order:
        (order,) = self.rows(models.Order, reference=reference)
        return order  # type: ignore[no-any-return]

    def of(self, reference: str, model: Any) -> list[Any]:
        """The rows of a table that belong to an order."""
        return self.rows(model, order_id=self.order(reference).id)

    def comes_to(self, state: str, *references: str) -> None:
        """Wait until these orders are in that state."""
        for reference in references:
            until(lambda reference=reference: self.order(reference).state == state, f"{reference} is {state}")

    def is_refused(self, reference: str) -> None:
        """Wait until the order's callback was refused `REFUSALS` times: nothing else is left to do, and it has a minute to wait."""
        for tries, wait in enumerate(WAITS[:REFUSALS], start=1):
            until(lambda tries=tries: self.has_refused(reference) == tries, f"refusal {tries} of {reference}")
            if tries < REFUSALS:
                self.clock.passes(seconds=_at_most(wait))
        self.is_idle(but_for="callback")

    def tells_again(self, reference: str) -> None:
        """The minute is over; wait until the backend, which takes its time, has the order's callback in hand."""
        self.clock.passes(seconds=_at_most(WAITS[REFUSALS - 1]))
        url = f"{self.world.addresses.backend.server}/_sandbox/faults"
        until(lambda: requests.get(url, timeout=10).json()["waiting"], f"{reference} is told again")

    def lease_ends(self, model: Any) -> None:
        """Time passes until the claim on such a row, of a worker that is dead or paused, is over."""
        (lease,) = [kind.lease for kind in QUEUES if kind.model is model]
        self.clock.passes(seconds=lease.total_seconds() + 5)

    def page_is_left(self) -> None:
        """Time passes until a page's own request is certainly over, and the worker looks what came of it."""
        self.clock.passes(seconds=PAGE_PATIENCE.total_seconds() + 5)

    def endpoint(self) -> models.Endpoint:
        """The order backend, among those that are told."""
        (endpoint,) = self.rows(models.Endpoint, url=f"{self.world.addresses.backend.server}/ordo")
        return endpoint  # type: ignore[no-any-return]

    def is_told(self, reference: str) -> models.Callback:
        """The one callback that tells the order backend of an order."""
        told = until(lambda: self.of(reference, models.Callback), f"a callback of {reference}")
        (callback,) = [row for row in told if row.endpoint_id == self.endpoint().id]
        return callback  # type: ignore[no-any-return]

    def others_are_told(self, reference: str) -> None:
        """Wait until every receiver but the order backend has taken what tells of an order: nobody has it in hand any more."""
        ours = self.endpoint().id
        until(
            lambda: all(
                row.state == "delivered" or row.endpoint_id == ours for row in self.of(reference, models.Callback)
            ),
            f"the others are told of {reference}",
        )

    def has_refused(self, reference: str) -> int:
        """How often the order backend was told of an order, without success; none while it is being told."""
        callback = self.is_told(reference)
        return 0 if callback.lease else callback.tries

    def is_idle(self, *, but_for: str = "nothing") -> None:
        """Wait until nothing is left to do, but for work of that name."""

        left: list[str] = []

        def idle() -> bool:
            left[:] = [line for line in truth.unfinished(self.world) if not line.startswith(but_for)]
            return not left

        try:
            until(idle, "all work is done")
        except AssertionError as error:
            raise AssertionError(f"{error}, but {left}") from None

    def tells_the_truth(self, **exceptions: Any) -> None:
        """What must hold after every fault (tests/faults/truth.py)."""
        truth.holds(self.world, **exceptions)

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """A webhook comes in; the status that it is answered with."""
        return requests.post(self.world.addresses.ordo.server + path, body, headers=headers, timeout=60).status_code


class Buyer:
    """A person who opens the page and pays, as the page's script does. `server` is the web server that is spoken to."""

    def __init__(self, world: World, gateway: Gateway, server: str = "") -> None:
        self.gateway = gateway
        self.server = server or world.addresses.ordo.server
        self.http = _session(world)
        self.status, self.text = 0, ""
        self._path, self._form = "", {"csrf_token": ""}

    def opens(self, link: str) -> Buyer:
        self._path = urlsplit(link).path
        return self._keep(self.http.get(self.server + self._path, timeout=_PATIENT))

    def fills(self, card: str) -> Buyer:
        """Give the card to the gateway, whose one-time token goes into the form."""
        self._form = {name: self._field(name) for name in ("csrf_token", "consent_version")}
        self._form["confirmation_token"] = self.gateway.token(card)
        return self

    def sends(self) -> Buyer:
        """Press the button."""
        return self._keep(self.http.post(f"{self.server}{self._path}/pay", self._form, timeout=_PATIENT))

    def pays(self, card: str = WORKS) -> Buyer:
        return self.fills(card).sends()

    def comes_through(self, link: str) -> Buyer:
        """Try again whenever nobody answers, until the page says that it is paid, or is being looked into."""
        until(lambda: self._is_told(link, "Paid", CHECKING), f"{link} is paid or looked into")
        return self

    def insists(self, link: str) -> Buyer:
        """Try again whenever the page lets one try, until it says "Paid"."""
        until(lambda: self._is_told(link, "Paid"), f"{link} is paid")
        return self

    def _is_told(self, link: str, *words: str) -> bool:
        try:
            if not any(it in self.opens(link).text for it in ("Paid", CHECKING)):
                self.pays()
        except requests.ConnectionError:
            return False
        return any(it in self.text for it in words)

    def tells_the_bank(self, reference: str) -> None:
        """Answer the bank's question, and never come back to the page."""
        self.gateway.passes_the_bank(reference)

    def sees(self, words: str) -> Buyer:
        """What the last answer says."""
        assert words in self.text, (self.status, words, re.sub(r"<[^>]+>|\s+", " ", self.text)[:1500])
        return self

    def is_told_the_truth(self) -> Buyer:
        """The last answer promises nothing that may not hold."""
        return self.sees(TRUTHFUL[self.status])

    def finds(self, words: str) -> Buyer:
        """The page comes to say so, when it is loaded again and again."""
        until(lambda: words in self._keep(self.http.get(self.server + self._path, timeout=_PATIENT)).text, words)
        return self

    def _keep(self, answer: requests.Response) -> Buyer:
        self.status, self.text = answer.status_code, answer.text
        return self

    def _field(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return found[1] if found else ""


class Gateway:
    """The sandbox's gateway: its faults, its books, what it was asked."""

    def __init__(self, world: World) -> None:
        self.world, self.url = world, world.addresses.gateway.server
        self._before = {charge["id"] for charge in self.ledger()["charges"]}
        self._asked_before = len(self._control("GET", "requests"))

    def fails(self, kind: str, match: str = "*", *, seconds: float = 0.0, times: int = 1) -> None:
        """Suffer a fault (`sandbox.gateway.faults.Kind`) at the next requests, or webhooks, that match."""
        self._control("POST", "faults", {"kind": kind, "match": match, "seconds": seconds, "times": times})

    def loses_webhooks(self) -> None:
        self.fails("webhook_lost", times=-1)

    def holds_webhooks(self) -> None:
        self.fails("webhook_hold", times=-1)

    def recovers(self) -> None:
        self._control("DELETE", "faults")

    def sends_held(self, order: str, repeat: int) -> list[str]:
        """Deliver what was held, so many times; the answers."""
        told = self._control("POST", "webhooks/release", {"order": order, "repeat": repeat})
        return [each["answer"] for each in told["delivered"]]

    def took(self, *amounts: int) -> None:
        """Wait until the successful charges are these, smallest first."""
        until(lambda: self.charges("amount") == list(amounts), f"charges of {amounts}")

    def gave_back(self, *amounts: int) -> None:
        """Wait until so much of each charge was refunded."""
        until(lambda: self.charges("amount_refunded") == list(amounts), f"refunds of {amounts}")

    def charges(self, what: str) -> list[int]:
        """That figure of each successful charge of this test, smallest first."""
        new = [charge for charge in self.ledger()["charges"] if charge["id"] not in self._before]
        return sorted(charge[what] for charge in new if charge["status"] == "succeeded")

    def ledger(self) -> Any:
        (books,) = self._control("GET", "ledger").values()
        return books

    def asked(self, match: str) -> list[dict[str, Any]]:
        """The requests of this test that match, "METHOD /path", oldest first."""
        new = self._control("GET", "requests")[self._asked_before :]
        return [it for it in new if fnmatchcase(f"{it['method']} {it['path']}", match)]

    def was_asked(self, match: str, times: int = 1) -> None:
        """Wait for such requests; a request that hangs is not there yet."""
        until(lambda: len(self.asked(match)) >= times, f"{times} requests {match}")

    def hangs(self, but_for: int = 0) -> None:
        """Wait until the faults asked for have begun to happen, but for so many: a request is in hand, and has no answer."""
        until(lambda: self.failures_left() <= but_for, "a request that runs into the fault")

    def failures_left(self) -> int:
        """How many of the faults that were asked for so many times have not begun to happen."""
        return sum(max(0, fault["left"]) for fault in self._control("GET", "faults"))

    def token(self, number: str) -> str:
        """What the card form in its frame makes of a card."""
        card = {"number": number, "exp_month": "12", "exp_year": "2034", "cvc": "123"}
        form = {f"card[{name}]": value for name, value in card.items()}
        made = self._api("POST", "/v1/confirmation_tokens", form, key="GATEWAY_PUBLISHABLE_KEY")
        return str(made["id"])

    def intent(self, reference: str) -> str:
        """The newest intent of an order."""
        made = [it["id"] for it in self.ledger()["intents"] if it["metadata"]["reference"] == reference]
        return str(made[-1])

    def passes_the_bank(self, reference: str) -> None:
        intent = self.intent(reference)
        secret = {"client_secret": self._api("GET", f"/v1/payment_intents/{intent}")["client_secret"]}
        asked = self._api("GET", "/v1/3ds2/challenge", secret, key="GATEWAY_PUBLISHABLE_KEY")
        answer = {**secret, "attempt": asked["attempt"], "outcome": "passed"}
        self._api("POST", "/v1/3ds2/authenticate", answer, key="GATEWAY_PUBLISHABLE_KEY")

    def refunds(self, reference: str, amount: int) -> None:
        """Somebody refunds in the gateway's own back office."""
        self._api("POST", "/v1/refunds", {"payment_intent": self.intent(reference), "amount": amount})

    def event(self, kind: str) -> tuple[bytes, dict[str, str]]:
        """The newest event of that kind, as it is delivered: body and headers, signed."""
        (event, *_) = self._api("GET", "/v1/events", {"type": kind})["data"]
        body, secret = json.dumps(event), self.world.keyring["GATEWAY_WEBHOOK_SECRET"]
        return body.encode(), {"Stripe-Signature": courier.signature(secret, body, int(time.time()))}

    def _api(self, method: str, path: str, form: Any = None, key: str = "GATEWAY_SECRET_KEY") -> Any:
        sent = {"params" if method == "GET" else "data": form}
        headers = {"Authorization": f"Bearer {self.world.keyring[key]}"}
        answer = requests.request(method, self.url + path, headers=headers, timeout=30, **sent)
        assert answer.ok, answer.text
        return answer.json()

    def _control(self, method: str, path: str, wish: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/_sandbox/{path}", json=wish, timeout=60)
        assert answer.ok, answer.text
        return answer.json()


class Office:
    """Léa at her desk, logged in by a one-time link."""

    def __init__(self, world: World) -> None:
        self.url = world.addresses.ordo.server
        self.http = _session(world)
        link = world.console("admin-link", "lea@cafe-lumiere.example").strip()
        path = urlsplit(link).path
        self._send(path, path, {})

    def orders(self, reference: str, amount: str = "10") -> str:
        """Place an order whose link is sent by WhatsApp; the address of its page."""
        form = {"action": "PAYMENT", "amount": amount, "currency": "EUR", "phone": BUYER, "reference": reference}
        form |= {"language": "", "days": "7", "channel": "whatsapp"}
        return self._send("/office/orders/new", "/office/orders", form).url

    def link_of(self, page: str) -> str:
        """The payment link that the order's page shows for copying."""
        found = re.search(r'id="link"[^>]* value="([^"]+)"', self._get(urlsplit(page).path).text)
        assert found is not None
        return found[1]

    def charges_again(self, order: models.Order, amount: str) -> None:
        page = f"/office/orders/{order.id}"
        self._send(page, f"{page}/charge", {"amount": amount})

    def refunds(self, order: models.Order, amount: str) -> None:
        page = f"/office/orders/{order.id}"
        self._send(page, f"{page}/refund", {"amount": amount})

    def cancels(self, order: models.Order) -> None:
        page = f"/office/orders/{order.id}"
        self._send(page, f"{page}/cancel", {})

    def _get(self, path: str) -> requests.Response:
        answer = self.http.get(self.url + path, timeout=_PATIENT)
        assert answer.ok, (answer.status_code, answer.text[:500])
        return answer

    def _send(self, page: str, path: str, form: dict[str, str]) -> requests.Response:
        """Fill a form of `page` and send it to `path`; the page that follows."""
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self._get(page).text)
        assert token is not None
        form = form | {"csrf_token": token[1]}
        for _ in range(10):
            answer = self.http.post(self.url + path, form, timeout=_PATIENT, allow_redirects=False)
            if answer.status_code != 503:  # "not able to answer right now", nothing was done: she presses again
                break
        assert answer.status_code == 303, (answer.status_code, answer.text[:2000])
        return self._get(urlsplit(answer.headers["Location"]).path)


class Phones:
    """WhatsApp, and what can go wrong with it."""

    def __init__(self, world: World) -> None:
        self.url = world.addresses.phones.server

    def fails(self, kind: str, **more: Any) -> None:
        """Suffer a fault (`sandbox.phones.faults.Kind`)."""
        requests.post(f"{self.url}/_sandbox/faults", json={"kind": kind, **more}, timeout=10).raise_for_status()

    def failures_left(self) -> int:
        return sum(fault["times_left"] for fault in requests.get(f"{self.url}/_sandbox/faults", timeout=10).json())

    def turned_away(self) -> bool:
        """Whether a webhook waits that the product did not take, saying 503."""
        told = requests.get(f"{self.url}/_sandbox/log", timeout=10).json()
        return any(row["state"] == "waiting" and row["answer"] == "503" for row in told)

    def received(self) -> Counter[str]:
        """How often each message of the product's, by its id, is in a chat."""
        chats = [requests.get(f"{self.url}/_sandbox/chats/{phone}", timeout=10).json() for phone in (SHOP, BUYER)]
        return Counter(message["opaque"] for chat in chats for message in chat if message["opaque"])


def _at_most(wait: timedelta) -> float:
    """Seconds until a callback's wait is certainly over: it is lengthened by up to a tenth."""
    return wait.total_seconds() * 1.1 + 1


def behaves(world: World, wish: dict[str, Any] | None) -> None:
    """The order backend is told to misbehave (`sandbox.backend.FAULTS`), or, with None, to behave again."""
    url = f"{world.addresses.backend.server}/_sandbox/faults"
    requests.request("POST" if wish else "DELETE", url, json=wish, timeout=10).raise_for_status()


def _session(world: World) -> requests.Session:
    """A browser's, as far as cookies and the address bar go: names below .localhost are not resolved here."""

    def keep(answer: requests.Response, *_args: Any, **_named: Any) -> None:
        # Like a browser, for which http://*.localhost is safe enough for secure cookies.
        if answer.cookies:
            session.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

    session = requests.Session()
    session.trust_env = False
    session.headers.update(
        {
            "Host": world.addresses.ordo.browser.removeprefix("http://"),
            "Accept-Language": "en",
            "HX-Request": "true",
        }
    )
    session.hooks["response"].append(keep)
    return session
