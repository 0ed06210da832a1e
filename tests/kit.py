"""A shop for tests: the real services on a database of the test's own, the sandbox's gateway, a recorder in the place of
WhatsApp and of the order backend, and a clock that only the test moves."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe as sdk
from cryptography.fernet import Fernet
from sqlalchemy import select
from werkzeug import Request, Response

from sandbox.gateway.app import Account, create_app
from sandbox.serve import Served
from webapp import app as wiring
from webapp.callbacks.sender import Sender
from webapp.callbacks.standard import new_secret
from webapp.config import Settings
from webapp.db import models, work
from webapp.db.session import Database
from webapp.domain.actions import Action
from webapp.domain.errors import OrdoError
from webapp.domain.money import Money
from webapp.gateways import stripe
from webapp.gateways.base import Notification
from webapp.inventory.page import Expected
from webapp.jobs import kinds
from webapp.jobs.kinds import KINDS
from webapp.services import checkout, inbox, merchants, orders
from webapp.services.kit import Kit
from webapp.services.links import Links
from webapp.services.vault import Vault
from webapp.web import kit as web_kit
from webapp.whatsapp import inbound
from webapp.whatsapp.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from webapp.domain.outcome import Outcome
    from webapp.gateways.base import Gateway

NUMBER = "+33199001234"
OPERATOR, BUYER, STRANGER = "+33611111111", "+33612345678", "+33687654321"
WORKS, DECLINED, NO_FUNDS = "visa", "visa_chargeDeclined", "visa_chargeDeclinedInsufficientFunds"
ASKS, ASKS_ALWAYS, FAILS_LATER = "authenticationRequiredOnSetup", "authenticationRequired", "chargeCustomerFail"
CONSENT = {"wording": "I let the shop save my card.", "version": "2026-11", "language": "en"}
SECRET_KEYS = ("newest-" + "a" * 32, "oldest-" + "b" * 32)
ENCRYPTION_KEY = Fernet.generate_key().decode()
PUBLIC_URL = "https://ordo.localhost"
SCRIPT = "http://gateway.localhost/endive/stripe.js"
_numbers = itertools.count(1)


@dataclass
class Clock:
    """A time that only a test moves."""

    at: datetime = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Place:
    """One test's WhatsApp and order backend: what they heard, and what they are to answer (nothing said: 200)."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)  # the ids of the messages with two blue ticks
    told: list[tuple[dict[str, str], str]] = field(default_factory=list)
    whatsapp_answers: deque[tuple[int, dict[str, Any]]] = field(default_factory=deque)
    wa_ids: dict[str, str] = field(default_factory=dict)  # of phones whose WhatsApp id is not their own digits
    daily_limit: str = "TIER_250"
    pictures: list[bytes] = field(default_factory=list)
    picture_status: int = 200
    backend_answers: deque[int] = field(default_factory=deque)
    backend_says: tuple[str, dict[str, str]] = ("", {})  # the body and the headers of all of them

    def answer(self, request: Request, part: str) -> Response:
        if part == "backend":
            self.told.append((dict(request.headers), request.get_data(as_text=True)))
            says, headers = self.backend_says
            return Response(says, self.backend_answers.popleft() if self.backend_answers else 200, headers)
        if self.whatsapp_answers:
            status, body = self.whatsapp_answers.popleft()
            return Response(json.dumps(body), status, mimetype="application/json")
        if request.path.endswith("/media"):
            return self._take_picture(request)
        if request.method == "GET":
            told = {"whatsapp_business_manager_messaging_limit": self.daily_limit, "id": "1"}
            return Response(json.dumps(told), mimetype="application/json")
        body = json.loads(request.get_data())
        if body.get("status") == "read":
            self.read.append(body["message_id"])
            return Response('{"success": true}', mimetype="application/json")
        wamid = f"wamid.{secrets.token_hex(8)}"
        self.sent.append(body | {"wamid": wamid})
        to = str(body.get("to", ""))
        contact = {"input": to, "wa_id": self.wa_ids.get(to, to.removeprefix("+"))}
        accepted = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}
        return Response(json.dumps(accepted), mimetype="application/json")

    def _take_picture(self, request: Request) -> Response:
        if self.picture_status != 200:
            told = {"error": {"code": 131053, "message": "Media upload error"}}
            return Response(json.dumps(told), self.picture_status, mimetype="application/json")
        with contextlib.closing(request.files["file"]) as file:
            self.pictures.append(file.read())
        return Response(json.dumps({"id": f"media{len(self.pictures)}"}), mimetype="application/json")


