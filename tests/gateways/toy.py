"""Toy Pay: a whole gateway that is not Stripe. It has the buyer pay on a page of its own, so it has no fields, no frame and no script on
ours; it keeps no cards and holds no money. `ToyProvider` is its adapter, `ToyServer` the gateway itself, over HTTP.

What it is for: whatever the product takes for granted of a gateway, without having said so in the contract, fails here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn
from urllib.parse import urlsplit

import requests
import urllib3
from pydantic import Field

from webapp.domain import errors, money
from webapp.domain.outcome import (
    ActionNeeded,
    Cancelled,
    Card,
    Decline,
    Declined,
    Done,
    GatewayDispute,
    GatewayPayment,
    GatewayRefund,
    Outcome,
    Unconfirmed,
    Unknown,
)
from webapp.domain.statuses import DisputeState, RefundState
from webapp.gateways import keys
from webapp.gateways.base import Account, BrowserSources, Capability, KeyField, Notification, PageParts, SignatureHeader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from webapp.gateways.base import Gateway, Purchase

MOST = 10_000_000
TOLERANCE = 300  # seconds


class Keys(keys.Keys):
    """The `[gateway]` table."""

    key: str = Field(repr=False)
    webhook_secret: str = Field(repr=False)


@dataclass(frozen=True)
class ToyProvider:
    """`webapp.gateways.base.GatewayProvider`. `url` is where the gateway is, for servers and browsers alike."""

    url: str
    timeout: tuple[float, float] = (3, 10)
    name: ClassVar[str] = "toy"
    display_name: ClassVar[str] = "Toy Pay"
    capabilities: ClassVar[frozenset[Capability]] = frozenset()
    signature_header: ClassVar[SignatureHeader] = SignatureHeader("Toy-Signature", "sha256=")
    key_fields: ClassVar[tuple[KeyField, ...]] = keys.fields(Keys)
    all_well: ClassVar[str] = "the key works, and the webhook is registered"

    @cached_property
    def page(self) -> PageParts:
        parts = urlsplit(self.url)
        return PageParts(sources=BrowserSources(form=(f"{parts.scheme}://{parts.netloc}",)))

    def account(self, table: Mapping[str, object], *, live: bool) -> Account:
        given, mode = keys.read(Keys, table), "live" if live else "test"
        if not given.key.startswith(f"{mode}-"):
            raise keys.refused(f"key is not a {mode} key: those begin with {mode}-")
        return Account({"key": given.key, "webhook_secret": given.webhook_secret})

    def record_url(self, identity: str, *, account: str | None, live: bool) -> str | None:  # noqa: ARG002
        return None  # it has no back office

    def connect(self, account: Account) -> Gateway:
        return Toy(self.url, self.timeout, account.secrets["key"], account.secrets["webhook_secret"])


class _Refused(Exception):
    """The gateway answered that it does not do this, in the state that the payment is in."""


class _Silent(Exception):
    """The request may have arrived, and no answer came that says what it did."""


class Toy:
    """`webapp.gateways.base.Gateway`."""

    def __init__(self, url: str, timeout: tuple[float, float], key: str, secret: str) -> None:
        self._url, self._timeout, self._key, self._secret = url, timeout, key, secret

    @property
    def card_brands(self) -> tuple[str, ...]:
        return ()

    def validate_amount(self, amount: int, currency: str) -> None:
        if amount > MOST:
            raise errors.Invalid("too_large", limit=money.Money(MOST, currency))

    def validate_refund(self, amount: int, currency: str) -> None:
        pass  # any part can go back

    def prepare(
        self,
        amount: int,  # noqa: ARG002  # the buyer pays elsewhere
        currency: str,  # noqa: ARG002
        *,
        saves: bool,  # noqa: ARG002
        manual_capture: bool,  # noqa: ARG002
        language: str,  # noqa: ARG002
        purchase: Purchase | None = None,  # noqa: ARG002
    ) -> dict[str, object]:
        return {}

    def customer(self, *, buyer: str, phone: str | None, email: str | None, gone: str | None = None) -> str:
        return str(self._harmless("POST", "/customers", buyer=buyer, phone=phone, email=email, gone=gone)["id"])

    def delete_customer(self, customer: str) -> None:
        self._harmless("DELETE", f"/customers/{customer}")

    def open(self, purchase: Purchase) -> str:
        wanted = {
            "reference": f"{purchase.order}-{purchase.generation}",
            "order": purchase.order,
            "amount": purchase.amount,
            "currency": purchase.currency,
        }
        return str(self._harmless("POST", "/payments", **wanted)["id"])

    def submit(self, intent: str, *, token: str, save: bool, key: str, return_url: str, mandate: str) -> Outcome:  # noqa: ARG002  # typed elsewhere
        try:
            return _outcome(self._call("POST", f"/payments/{intent}/checkout", key=key, return_url=return_url))
        except _Silent as error:
            return Unknown(str(error))
        except _Refused as error:
            match self.lookup(intent):
                case Unconfirmed() | Declined():
                    raise errors.GatewayRefused(str(error)) from error
                case Done() as truth:
                    return replace(truth, earlier=True)
                case truth:
                    return truth

    def fingerprint(self, token: str) -> str:  # noqa: ARG002  # it makes none
        return ""

    def lookup(self, intent: str) -> Outcome:
        try:
            return _outcome(self._call("GET", f"/payments/{intent}"))
        except (_Silent, _Refused, errors.OrdoError) as error:
            return Unknown(str(error))

    def cancel(self, intent: str) -> Outcome:
        try:
            return _outcome(self._call("POST", f"/payments/{intent}/cancel"))
        except _Refused:
            return self.lookup(intent)
        except _Silent as error:
            return Unknown(str(error))

    def refund(self, intent: str, amount: int, currency: str, *, refund: str) -> GatewayRefund | Unknown:  # noqa: ARG002  # the payment's
        try:
            made = self._call("POST", f"/payments/{intent}/refund", refund=refund, amount=amount)
        except _Silent as error:
            return Unknown(str(error))
        except _Refused as error:
            raise errors.GatewayRefused(str(error)) from error
        return _money_back(made)

    def retrieve_payment(self, intent: str) -> GatewayPayment:
        found = self._learned(f"/payments/{intent}")
        taken = found["amount"] if found["status"] == "paid" else 0
        disputes = tuple(GatewayDispute(each, taken, "fraud", DisputeState.OPEN) for each in found["disputes"])
        return GatewayPayment(taken, found["currency"], tuple(_money_back(each) for each in found["refunds"]), disputes)

    def recent(self, since: datetime) -> Iterator[tuple[str, Outcome]]:
        for each in self._learned(f"/payments?since={since.timestamp()}")["payments"]:
            yield each["order"], _outcome(each)

    def verify(self, body: bytes, signature: str) -> Notification:
        said = dict(part.partition("=")[::2] for part in signature.split(","))
        made = signed(body, self._secret, said.get("t", ""))
        if not signature.isascii() or not hmac.compare_digest(made, signature):
            raise errors.Forbidden("not signed with this merchant's secret")
        if abs(time.time() - float(said["t"])) > TOLERANCE:
            raise errors.Forbidden("signed too long ago")
        told = json.loads(body)
        return Notification(told["id"], told["type"], told["payment"], None, after_payment=told["type"] != "tried")

    def check(self, *, webhook_url: str, live: bool) -> list[str]:
        mode = "live" if live else "test"
        try:
            found = self._call("GET", "/me")
        except errors.GatewayRefused:
            return ["Toy Pay does not know the key: copy it again from the toy's box."]
        except (_Silent, errors.OrdoError) as error:
            return [f"Toy Pay at {self._url} did not answer as it should: {error}"]
        wrong = [] if self._key.startswith(f"{mode}-") else [f"The merchant is in {mode} mode, and the key is not."]
        return wrong + ([] if webhook_url in found["webhooks"] else [f"Toy Pay tells nobody: register {webhook_url}."])

    # What it cannot do (`ToyProvider.capabilities`) nobody may ask for.

    def _never(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("Toy Pay was asked for what it says that it cannot do")

    capture = charge = pay_with = find = forget = saved = changed = saver = _never

    # --- the network

    def _call(self, method: str, path: str, **body: object) -> Any:
        """The answer. Raises `NotSent`, `Busy`, `GatewayRefused` for what proves that nothing was done, else `_Silent` and `_Refused`."""
        headers = {"Authorization": f"Bearer {self._key}"}
        try:
            answer = requests.request(
                method, self._url + path, json=body or None, headers=headers, timeout=self._timeout
            )
        except requests.ConnectTimeout as error:
            raise errors.NotSent(str(error)) from error
        except requests.RequestException as error:
            reason = getattr(error.args[0] if error.args else None, "reason", None)
            if isinstance(reason, urllib3.exceptions.NewConnectionError):
                raise errors.NotSent(str(error)) from error
            raise _Silent(type(error).__name__) from error
        match answer.status_code:
            case 200:
                return answer.json()
            case 409:
                raise _Refused(answer.text)
            case 429:
                raise errors.Busy(answer.text)
            case status if status < 500:
                raise errors.GatewayRefused(f"{status} {answer.text}")
        raise _Silent(f"HTTP {answer.status_code}")

    def _harmless(self, method: str, path: str, **body: object) -> Any:
        try:
            return self._call(method, path, **body)
        except _Silent as error:
            raise errors.Busy(str(error)) from error

    def _learned(self, path: str) -> Any:
        try:
            return self._call("GET", path)
        except (_Silent, _Refused, errors.OrdoError) as error:
            raise errors.Busy(str(error)) from error


def signed(body: bytes, secret: str, moment: str) -> str:
    """The header that comes with a webhook."""
    made = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},sha256={made}"


def _outcome(payment: Mapping[str, Any]) -> Outcome:
    intent, gateway_attempt_ref = payment["id"], payment["key"]
    match payment["status"]:
        case "new":
            return Unconfirmed(intent)
        case "waiting" | "asks":
            return ActionNeeded(intent, redirect_url=payment["url"], gateway_attempt_ref=gateway_attempt_ref)
        case "declined":
            return Declined(intent, Decline(payment["reason"]), payment["code"], gateway_attempt_ref)
        case "cancelled":
            return Cancelled(intent)
        case "paid":
            card = Card("visa", payment["last4"], 12, datetime.now(UTC).year + 8, f"toy-{payment['last4']}")
            return Done(intent, payment["amount"], payment["currency"], card, gateway_attempt_ref=gateway_attempt_ref)
    return Unknown(f"{intent} is {payment['status']}")


def _money_back(refund: Mapping[str, Any]) -> GatewayRefund:
    return GatewayRefund(refund["id"], refund["amount"], RefundState.SUCCEEDED, refund["refund"])
