"""The contract that every gateway fits (docs/adr/0016): a `GatewayProvider` for each kind of gateway that an installation speaks to,
and from it a `Gateway` for each merchant's account there.

No method of a `Gateway` retries by itself, none waits longer than 13 s for an answer (3 s to connect, 10 s to be answered), and none
raises for a decline. Each may raise `errors.NotSent` (the request provably never left: nothing was done), `errors.Busy`
(the gateway took no more requests: nothing was done) or `errors.GatewayRefused` (the request itself is wrong: key,
parameter; `errors.AmountRefused`: the amount). Where the request may have arrived and no answer came, the answer is `outcome.Unknown`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from webapp.domain.money import Money
from webapp.domain.outcome import Card, GatewayPayment, GatewayRefund, Outcome, Unknown


class Capability(StrEnum):
    """What not every gateway can do. Who offers it asks for it first: a gateway without it is never called for it.

    CARD_FIELDS: the card is typed on our page, in the gateway's frame, and `submit` gets a one-time token for it. Without: on a page of
    the gateway's own, to which `submit` says the way (`ActionNeeded.redirect_url`).
    SAVED_CARDS: a card can be kept, with a payment or without (`saved`, `changed`, `forget`).
    MERCHANT_INITIATED: a saved card is charged without the buyer (`charge`, `find`).
    CUSTOMER_INITIATED: the buyer pays with a saved card from the chat (`pay_with`).
    MANUAL_CAPTURE: money is held first, and taken or let go later (`capture`).
    PARTIAL_REFUNDS: less than the whole payment can go back.
    """

    CARD_FIELDS = "card_fields"
    SAVED_CARDS = "saved_cards"
    MERCHANT_INITIATED = "merchant_initiated"
    CUSTOMER_INITIATED = "customer_initiated"
    MANUAL_CAPTURE = "manual_capture"
    PARTIAL_REFUNDS = "partial_refunds"


@dataclass(frozen=True)
class BrowserSources:
    """Origins for the page's Content-Security-Policy. `form`: where the answer to a form of ours may send the browser."""

    script: tuple[str, ...] = ()
    frame: tuple[str, ...] = ()
    connect: tuple[str, ...] = ()
    form: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageParts:
    """What a provider has on the buyer's page.

    `script` is our own script for this gateway, a path below static/ (static/js/gateways/README.md says what it offers), and `gateway_script` the
    address of the gateway's own; '' for none. `form_is_bought`: the form cannot be had without a call to the gateway, so the page's script
    asks for it by a POST (`/p/<token>/prepare`).
    """

    script: str = ""
    gateway_script: str = ""
    sources: BrowserSources = BrowserSources()
    form_is_bought: bool = False


@dataclass(frozen=True)
class SignatureHeader:
    """The header that carries a webhook's signature, and what must stand in it for the body to be read at all."""

    name: str
    contains: str


@dataclass(frozen=True)
class Account:
    """A merchant's account at a gateway, as the merchant's file says and the database keeps it.

    `secrets` are kept sealed, under names of the provider's own, with what else its gateway is connected with. `publishable_key` is the one
    that pages show ('': there is none), and `id` the gateway's id of the account, where it is named in requests or in webhooks (`Notification.account`).
    """

    secrets: Mapping[str, Any] = field(repr=False)
    publishable_key: str = ""
    id: str | None = None


@dataclass(frozen=True)
class Purchase:
    """What an intent is for. `amount` in minor units of `currency` (ISO 4217, upper case); 0 means: register only.

    `saves` says that the card is always kept (REGISTER, REGISTER_PAY); for ASK the buyer's tick decides at `submit`.
    `customer` is the gateway's id of the buyer, `order` ours of the order (kept as metadata), `generation` counts this
    order's intents: a new one is opened only after the old one was seen cancelled. `manual_capture`: the money is only held, and
    taken by `capture`. `renews` is our id of the saved card that this one is to replace (kept as metadata).
    """

    order: str
    merchant: str
    amount: int
    currency: str
    saves: bool
    customer: str
    reference: str
    description: str
    generation: int = 1
    manual_capture: bool = False
    renews: str = ""


@dataclass(frozen=True)
class SavedPaymentMethod:
    """The gateway's ids of a saved means of payment."""

    customer: str
    id: str


@dataclass(frozen=True)
class Saver:
    """Who saved a card, as the gateway's record of the payment tells: our ids of the merchant, of the buyer and of the card that it was to
    replace, if any; and how the buyer is reached."""

    merchant: str
    buyer: str
    renews: str
    phone: str | None
    email: str | None


