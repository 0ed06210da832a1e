"""What the buyer's page shows: every text in the buyer's language already, every amount and time already formatted."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.pay.brand import Look


class Step(StrEnum):
    """Where the buyer stands on the page of an order that is not over.

    READY: the card form waits for the buyer. WAITING: the gateway is working or its answer got lost, and the page asks
    again by itself. BANK: the buyer's bank wants a confirmation (3-D Secure), or the buyer has to pay on the gateway's page.
    """

    READY = "ready"
    WAITING = "waiting"
    BANK = "bank"


@dataclass(frozen=True)
class Problem:
    """Why a try brought nothing, in plain words that say what to do. `code` is a stable word for tests and for support.

    Shown under a heading that says that no money was taken: only for tries of which that is certain.
    """

    code: str
    text: str


@dataclass(frozen=True)
class CardBrand:
    """A kind of card that is taken here: its name, and the address of its picture."""

    name: str
    picture: str


@dataclass(frozen=True, kw_only=True)
class PayPage:
    """One buyer's page.

    `state` is the order's (`domain.states`), `action` its action. `amount` is None where nothing is taken (REGISTER).
    `gateway_form` is what the gateway prepared for its `script`, our own for it, at that address; `gateway_script` is the address of the
    gateway's. None where there is none, and once the order is over. `card_fields`: the card is typed on this page, and else on one of
    the gateway's. `consent_text` is the wording that the buyer agrees to, for this action and in this language, None where nothing is saved (PAYMENT); once it is
    agreed to, as it was shown then, in `consent_language`.
    `held`: the money will only be held (manual capture), which is said before it is. `card_brands` are the cards that the shop's account takes,
    where it is known.
    `next_step` is set in step BANK, in answer to a try: `{"action": …}` for the gateway's script, or `{"redirect": …}`, an address.
    `card` is the card used ("Visa •• 4242"), `closed_at` the time of the payment or registration, `refunded` what has gone back.
    `public_url` is the product's address, without the link. `chat_url` opens a chat with the shop's number in which the buyer may pay with
    a card saved before; whether there is one is not said.
    `back_url` opens that chat once the order is over, for who was written to there. `return_url` is where the receipt leads, an address of
    the shop's.
    `details_given`: the buyer has given a name and an address, which are not shown to whoever has the link.
    `legal_identity` and `terms_url` are who the shop is by law and where its terms are.
    `preview` is what a link's preview says of the order, which is nothing that is anybody's.
    """

    token: str = field(repr=False)
    csrf_token: str = field(repr=False)
    public_url: str
    test_mode: bool

    merchant_name: str
    merchant_contact: str
    gateway_name: str
    legal_identity: str | None = None
    terms_url: str | None = None
    chat_url: str | None = None
    back_url: str | None = None
    return_url: str | None = None
    look: Look
    preview: str

    state: str
    action: str
    amount: str | None
    description: str | None
    reference: str
    expires: str
    tax: str | None = None
    details_given: bool = False

    step: Step = Step.READY
    problem: Problem | None = None
    card_fields: bool = True
    script: str | None = None
    gateway_script: str | None = None
    gateway_form: dict[str, object] | None = field(default=None, repr=False)
    next_step: dict[str, object] | None = field(default=None, repr=False)
    consent_text: str | None = None
    consent_version: str | None = None
    consent_language: str | None = None
    held: bool = False
    card_brands: tuple[CardBrand, ...] = ()

    card: str | None = None
    refunded: str | None = None
    alias_saved: bool = False
    alias_removed: bool = False
    closed_at: str | None = None

    @functools.cached_property
    def path(self) -> str:
        """The page's own address, below which its requests go."""
        return f"/p/{self.token}"

    @property
    def initial(self) -> str:
        """The letter of the merchant's badge."""
        return self.merchant_name.strip()[:1].upper()

    @functools.cached_property
    def contact_url(self) -> str | None:
        """Where a tap on the contact leads, for an e-mail address or a phone number; None for anything else."""
        contact = self.merchant_contact.strip()
        if "@" in contact and " " not in contact:
            return f"mailto:{contact}"
        digits = contact.replace(" ", "").replace("-", "").replace(".", "")
        return f"tel:{digits}" if digits.removeprefix("+").isdecimal() else None
