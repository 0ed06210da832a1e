"""The file that each order came with, and the index by which they are listed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None

KNOWN = "UPDATE orders SET import_id = line.import_id FROM import_lines AS line WHERE line.order_id = orders.id"


def upgrade() -> None:
    op.add_column('orders', sa.Column('import_id', sa.String(length=40), nullable=True))
    op.execute(KNOWN)
    op.create_index(
        'ix_orders_list_import_id__created_at',
        'orders',
        ['merchant_id', 'import_id', 'created_at', 'id'],
        postgresql_where=sa.text('import_id IS NOT NULL'),
        sqlite_where=sa.text('import_id IS NOT NULL'),
    )


def downgrade() -> None:
    op.drop_index('ix_orders_list_import_id__created_at', table_name='orders')
    op.drop_column('orders', 'import_id')
