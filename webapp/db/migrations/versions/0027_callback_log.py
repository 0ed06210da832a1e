"""Callbacks are filtered by endpoint, looked up, sent again and swept; secrets rotate with an overlap"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
UNDELIVERED = sa.text("state <> 'delivered'")


def upgrade() -> None:
    with op.batch_alter_table('endpoints', schema=None) as batch_op:
        batch_op.add_column(sa.Column('types', DOCUMENT, nullable=True))
        batch_op.add_column(sa.Column('source', sa.String(length=8), server_default='file', nullable=False))
        batch_op.add_column(sa.Column('former_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('created_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('callbacks', schema=None) as batch_op:
        batch_op.alter_column('order_id', existing_type=sa.String(length=40), nullable=True)
        batch_op.add_column(sa.Column('posts', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('replayed_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('headers', DOCUMENT, nullable=True))
    op.create_index('ix_callbacks_merchant_id_created_at_id', 'callbacks', ['merchant_id', 'created_at', 'id'])
    op.create_index('ix_callbacks_merchant_id_type_created_at_id', 'callbacks', ['merchant_id', 'type', 'created_at', 'id'])
    op.create_index('ix_callbacks_endpoint_id_created_at_id', 'callbacks', ['endpoint_id', 'created_at', 'id'])
    op.create_index(
        'ix_callbacks_undelivered', 'callbacks', ['merchant_id', 'state', 'created_at', 'id'],
        postgresql_where=UNDELIVERED, sqlite_where=UNDELIVERED,
    )
    # What is under way goes on where its schedule was.
    op.execute(
        "UPDATE callbacks SET posts = (SELECT count(*) FROM deliveries WHERE deliveries.callback_id = callbacks.id) "
        "WHERE state = 'pending'"
    )
    # A merchant has its row from its file; those that are there get it here.
    op.execute(
        "INSERT INTO scheduled_tasks (id, type, merchant_id, due_at, tries) "
        "SELECT 'callback_sweep:' || id, 'callback_sweep', id, CURRENT_TIMESTAMP, 0 FROM merchants"
    )


def downgrade() -> None:
    op.execute("DELETE FROM scheduled_tasks WHERE type = 'callback_sweep'")
    op.execute("DELETE FROM deliveries WHERE callback_id IN (SELECT id FROM callbacks WHERE order_id IS NULL)")
    op.execute("DELETE FROM callbacks WHERE order_id IS NULL")
    for name in ('undelivered', 'endpoint_id_created_at_id', 'merchant_id_type_created_at_id', 'merchant_id_created_at_id'):
        op.drop_index(f'ix_callbacks_{name}', table_name='callbacks')
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.drop_column('headers')
    with op.batch_alter_table('callbacks', schema=None) as batch_op:
        batch_op.drop_column('replayed_at')
        batch_op.drop_column('posts')
        batch_op.alter_column('order_id', existing_type=sa.String(length=40), nullable=False)
    with op.batch_alter_table('endpoints', schema=None) as batch_op:
        for column in ('created_at', 'former_until', 'source', 'types'):
            batch_op.drop_column(column)
