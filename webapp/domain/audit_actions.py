"""What the audit log tells: changes of the shop's settings, people, keys and endpoints, and what left the house."""

from __future__ import annotations

from enum import StrEnum

CHANGED = "changed"
"""Stands in an entry for a secret, which is never written there."""


class AuditAction(StrEnum):
    """What was done. What happens to an order and its money is in its own timeline (`domain.timeline`)."""

    FILE_APPLIED = "file.applied"
    SETTINGS_CHANGED = "settings.changed"
    CONNECTIONS_CHANGED = "connections.changed"
    OPERATOR_INVITED = "operator.invited"
    OPERATOR_ENROLLED = "operator.enrolled"
    OPERATOR_DISMISSED = "operator.dismissed"
    MEMBER_INVITED = "member.invited"
    MEMBER_CHANGED = "member.changed"
    MEMBER_DEACTIVATED = "member.deactivated"
    SESSION_ENDED = "session.ended"
    KEY_MADE = "key.made"
    KEY_ENDED = "key.ended"
    ENDPOINT_MADE = "endpoint.made"
    ENDPOINT_CHANGED = "endpoint.changed"
    ENDPOINT_ENABLED = "endpoint.enabled"
    ENDPOINT_DISABLED = "endpoint.disabled"
    ENDPOINT_REMOVED = "endpoint.removed"
    ENDPOINT_TESTED = "endpoint.tested"
    CALLBACKS_REPLAYED = "callbacks.replayed"
    ORDERS_IMPORTED = "orders.imported"
    EXPORT_MADE = "export.made"
    BUYER_ERASED = "buyer.erased"


class AuditSubject(StrEnum):
    """What kind of thing an entry is about; its id stands beside it."""

    MERCHANT = "merchant"
    OPERATOR = "operator"
    MEMBER = "member"
    SESSION = "session"
    API_KEY = "api_key"
    ENDPOINT = "endpoint"
    CALLBACK = "callback"
    IMPORT = "import"
    EXPORT = "export"
    BUYER = "buyer"
