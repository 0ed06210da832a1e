"""How what belongs to an order stands, in words; every state has some in every language (tests/office/test_statuses.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.domain.channels import OrderChannel
from webapp.domain.statuses import (
    AliasStatus,
    AttemptState,
    CallbackState,
    DisputeState,
    MailState,
    MessageState,
    RefundState,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.i18n import Texts


def attempts(t: Texts) -> Mapping[AttemptState, str]:
    """What became of a try to pay or to save a card."""
    return {
        AttemptState.STARTED: t.gettext("Sent to the payment provider"),
        AttemptState.ACTION_NEEDED: t.gettext("Waiting for the buyer"),
        AttemptState.PENDING: t.gettext("The gateway is working on it"),
        AttemptState.UNKNOWN: t.gettext("No answer from the gateway: being looked up"),
        AttemptState.DONE: t.gettext("Succeeded"),
        AttemptState.DECLINED: t.gettext("Declined"),
        AttemptState.ABANDONED: t.gettext("Try over, nothing taken"),
    }


def messages(t: Texts) -> Mapping[MessageState, str]:
    """How far a WhatsApp message got."""
    return {
        MessageState.QUEUED: t.gettext("WhatsApp message written"),
        MessageState.SENT: t.gettext("Sent"),
        MessageState.DELIVERED: t.gettext("Delivered to the phone"),
        MessageState.READ: t.gettext("Read"),
        MessageState.FAILED: t.gettext("WhatsApp could not deliver the message"),
        MessageState.DROPPED: t.gettext("Not sent"),
        MessageState.RECEIVED: t.gettext("Received"),
    }


def mails(t: Texts) -> Mapping[MailState, str]:
    """How far an e-mail got."""
    return {
        MailState.QUEUED: t.gettext("E-mail written"),
        MailState.SENT: t.gettext("Sent"),
        MailState.FAILED: t.gettext("The e-mail could not be sent"),
        MailState.DROPPED: t.gettext("Not sent"),
    }


def purposes(t: Texts) -> Mapping[str, str]:
    """Why a message to or from a buyer was written; what is not named here is an answer in the chat."""
    return {
        "request": t.gettext("Payment request"),
        "reminder": t.gettext("Reminder"),
        "receipt": t.gettext("Receipt"),
        "consent": t.gettext("Consent to save the card"),
        "update": t.gettext("News of the order"),
        "shop_reply": t.gettext("The shop's reply"),
        "heard": t.gettext("From the buyer"),
    }


def refunds(t: Texts) -> Mapping[RefundState, str]:
    """How far money on its way back got."""
    return {
        RefundState.REQUESTED: t.gettext("Refund asked for"),
        RefundState.PENDING: t.gettext("Refund on its way"),
        RefundState.SUCCEEDED: t.gettext("Refund made"),
        RefundState.FAILED: t.gettext("Refund failed"),
    }


def disputes(t: Texts) -> Mapping[DisputeState, str]:
    """How a dispute stands."""
    return {
        DisputeState.OPEN: t.gettext("The bank has not decided yet"),
        DisputeState.WON: t.gettext("Dispute won"),
        DisputeState.LOST: t.gettext("Dispute lost"),
    }


def channels(t: Texts) -> Mapping[OrderChannel, str]:
    """By what an order's link is sent."""
    return {
        OrderChannel.WHATSAPP: t.gettext("by WhatsApp only"),
        OrderChannel.EMAIL: t.gettext("by e-mail only"),
        OrderChannel.NONE: t.gettext("not sent: the shop hands it on"),
    }


def aliases(t: Texts) -> Mapping[AliasStatus, str]:
    """Whether a card is saved."""
    return {
        AliasStatus.ACTIVE: t.gettext("Card saved"),
        AliasStatus.UNPROVEN: t.gettext("Card saved, waits for the buyer to agree anew"),
        AliasStatus.REVOKED: t.gettext("Card no longer saved"),
    }


def callbacks(t: Texts, tries: int) -> Mapping[CallbackState, str]:
    """How far a callback got, after that many tries."""
    return {
        CallbackState.PENDING: t.gettext("On its way, tries: %(count)s", count=tries),
        CallbackState.DELIVERED: t.gettext("Delivered"),
        CallbackState.FAILED: t.gettext("Given up, tries: %(count)s", count=tries),
    }


def callback_states(t: Texts) -> Mapping[CallbackState, str]:
    """How far callbacks got, to choose from."""
    return {
        CallbackState.PENDING: t.gettext("On its way"),
        CallbackState.DELIVERED: t.gettext("Delivered"),
        CallbackState.FAILED: t.gettext("Given up"),
    }
