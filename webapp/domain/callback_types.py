"""What order backends can be told: the types of callbacks, and which of them an endpoint gets that has asked for none."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable


class CallbackType(StrEnum):
    """`order.` and a state: the order has come to it. The others say what happened on the way there, to its money or to the card that it saved.
    ENDPOINT_TEST is sent when somebody asks for it, whatever the endpoint is told otherwise."""

    ORDER_CREATED = "order.created"
    ORDER_SENT = "order.sent"
    ORDER_DELIVERED = "order.delivered"
    ORDER_READ = "order.read"
    ORDER_OPENED = "order.opened"
    ORDER_AUTHORISED = "order.authorised"
    ORDER_PAID = "order.paid"
    ORDER_REGISTERED = "order.registered"
    ORDER_PARTIALLY_REFUNDED = "order.partially_refunded"
    ORDER_REFUNDED = "order.refunded"
    ORDER_DISPUTED = "order.disputed"
    ORDER_VOIDED = "order.voided"
    ORDER_REFUSED = "order.refused"
    ORDER_EXPIRED = "order.expired"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_OPEN = "order.open"
    ALIAS_UPDATED = "alias.updated"
    ALIAS_EXPIRING = "alias.expiring"
    ALIAS_REVOKED = "alias.revoked"
    REFUND_REQUESTED = "refund.requested"
    REFUND_PENDING = "refund.pending"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
    MESSAGE_FAILED = "message.failed"
    ENDPOINT_TEST = "endpoint.test"


CHOSEN = frozenset(CallbackType) - {CallbackType.ENDPOINT_TEST}
"""What an endpoint can ask for."""
USUAL = frozenset(
    {
        CallbackType.ORDER_AUTHORISED,
        CallbackType.ORDER_PAID,
        CallbackType.ORDER_REGISTERED,
        CallbackType.ORDER_PARTIALLY_REFUNDED,
        CallbackType.ORDER_REFUNDED,
        CallbackType.ORDER_DISPUTED,
        CallbackType.ORDER_VOIDED,
        CallbackType.ORDER_REFUSED,
        CallbackType.ORDER_EXPIRED,
        CallbackType.ORDER_CANCELLED,
        CallbackType.ORDER_OPEN,
        CallbackType.ALIAS_UPDATED,
        CallbackType.ALIAS_EXPIRING,
        CallbackType.ALIAS_REVOKED,
    }
)
"""What an endpoint is told that has not said what it wants: all that there was before it could. Nothing is ever added."""


def chosen(names: Iterable[str]) -> list[str]:
    """The types that these names mean, each once, in order: a type's own, or a group's (`refund.*`), which is what belongs to it now; types that
    come later are asked for by themselves. Raises `Invalid` (unknown_type, no_types)."""
    found: set[CallbackType] = set()
    for name in names:
        group = {each for each in CHOSEN if name.endswith(".*") and each.startswith(name.removesuffix("*"))}
        own = {each for each in CHOSEN if each == name}
        if not group | own:
            known = ", ".join(each for each in CallbackType if each in CHOSEN)
            raise Invalid("unknown_type", f"{name!r} is no type of callback: there are {known}", name=name)
        found |= group | own
    if not found:
        raise Invalid("no_types", "name one type at least; to be told nothing, disable the endpoint")
    return [each for each in CallbackType if each in found]
