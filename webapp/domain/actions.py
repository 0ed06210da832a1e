"""The four things that an order may ask of the buyer, by Lyra's names (`formAction`)."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """PAYMENT takes money and saves nothing; REGISTER saves the card and takes nothing; REGISTER_PAY does both;
    ASK_REGISTER_PAY takes money and lets the buyer decide, on the page, whether the card is saved."""

    PAYMENT = "PAYMENT"
    REGISTER = "REGISTER"
    REGISTER_PAY = "REGISTER_PAY"
    ASK_REGISTER_PAY = "ASK_REGISTER_PAY"

    @property
    def takes_money(self) -> bool:
        """An amount is needed; without this, none may be given."""
        return self is not Action.REGISTER

    @property
    def may_save(self) -> bool:
        """A card may end up saved, so an e-mail address is needed: the buyer's copy of the consent goes there."""
        return self is not Action.PAYMENT
