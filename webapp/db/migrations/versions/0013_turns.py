"""The messages of a phone that wait"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    only = sa.text('due_at IS NOT NULL')
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.create_index(
            'ix_messages_waiting',
            ['merchant_id', 'phone', 'direction'],
            unique=False,
            postgresql_where=only,
            sqlite_where=only,
        )


def downgrade() -> None:
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_index('ix_messages_waiting')
