"""Stripe, by its own SDK: one intent for an order, made unconfirmed and confirmed with the page's one-time token.

Source: https://docs.stripe.com/api, in the version that the installed SDK speaks.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import stripe

from webapp.domain import errors
from webapp.domain.outcome import (
    ActionNeeded,
    Authorised,
    Card,
    Declined,
    Done,
    GatewayPayment,
    GatewayRefund,
    Outcome,
    Pending,
    Unconfirmed,
    Unknown,
)
from webapp.gateways import stripe_amounts, stripe_http, stripe_outcomes
from webapp.gateways.base import BrowserSources, Gateway, Notification, Purchase, SavedPaymentMethod, Saver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from stripe.params import (
        CustomerCreateParams,
        PaymentIntentCaptureParams,
        PaymentIntentCreateParams,
        RefundCreateParams,
        SetupIntentCreateParams,
    )

    from webapp.domain.money import Money

EVENTS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "payment_intent.amount_capturable_updated",
    "setup_intent.succeeded",
    "setup_intent.setup_failed",
    "setup_intent.requires_action",
    "setup_intent.canceled",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "payment_method.detached",
    "payment_method.updated",
    "payment_method.automatically_updated",
)
"""What a merchant's webhook endpoint at Stripe must be told."""

_CARD_EVENTS = (
    "payment_method.detached",
    "payment_method.updated",
    "payment_method.automatically_updated",
    "customer.deleted",
)
"""What tells of saved cards that have changed; of a deleted customer Stripe does not promise to tell of each card."""
_LISTED = timedelta(days=30, minutes=1).total_seconds()
"""For how long events are listed (https://docs.stripe.com/api/events/list), and as long as it takes to ask."""

_UNKNOWN_KEY = "Stripe does not know the secret key: copy it again from Stripe's Dashboard, Developers, API keys."
_UNSEEN = (
    "The secret key may not list webhook endpoints, so they were not checked: let it read them, or make sure in "
    "Stripe's Dashboard that {url} is an enabled endpoint."
)
_EVENTS_UNSEEN = (
    "The secret key may not list events, so the daily comparison of saved cards asks for each card by itself: let it read them "
    "in Stripe's Dashboard, Developers, API keys."
)
_UNTOLD = (
    "Stripe does not tell this service what happens: add {url} in Stripe's Dashboard, Developers, Webhooks, with the "
    "events {events}."
)
_NO_WALLETS = (
    "Apple Pay and Google Pay are not offered, because Stripe does not know {domain}: add it in Stripe's Dashboard, Settings, "
    "Payment method domains. To go without them, add it and disable it there."
)
_WALLETS_UNSEEN = (
    "The secret key may not list payment method domains, so they were not checked: let it read them, or make sure in "
    "Stripe's Dashboard that {domain} is one, for Apple Pay and Google Pay."
)
_TOLERANCE = 300  # seconds
_SHOWN = [
    "payment_method",
    "latest_charge",
]  # expanded, so that an answer says which card it was and how long it is held
_SHOWN_SETUP = ["payment_method"]
# One for the process: it holds no merchant's key, and a session for each thread, so that connections are used again.
_HTTP = stripe_http.Client(timeout=(3, 10))

# https://docs.stripe.com/js/appendix/supported_locales
_LOCALES = frozenset(
    (
        *(
            "ar",
            "bg",
            "cs",
            "da",
            "de",
            "el",
            "en",
            "en-GB",
            "es",
            "es-419",
            "et",
            "fi",
            "fil",
            "fr",
            "fr-CA",
            "he",
            "hr",
        ),
        *(
            "hu",
            "id",
            "it",
            "ja",
            "ko",
            "lt",
            "lv",
            "ms",
            "mt",
            "nb",
            "nl",
            "pl",
            "pt",
            "pt-BR",
            "ro",
            "ru",
            "sk",
            "sl",
        ),
        *("sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW"),
    )
)