class Outside:
    """One server for the places of all tests."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}
        self.served = Served(self._serve).start()

    def place(self) -> tuple[str, Place]:
        """A new place, and the address below which its parts are."""
        name, place = str(next(_numbers)), Place()
        self._places[name] = place
        return f"{self.served.url}/{name}", place

    def _serve(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        _, name, part, *_rest = request.path.split("/")
        return self._places[name].answer(request, part)(environ, start_response)


@dataclass
class TestGateway:
    """The sandbox's gateway; every test has an account of its own there."""

    __test__ = False

    served: Served
    accounts: list[Account]

    def account(self) -> Account:
        number = secrets.token_hex(6)
        self.accounts.append(Account(f"sk_test_{number}", f"pk_test_{number}", "Café Lumière"))
        return self.accounts[-1]


@dataclass
class Shop:
    """What tests do with a merchant, its buyers and its worker."""

    kit: Kit
    clock: Clock
    place: Place
    account: Account
    gateway: TestGateway
    http: sdk.RequestsClient
    whatsapp_url: str
    id: str = "cafe"

    # the merchant's side

    def order(
        self, action: Action = Action.PAYMENT, *, amount: int | None = 1000, send: bool = False, **more: Any
    ) -> str:
        """A new order from the back office."""
        money = Money(amount, "EUR") if amount and action is not Action.REGISTER else None
        wanted = {"phone": BUYER, "email": "buyer@example.com"} | more
        by = orders.By("whatsapp", self.operator_id())
        return orders.create(self.kit, self.id, orders.Request(action=action, amount=money, **wanted), by, send=send).id

    def operator_id(self) -> str:
        return str(self.one(models.Operator, models.Operator.merchant_id == self.id).id)

    def number(self) -> str:
        """WhatsApp's id of the shop's number."""
        return str(self.one(models.Merchant, models.Merchant.id == self.id).phone_number_id)

    def hear(self, text: str, *, sender: str = OPERATOR, **more: Any) -> list[dict[str, Any]]:
        """Somebody writes to the shop's number; what the shop's number sends until all is quiet."""
        return self.receive({"type": "text", "text": {"body": text}}, sender=sender, **more)

    def tap(
        self, question: dict[str, Any], button: str, *, sender: str = OPERATOR, at: datetime | None = None
    ) -> list[dict[str, Any]]:
        """Somebody taps a button under a message."""
        reply = {"type": "button_reply", "button_reply": {"id": button, "title": "whatever"}}
        tapped = {"type": "interactive", "interactive": reply}
        return self.receive(tapped, sender=sender, reply_to=question["wamid"], at=at)

    def receive(
        self, content: dict[str, Any], *, sender: str, reply_to: str | None = None, at: datetime | None = None
    ) -> list[dict[str, Any]]:
        message = {"id": f"wamid.{secrets.token_hex(8)}", "from": sender[1:], **content}
        message["timestamp"] = str(int((at or self.clock()).timestamp()))
        if reply_to:
            message["context"] = {"id": reply_to}
        before = len(self.place.sent)
        inbox.keep_whatsapp(
            self.kit, self.id, [inbound.Event(message["id"], self.number(), {"message": message, "contact": {}})]
        )
        self.drain()
        return self.place.sent[before:]

    def status(self, wamid: str, word: str, **more: Any) -> None:
        """WhatsApp says what became of a message."""
        payload = {"status": {"id": wamid, "status": word, "timestamp": str(int(self.clock().timestamp())), **more}}
        inbox.keep_whatsapp(self.kit, self.id, [inbound.Event(f"{wamid}:{word}", self.number(), payload)])
        self.drain()

    def declaration(self) -> dict[str, Any]:
        """The shop's file again, with the same WhatsApp number."""
        merchant = self.one(models.Merchant, models.Merchant.id == self.id)
        made = declaration(self.account, "http://127.0.0.1:9/backend")
        made["whatsapp"] |= {
            "phone_number_id": merchant.phone_number_id,
            "business_account_id": merchant.business_account_id,
        }
        return made

    # the buyer's side

    def token(self, card: str) -> str:
        """What the page's card form hands over for one of Stripe's test cards."""
        made = self._stripe("POST", "/v1/test_helpers/confirmation_tokens", {"payment_method": f"pm_card_{card}"})
        return str(made["id"])

    def wallet_token(self, card: str = WORKS, wallet: str = "apple_pay") -> str:
        """What the page's wallet button hands over."""
        given = {"payment_method": f"pm_card_{card}", "wallet": wallet}
        return str(self._stripe("POST", "/v1/confirmation_tokens", given, key=self.account.publishable_key)["id"])

    def pay(self, order: str, card: str = WORKS, *, save: bool = False, token: str = "", ip: str = "") -> Outcome:
        """What the page's POST does."""
        submission = checkout.Submission(token or self.token(card), save, CONSENT, "Phone/1.0", ip)
        return checkout.start(self.kit, order, submission)

    def answer_bank(self, order: str, answer: str) -> None:
        """The buyer answers the bank's question: passed, failed or cancelled."""
        intent = self.get(order).intent or ""
        kind = "setup_intents" if intent.startswith("seti_") else "payment_intents"
        secret = {"client_secret": self._stripe("GET", f"/v1/{kind}/{intent}")["client_secret"]}
        asked = self._stripe("GET", "/v1/3ds2/challenge", secret, key=self.account.publishable_key)
        answered = {**secret, "attempt": asked["attempt"], "outcome": answer}
        self._stripe("POST", "/v1/3ds2/authenticate", answered, key=self.account.publishable_key)

    # time and the worker

    def drain(self) -> None:
        """Do all work that is due, as the worker does, until nothing is."""
        for _ in range(100):
            if not sum(self.work(kind.model) for kind in KINDS):
                return
        raise AssertionError("there is no end to the work")

    def work(self, model: Any) -> int:
        """Claim what is due of one kind and carry it out; how many rows there were. What nobody foresaw is the test's."""
        kind = next(kind for kind in KINDS if kind.model is model)
        with self.kit.database.read() as session:
            if not work.is_due(session, model, self.clock()):
                return 0
        with self.kit.database.write() as session:
            lease, rows = work.claim(session, model, now=self.clock(), lease=kind.lease, limit=20)
        for row in rows:
            try:
                kind.carry_out(self.kit, row, lease)
            except Exception as error:
                kinds.failed(self.kit, kind, row, lease, error)
                if not isinstance(error, OrdoError):
                    raise
        return len(rows)

    def later(self, **span: float) -> None:
        """Time passes, and the worker works."""
        self.clock.forward(**span)
        self.drain()

    # the gateway

    def fault(self, kind: str, match: str, **more: Any) -> None:
        wish = {"kind": kind, "match": match, "seconds": 0.0, **more}
        assert requests.post(f"{self.gateway.served.url}/_sandbox/faults", json=wish, timeout=5).ok

    def ledger(self) -> Any:
        return requests.get(f"{self.gateway.served.url}/_sandbox/ledger", timeout=5).json()[self.account.id]

    def charges(self) -> list[int]:
        """The amounts that the gateway took, smallest first."""
        return sorted(charge["amount"] for charge in self.ledger()["charges"] if charge["status"] == "succeeded")

    def unreachable(self) -> Kit:
        """The same shop, with a gateway that nothing listens for."""
        addresses = stripe.Addresses("http://127.0.0.1:1", "http://127.0.0.1:1/x.js")
        return dataclasses.replace(
            self.kit, gateway=lambda _m: stripe.connect(self.credentials(), addresses, self.http)
        )

    def credentials(self) -> stripe.Credentials:
        return stripe.Credentials(self.account.publishable_key, self.account.secret_key, ("whsec_gateway",))

    def refund_at_gateway(self, order: str, amount: int) -> None:
        """Somebody refunds in the gateway's own back office."""
        self._stripe("POST", "/v1/refunds", {"payment_intent": self.get(order).intent, "amount": amount})

    def decide_dispute(self, order: str, *, won: bool) -> None:
        """The buyer's bank decides."""
        wish = {"payment_intent": self.get(order).intent, "status": "won" if won else "lost"}
        assert requests.post(f"{self.gateway.served.url}/_sandbox/disputes", json=wish, timeout=5).ok

    def hint(self, order: str, kind: str) -> None:
        """The gateway's webhook says that something happened to the order's payment."""
        after = not kind.startswith(("payment_intent.", "setup_intent."))
        note = Notification(f"evt_{secrets.token_hex(6)}", kind, self.get(order).intent, None, after_payment=after)
        inbox.keep_gateway(self.kit, self.id, note)
        self.drain()

    def means_hint(self, means: str, kind: str) -> None:
        """The gateway's webhook says that something happened to a saved card."""
        inbox.keep_gateway(
            self.kit, self.id, Notification(f"evt_{secrets.token_hex(6)}", kind, None, None, means=means)
        )
        self.drain()

    def _stripe(self, method: str, path: str, params: Any = None, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {key or self.account.secret_key}"}
        sent = {"params" if method == "GET" else "data": params}
        answer = requests.request(method, self.gateway.served.url + path, headers=headers, timeout=5, **sent)
        assert answer.ok, answer.text
        return answer.json()

    # looking

    def get(self, order: str) -> models.Order:
        found: models.Order = self.one(models.Order, models.Order.id == order)
        return found

    def state(self, order: str) -> str:
        return self.get(order).state

    def one(self, model: Any, *where: Any) -> Any:
        (row,) = self.all(model, *where)
        return row

    def all(self, model: Any, *where: Any) -> list[Any]:
        with self.kit.database.read() as session:
            return list(session.scalars(select(model).where(*where).order_by(*model.__table__.primary_key)))

    def attempts(self, order: str) -> list[str]:
        """How each try of the order stands, in order."""
        rows = self.all(models.Attempt, models.Attempt.order_id == order)
        return [row.state for row in sorted(rows, key=lambda row: row.number)]

    def kinds(self, order: str) -> list[str]:
        """The order's timeline, in order."""
        rows = self.all(models.OrderEvent, models.OrderEvent.order_id == order)
        return [row.kind for row in sorted(rows, key=lambda row: row.id)]

    def callbacks(self, order: str) -> list[dict[str, Any]]:
        """What the backend is to be told of the order."""
        rows = self.all(models.Callback, models.Callback.order_id == order)
        return [json.loads(row.body) for row in sorted(rows, key=lambda row: row.sequence)]

    def dump(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        with self.kit.database.read() as session:
            return {
                table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
                for table in models.Base.metadata.sorted_tables
            }


def declaration(account: Account, backend_url: str, **shop: Any) -> dict[str, Any]:
    """A merchant's file, as a document."""
    number = str(next(_numbers))
    return {
        "merchant": {
            "id": "cafe",
            "name": "Café Lumière",
            "mode": "test",
            "country": "FR",
            "currency": "EUR",
            "language": "en",
            "time_zone": "Europe/Paris",
            "contact": "hello@cafe.example",
        }
        | shop,
        "gateway": {
            "publishable_key": account.publishable_key,
            "secret_key": account.secret_key,
            "webhook_secrets": ["whsec_gateway"],
        },
        "whatsapp": {
            "number": NUMBER,
            "phone_number_id": number,
            "business_account_id": f"9{number}",
            "access_token": "a-token",
            "app_secret": "an-app-secret",
            "verify_token": "a-verify-token",
        },
        "operators": [{"phone": OPERATOR, "name": "Léa", "language": "en"}],
        "users": [
            {"email": f"{role}@cafe.example", "name": role.title(), "role": role}
            for role in ("viewer", "clerk", "admin")
        ],
        "endpoints": [{"url": backend_url, "secret": new_secret()}],
    }


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    """WhatsApp and the order backends."""
    made = Outside()
    yield made
    made.served.stop()


@pytest.fixture(scope="session")
def test_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGateway]:
    """The gateway, started once."""
    with gateway_in(tmp_path_factory.mktemp("gateway")) as gateway:
        yield gateway


@contextlib.contextmanager
def gateway_in(folder: Path) -> Iterator[TestGateway]:
    """A gateway that keeps its things in a folder."""
    accounts: list[Account] = []
    app = create_app(
        database=folder / "gateway.db",
        accounts=accounts,
        public_url="http://gateway.localhost",
    )
    served = Served(app).start()
    yield TestGateway(served, accounts)
    served.stop()
    app.extensions["courier"].stop()


@pytest.fixture
def shop(database_url: str, test_gateway: TestGateway, outside: Outside) -> Iterator[Shop]:
    """A merchant on a database of the test's own, on each kind of database."""
    with shop_on(database_url, test_gateway, outside) as shop:
        yield shop


@contextlib.contextmanager
def shop_on(database_url: str, test_gateway: TestGateway, outside: Outside) -> Iterator[Shop]:
    """A merchant on a migrated database."""
    url, place = outside.place()
    account, clock, database = test_gateway.account(), Clock(), Database(database_url)
    http = sdk.RequestsClient(timeout=(1, 10))
    session = requests.Session()

    def gateway(merchant: models.Merchant) -> Gateway:
        keys = kit.vault.open(merchant.gateway_secrets, merchants.gateway_place(merchant.id))
        credentials = stripe.Credentials(
            merchant.publishable_key, keys["secret_key"], tuple(keys["webhook_secrets"]), merchant.gateway_account
        )
        return stripe.connect(credentials, stripe.Addresses(test_gateway.served.url, SCRIPT), http)

    kit = Kit(
        database=database,
        now=clock,
        vault=Vault([ENCRYPTION_KEY]),
        links=Links(SECRET_KEYS, PUBLIC_URL),
        gateway=gateway,
        whatsapp=lambda m: Client(
            f"{url}/whatsapp", "v26.0", m.phone_number_id, m.business_account_id, "a-token", session
        ),
        sender=Sender(allow_loopback=True),
        expected=Expected({}, f"{url}/stripe.js"),
        allow_sandbox_hosts=True,
        gateway_slots=threading.BoundedSemaphore(64),
    )
    merchants.apply(kit, merchants.declared(declaration(account, f"{url}/backend")))
    yield Shop(kit, clock, place, account, test_gateway, http, f"{url}/whatsapp")
    requests.delete(f"{test_gateway.served.url}/_sandbox/faults", timeout=5)
    session.close()
    http.close()  # type: ignore[no-untyped-call]  # the SDK's own
    database.close()


class Killed(BaseException):
    """kill -9, as far as one thread can tell: nothing catches it, nothing is tidied up."""


class Meanwhile:
    """A gateway at which something happens before a call reaches it, or after it was carried out."""

    def __init__(self, gateway: Any, method: str, *, before: Any = None, after: Any = None) -> None:
        self._gateway, self._method, self._before, self._after = gateway, method, before, after

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._gateway, name)
        if name != self._method:
            return real

        def called(*args: Any, **named: Any) -> Any:
            if self._before is not None:
                self._before()
            answer = real(*args, **named)
            if self._after is not None:
                self._after()
            return answer

        return called


def meanwhile(shop: Shop, method: str, **happens: Any) -> Kit:
    """The shop's kit, where that happens around the gateway's `method`."""
    return dataclasses.replace(shop.kit, gateway=lambda m: Meanwhile(shop.kit.gateway(m), method, **happens))


def killed() -> None:
    """Die here."""
    raise Killed


@pytest.fixture
def app(shop: Shop) -> Flask:
    """The web application, on the shop's kit."""
    return application(shop)


def application(shop: Shop) -> Flask:
    """As `app`."""
    settings = Settings(
        public_url=PUBLIC_URL,
        database_url=str(shop.kit.database.url.render_as_string(hide_password=False)),
        secret_keys=SECRET_KEYS,
        encryption_keys=(ENCRYPTION_KEY,),
        stripe_api_url=shop.gateway.served.url,
        stripe_script_url=SCRIPT,
        whatsapp_api_url=shop.whatsapp_url,
        allow_sandbox_hosts=True,
    )
    made = wiring.create_app(settings)
    web_kit.install(made, shop.kit)
    return made


def browser(app: Flask) -> FlaskClient:
    """A browser of its own."""
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    client.environ_base["HTTP_HOST"] = "ordo.localhost"
    return client
