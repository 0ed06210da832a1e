"""The texts of orders whose number is not that of when they were made: a clock was set back meanwhile"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None

LATE = """
UPDATE order_search SET late = true WHERE number IN (
    SELECT number FROM (
        SELECT number, created_at, max(created_at) OVER (
            PARTITION BY orders.merchant_id ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS newest FROM order_search JOIN orders ON orders.id = order_id
    ) AS numbered WHERE created_at < {}
)
"""
BEFORE = {
    'sqlite': "strftime('%Y-%m-%d %H:%M:%f', newest, '-10 minutes')",
    'postgresql': "newest - interval '10 minutes'",
}


def upgrade() -> None:
    op.add_column('order_search', sa.Column('late', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(LATE.format(BEFORE[op.get_bind().dialect.name]))
    op.create_index(
        'ix_order_search_late',
        'order_search',
        ['merchant_id'],
        sqlite_where=sa.text('late = 1'),
        postgresql_where=sa.text('late'),
    )
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ANALYZE order_search')  # or it takes half of all for late


def downgrade() -> None:
    op.drop_index('ix_order_search_late', table_name='order_search')
    op.drop_column('order_search', 'late')
