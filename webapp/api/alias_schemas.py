"""Saved cards, as they are sent and answered."""

from __future__ import annotations

from pydantic import Field

from webapp.api.fields import Amount, Answer, Currency, Moment, Part
from webapp.api.lists import Page
from webapp.api.order_schemas import Description, Metadata, Reference, ReturnUrl
from webapp.api.questions import Confirm
from webapp.callbacks.bodies import AliasData, ConsentData
from webapp.domain.money import Money


class Charge(Part):
    """What a saved card is to be charged."""

    reference: Reference = Field(
        description="The charge's name in your system, which no other order or charge has: a repeat is refused with the id of the first, so that nobody is charged twice."
    )
    amount: Amount
    currency: Currency = Field(description="That of the order which saved the card.")
    description: Description | None = Field(None, description="What is paid, for the buyer to read on the receipt.")
    metadata: Metadata = Field(
        default_factory=dict, description="Kept with the order and given back, here and in callbacks."
    )
    return_url: ReturnUrl | None = Field(
        None,
        description="Where the receipt has a button to, if the bank wants the buyer and a link is sent: one of the merchant's `return_urls`, written exactly so.",
    )
    confirm: Confirm

    def price(self) -> Money:
        """How much it is."""
        return Money(self.amount, self.currency)


class Search(Page):
    """Which saved cards, the newest first."""

    buyer: str | None = Field(None, max_length=40, description="Those of the buyer of this id.")


class Owner(Answer):
    """Whose card it is."""

    id: str
    phone: str | None


class Alias(AliasData):
    """A saved card."""

    buyer: Owner
    created_at: Moment = Field(description="When it was saved first.")


class Aliases(Answer):
    """A page of saved cards."""

    data: list[Alias]
    next_cursor: str | None = Field(description="Send it as `after` for the next page; null on the last.")


class ConsentRecord(ConsentData):
    """What the buyer agreed to, as it was shown, on one order's page."""

    id: str
    order: str = Field(description="The id of that order.")


class Consents(Answer):
    """The consents of one saved card, the newest first."""

    data: list[ConsentRecord]
