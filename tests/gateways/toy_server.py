"""Toy Pay itself: what it keeps, its API, and the page on which its buyers pay."""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests
from markupsafe import escape
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect

from sandbox.serve import Served
from tests.gateways.toy import signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CARDS = {"works": "4242", "works too": "4444", "pays, and is disputed": "0259"}
ASKS = {"asks the bank": "works", "asks, then no funds": "no funds"}
DECLINES = {
    "no funds": "insufficient_funds",
    "expired": "expired_card",
    "wrong cvc": "incorrect_cvc",
    "processing error": "processing_error",
}
"""What the buyer may be told, by the card; any other card is declined without a reason."""
ROUTES = Map(
    [
        Rule("/me", endpoint="me"),
        Rule("/customers", endpoint="customer", methods=["POST"]),
        Rule("/customers/<name>", endpoint="delete_customer", methods=["DELETE"]),
        Rule("/payments", endpoint="open", methods=["POST"]),
        Rule("/payments", endpoint="recent", methods=["GET"]),
        Rule("/payments/<name>", endpoint="payment"),
        Rule("/payments/<name>/checkout", endpoint="submit", methods=["POST"]),
        Rule("/payments/<name>/cancel", endpoint="cancel", methods=["POST"]),
        Rule("/payments/<name>/refund", endpoint="refund", methods=["POST"]),
        Rule("/pay/<name>", endpoint="page"),
    ]
)


@dataclass
class Payment:
    """`key` is our try, `events` how often something became of it."""

    id: str
    order: str
    amount: int
    currency: str
    begun: float
    url: str
    status: str = "new"
    key: str = ""
    return_url: str = ""
    reason: str = ""
    code: str = ""
    last4: str = ""
    refunds: list[dict[str, Any]] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)


