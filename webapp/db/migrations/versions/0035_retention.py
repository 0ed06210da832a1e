"""What is about people is kept no longer than needed: each merchant's days, what is emptied, and the daily task"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
FILLED = sa.text('emptied_at IS NULL')
KNOWN = sa.text('erased_at IS NULL')


def upgrade() -> None:
    op.add_column('merchants', sa.Column('retention', DOCUMENT, nullable=True))
    op.add_column('buyers', sa.Column('active_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        'ix_buyers_known', 'buyers', ['merchant_id', 'active_at', 'created_at'],
        sqlite_where=KNOWN, postgresql_where=KNOWN,
    )
    for table, since in (('orders', 'state_at'), ('messages', 'created_at'), ('mails', 'created_at')):
        op.add_column(table, sa.Column('emptied_at', sa.DateTime(timezone=True), nullable=True))
        op.create_index(
            f'ix_{table}_filled', table, ['merchant_id', since], sqlite_where=FILLED, postgresql_where=FILLED
        )
    op.create_index('ix_inbox_events_merchant_id_received_at', 'inbox_events', ['merchant_id', 'received_at'])
    # A merchant has its row from its file; those that are there get it here.
    op.execute(
        "INSERT INTO scheduled_tasks (id, type, merchant_id, due_at, tries) "
        "SELECT 'retention:' || id, 'retention', id, CURRENT_TIMESTAMP, 0 FROM merchants"
    )


def downgrade() -> None:
    op.execute("DELETE FROM scheduled_tasks WHERE type = 'retention'")
    op.drop_index('ix_inbox_events_merchant_id_received_at', table_name='inbox_events')
    for table in ('mails', 'messages', 'orders'):
        op.drop_index(f'ix_{table}_filled', table_name=table)
        op.drop_column(table, 'emptied_at')
    op.drop_index('ix_buyers_known', table_name='buyers')
    op.drop_column('buyers', 'active_at')
    op.drop_column('merchants', 'retention')