@dataclass(frozen=True)
class Credentials:
    """A merchant's keys. `webhook_secrets`: every one that is current, two during a rotation. `account`: the connected
    account that is acted for, if any. `card_brands`: what the account takes, as the merchant's file says."""

    publishable_key: str
    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    account: str | None = None
    card_brands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Addresses:
    """Where Stripe's API and its script are: the real ones, or a sandbox's."""

    api_url: str
    script_url: str


def connect(credentials: Credentials, addresses: Addresses, http: stripe.HTTPClient = _HTTP) -> Gateway:
    """The gateway of one merchant. Makes no call."""
    client = stripe.StripeClient(
        credentials.secret_key,
        stripe_account=credentials.account,
        base_addresses={"api": addresses.api_url.rstrip("/")},
        max_network_retries=0,
        http_client=http,
    )
    return _Stripe(client, credentials, addresses)


def sources(addresses: Addresses) -> BrowserSources:
    """For the page's Content-Security-Policy (https://docs.stripe.com/security/guide, "Content Security Policy")."""
    script = urlsplit(addresses.script_url)
    if script.hostname == "js.stripe.com":
        hosts = ("https://js.stripe.com", "https://*.js.stripe.com")
        return BrowserSources(hosts, (*hosts, "https://hooks.stripe.com"), ("https://api.stripe.com",))
    origin = (f"{script.scheme}://{script.netloc}",)
    return BrowserSources(origin, origin, origin)


