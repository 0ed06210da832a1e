"""Which columns are about a person: each column of each table stands in exactly one of three places, and a test fails until a new one does.

What is erased with a buyer (`OF_BUYERS`), what is the shop's own people's (`OF_STAFF`: the office takes them off), and the rest (`KEPT`): the
ledger, proofs of consent, ids of ours and of the gateway that name nobody by themselves, keyed hashes, and how rows of work stand
(docs/adr/0026). For how long what is personal is kept is declared too (`KEPT_FOR`, docs/adr/0035).
"""

from __future__ import annotations

from typing import Any

from webapp.domain.retention import Kept

GONE = object()
"""The whole row goes."""
REWRITTEN = object()
"""A text that is made of other columns: it is made anew of what is left of them."""
REDACTED = object()
"""A document (JSON), of which what is known to be no person's stays (`domain/redaction`)."""

OF_BUYERS: dict[str, dict[str, Any]] = {
    "buyers": dict.fromkeys(("phone", "former_phone", "wa_id", "user_id", "email", "language", "stopped_at")),
    "orders": dict.fromkeys(("description", "details", "email", "language", "metadata", "error")),
    "order_search": {"text": REWRITTEN},
    "attempts": dict.fromkeys(("token", "detail", "ip", "error")),
    "refunds": dict.fromkeys(("detail", "reason", "error")),
    "reminders": {"error": None},
    "aliases": {"error": None},
    "order_events": {"data": REDACTED},
    "messages": {
        "phone": "",
        **dict.fromkeys(("wamid", "reply_to", "notice", "body", "choices", "error")),
    },
    "mails": {"address": "", **dict.fromkeys(("notices", "subject", "text", "html", "error"))},
    "callbacks": {"body": REDACTED, "error": None},
    "deliveries": {"excerpt": "", "error": None},
    "inbox_events": dict.fromkeys(("external_id", "payload", "error"), GONE),
    "send_quotas": {"phone": GONE},
    "imports": {"name": None},
    "import_lines": {"document": None},
    "idempotent_requests": {"status": None, "answer": None},
    "erasures": {"sought": None, "error": None},
}
"""What becomes of a column when the buyer is erased: the value that is written in its place, or one of the three above. A message's id at WhatsApp
(`wamid`) has the phone in it."""

OF_STAFF: dict[str, frozenset[str]] = {
    "operators": frozenset({"phone", "user_id", "name", "language", "sealed", "seen_at"}),
    "users": frozenset({"email", "name", "issuer", "subject"}),
    "logins": frozenset({"seen_at", "agent"}),
    "audit_entries": frozenset({"before", "after", "words"}),
}

KEPT_FOR: dict[str, Kept | str] = {
    "buyers": Kept.BUYERS,
    "orders": Kept.ORDERS,
    "order_search": Kept.ORDERS,
    "attempts": Kept.ORDERS,
    "refunds": Kept.ORDERS,
    "reminders": Kept.ORDERS,
    "order_events": Kept.ORDERS,
    "aliases": "until the next try: a card's work is never given up, and what went wrong goes with the try that does not fail",
    "messages": Kept.MESSAGES,
    "mails": Kept.LETTERS,
    "callbacks": Kept.CALLBACKS,
    "deliveries": Kept.CALLBACKS,
    "inbox_events": Kept.WEBHOOKS,
    "send_quotas": "two days: Meta counts how many people are written to by the day",
    "imports": Kept.IMPORTS,
    "import_lines": "until the order is made, within minutes; what still waits after `import_days` goes too, and a preview after a day",
    "idempotent_requests": "24 hours: for so long a request may be sent again (docs/integrator/api.md)",
    "erasures": "until the erasure is done, within a minute as a rule; that there was one stays, for backups have the buyer",
    "operators": "while the shop has them, and after: they are who acted, on timelines that are kept; the office takes them off",
    "users": "the same",
    "audit_entries": "with the shop: who changed what; nothing of a buyer stands there but an id",
    "logins": "a week at most: sessions that are over go with the next login",
}
"""For how long what is personal in a table is kept: by which rule, or until when and why."""

