"""What an order backend can be told, and what a key of the API may do, in words (tests/office/test_statuses.py: each has some)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.domain.callback_types import CallbackType
from webapp.domain.scopes import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.i18n import Texts


def types(t: Texts) -> Mapping[CallbackType, str]:
    """What a callback tells."""
    return {
        CallbackType.ORDER_CREATED: t.gettext("Order created"),
        CallbackType.ORDER_SENT: t.gettext("The link is sent"),
        CallbackType.ORDER_DELIVERED: t.gettext("The link has reached the phone"),
        CallbackType.ORDER_READ: t.gettext("The message with the link was read"),
        CallbackType.ORDER_OPENED: t.gettext("The payment page was opened"),
        CallbackType.ORDER_AUTHORISED: t.gettext("Authorised: the money is held"),
        CallbackType.ORDER_PAID: t.gettext("Paid"),
        CallbackType.ORDER_REGISTERED: t.gettext("Card saved"),
        CallbackType.ORDER_PARTIALLY_REFUNDED: t.gettext("Partly refunded"),
        CallbackType.ORDER_REFUNDED: t.gettext("Refunded"),
        CallbackType.ORDER_DISPUTED: t.gettext("The buyer's bank disputes the payment"),
        CallbackType.ORDER_VOIDED: t.gettext("Released: nothing was taken"),
        CallbackType.ORDER_REFUSED: t.gettext("Refused"),
        CallbackType.ORDER_EXPIRED: t.gettext("Expired"),
        CallbackType.ORDER_CANCELLED: t.gettext("Cancelled"),
        CallbackType.ORDER_OPEN: t.gettext("Order opened again"),
        CallbackType.ALIAS_UPDATED: t.gettext("A saved card has other details"),
        CallbackType.ALIAS_EXPIRING: t.gettext("A saved card expires soon"),
        CallbackType.ALIAS_REVOKED: t.gettext("A card is no longer saved"),
        CallbackType.REFUND_REQUESTED: t.gettext("Refund asked for"),
        CallbackType.REFUND_PENDING: t.gettext("Refund on its way"),
        CallbackType.REFUND_SUCCEEDED: t.gettext("Refund made"),
        CallbackType.REFUND_FAILED: t.gettext("Refund failed"),
        CallbackType.MESSAGE_FAILED: t.gettext("WhatsApp could not deliver the message"),
        CallbackType.ENDPOINT_TEST: t.gettext("A test"),
    }


def scopes(t: Texts) -> Mapping[Scope, str]:
    """What a key may do."""
    return {
        Scope.ORDERS_READ: t.gettext("See orders, buyers and saved cards"),
        Scope.ORDERS_WRITE: t.gettext("Make and change orders, take or release money that is held"),
        Scope.REFUNDS_WRITE: t.gettext("Give money back"),
        Scope.CHARGES_WRITE: t.gettext("Charge, replace and remove saved cards"),
        Scope.CALLBACKS: t.gettext("See callbacks, send them again, change endpoints"),
        Scope.ADMIN: t.gettext("Erase buyers"),
    }