class _Stripe:
    """`webapp.gateways.base.Gateway`, whose docstrings say what each method promises."""

    def __init__(self, client: stripe.StripeClient, credentials: Credentials, addresses: Addresses) -> None:
        self._client = client
        self._v1 = client.v1
        self._credentials = credentials
        self._addresses = addresses

    @property
    def card_brands(self) -> tuple[str, ...]:
        return self._credentials.card_brands

    def validate_amount(self, amount: int, currency: str) -> None:
        stripe_amounts.check(amount, currency)

    def validate_refund(self, amount: int, currency: str) -> None:
        try:
            stripe_amounts.to_stripe(amount, currency)
        except errors.Invalid as error:
            raise errors.Invalid("amount_not_refundable", str(error), currency=currency) from error

    def prepare(
        self,
        amount: int,
        currency: str,
        *,
        saves: bool,
        manual_capture: bool,
        language: str,
        purchase: Purchase | None = None,  # noqa: ARG002  # this form is never bought
    ) -> dict[str, object]:
        elements: dict[str, object] = {
            "mode": "payment" if amount else "setup",
            "currency": currency.lower(),
            "allowedPaymentMethodTypes": ["card"],
            "locale": _locale(language),
        }
        # Stripe refuses a token whose form said otherwise than the intent (https://docs.stripe.com/payments/accept-a-payment-deferred).
        if amount:
            elements["amount"] = stripe_amounts.to_stripe(amount, currency)
            if manual_capture:
                elements["captureMethod"] = "manual"
        if saves:
            elements["setupFutureUsage"] = "off_session"
        config: dict[str, object] = {"key": self._credentials.publishable_key, "elements": elements}
        if self._credentials.account:
            config["account"] = self._credentials.account
        return config

    def customer(self, *, buyer: str, phone: str | None, email: str | None, gone: str | None = None) -> str:
        # Stripe refuses a key that comes back with other parameters, and a buyer's e-mail may change between orders. And for a day
        # it answers a key with the customer that was made by it, also when that was deleted since.
        said = hashlib.sha256(f"{phone} {email}{gone or ''}".encode()).hexdigest()[:16]
        params: CustomerCreateParams = {"metadata": {"buyer": buyer}}
        if phone:
            params["phone"] = phone
        if email:
            params["email"] = email
        key = f"customer:{buyer}:{said}"
        with stripe_outcomes.harmless():
            try:
                return self._new_customer(params, key)
            except stripe.InvalidRequestError as error:
                if error.code != "email_invalid":
                    raise
            # An address that is one for us, and none for Stripe, keeps nobody from paying: receipts are ours.
            del params["email"]
            return self._new_customer(params, f"{key}:no-email")

    def _new_customer(self, params: CustomerCreateParams, key: str) -> str:
        return stripe_outcomes.made(lambda key: self._v1.customers.create(params, {"idempotency_key": key}), key).id

    def delete_customer(self, customer: str) -> None:
        # https://docs.stripe.com/api/customers/delete: it "removes all credit card details", and one that is not there is an error.
        with stripe_outcomes.harmless():
            try:
                self._v1.customers.delete(customer)
            except stripe.InvalidRequestError as error:
                if error.http_status != 404:
                    raise

    def open(self, purchase: Purchase) -> str:
        key = f"{purchase.order}:{purchase.generation}:{purchase.customer}"
        with stripe_outcomes.harmless():
            if purchase.amount:
                payment = _payment(purchase)
                return stripe_outcomes.made(
                    lambda key: self._v1.payment_intents.create(payment, {"idempotency_key": key}), key
                ).id
            setup = _setup(purchase)
            return stripe_outcomes.made(
                lambda key: self._v1.setup_intents.create(setup, {"idempotency_key": key}), key
            ).id

    def submit(self, intent: str, *, token: str, save: bool, key: str, return_url: str, mandate: str) -> Outcome:  # noqa: ARG002 - Stripe's script puts the browser's evidence for a mandate into the token
        try:
            if _registers(intent):
                return stripe_outcomes.of_intent(
                    self._v1.setup_intents.confirm(
                        intent,
                        {"confirmation_token": token, "return_url": return_url, "expand": _SHOWN_SETUP},
                        {"idempotency_key": key},
                    )
                )
            return stripe_outcomes.of_intent(
                self._v1.payment_intents.confirm(
                    intent,
                    {
                        "confirmation_token": token,
                        # Said at every try, "" for no: it overrides what a tampered page or an earlier try asked for.
                        "setup_future_usage": "off_session" if save else "",
                        "return_url": return_url,
                        "expand": _SHOWN,
                    },
                    {"idempotency_key": key},
                )
            )
        except stripe.InvalidRequestError as error:
            return self._not_confirmed(intent, error)
        except stripe.StripeError as error:
            return stripe_outcomes.of_error(error)

    def fingerprint(self, token: str) -> str:
        with stripe_outcomes.harmless():
            try:
                return stripe_outcomes.fingerprint(self._v1.confirmation_tokens.retrieve(token).payment_method_preview)
            except stripe.InvalidRequestError:  # what is wrong with the token, `submit` says
                return ""

    def lookup(self, intent: str) -> Outcome:
        try:
            if _registers(intent):
                return stripe_outcomes.of_intent(self._v1.setup_intents.retrieve(intent, {"expand": _SHOWN_SETUP}))
            return stripe_outcomes.of_intent(self._v1.payment_intents.retrieve(intent, {"expand": _SHOWN}))
        except stripe.StripeError as error:
            return Unknown(stripe_outcomes.words(error))

    def cancel(self, intent: str) -> Outcome:
        try:
            if _registers(intent):
                return stripe_outcomes.of_intent(
                    self._v1.setup_intents.cancel(intent, {"cancellation_reason": "abandoned"})
                )
            return stripe_outcomes.of_intent(
                self._v1.payment_intents.cancel(intent, {"cancellation_reason": "abandoned"})
            )
        except stripe.InvalidRequestError:  # what it is cannot be cancelled
            return self.lookup(intent)
        except stripe.StripeError as error:
            return stripe_outcomes.of_error(error)

    def capture(self, intent: str, part: Money | None = None, *, key: str) -> Outcome:
        params: PaymentIntentCaptureParams = {"expand": _SHOWN}
        if part is not None:
            params["amount_to_capture"] = stripe_amounts.to_stripe(part.amount, part.currency)
        try:
            return stripe_outcomes.of_intent(self._v1.payment_intents.capture(intent, params, {"idempotency_key": key}))
        except stripe.InvalidRequestError as error:  # taken or let go already, or not to be taken
            truth = self.lookup(intent)
            if isinstance(truth, Authorised):
                raise errors.GatewayRefused(stripe_outcomes.words(error)) from error
            return truth
        except stripe.StripeError as error:
            return stripe_outcomes.of_error(error)

    def refund(self, intent: str, amount: int, currency: str, *, refund: str) -> GatewayRefund | Unknown:
        try:
            params: RefundCreateParams = {
                "payment_intent": intent,
                "amount": stripe_amounts.to_stripe(amount, currency),
                "metadata": {"refund": refund},
            }
            made = stripe_outcomes.made(lambda key: self._v1.refunds.create(params, {"idempotency_key": key}), refund)
        except errors.Invalid as error:
            raise errors.GatewayRefused(str(error)) from error
        except stripe.StripeError as error:
            return stripe_outcomes.no_refund(error)
        return stripe_outcomes.gateway_refund(made)

    def retrieve_payment(self, intent: str) -> GatewayPayment:
        with stripe_outcomes.unlearned():
            payment = self._v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})
            refunds = self._v1.refunds.list({"payment_intent": intent, "limit": 100})
            disputes = self._v1.disputes.list({"payment_intent": intent, "limit": 100})
            return stripe_outcomes.gateway_payment(payment, refunds.auto_paging_iter(), disputes.auto_paging_iter())

    def charge(self, purchase: Purchase, payment_method: SavedPaymentMethod, *, key: str) -> Outcome:
        params = _payment(purchase)
        params |= {
            "customer": payment_method.customer,
            "payment_method": payment_method.id,
            "off_session": True,
            "confirm": True,
            "expand": _SHOWN,
        }
        try:
            return stripe_outcomes.of_intent(
                stripe_outcomes.made(lambda key: self._v1.payment_intents.create(params, {"idempotency_key": key}), key)
            )
        except stripe.StripeError as error:
            return stripe_outcomes.of_error(error)

    def pay_with(self, intent: str, payment_method: SavedPaymentMethod, *, key: str, return_url: str) -> Outcome:
        try:
            return stripe_outcomes.of_intent(
                self._v1.payment_intents.confirm(
                    intent,
                    {
                        "payment_method": payment_method.id,
                        "setup_future_usage": "",
                        # The page's script asks for the bank's proof. Without, Stripe leads the browser away for it.
                        "use_stripe_sdk": True,
                        "return_url": return_url,
                        "expand": _SHOWN,
                    },
                    {"idempotency_key": key},
                )
            )
        except stripe.InvalidRequestError as error:
            return self._not_confirmed(intent, error)
        except stripe.StripeError as error:
            return stripe_outcomes.of_error(error)

    def find(self, order: str, customer: str) -> list[Outcome]:
        # A list, for Stripe's search lags behind and is not offered in every country.
        with stripe_outcomes.unlearned():
            page = self._v1.payment_intents.list(
                {"customer": customer, "limit": 100, "expand": [f"data.{name}" for name in _SHOWN]}
            )
            return [
                stripe_outcomes.of_intent(each)
                for each in page.auto_paging_iter()
                if stripe_outcomes.metadata(each, "order") == order
            ]

    def forget(self, payment_method: SavedPaymentMethod) -> None:
        with stripe_outcomes.harmless():
            try:
                self._v1.payment_methods.detach(payment_method.id)
            except stripe.InvalidRequestError:
                if self._attached(payment_method):
                    raise

    def recent(self, since: datetime) -> Iterator[tuple[str, Outcome]]:
        begun = int(since.timestamp())
        with stripe_outcomes.unlearned():
            payments = self._v1.payment_intents.list(
                {"created": {"gte": begun}, "limit": 100, "expand": [f"data.{name}" for name in _SHOWN]}
            )
            setups = self._v1.setup_intents.list(
                {"created": {"gte": begun}, "limit": 100, "expand": [f"data.{name}" for name in _SHOWN_SETUP]}
            )
            for page in (payments, setups):
                for each in page.auto_paging_iter():
                    yield stripe_outcomes.metadata(each, "order"), stripe_outcomes.of_intent(each)

    def changed(self, since: datetime) -> Iterator[str] | None:
        if since.timestamp() < time.time() - _LISTED:
            return None
        with stripe_outcomes.unlearned():
            try:
                page = self._v1.events.list(
                    {"types": list(_CARD_EVENTS), "created": {"gte": int(since.timestamp())}, "limit": 100}
                )
            except stripe.PermissionError:
                return None
        return _subjects(page)

    def saver(self, intent: str) -> Saver | None:
        with stripe_outcomes.unlearned():
            if _registers(intent):
                return stripe_outcomes.saver(self._v1.setup_intents.retrieve(intent, {"expand": ["customer"]}))
            return stripe_outcomes.saver(self._v1.payment_intents.retrieve(intent, {"expand": ["customer"]}))

    def saved(self, payment_method: str) -> Card | None:
        with stripe_outcomes.unlearned():
            try:
                found = self._v1.payment_methods.retrieve(payment_method)
            except stripe.InvalidRequestError as error:
                if error.http_status == 404:
                    return None
                raise
        return stripe_outcomes.card(found) if stripe_outcomes.id_of(found.customer) else None

    def verify(self, body: bytes, signature: str) -> Notification:
        if not any(self._signed(body, signature, secret) for secret in self._credentials.webhook_secrets):
            raise errors.Forbidden("no current webhook secret of this merchant made this signature")
        try:
            event = stripe.Event.construct_from(json.loads(body), self._credentials.secret_key)
            return stripe_outcomes.notification(event)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise errors.Invalid("bad_payload", f"signed, and yet no event: {type(error).__name__}") from error

    @staticmethod
    def _signed(body: bytes, signature: str, secret: str) -> bool:
        try:
            if not signature.isascii():
                return False
            stripe.WebhookSignature.verify_header(body.decode(), signature, secret, _TOLERANCE)
            # The SDK refuses what is too old only; what comes from the future could be repeated until then.
            return int(re.findall(r"(?:^|,)t=([^,=]*)", signature)[0]) <= time.time() + _TOLERANCE
        except (stripe.SignatureVerificationError, ValueError):
            return False

    def check(self, *, webhook_url: str, live: bool) -> list[str]:
        wrong = self._wrong_keys(live=live)
        try:
            self._v1.payment_intents.list({"limit": 1})
        except stripe.AuthenticationError:
            return [*wrong, _UNKNOWN_KEY]
        except stripe.PermissionError as error:
            return [
                *wrong,
                f"The secret key may not read payments: {error.user_message} Widen its permissions at Stripe.",
            ]
        except stripe.StripeError as error:
            said = stripe_outcomes.words(error)
            return [*wrong, f"Stripe's API at {self._addresses.api_url} did not answer as it should: {said}"]
        wrong += self._wrong_webhooks(webhook_url) + self._wrong_events()
        return wrong + self._wrong_domain(urlsplit(webhook_url).hostname or "")

    def _wrong_keys(self, *, live: bool) -> list[str]:
        mode, wrong = "live" if live else "test", []
        for key, kinds, name in (
            (self._credentials.publishable_key, ("pk",), "publishable"),
            (self._credentials.secret_key, ("sk", "rk"), "secret"),
        ):
            prefixes = tuple(f"{kind}_{mode}_" for kind in kinds)
            if not key.startswith(prefixes):
                wrong.append(
                    f"The merchant is in {mode} mode, so the {name} key must begin with {' or '.join(prefixes)}: "
                    "take the right one from Stripe's Dashboard, Developers, API keys."
                )
        return wrong

    def _wrong_webhooks(self, url: str) -> list[str]:
        try:
            endpoints = list(self._v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter())
        except stripe.PermissionError:
            return [_UNSEEN.format(url=url)]
        except stripe.StripeError as error:
            return [f"The webhook endpoints could not be listed: {stripe_outcomes.words(error)}"]
        ours = [each for each in endpoints if each.url == url and each.status == "enabled"]
        if not ours:
            return [_UNTOLD.format(url=url, events=", ".join(EVENTS))]
        told = {event for each in ours for event in each.enabled_events}
        missing = [] if "*" in told else [event for event in EVENTS if event not in told]
        return [f"Stripe's webhook endpoint {url} lacks the events {', '.join(missing)}: add them."] if missing else []

    def _wrong_events(self) -> list[str]:
        try:
            self._v1.events.list({"types": list(_CARD_EVENTS), "limit": 1})
        except stripe.PermissionError:
            return [_EVENTS_UNSEEN]
        except stripe.StripeError as error:
            return [f"The events could not be listed: {stripe_outcomes.words(error)}"]
        return []

    def _wrong_domain(self, domain: str) -> list[str]:
        """Wallets are shown on domains that the account has registered, each in its own mode
        (https://docs.stripe.com/payments/payment-methods/pmd-registration). One that is disabled there is the shop's choice."""
        try:
            found = self._v1.payment_method_domains.list({"domain_name": domain}).data
        except stripe.PermissionError:
            return [_WALLETS_UNSEEN.format(domain=domain)]
        except stripe.StripeError as error:
            return [f"The payment method domains could not be listed: {stripe_outcomes.words(error)}"]
        if not found:
            return [_NO_WALLETS.format(domain=domain)]
        apple = found[0].apple_pay
        if not found[0].enabled or apple.status == "active":
            return []
        details = getattr(apple, "status_details", None)
        said = details.error_message if details else "no more"
        return [f"Apple Pay is not active on {domain}. Stripe says: {said}"]

    def _not_confirmed(self, intent: str, error: stripe.InvalidRequestError) -> Outcome:
        """A refused confirm did nothing itself, but one before it may have (a second tab paid): the intent knows."""
        match self.lookup(intent):
            case Unconfirmed() | Declined():
                raise stripe_outcomes.refusal(error) or errors.GatewayRefused(stripe_outcomes.words(error)) from error
            case Done() | Authorised() | Pending() | ActionNeeded() as truth:
                return replace(truth, earlier=True)
            case truth:
                return truth

    def _attached(self, payment_method: SavedPaymentMethod) -> bool:
        try:
            return stripe_outcomes.id_of(self._v1.payment_methods.retrieve(payment_method.id).customer) is not None
        except stripe.InvalidRequestError as error:
            if error.http_status == 404:
                return False
            raise


