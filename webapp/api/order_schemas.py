"""Orders, as they are sent and answered."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from webapp import i18n
from webapp.api.fields import Amount, Answer, Currency, Moment, OneLine, Part, check
from webapp.api.lists import Page
from webapp.domain import email, money, phone, references
from webapp.domain.actions import Action
from webapp.domain.errors import Invalid
from webapp.domain.states import State

E164 = r"^\+[1-9][0-9]{6,14}$"


def _phone(number: str) -> str:
    return phone.parse(number, phone.region_of(number) or "001")


Phone = Annotated[str, Field(pattern=E164, examples=["+33612345678"]), check(_phone)]
Email = Annotated[
    str, Field(min_length=3, max_length=email.LONGEST, examples=["buyer@example.com"]), check(email.parse)
]
Reference = Annotated[str, Field(min_length=1, max_length=references.LONGEST, examples=["A12"]), check(references.tidy)]
Description = Annotated[OneLine, Field(min_length=1, max_length=80, examples=["2 pizzas"])]
Rate = Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$", examples=["20", "5.5"])]
Days = Annotated[StrictInt, Field(ge=1, le=90)]
Language = StrEnum("Language", {code: code for code in i18n.LANGUAGES})  # type: ignore[misc]  # of what the catalogues have


class Channel(StrEnum):
    """How the link goes to the buyer: by WhatsApp, or not at all, because the order backend hands it on."""

    WHATSAPP = "whatsapp"
    NONE = "none"


class Include(StrEnum):
    """What is told only to who asks for it."""

    QR = "qr"


class NewBuyer(Part):
    """Who is to pay. The buyer of a phone is one and the same in all of a merchant's orders."""

    phone: Phone | None = Field(None, description="E.164: with + and the country. Without one nobody is written to.")
    email: Email | None = Field(None, description="Needed where a card may be saved.")


class NewOrder(Part):
    """What a buyer is to be asked."""

    reference: Reference = Field(
        description="The order's name in your system. No two orders of a merchant have the same, whatever their case: a repeat is refused with the id of the first."
    )
    action: Action = Field(Action.PAYMENT, description="What is asked: a payment, a card to be saved, or both.")
    amount: Amount | None = Field(
        None, description="Needed for all but REGISTER. In minor units of the currency: 1250 is 12.50 EUR."
    )
    currency: Currency | None = Field(None, description="Needed with `amount`. ISO 4217.")
    buyer: NewBuyer = Field(default_factory=NewBuyer)
    description: Description | None = Field(None, description="What is paid, for the buyer to read.")
    channel: Channel = Field(Channel.WHATSAPP, description="How the link goes to the buyer.")
    language: Language | None = Field(None, description="The page's; without one it is the buyer's own.")
    expires_in_days: Days | None = Field(
        None, description="How long the link is valid; without it, as the merchant has set."
    )
    manual_capture: StrictBool = Field(False, description="The money is only held, until you capture or void it.")
    collects_details: StrictBool = Field(False, description="The buyer gives a name and an address before paying.")
    tax_rate: Rate | None = Field(
        None, description="The rate in percent that the amount includes; it is shown, nothing is added."
    )

    def price(self) -> money.Money | None:
        """What is asked for. Raises `Invalid` (amount_needed, no_amount)."""
        if (self.amount is None) != (self.currency is None):
            raise Invalid("amount_needed")
        return (
            money.Money(self.amount, self.currency) if self.amount is not None and self.currency is not None else None
        )

    def tax(self) -> int | None:
        """The rate in hundredths of a percent."""
        return int(Decimal(self.tax_rate) * 100) if self.tax_rate is not None else None


class Asked(Part):
    """Of an answer that shows one order."""

    include: Include | None = Field(None, description="`qr`: the link as a QR code too, in `link.qr`.")


class Search(Page):
    """Which orders, the newest first."""

    state: State | None = Field(None, description="Those that are in this state.")
    reference: Reference | None = Field(None, description="The one of this reference, whatever its case.")


class Link(Answer):
    """Where the buyer pays. Whoever has the address can."""

    url: str
    expires_at: Moment
    qr: str | None = Field(
        description="A QR code of the address as a data: URL of an SVG, where it was asked for (`include=qr`)."
    )


class Buyer(Answer):
    """Who pays."""

    phone: str | None
    email: str | None
    details: dict[str, str] | None = Field(
        description="Name and address, as the buyer gave them, where the order asks for them."
    )


class Card(Answer):
    """A card, as far as it may be shown."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    wallet: str | None


class SavedCard(Card):
    """An alias: a card that can be charged again."""

    id: str
    status: Literal["active", "revoked"]


class Consent(Answer):
    """What the buyer agreed to when the card was saved."""

    wording: str
    version: str
    language: str
    at: Moment


class Dispute(Answer):
    """A payment that the buyer's bank takes back, or tries to."""

    id: str
    amount: int
    reason: str
    state: Literal["open", "won", "lost"]


class OrderData(Answer):
    """What is told of an order here and in callbacks."""

    reference: str
    state: State
    action: Action
    amount: int | None = Field(description="In minor units; null of a registration.")
    currency: str
    captured: int | None = Field(description="How much was taken, in minor units, once the order is paid.")
    refunded: int
    tax_rate: str | None
    description: str | None
    buyer: Buyer
    card: Card | None = Field(description="The card that it was paid with.")
    alias: SavedCard | None = Field(description="The card that it saved.")
    consent: Consent | None
    charged_alias: str | None = Field(description="The id of the saved card that it charges without the buyer.")
    capture_before: Moment | None = Field(description="Until when money that is held can be captured.")
    dispute: Dispute | None


class Order(OrderData):
    """An order as it stands."""

    id: str
    created_at: Moment
    expires_at: Moment
    pending: Literal["cancelled", "paid", "voided"] | None = Field(
        description="What was asked for and the gateway has still to do first: a cancellation, a capture or a void."
    )
    link: Link | None = Field(description="Null of a charge of a saved card, which has none.")


class Orders(Answer):
    """A page of orders."""

    data: list[Order]
    next_cursor: str | None = Field(description="Send it as `after` for the next page; null on the last.")
