"""Indexes, so that no cost grows with what is past; PostgreSQL makes them while others write"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

_PARKED = 'error IS NOT NULL AND due_at IS NULL'
_RETRIED = 'error IS NOT NULL AND due_at IS NOT NULL'
_TROUBLED = {
    'inbox_events': _PARKED,
    'messages': f"{_PARKED} AND state IN ('queued', 'received')",
    'callbacks': f"{_PARKED} AND state = 'pending'",
    'reminders': _PARKED,
    'mails': f"{_PARKED} AND state = 'queued'",
    'imports': _PARKED,
    **dict.fromkeys(('attempts', 'orders', 'refunds', 'aliases', 'scheduled_tasks', 'erasures'), _RETRIED),
}
# Name, table, columns, and which rows: all where it is None.
_INDEXES: list[tuple[str, str, list[str], str | None]] = [
    ('ix_attempts_intent', 'attempts', ['intent'], None),
    ('ix_orders_merchant_id_state_at', 'orders', ['merchant_id', 'state_at'], 'intent IS NOT NULL'),
    (
        'ix_orders_charges_alias_id_created_at',
        'orders',
        ['charges_alias_id', 'created_at'],
        'charges_alias_id IS NOT NULL',
    ),
    ('ix_messages_merchant_id_created_at', 'messages', ['merchant_id', 'created_at'], None),
    ('ix_inbox_events_merchant_id_source_received_at', 'inbox_events', ['merchant_id', 'source', 'received_at'], None),
    ('ix_callbacks_pending', 'callbacks', ['endpoint_id', 'created_at'], "state = 'pending'"),
    ('ix_users_email', 'users', ['email'], None),
    ('ix_logins_user_id', 'logins', ['user_id'], None),
    ('ix_logins_expires_at', 'logins', ['expires_at'], None),
    *((f'ix_{table}_troubled', table, ['id'], which) for table, which in _TROUBLED.items()),
]


def upgrade() -> None:
    if op.get_context().dialect.name != 'postgresql':
        for name, table, columns, which in _INDEXES:
            op.create_index(name, table, columns, **_only(which))
        return
    with op.get_context().autocommit_block():
        for name, table, columns, which in _INDEXES:
            _make(name, table, columns, **_only(which))
        _make('ix_limits_key_prefix', 'limits', ['key'], postgresql_ops={'key': 'varchar_pattern_ops'})


def _make(name: str, table: str, columns: list[str], **options: Any) -> None:
    """While others write. What a try that was cut short has left is no index that counts, and has its name."""
    op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
    op.create_index(name, table, columns, postgresql_concurrently=True, **options)


def _only(which: str | None) -> dict[str, Any]:
    return {f'{dialect}_where': sa.text(which) for dialect in ('postgresql', 'sqlite')} if which else {}


def downgrade() -> None:
    if op.get_context().dialect.name == 'postgresql':
        op.drop_index('ix_limits_key_prefix', table_name='limits')
    for name, table, _columns, _which in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