_WORK = "due_at tries lease lease_until"
_KEPT = {
    "account_notices": "merchant_id subject what bad at",
    "aliases": f"id merchant_id buyer_id customer payment_method_id brand last4 exp_month exp_year fingerprint wallet status created_at {_WORK}",
    "api_keys": "id merchant_id name hash hint scopes created_at expires_at ended_at used_at",
    "attempts": "id order_id number intent saves consent state reason gateway_attempt_ref customer payment_method_id customer_initiated created_at "
    f"ended_at {_WORK}",
    "audit_entries": "id merchant_id at actor_kind actor_id action subject_kind subject_id",
    "buyers": "id merchant_id customer created_at active_at erased_at",
    "callbacks": f"id merchant_id endpoint_id order_id sequence type state created_at delivered_at posts replayed_at {_WORK}",
    "consents": "id alias_id order_id wording version language given_at",
    "csp_reports": "merchant_id directive blocked source link count first_at last_at",
    "daily_totals": "merchant_id day measure part count amount",
    "deliveries": "id callback_id at status headers milliseconds",
    "disputes": "order_id id amount reason state created_at",
    "endpoints": "id merchant_id url secrets former_until types source active disabled_at disabled_why failing_since created_at",
    "erasures": f"id merchant_id asked_at actor_kind actor_id stage cursor done_at {_WORK}",
    "heartbeats": "worker queue seen_at",
    "idempotent_requests": "id owner key_hash fingerprint until lease_until made",
    "import_lines": "import_id number order_id field code message",
    "imports": f"id merchant_id digest lines actor_kind actor_id created_at preview_until error {_WORK}",
    "inbox_events": f"id merchant_id source turn received_at {_WORK}",
    "limits": "key until count",
    "logins": "hash kind user_id created_at expires_at proved_at",
    "mails": f"id merchant_id order_id language state created_at emptied_at {_WORK}",
    "merchants": "id name mode country currency language time_zone contact max_tries link_days confirm_above colour logo logo_digest gateway "
    "publishable_key gateway_account gateway_secrets number phone_number_id business_account_id whatsapp_secrets daily_limit reminders "
    "quiet_from quiet_until links_by return_urls retention currencies legal_identity terms_url clerk_refund_limit "
    "declared_fields version created_at",
    "messages": f"id merchant_id order_id direction purpose pricing state turn created_at emptied_at {_WORK}",
    "operators": "id merchant_id source code code_until active suspended_at",
    "order_search": "number order_id merchant_id late",
    "order_events": "id order_id at kind actor_kind actor_id",
    "orders": "id merchant_id buyer_id operator_id made_by import_id action amount ranked_amount currency "
    "reference reference_key tax collects_details source idempotency_key "
    "channel return_url to_capture "
    "state state_at revision link_version generation intent declines manual_capture capture_before captured refunded alias_id charges_alias_id "
    f"renews_alias_id card created_at expires_at opened_at pending_transition closed_at emptied_at reached alarmed_at {_WORK}",
    "page_checks": "merchant_id at differences since told",
    "refunds": f"id merchant_id order_id amount state actor_kind actor_id idempotency_key gateway_id created_at {_WORK}",
    "reminders": f"id sent {_WORK}",
    "scheduled_tasks": f"id type merchant_id since after error {_WORK}",
    "send_quotas": "merchant_id full_at reached_at",
    "total_changes": "id merchant_id day measure part count amount",
    "users": "id merchant_id role active source invited_at",
    "webhook_refusals": "merchant_id source count first_at last_at",
}
KEPT: dict[str, frozenset[str]] = {table: frozenset(columns.split()) for table, columns in _KEPT.items()}


def written(table: str) -> dict[str, Any]:
    """What is written into a row's columns when its buyer is erased; documents, texts and rows that go are left to who erases
    them."""
    return {column: value for column, value in OF_BUYERS[table].items() if value not in {GONE, REDACTED, REWRITTEN}}