class ToyServer:
    """Served on a port of its own, for one shop, whose key and secret it knows. `webhooks` are the addresses that are told; `faults` what
    the next call of a step suffers (`rigs.Fault`); `calls` what was asked of the API."""

    def __init__(self, key: str, secret: str) -> None:
        self.key, self.secret = key, secret
        self.webhooks: list[str] = []
        self.payments: dict[str, Payment] = {}
        self.customers: set[str] = set()
        self.faults: dict[str, str] = {}
        self.calls: list[str] = []
        self._numbers, self._lock = itertools.count(1), threading.Lock()
        self.served = Served(self._serve).start()

    @property
    def url(self) -> str:
        return self.served.url

    def _serve(self, environ: Any, start: Any) -> Iterable[bytes]:
        request = Request(environ)
        try:
            step, given = ROUTES.bind_to_environ(environ).match()
        except HTTPException as error:
            return Response("no such place", error.code)(environ, start)
        answer = self._page(request, **given) if step == "page" else self._api(request, step, given)
        return answer(environ, start)

    def _api(self, request: Request, step: str, given: Mapping[str, Any]) -> Response:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return Response("this key is not known", 401)
        body = json.loads(request.get_data() or "{}")
        with self._lock:
            self.calls.append(step)
            fault = self.faults.pop(step, "")
        if fault == "429":
            return Response("too many", 429)
        if fault.endswith("before") or fault == "500":
            return self._fails(request, fault)
        with self._lock:
            answer = getattr(self, f"_do_{step}")(request=request, **given, **body)
        if fault:
            return self._fails(request, fault)
        return answer if isinstance(answer, Response) else Response(json.dumps(answer), mimetype="application/json")

    @staticmethod
    def _fails(request: Request, fault: str) -> Response:
        if fault.startswith("timeout"):
            time.sleep(0.5)
        if not fault.startswith("500"):
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return Response("broken", 500)

    # --- the API

    def _do_me(self, request: Request) -> Any:  # noqa: ARG002  # as all of them
        return {"webhooks": self.webhooks}

    def _do_customer(self, request: Request, buyer: str, **_: Any) -> Any:  # noqa: ARG002
        self.customers.add(f"c-{buyer}")
        return {"id": f"c-{buyer}"}

    def _do_delete_customer(self, request: Request, name: str) -> Any:  # noqa: ARG002
        self.customers.discard(name)
        return {}

    def _do_open(self, request: Request, reference: str, order: str, amount: int, currency: str) -> Any:  # noqa: ARG002
        made = self.payments.get(reference)
        if made is None:
            id_ = f"toy-{reference}"
            made = Payment(id_, order, amount, currency, time.time(), f"{self.url}/pay/{id_}")
            self.payments[reference] = self.payments[id_] = made
        return vars(made)

    def _do_recent(self, request: Request) -> Any:
        since = float(request.args["since"])
        found = {each.id: vars(each) for each in self.payments.values() if each.begun >= since}
        return {"payments": list(found.values())}

    def _do_payment(self, request: Request, name: str) -> Any:  # noqa: ARG002
        return vars(self.payments[name])

    def _do_submit(self, request: Request, name: str, key: str, return_url: str) -> Any:  # noqa: ARG002
        payment = self.payments[name]
        if payment.status in {"paid", "cancelled"}:
            return Response(payment.status, 409)
        if payment.key != key:
            payment.status, payment.key, payment.return_url = "waiting", key, return_url
        return vars(payment)

    def _do_cancel(self, request: Request, name: str) -> Any:  # noqa: ARG002
        payment = self.payments[name]
        if payment.status == "paid":
            return Response("paid", 409)
        payment.status = "cancelled"
        return vars(payment)

    def _do_refund(self, request: Request, name: str, refund: str, amount: int) -> Any:  # noqa: ARG002
        payment = self.payments[name]
        for each in payment.refunds:
            if each["refund"] == refund:
                return each
        if payment.status != "paid" or payment.refunds or amount != payment.amount:
            return Response("a whole payment can be given back, once", 409)
        made = {"id": f"back-{next(self._numbers)}", "refund": refund, "amount": amount}
        payment.refunds.append(made)
        return made

    # --- the buyer's browser

    def _page(self, request: Request, name: str) -> Response:
        payment = self.payments[name]
        if request.method == "GET":
            return Response(
                _PAGE.format(amount=payment.amount, currency=escape(payment.currency)), mimetype="text/html"
            )
        self.tries(name, request.form["card"])
        return redirect(payment.return_url, 303, Response)

    def tries(self, id_: str, card: str) -> None:
        """The buyer pays with that card, or goes back without ("none"); whoever is registered is told."""
        with self._lock:
            payment = self.payments[id_]
            if payment.status != "waiting" or card == "none":
                return
            if card in ASKS:
                payment.status, payment.code = "asks", card
                return
            self._becomes(payment, card)
        self.tell(payment)

    def answers_the_bank(self, id_: str, *, passed: bool) -> None:
        """The buyer's answer to the bank's question."""
        with self._lock:
            payment = self.payments[id_]
            if passed:
                self._becomes(payment, ASKS[payment.code])
            else:
                payment.status, payment.reason, payment.code = "declined", "authentication_failed", "no answer"
        self.tell(payment)

    @staticmethod
    def _becomes(payment: Payment, card: str) -> None:
        if card in CARDS:
            payment.status, payment.last4 = "paid", CARDS[card]
            payment.disputes = ["dispute-1"] if "disputed" in card else []
        else:
            payment.status, payment.reason, payment.code = "declined", DECLINES.get(card, "generic"), card

    def tell(self, payment: Payment, kind: str = "tried") -> None:
        """Send the news of a payment to every webhook, signed."""
        body, header = self.news(payment.id, kind)
        for url in self.webhooks:
            requests.post(url, body, headers={"Toy-Signature": header}, timeout=5).raise_for_status()

    def news(self, payment: str, kind: str = "tried") -> tuple[bytes, str]:
        """A webhook's body and its signature."""
        body = json.dumps({"id": f"news-{next(self._numbers)}", "type": kind, "payment": payment}).encode()
        return body, signed(body, self.secret, str(int(time.time())))


_PAGE = """<!doctype html><html lang="en"><title>Toy Pay</title><h1>Toy Pay</h1><p>{amount} {currency}</p><form method="post">
<button name="card" value="works">Pay</button><button name="card" value="no funds">Pay with an empty card</button>
<button name="card" value="none">Go back</button></form></html>"""