@dataclass(frozen=True)
class Notification:
    """A verified webhook: a hint that something happened to `intent` (None: not about an intent). `account` is the
    connected account that it names, if any. `after_payment`: it is about money that was taken before (a refund, a
    dispute), so refunds and disputes are to be looked up too. `payment_method_id`: it is about this saved payment method."""

    id: str
    type: str
    intent: str | None
    account: str | None
    after_payment: bool = False
    payment_method_id: str | None = None


@dataclass(frozen=True)
class KeyField:
    """Something that a merchant's keys consist of. `secret`: it is shown to nobody once it is kept. `several`: a list."""

    name: str
    secret: bool
    several: bool


class GatewayProvider(Protocol):
    """A kind of gateway, as an installation speaks to it. Makes no call.

    `name` is its word in the database, in a merchant's file and in the webhooks' addresses: small letters, digits and `_`, 20 at most.
    `display_name` is what people read. `all_well` says what was looked at when `Gateway.check` finds nothing. Without a `signature_header`
    the signature stands in the webhook's body. `key_fields` are what `account` reads.
    """

    @property
    def name(self) -> str: ...

    @property
    def display_name(self) -> str: ...

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    @property
    def page(self) -> PageParts: ...

    @property
    def signature_header(self) -> SignatureHeader | None: ...

    @property
    def all_well(self) -> str: ...

    @property
    def key_fields(self) -> tuple[KeyField, ...]: ...

    def account(self, table: Mapping[str, object], *, live: bool) -> Account:
        """Read the `[gateway]` table of a merchant's file, less its `provider`. `live` is the merchant's mode. Raises `errors.Invalid`
        (bad_declaration) that names each line to mend."""

    def connect(self, account: Account) -> Gateway:
        """The gateway of that account."""

    def record_url(self, identity: str, *, account: str | None, live: bool) -> str | None:
        """Where people of the shop see what the gateway calls so (an intent, a refund, a dispute, a customer), in the gateway's own back
        office; None where it has none, or none that is known for such an id. `account` is `Account.id`, `live` the merchant's mode."""


