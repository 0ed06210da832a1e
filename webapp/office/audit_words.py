"""What the audit log tells, in words: each action, and the fields that people know by another name than the code's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.domain.audit_actions import AuditAction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.i18n import Texts


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
    """What a setting is called on its page; any other field has its own name."""
    return fields(t).get(name, name)


def fields(t: Texts) -> Mapping[str, str]:
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
        "scopes": t.gettext("What it may do"),
        "expires_at": t.gettext("Expires"),
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
