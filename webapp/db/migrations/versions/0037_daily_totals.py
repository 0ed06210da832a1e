"""Totals of orders by day, and orders that somebody has to look at"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None

UNCOUNTED = sa.text('reached IS NULL')
ALARMED = sa.text('alarmed_at IS NOT NULL')


def upgrade() -> None:
    # Null of what is there: a task counts those (services/runtime/totals).
    op.add_column('orders', sa.Column('reached', sa.SmallInteger(), nullable=True))
    op.add_column('orders', sa.Column('alarmed_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        'ix_orders_uncounted', 'orders', ['merchant_id', 'id'], postgresql_where=UNCOUNTED, sqlite_where=UNCOUNTED
    )
    op.create_index(
        'ix_orders_alarmed', 'orders', ['merchant_id', 'alarmed_at'], postgresql_where=ALARMED, sqlite_where=ALARMED
    )
    op.create_table(
        'daily_totals',
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('measure', sa.String(length=10), nullable=False),
        sa.Column('part', sa.String(length=40), nullable=False),
        sa.Column('count', sa.BigInteger(), nullable=False),
        sa.Column('amount', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_daily_totals_merchant_id')),
        sa.PrimaryKeyConstraint('merchant_id', 'day', 'measure', 'part', name=op.f('pk_daily_totals')),
    )
    op.create_table(
        'total_changes',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('measure', sa.String(length=10), nullable=False),
        sa.Column('part', sa.String(length=40), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.Column('amount', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_total_changes_merchant_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_total_changes')),
    )
    op.create_index('ix_total_changes_merchant_id_id', 'total_changes', ['merchant_id', 'id'])
    # A merchant has its row from its file; those that are there get it here.
    op.execute(
        "INSERT INTO scheduled_tasks (id, type, merchant_id, due_at, tries) "
        "SELECT 'totals:' || id, 'totals', id, CURRENT_TIMESTAMP, 0 FROM merchants"
    )


def downgrade() -> None:
    op.execute("DELETE FROM scheduled_tasks WHERE type = 'totals'")
    op.drop_table('total_changes')
    op.drop_table('daily_totals')
    op.drop_index('ix_orders_alarmed', table_name='orders')
    op.drop_index('ix_orders_uncounted', table_name='orders')
    op.drop_column('orders', 'alarmed_at')
    op.drop_column('orders', 'reached')