class Gateway(Protocol):
    """One merchant's account at a gateway. `card_brands`: the kinds of cards that it takes, by the names of `Card.brand`, as they are to be shown
    to buyers; empty where it is not known."""

    @property
    def card_brands(self) -> tuple[str, ...]: ...

    def validate_amount(self, amount: int, currency: str) -> None:
        """Whether the gateway can take that much (minor units of an ISO 4217 currency). Makes no call. Raises
        `errors.Invalid`: `amount_not_chargeable`, `currency_not_chargeable`; `amount_too_small` and `too_large` with
        `limit`, the Money that it can just take."""

    def validate_refund(self, amount: int, currency: str) -> None:
        """Whether the gateway can give back just that much of a payment, however much is left of it: the steps of its amounts, without
        the limits of what it takes. Makes no call. Raises `errors.Invalid` (`amount_not_refundable`)."""

    def prepare(
        self,
        amount: int,
        currency: str,
        *,
        saves: bool,
        manual_capture: bool,
        language: str,
        purchase: Purchase | None = None,
    ) -> dict[str, object]:
        """The page's form: what our script for this gateway needs to show it, as JSON, and never a secret. `saves` and `manual_capture` are
        as in the `Purchase` that `open` will get, with which the form must agree; `language` is a BCP 47 tag. Raises `errors.Invalid` for an
        amount or a currency that the gateway cannot take.

        Without a `purchase` it makes no call, so that a GET stays inert. With one the page has asked for its form by a POST
        (`PageParts.form_is_bought`): it may be bought, and raises as `open` does."""

    def customer(self, *, buyer: str, phone: str | None, email: str | None, gone: str | None = None) -> str:
        """Make (or find again, keyed by `buyer`, our id) the gateway's customer; its id. `gone` is the one before, which the gateway knows no
        more: another is made, though what was said for it be the same."""

    def delete_customer(self, customer: str) -> None:
        """Delete a customer with all that the gateway knows of the person, saved cards too. What was paid stays in the gateway's records and
        can go back as before. Repeating it is harmless, as is a customer that the gateway never had. Raises `errors.NotSent`,
        `errors.Busy` when no answer came (asking again is right) and `errors.GatewayRefused`."""

    def open(self, purchase: Purchase) -> str:
        """Create the order's one intent, unconfirmed, keyed by order, generation and customer: repeated, it gives the same
        one. Raises `errors.UnknownCustomer` when the account has no such customer, or none any more.

        Gives its id. Raises `errors.NotSent`, `errors.GatewayRefused`, and `errors.Busy` when no answer came (harmless:
        an unconfirmed intent can charge nobody, and asking again finds it)."""

    def submit(self, intent: str, *, token: str, save: bool, key: str, return_url: str, mandate: str) -> Outcome:
        """Confirm the intent with the page's one-time `token` ('' without CARD_FIELDS). `save` decides at every try whether the card is kept,
        whatever the page asked. What is `earlier` was brought by a try before. `key` is the idempotency key, one for each attempt. `return_url` is where a bank's page
        sends the browser back to. `mandate` is the buyer's User-Agent, for a gateway that keeps it as evidence; may be
        ''. Raises `errors.UnknownCustomer` when the intent's customer is gone: the intent is to be cancelled, for another customer's."""

    def fingerprint(self, token: str) -> str:
        """The fingerprint (`Card`) of the card behind the page's one-time `token`, before anything is tried with it; empty when
        the gateway cannot tell, or does not know the token. Does not use the token up."""

    def lookup(self, intent: str) -> Outcome:
        """The truth about an intent, retrieved. `Unknown` when it could not be learned."""

    def cancel(self, intent: str) -> Outcome:
        """Cancel an intent: `Cancelled` (also when it was already), or what it is when it cannot be (`Done`,
        `Pending`). Lets go of money that is held."""

    def capture(self, intent: str, part: Money | None = None, *, key: str) -> Outcome:
        """Take the money that is held, or a `part` of it and let the rest go: `Done` (also when it was taken already), `Cancelled` when the hold
        is gone. What was taken is never taken again, so each try may have a `key` of its own. What was taken may be another part, taken in the
        gateway's own back office. Raises `errors.GatewayRefused` when the hold stands and is not to be taken."""

    def refund(self, intent: str, amount: int, currency: str, *, refund: str) -> GatewayRefund | Unknown:
        """Send `amount` (minor units of `currency`) of a payment back. `refund` is our id of it: the idempotency key, and
        kept as metadata. To be asked again only after `retrieve_payment` did not show it. Raises `errors.GatewayRefused` when the
        gateway does not let this go back."""

    def retrieve_payment(self, intent: str) -> GatewayPayment:
        """All that the gateway has on a payment. Raises `errors.Busy` when it could not be learned, for whatever
        reason."""

    def charge(self, purchase: Purchase, payment_method: SavedPaymentMethod, *, key: str) -> Outcome:
        """Charge a saved means without the buyer. `Declined(AUTHENTICATION_REQUIRED)` when the bank wants the buyer. To be
        asked again, with the same `purchase`, `payment_method_id` and `key`, only after `find` did not show it."""

    def pay_with(self, intent: str, payment_method: SavedPaymentMethod, *, key: str, return_url: str) -> Outcome:
        """Confirm the intent with a saved means that its customer has chosen just now: the bank may ask, and the buyer is
        there to answer. `key` and `return_url` are as in `submit`. Keeps nothing that was not kept before."""

    def find(self, order: str, customer: str) -> list[Outcome]:
        """Every payment of this customer of the gateway's whose metadata names this order: what to ask when a `charge`
        got no answer and left no id. Raises `errors.Busy` when it could not be learned, for whatever reason."""

    def forget(self, payment_method: SavedPaymentMethod) -> None:
        """Detach a saved means, so that it can never be charged again. Repeating it is harmless."""

    def recent(self, since: datetime) -> Iterator[tuple[str, Outcome]]:
        """Every payment and registration that was begun since then: the order's id, as its metadata says, and what became of
        it. Raises `errors.Busy` when not all could be learned."""

    def changed(self, since: datetime) -> Iterator[str] | None:
        """What of saved means has changed since then, by the gateway's own list, and not by what is kept here: the gateway's ids of means and
        of customers, in any sequence, one as often as it likes, and those of others who share the account too. What is meant is looked up
        (`saved`). None where the list does not reach back so far, or is not to be had. Raises `errors.Busy` when it could not be learned."""

    def saver(self, intent: str) -> Saver | None:
        """Who saved a card by this intent, for whoever has lost the order; None when that is not known, or the buyer's customer was deleted
        since. Raises `errors.Busy` when it could not be learned."""

    def saved(self, payment_method_id: str) -> Card | None:
        """The card behind a saved means, as the gateway has it now; None when it is kept for nobody any more. Raises
        `errors.Busy` when it could not be learned."""

    def verify(self, body: bytes, signature: str) -> Notification:
        """Check a webhook's signature over its raw bytes (300 s of tolerance, every current secret). Raises
        `errors.Forbidden`."""

    def check(self, *, webhook_url: str, live: bool) -> list[str]:
        """What is wrong with the account and keys, in words that say what to do; empty when all is well.
        `webhook_url` is where this service takes the gateway's news, on the domain of the buyers' pages; `live` is the
        merchant's mode."""
