"""What somebody is told, apart from how it reaches them: what happened, in words of the recipient's language made when it happened, and the
facts that a channel needs to write it in its own form (docs/adr/0015). No channel's shapes, no rows.

Amounts, moments and cards are words already. `language` is that of the words; `token` is the last part of the address of the order's page.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, with_config

_STRICT = ConfigDict(extra="forbid")


class NoticeKind(StrEnum):
    """What is told, by which a document is known."""

    PAYMENT_REQUEST = "payment_request"
    PAYMENT_REMINDER = "payment_reminder"
    PAYMENT_RECEIPT = "payment_receipt"
    CONSENT_RECEIPT = "consent_receipt"
    ORDER_UPDATE = "order_update"
    BUYER_NOTICE = "buyer_notice"
    SHOP_NOTICE = "shop_notice"


@with_config(_STRICT)
@dataclass(frozen=True, kw_only=True)
class PaymentRequest:
    """To the buyer: the link. Without an `amount`, a card is to be saved and nothing is taken. `terms` is what paying means besides: that
    the money is only held at first, that the card is saved."""

    kind: Literal[NoticeKind.PAYMENT_REQUEST] = NoticeKind.PAYMENT_REQUEST
    language: str
    merchant: str
    amount: str | None
    what: str
    terms: str | None = None
    token: str = field(repr=False)


@with_config(_STRICT)
@dataclass(frozen=True, kw_only=True)
class PaymentReminder:
    """To the buyer: the link is still there, and until when."""

    kind: Literal[NoticeKind.PAYMENT_REMINDER] = NoticeKind.PAYMENT_REMINDER
    language: str
    merchant: str
    what: str
    until: str
    token: str = field(repr=False)


@with_config(_STRICT)
@dataclass(frozen=True, kw_only=True)
class ConsentReceipt:
    """To the buyer: a card was saved, and what was agreed to: the `wording` as it was shown, and its `version`. `wording_language`
    is the language of the wording, where that is not the notice's."""

    kind: Literal[NoticeKind.CONSENT_RECEIPT] = NoticeKind.CONSENT_RECEIPT
    language: str
    merchant: str
    card: str | None
    agreed_at: str
    version: str
    wording: str
    wording_language: str | None = None
    token: str = field(repr=False)


@with_config(_STRICT)
@dataclass(frozen=True, kw_only=True)
class PaymentReceipt:
    """To the buyer: what was paid, and what was agreed to (`consent`) where both are one message.
    `card` and `card_in_short` (`Visa ••4242`, `Visa ••42`) are None where the gateway named none;
    `merchant_initiated`: a saved card was charged, the buyer was not there."""

    kind: Literal[NoticeKind.PAYMENT_RECEIPT] = NoticeKind.PAYMENT_RECEIPT
    language: str
    merchant: str
    amount: str
    description: str | None
    reference: str
    card: str | None
    card_in_short: str | None
    paid_at: str
    token: str = field(repr=False)
    merchant_initiated: bool
    consent: ConsentReceipt | None = None


@with_config(_STRICT)
@dataclass(frozen=True, kw_only=True)
class OrderUpdate:
    """To a buyer who has heard of the order before: what the shop has done with it since. `title` and `text` are the news in one line and in
    full, `order` is which order, `url` leads to its page. `while_state` is the state of the order that it tells of: once the order has
    left it, there is nothing to tell; None for what stays so."""

    kind: Literal[NoticeKind.ORDER_UPDATE] = NoticeKind.ORDER_UPDATE
    language: str
    merchant: str
    title: str
    text: str
    order: str
    url: str
    while_state: str | None = None


@with_config(_STRICT)
@dataclass(frozen=True, kw_only=True)
class BuyerNotice:
    """To a buyer who has just written: what came of it, over a link to `url`. Who can no longer be written to freely is sent the payment
    request instead, while the order can be paid: it leads to the same page."""

    kind: Literal[NoticeKind.BUYER_NOTICE] = NoticeKind.BUYER_NOTICE
    language: str
    text: str
    label: str
    url: str = field(repr=False)


@with_config(_STRICT)
@dataclass(frozen=True, kw_only=True)
class ShopNotice:
    """To an operator: any news, as text; `qr` is an address to show as a QR code too, where the channel has pictures."""

    kind: Literal[NoticeKind.SHOP_NOTICE] = NoticeKind.SHOP_NOTICE
    language: str
    merchant: str
    text: str = field(repr=False)
    qr: str | None = field(default=None, repr=False)


Notice = PaymentRequest | PaymentReminder | PaymentReceipt | ConsentReceipt | OrderUpdate | BuyerNotice | ShopNotice

_DOCUMENTS: TypeAdapter[Notice] = TypeAdapter(
    Annotated[Notice, Field(discriminator="kind")],
    config=ConfigDict(hide_input_in_errors=True),  # an error goes into a log, and a notice is about people
)


LONGEST_JOINED = 600  # characters of news to a shop, which may have to go by a template of 700


def joined(earlier: Notice, later: Notice) -> Notice | None:
    """One notice that says both, of one order to one person who would get the two at once: each message is billed. Of two that bring the
    link the newer does. None for those that stay apart."""
    both: Notice | None = None
    match earlier, later:
        case _ if earlier.language != later.language:
            pass
        case PaymentReceipt(consent=None, merchant_initiated=False), ConsentReceipt():
            both = replace(earlier, consent=later)
        case PaymentRequest(), PaymentReminder():
            both = earlier
        case PaymentRequest() | PaymentReminder(), PaymentRequest() | PaymentReminder():
            both = later
        case OrderUpdate(), OrderUpdate():
            both = _one_update(earlier, later)
        case ShopNotice(), ShopNotice():
            both = _one_news(earlier, later)
    return both


def _one_update(earlier: OrderUpdate, later: OrderUpdate) -> OrderUpdate:
    if earlier.while_state is not None or earlier.text == later.text:
        return later  # what the earlier told is over, or said again
    title = earlier.title if earlier.title == later.title else f"{earlier.title}, {later.title}"
    return replace(later, title=title, text=f"{earlier.text} {later.text}")


def _one_news(earlier: ShopNotice, later: ShopNotice) -> ShopNotice | None:
    """What both end with, the order, is said once."""
    words, _, subject = earlier.text.rpartition("\n")
    first = words if words and later.text.endswith(f"\n{subject}") else earlier.text
    text = f"{first}\n{later.text}"
    if len(text) > LONGEST_JOINED or (earlier.qr and later.qr):
        return None
    return replace(later, text=text, qr=later.qr or earlier.qr)


def document(notice: Notice) -> dict[str, Any]:
    """The notice as a JSON document, for a row."""
    made: dict[str, Any] = _DOCUMENTS.dump_python(notice, mode="json")
    return made


def read(kept: dict[str, Any]) -> Notice:
    """The notice of a document. Raises ValueError for a kind that is not known, and for a field too many or too few."""
    return _DOCUMENTS.validate_python(kept)
