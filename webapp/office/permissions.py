"""What a user may do, and which role may do it: the one table that views, templates and docs/merchant/roles.md come from."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from webapp.domain.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

View = TypeVar("View", bound="Callable[..., Any]")


class Permission(StrEnum):
    """Something that a view lets its visitor do; what each means in words is in `ACTIONS`."""

    OWN_SESSIONS = "sessions.own"
    HOME_VIEW = "home.view"
    ORDERS_VIEW = "orders.view"
    ORDERS_CREATE = "orders.create"
    ORDERS_ACT = "orders.act"
    MONEY_TAKE = "money.take"
    MONEY_REFUND = "money.refund"
    CARDS_CHARGE = "cards.charge"
    CARDS_END = "cards.end"
    BUYERS_VIEW = "buyers.view"
    BUYERS_ERASE = "buyers.erase"
    EXPORTS_MAKE = "exports.make"
    CALLBACKS_VIEW = "callbacks.view"
    CALLBACKS_MANAGE = "callbacks.manage"
    KEYS_MANAGE = "keys.manage"
    SETTINGS_VIEW = "settings.view"
    SETTINGS_CHANGE = "settings.change"
    OPERATORS_MANAGE = "operators.manage"
    MEMBERS_MANAGE = "members.manage"
    AUDIT_VIEW = "audit.view"


class Anybody:
    """Declared by the few views that need no login; they are named one by one in `OPEN`."""


ANYBODY = Anybody()
OPEN = {
    "accounts.login",
    "accounts.callback",
    "accounts.link",
    "accounts.spend_link",
    "order_forms.show",
    "order_forms.create",
    "public_status.show",
    "public_status.live",
}

ACTIONS: Mapping[Permission, str] = {
    Permission.OWN_SESSIONS: "Log out, list and end one's own sessions",
    Permission.HOME_VIEW: "See the day's figures",
    Permission.ORDERS_VIEW: "See orders, search and filter them",
    Permission.ORDERS_CREATE: "Make orders, one by one or from a file",
    Permission.ORDERS_ACT: "Resend, extend, cancel and reopen orders, replace links, write notes",
    Permission.MONEY_TAKE: "Take or release money that is held",
    Permission.MONEY_REFUND: "Give money back; a clerk up to the shop's limit per day",
    Permission.CARDS_CHARGE: "Charge saved cards, ask for another card",
    Permission.CARDS_END: "Remove saved cards",
    Permission.BUYERS_VIEW: "See buyers, their orders and saved cards",
    Permission.BUYERS_ERASE: "Erase a buyer",
    Permission.EXPORTS_MAKE: "Export orders and buyers",
    Permission.CALLBACKS_VIEW: "See callbacks and what became of them",
    Permission.CALLBACKS_MANAGE: "Send callbacks again, change endpoints and their secrets",
    Permission.KEYS_MANAGE: "Make and end API keys",
    Permission.SETTINGS_VIEW: "See the shop's settings",
    Permission.SETTINGS_CHANGE: "Change the shop's settings, gateway and WhatsApp",
    Permission.OPERATORS_MANAGE: "Invite and take off the phones that order by WhatsApp",
    Permission.MEMBERS_MANAGE: "Invite members, change their roles, end their sessions",
    Permission.AUDIT_VIEW: "See, search and export the audit log",
}

_VIEWER = frozenset(
    {
        Permission.OWN_SESSIONS,
        Permission.HOME_VIEW,
        Permission.ORDERS_VIEW,
        Permission.BUYERS_VIEW,
        Permission.CALLBACKS_VIEW,
    }
)
_CLERK = _VIEWER | {
    Permission.ORDERS_CREATE,
    Permission.ORDERS_ACT,
    Permission.MONEY_TAKE,
    Permission.MONEY_REFUND,
    Permission.CARDS_CHARGE,
    Permission.CARDS_END,
    Permission.EXPORTS_MAKE,
}
ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.CLERK: _CLERK,
    Role.ADMIN: frozenset(Permission),
}


def permits(needed: Permission | Anybody) -> Callable[[View], View]:
    """Declare what a visitor must be allowed to do to use a view. A view without it answers 403 to everybody."""

    def mark(view: View) -> View:
        view.permits = needed  # type: ignore[attr-defined]
        return view

    return mark


def fresh(view: View) -> View:
    """Declare that a view needs a login that is not long ago (`sessions.FRESH`): before secrets and addresses are changed."""
    view.fresh = True  # type: ignore[attr-defined]
    return view


def allows(role: str, permission: Permission) -> bool:
    """Whether that role may do this; a role that the release does not know may do nothing."""
    return permission in ROLES.get(Role(role), frozenset()) if role in set(Role) else False
