"""The audit log by who acted, what was done, and what it was about, each newest first"""

from __future__ import annotations

from alembic import op

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None

INDEXES = {
    'actor': ('actor_kind', 'actor_id'),
    'action': ('action',),
    'subject': ('subject_kind', 'subject_id'),
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(f'ix_audit_entries_{name}', 'audit_entries', ['merchant_id', *columns, 'at', 'id'])


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(f'ix_audit_entries_{name}', table_name='audit_entries')
