"""The audit log by who acted, what was done, and what it was about, each newest first; buyers by the phone that they had"""

from __future__ import annotations

import sqlalchemy as sa
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
HAD = sa.text('former_phone IS NOT NULL')


def upgrade() -> None:
    op.create_index(
        'ix_buyers_former_phone', 'buyers', ['merchant_id', 'former_phone'], postgresql_where=HAD, sqlite_where=HAD
    )
    for name, columns in INDEXES.items():
        op.create_index(f'ix_audit_entries_{name}', 'audit_entries', ['merchant_id', *columns, 'at', 'id'])


def downgrade() -> None:
    op.drop_index('ix_buyers_former_phone', table_name='buyers')
    for name in INDEXES:
        op.drop_index(f'ix_audit_entries_{name}', table_name='audit_entries')
