"""What a gateway says became of a try: one union, the same for every gateway and for every way the news comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from webapp.domain.statuses import DisputeState, RefundState


class Decline(StrEnum):
    """Why a card was declined, as far as the words shown differ. Anything else, and whatever helps a card tester, is GENERIC.

    AUTHENTICATION_FAILED: the buyer did not confirm at the bank, whether by breaking that off or otherwise: no bank has declined anything.
    NOT_SAVED and NEVER_ARRIVED are of a charge without the buyer, and ours: its card is kept no more, or nobody got it in time."""

    GENERIC = "generic"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_CARD = "expired_card"
    INCORRECT_CVC = "incorrect_cvc"
    AUTHENTICATION_FAILED = "authentication_failed"
    AUTHENTICATION_REQUIRED = "authentication_required"
    PROCESSING_ERROR = "processing_error"
    NOT_SAVED = "no_alias"
    NEVER_ARRIVED = "never_arrived"


@dataclass(frozen=True)
class Card:
    """What may be shown of a card. `brand` is the gateway's lower-case word (visa, mastercard); `fingerprint` is the same
    for the same card number within one gateway account, or empty where the gateway gives none. `wallet` is the gateway's
    word (apple_pay, google_pay) for the wallet that the card was given from; the number behind it is the device's own, so the
    fingerprint is not that of the card itself."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str = ""
    wallet: str | None = None


@dataclass(frozen=True)
class Done:
    """Succeeded. `amount` in minor units (0 for a registration) and `currency` are the gateway's own words, to be compared
    with the order's. `saved` is the gateway's id of the reusable means of payment, only when it was saved. `gateway_attempt_ref` identifies
    the very try (the gateway's id of what it was paid with), so that what one try brings is not taken for another's. `earlier`: the answer to a
    submission that was refused, because a try before it had brought this."""

    intent: str
    amount: int
    currency: str
    card: Card | None
    saved: str | None = None
    customer: str | None = None
    gateway_attempt_ref: str = ""
    earlier: bool = False


@dataclass(frozen=True)
class Authorised:
    """The money is held and waits to be captured, until `until`; then the gateway lets it go. The rest is as in `Done`."""

    intent: str
    amount: int
    currency: str
    card: Card | None
    saved: str | None
    customer: str | None
    until: datetime
    gateway_attempt_ref: str = ""
    earlier: bool = False


@dataclass(frozen=True)
class Declined:
    """Refused and nothing taken; another try is possible. `gateway_attempt_ref` is as in `Done`. `code` is the gateway's word, for the
    merchant. `fingerprint` is the card's, as in `Card`."""

    intent: str
    reason: Decline
    code: str
    gateway_attempt_ref: str = ""
    fingerprint: str = ""


@dataclass(frozen=True)
class ActionNeeded:
    """The buyer has to do something more: answer the bank (3-D Secure), or pay on the gateway's own page. Either the page hands `action`
    to our script for the gateway (static/js/gateways), which knows its keys; or it leads the browser to `redirect_url`, which comes back to
    the `return_url` of the submission. `gateway_attempt_ref` and `earlier` are as in `Done`."""

    intent: str
    action: Mapping[str, str] = field(default_factory=dict, repr=False)
    redirect_url: str | None = field(default=None, repr=False)
    gateway_attempt_ref: str = ""
    earlier: bool = False


@dataclass(frozen=True)
class Pending:
    """The gateway is working on it; ask again later. `gateway_attempt_ref` and `earlier` are as in `Done`."""

    intent: str
    gateway_attempt_ref: str = ""
    earlier: bool = False


@dataclass(frozen=True)
class Unknown:
    """The request may have arrived and may have had its effect: look it up, never say "failed", never blindly repeat."""

    detail: str


@dataclass(frozen=True)
class Unconfirmed:
    """The intent exists and was never confirmed: nothing can have been taken."""

    intent: str


@dataclass(frozen=True)
class Cancelled:
    """The intent is cancelled at the gateway and can never succeed."""

    intent: str


Outcome = Done | Authorised | Declined | ActionNeeded | Pending | Unknown | Unconfirmed | Cancelled


@dataclass(frozen=True)
class GatewayRefund:
    """A refund as the gateway has it. `amount` is in minor units; `refund` is our id of it, empty for one that was made
    elsewhere (the gateway's own back office)."""

    id: str
    amount: int
    progress: RefundState
    refund: str = ""
    why: str = ""


@dataclass(frozen=True)
class GatewayDispute:
    """A buyer's bank takes money back. `amount` in minor units; `reason` is the gateway's word."""

    id: str
    amount: int
    reason: str
    contest: DisputeState


@dataclass(frozen=True)
class GatewayPayment:
    """All that the gateway has on a payment: what was taken (minor units), what went back, what is disputed."""

    taken: int
    currency: str
    refunds: tuple[GatewayRefund, ...]
    disputes: tuple[GatewayDispute, ...]
