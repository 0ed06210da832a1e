"""Refunds, as they are sent and answered."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.api.fields import WHOLE, AmountOrAll, Answer, Moment, Part
from webapp.api.lists import Page
from webapp.api.questions import Confirm
from webapp.domain import money
from webapp.domain.actors import ActorKind
from webapp.domain.statuses import RefundState


class NewRefund(Part):
    """How much is to go back."""

    amount: AmountOrAll = Field(description="In minor units of the order's currency, or `all` that is left.")
    seen_refunded: Annotated[int, Field(ge=0, le=money.MAXIMUM), WHOLE] | None = Field(
        None,
        description="The order's `refunded` as you saw it, refunds on their way included: if more has gone back since, nothing is done and you are asked.",
    )
    confirm: Confirm


class Search(Page):
    """Which refunds, the newest first."""

    order: str | None = Field(None, min_length=1, max_length=40, description="Those of this order (its id).")


class Refund(Answer):
    """Money on its way back."""

    id: str
    order: str = Field(description="The order's id.")
    amount: int
    currency: str
    state: RefundState = Field(
        description="One that succeeded may still fail days later, when the buyer's bank sends it back."
    )
    reason: str | None = Field(description="Why the gateway refused it, in its words.")
    requested_by: ActorKind
    created_at: Moment


class Refunds(Answer):
    """A page of refunds."""

    data: list[Refund]
    next_cursor: str | None = Field(description="Send it as `after` for the next page; null on the last.")
