"""The bodies of callbacks, a schema for each type: what `services/webhooks/outbox` writes, and what the documents for integrators are made of
(docs/integrator/callbacks.md, the `webhooks` of the API's document).

Types are only added to, and so are fields; a receiver ignores those that it does not know. Amounts are in the currency's smallest unit, moments
in UTC with Z.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model

from webapp.domain.actions import Action
from webapp.domain.actors import ActorKind
from webapp.domain.callback_types import CallbackType
from webapp.domain.channels import ChannelName, OrderChannel
from webapp.domain.states import State
from webapp.domain.statuses import AliasStatus, DisputeState, RefundState

if TYPE_CHECKING:
    from collections.abc import Mapping

Minor = Annotated[int, Field(description="in the currency's smallest unit: 1000 is 10.00 EUR, and 1000 JPY")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217")]


class _Part(BaseModel):
    """Other fields are ignored, as receivers are to ignore what later releases add."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Details(_Part):
    """The name and address that an order asked for (`FORM`); lines that were not typed are left out."""

    name: str
    line1: str
    line2: str | None = None
    postal_code: str | None = None
    city: str
    country: str = Field(description="ISO 3166")


class BuyerData(_Part):
    phone: str | None = Field(description="E.164; null where the shop gave the link out itself")
    email: str | None
    details: Details | None


class Card(_Part):
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    wallet: str | None = Field(description="apple_pay, google_pay; null for a card that was typed in")


class AliasData(Card):
    """A saved card, to be charged again."""

    id: str
    status: AliasStatus


class ConsentData(_Part):
    """What the buyer agreed to when the card was saved, as it was shown."""

    wording: str
    version: str
    language: str
    at: AwareDatetime


class DisputeData(_Part):
    id: str
    amount: Minor
    reason: str
    state: DisputeState


class OrderFacts(_Part):
    """What is told of an order in callbacks and by the API."""

    reference: str
    state: State
    action: Action
    amount: Minor | None = Field(description="null for a registration")
    currency: Currency
    captured: Minor | None = Field(description="how much was taken; null before it is, and for a registration")
    refunded: Minor = Field(description="how much of that has gone back")
    tax_rate: str | None = Field(description="the tax in percent that the amount includes, as text")
    description: str | None
    channel: OrderChannel | None = Field(description="how the link was to go to the buyer; null: as the shop has it")
    return_url: str | None = Field(description="where the receipt's button leads")
    metadata: dict[str, str] = Field(description="what the order backend gave with the order")
    buyer: BuyerData
    card: Card | None
    alias: AliasData | None = Field(description="the card that was saved")
    consent: ConsentData | None
    charged_alias: str | None = Field(description="the alias that a charge without the buyer used")
    capture_before: AwareDatetime | None = Field(description="of authorised: when the bank lets go of the money")
    dispute: DisputeData | None = Field(description="the newest")


class OrderData(OrderFacts):
    """An order, as it was when the callback was written."""

    order: str = Field(description="the order's id")


class RefundData(_Part):
    """Money on its way back."""

    id: str
    amount: Minor
    currency: Currency
    state: RefundState
    reason: str | None = Field(description="why it failed, in the gateway's words")
    requested_by: ActorKind = Field(description="gateway: it was made in the gateway's own back office")
    created_at: AwareDatetime


class MessageData(_Part):
    """A message to the buyer about the order."""

    id: str
    channel: ChannelName
    purpose: Literal["request", "reminder", "receipt", "consent", "update"]
    to: str = Field(description="a phone or an e-mail address")
    error: str | None = Field(description="of message.failed: why, in the channel's words")


class OrderWithMessage(OrderData):
    message: MessageData


class OrderWithRefund(OrderData):
    refund: RefundData


class EndpointTestData(_Part):
    """Somebody asked for a test."""

    endpoint: str


def _data(kind: CallbackType) -> type[_Part]:
    match kind:
        case CallbackType.ENDPOINT_TEST:
            return EndpointTestData
        case (
            CallbackType.ORDER_SENT
            | CallbackType.ORDER_DELIVERED
            | CallbackType.ORDER_READ
            | CallbackType.MESSAGE_FAILED
        ):
            return OrderWithMessage
        case _ if kind.startswith("refund."):
            return OrderWithRefund
    return OrderData


def _body(kind: CallbackType) -> type[BaseModel]:
    name = "".join(part.title() for part in kind.replace("_", ".").split("."))
    fields: dict[str, Any] = {
        "type": (Literal[kind.value], ...),
        "timestamp": (Annotated[AwareDatetime, Field(description="when it happened, not when it was sent")], ...),
        "data": (_data(kind), ...),
    }
    return create_model(name, __config__=ConfigDict(extra="ignore", frozen=True), **fields)


BODIES: Mapping[CallbackType, type[BaseModel]] = {kind: _body(kind) for kind in CallbackType}
"""The body of each type: `type`, `timestamp`, `data`."""
