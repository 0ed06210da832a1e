"""Where stands what belongs to an order: its tries, messages, callbacks, refunds, disputes and the card that it saved."""

from __future__ import annotations

from enum import StrEnum


class AttemptState(StrEnum):
    """A try at the gateway. STARTED: on its way there; ACTION_NEEDED: the buyer's bank asks (3-D Secure); PENDING: the gateway works on it;
    UNKNOWN: its answer is lost, and looked up. Over: DONE, DECLINED, ABANDONED (without a verdict: never arrived, or dropped)."""

    STARTED = "started"
    ACTION_NEEDED = "action_needed"
    PENDING = "pending"
    UNKNOWN = "unknown"
    DONE = "done"
    DECLINED = "declined"
    ABANDONED = "abandoned"


IN_FLIGHT = (AttemptState.STARTED, AttemptState.ACTION_NEEDED, AttemptState.PENDING, AttemptState.UNKNOWN)
"""States of a try that may still succeed; the database admits one such try of an order."""


class MessageState(StrEnum):
    """A WhatsApp message. Out: QUEUED (to be sent), SENT (WhatsApp has it), DELIVERED, READ, FAILED, DROPPED (there was nothing to say any
    more). In: RECEIVED."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    DROPPED = "dropped"
    RECEIVED = "received"


class MailState(StrEnum):
    """An e-mail. DROPPED: there was nothing to say any more."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class CallbackState(StrEnum):
    """What an endpoint is told: PENDING until it is DELIVERED, or the schedule of tries is spent (FAILED)."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class AliasStatus(StrEnum):
    """A saved card: one that is REVOKED is never charged again. Of one that is UNPROVEN the gateway alone knew, after a backup was restored: it is
    charged again once its buyer has agreed anew."""

    ACTIVE = "active"
    UNPROVEN = "unproven"
    REVOKED = "revoked"


class RefundState(StrEnum):
    """Money on its way back. REQUESTED: the gateway has not answered yet. One that SUCCEEDED may still fail days later."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeState(StrEnum):
    """A dispute: the bank has still to decide, for the merchant (WON) or for the buyer (LOST)."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class ErasureStage(StrEnum):
    """How far the erasure of a buyer is. ORDERS: what belongs to the buyer's orders; INBOX, MESSAGES: what belongs to no order and is the
    buyer's, or names them; FILE: what the database's file holds of former rows; GATEWAY: the customer there, once nothing needs it; DONE."""

    ORDERS = "orders"
    INBOX = "inbox"
    MESSAGES = "messages"
    FILE = "file"
    GATEWAY = "gateway"
    DONE = "done"
