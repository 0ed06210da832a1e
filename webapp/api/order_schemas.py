"""Orders, as they are sent and answered."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, WithJsonSchema

from webapp import i18n
from webapp.api.fields import WHOLE, Amount, AmountOrAll, Answer, Currency, Moment, OneLine, Part, check
from webapp.api.lists import Page
from webapp.callbacks.bodies import OrderFacts
from webapp.domain import email, metadata, money, phone, references, return_urls
from webapp.domain.actions import Action
from webapp.domain.actors import ActorKind
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Invalid
from webapp.domain.states import State
from webapp.domain.timeline import EventKind

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
Days = Annotated[int, Field(ge=1, le=90), WHOLE]
Language = StrEnum("Language", {code: code for code in i18n.LANGUAGES})  # type: ignore[misc]  # of what the catalogues have


ReturnUrl = Annotated[
    str, Field(min_length=8, max_length=return_urls.LONGEST, examples=["https://shop.example/thanks"])
]
Metadata = Annotated[
    dict[str, Any],
    check(metadata.checked),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": metadata.MOST,
            "propertyNames": {"pattern": f"^{metadata.KEY.pattern}$"},
            "additionalProperties": {"type": "string", "maxLength": metadata.LONGEST},
            "examples": [{"cart": "8812"}],
        }
    ),
]


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
    channel: OrderChannel | None = Field(
        None,
        description="By what the link goes to the buyer, `none`: you hand it on yourself; without it, as the merchant has set.",
    )
    return_url: ReturnUrl | None = Field(
        None, description="Where the receipt has a button to: one of the merchant's `return_urls`, written exactly so."
    )
    metadata: Metadata = Field(
        default_factory=dict, description="Kept with the order and given back, here and in callbacks."
    )
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

    url: str = Field(repr=False)
    expires_at: Moment
    qr: str | None = Field(
        repr=False,
        description="A QR code of the address as a data: URL of an SVG, where it was asked for (`include=qr`).",
    )


class Order(OrderFacts):
    """An order as it stands."""

    id: str
    created_at: Moment
    expires_at: Moment
    pending: Literal["cancelled", "paid", "voided"] | None = Field(
        description="What was asked for and the gateway has still to do first: a cancellation, a capture or a void."
    )
    link: Link | None = Field(repr=False, description="Null of a charge of a saved card, which has none.")


class Orders(Answer):
    """A page of orders."""

    data: list[Order]
    next_cursor: str | None = Field(description="Send it as `after` for the next page; null on the last.")


class Extension(Part):
    """How much longer a link is to be valid."""

    days: Days


class Reactivation(Part):
    """How an order is opened again."""

    expires_in_days: Days | None = Field(
        None, description="How long the link is valid; without it, as the merchant has set."
    )
    send: StrictBool = Field(True, description="The new link goes to the buyer.")


class Capture(Part):
    """How much of the money that is held is to be taken."""

    amount: AmountOrAll = Field(description="In minor units, or `all`. What is not taken is let go.")


class Actor(Answer):
    """Who did it. `id` is this service's, of a key, an operator, a user or a buyer."""

    kind: ActorKind
    id: str | None


class Event(Answer):
    """A line of an order's timeline."""

    kind: EventKind
    at: Moment
    actor: Actor | None = Field(description="Null on lines from before it was noted.")
    data: dict[str, Any] = Field(description="What belongs to this kind. Fields may be added.")


class Events(Answer):
    """A page of an order's timeline, the oldest first."""

    data: list[Event]
    next_cursor: str | None = Field(description="Send it as `after` for the next page; null on the last.")
