"""What tests do with a merchant, its buyers and its worker, by a clock that only the test moves."""

from __future__ import annotations

import dataclasses
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
import stripe as sdk
from sqlalchemy import select

from sandbox.gateway.app import Account
from tests.kit.gateway import TestGateway
from tests.kit.merchant import BUYER, CONSENT, OPERATOR, WORKS, declaration
from tests.kit.recorders import Place
from webapp.db import models, work
from webapp.domain import actors
from webapp.domain.actions import Action
from webapp.domain.errors import OrdoError
from webapp.domain.money import Money
from webapp.gateways import stripe
from webapp.gateways.base import Notification
from webapp.jobs import queues
from webapp.jobs.queues import QUEUES
from webapp.services import inbox
from webapp.services.orders import lifecycle
from webapp.services.payments import checkout
from webapp.services.runtime.context import ServiceContext
from webapp.whatsapp import inbound

if TYPE_CHECKING:
    from webapp.domain.outcome import Outcome


@dataclass
class Clock:
    """A time that only a test moves."""

    at: datetime = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Shop:
    """What tests do with a merchant, its buyers and its worker."""

    context: ServiceContext
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
        request = lifecycle.Request(action=action, amount=money, **wanted)
        return lifecycle.create(self.as_operator(), self.id, request, send=send).id

    def as_operator(self) -> ServiceContext:
        """The context of what the shop's operator does."""
        return self.context.acting_as(actors.operator(self.operator_id()))

    def operator_id(self) -> str:
        of_the_file = (models.Operator.merchant_id == self.id, models.Operator.phone == OPERATOR)
        return str(self.one(models.Operator, *of_the_file).id)

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
            self.context, self.id, [inbound.Event(message["id"], self.number(), {"message": message, "contact": {}})]
        )
        self.drain()
        return self.place.sent[before:]

    def status(self, wamid: str, word: str, **more: Any) -> None:
        """WhatsApp says what became of a message."""
        payload = {"status": {"id": wamid, "status": word, "timestamp": str(int(self.clock().timestamp())), **more}}
        inbox.keep_whatsapp(self.context, self.id, [inbound.Event(f"{wamid}:{word}", self.number(), payload)])
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

    def backend(self, path: str = "") -> str:
        """An address of the shop's order backend."""
        return f"{self.whatsapp_url.removesuffix('/whatsapp')}/backend{path}"

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
        return checkout.start(self.context.acting_as(actors.buyer(self.get(order).buyer_id)), order, submission)

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
            due = work.next_due(self.context.database, self.clock())
            ready = [queue.model for queue in QUEUES if (at := due[queue.model]) is not None and at <= self.clock()]
            if not ready:
                return
            for model in ready:
                self.work(model)
        raise AssertionError("there is no end to the work")

    def work(self, model: Any) -> int:
        """Claim what is due of one kind and carry it out; how many rows there were. What nobody foresaw is the test's."""
        kind = next(kind for kind in QUEUES if kind.model is model)
        with self.context.database.write() as session:
            lease, rows = work.claim(session, model, now=self.clock(), lease=kind.lease, limit=20)
        for row in rows:
            try:
                kind.carry_out(self.context.acting_as(actors.CLOCK), row, lease)
            except Exception as error:
                queues.failed(self.context.acting_as(actors.CLOCK), kind, row, lease, error)
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

    def unreachable(self) -> ServiceContext:
        """The same shop, with a gateway that nothing listens for."""
        addresses = stripe.Addresses("http://127.0.0.1:1", "http://127.0.0.1:1/x.js")
        return dataclasses.replace(
            self.context, gateway=lambda _m: stripe.connect(self.credentials(), addresses, self.http)
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
        inbox.keep_gateway(self.context, self.id, note)
        self.drain()

    def payment_method_hint(self, payment_method_id: str, kind: str) -> None:
        """The gateway's webhook says that something happened to a saved card."""
        inbox.keep_gateway(
            self.context,
            self.id,
            Notification(f"evt_{secrets.token_hex(6)}", kind, None, None, payment_method_id=payment_method_id),
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
        with self.context.database.read() as session:
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
        with self.context.database.read() as session:
            return {
                table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
                for table in models.Base.metadata.sorted_tables
            }