def _subjects(page: stripe.ListObject[stripe.Event]) -> Iterator[str]:
    with stripe_outcomes.unlearned():
        for event in page.auto_paging_iter():
            yield str(event.data.object["id"])


def _payment(purchase: Purchase) -> PaymentIntentCreateParams:
    try:
        amount = stripe_amounts.to_stripe(purchase.amount, purchase.currency)
    except errors.Invalid as error:
        raise errors.GatewayRefused(str(error)) from error
    params: PaymentIntentCreateParams = {
        "amount": amount,
        "currency": purchase.currency.lower(),
        "customer": purchase.customer,
        "allowed_payment_method_types": ["card"],
        "metadata": _names(purchase),
    }
    if purchase.manual_capture:
        params["capture_method"] = "manual"
    if purchase.description:
        params["description"] = purchase.description
    return params


def _setup(purchase: Purchase) -> SetupIntentCreateParams:
    params: SetupIntentCreateParams = {
        "customer": purchase.customer,
        "usage": "off_session",
        "allowed_payment_method_types": ["card"],
        "metadata": {**_names(purchase), "currency": purchase.currency},  # a setup intent has no currency of its own
    }
    if purchase.description:
        params["description"] = purchase.description
    return params


def _names(purchase: Purchase) -> dict[str, str]:
    names = {"order": purchase.order, "merchant": purchase.merchant, "reference": purchase.reference}
    return names | ({"renews": purchase.renews} if purchase.renews else {})


def _registers(intent: str) -> bool:
    return intent.startswith("seti_")


def _locale(language: str) -> str:
    """Stripe's word for a BCP 47 tag; `auto` lets its script ask the browser."""
    base = language.partition("-")[0]
    return next((tag for tag in (language, "nb" if base == "no" else base) if tag in _LOCALES), "auto")
