"""What the audit log tells, in words: each action, and the fields that people know by another name than the code's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.domain.audit_actions import CHANGED, AuditAction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.i18n import Texts

NOTHING = "–"  # where a field is empty


def actions(t: Texts) -> Mapping[AuditAction, str]:
    """What was done."""
    return {
        AuditAction.FILE_APPLIED: t.gettext("Settings file applied"),
        AuditAction.SETTINGS_CHANGED: t.gettext("Settings changed"),
        AuditAction.CONNECTIONS_CHANGED: t.gettext("Gateway or WhatsApp changed"),
        AuditAction.OPERATOR_INVITED: t.gettext("Operator invited"),
        AuditAction.OPERATOR_ENROLLED: t.gettext("Operator’s phone enrolled"),
        AuditAction.OPERATOR_DISMISSED: t.gettext("Operator taken off"),
        AuditAction.MEMBER_INVITED: t.gettext("Member invited"),
        AuditAction.MEMBER_CHANGED: t.gettext("Member changed"),
        AuditAction.MEMBER_DEACTIVATED: t.gettext("Member deactivated"),
        AuditAction.SESSION_ENDED: t.gettext("Session ended"),
        AuditAction.KEY_MADE: t.gettext("API key made"),
        AuditAction.KEY_ENDED: t.gettext("API key ended"),
        AuditAction.ENDPOINT_MADE: t.gettext("Endpoint added"),
        AuditAction.ENDPOINT_CHANGED: t.gettext("Endpoint changed"),
        AuditAction.ENDPOINT_ENABLED: t.gettext("Endpoint enabled"),
        AuditAction.ENDPOINT_DISABLED: t.gettext("Endpoint disabled"),
        AuditAction.ENDPOINT_REMOVED: t.gettext("Endpoint removed"),
        AuditAction.ENDPOINT_TESTED: t.gettext("Test sent to an endpoint"),
        AuditAction.CALLBACKS_REPLAYED: t.gettext("Callbacks sent again"),
        AuditAction.ORDERS_IMPORTED: t.gettext("Orders imported from a file"),
        AuditAction.EXPORT_MADE: t.gettext("Export made"),
        AuditAction.BUYER_ERASED: t.gettext("Buyer erased"),
    }


def field(t: Texts, name: str) -> str:
    """What something is called on its page; what no page names has its own name."""
    return (fields(t) | _others(t)).get(name, name)


def _others(t: Texts) -> dict[str, str]:
    """What is no setting: of endpoints, keys, members, exports and files."""
    return {
        "url": t.gettext("Address"),
        "types": t.gettext("What is told"),
        "secret": t.gettext("Secret"),
        "secrets": t.gettext("Secrets"),
        "overlap_hours": t.gettext("The secret before signs too"),
        "scopes": t.gettext("What it may do"),
        "expires_at": t.gettext("Expires"),
        "email": t.gettext("E-mail"),
        "users": t.gettext("Members"),
        "operators": t.gettext("Operators"),
        "endpoints": t.gettext("Endpoints"),
        "number": t.gettext("Number"),
        "mode": t.gettext("Mode"),
        "links_by": t.gettext("Send the link by"),
        "what": t.gettext("What"),
        "text": t.gettext("Search"),
        "states": t.gettext("State"),
        "action": t.gettext("Action"),
        "since": t.gettext("From"),
        "until": t.gettext("Until"),
        "made_by": t.gettext("Made by"),
        "channel": t.gettext("Link sent by"),
        "buyer": t.gettext("Buyer"),
        "orders": t.gettext("Orders"),
        "count": t.gettext("Callbacks"),
    }


def value(t: Texts, found: object) -> str:
    """A value as JSON has it, for people."""
    if found == CHANGED:
        return t.gettext("changed")
    if found is None or found in ("", [], {}):
        return NOTHING
    if isinstance(found, list):
        return ", ".join(map(str, found))
    if isinstance(found, dict):
        return ", ".join(f"{field(t, name)}: {each}" for name, each in found.items())
    return str(found)


def changes(t: Texts, found: Mapping[str, tuple[object, object]]) -> str:
    """What changed, in a sentence; of a secret, and of the logo, only that it did."""
    said = [
        field(t, name)
        if CHANGED in both or name == "logo"
        else t.gettext(
            "%(field)s is now %(after)s, was %(before)s",
            field=field(t, name),
            before=value(t, both[0]),
            after=value(t, both[1]),
        )
        for name, both in found.items()
    ]
    return t.gettext("What changed: %(changes)s.", changes="; ".join(said)) if said else ""


def fields(t: Texts) -> dict[str, str]:
    """The settings by their names."""
    return {
        "name": t.gettext("Name"),
        "contact": t.gettext("Contact for buyers"),
        "colour": t.gettext("Colour"),
        "logo": t.gettext("Logo"),
        "language": t.gettext("Language"),
        "country": t.gettext("Country"),
        "currency": t.gettext("Currency"),
        "currencies": t.gettext("Other currencies"),
        "time_zone": t.gettext("Time zone"),
        "legal_identity": t.gettext("Legal identity"),
        "terms_url": t.gettext("Address of your terms"),
        "max_tries": t.gettext("Tries to pay"),
        "link_days": t.gettext("Days that a link is valid"),
        "confirm_above": t.gettext("Large amount: ask above"),
        "reminders": t.gettext("Reminders, hours after the request"),
        "quiet_from": t.gettext("Quiet hours from"),
        "quiet_until": t.gettext("Quiet hours until"),
        "clerk_refund_limit": t.gettext("A clerk’s refunds per day, at most"),
        "role": t.gettext("Role"),
        "lines": t.gettext("Orders in the file"),
        "retention": t.gettext("How long data about people is kept"),
        "order_days": t.gettext("What orders say of buyers"),
        "buyer_days": t.gettext("Buyers without orders or cards"),
        "message_days": t.gettext("WhatsApp messages"),
        "letter_days": t.gettext("E-mails"),
        "callback_days": t.gettext("Callbacks"),
        "import_days": t.gettext("Imported files"),
        "webhook_days": t.gettext("Webhooks received"),
        "report_days": t.gettext("Reports of browsers"),
    }
