"""Captures of a part, and the indexes of lists of orders by state and of refunds"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('orders', sa.Column('to_capture', sa.BigInteger(), nullable=True))
    op.create_index('ix_orders_merchant_id_state_created_at', 'orders', ['merchant_id', 'state', 'created_at'])
    with op.batch_alter_table('refunds', schema=None) as batch_op:
        batch_op.add_column(sa.Column('merchant_id', sa.String(length=40), nullable=True))
        batch_op.create_foreign_key(op.f('fk_refunds_merchant_id'), 'merchants', ['merchant_id'], ['id'])
    op.execute('UPDATE refunds SET merchant_id = (SELECT merchant_id FROM orders WHERE orders.id = refunds.order_id)')
    op.create_index('ix_refunds_merchant_id_created_at', 'refunds', ['merchant_id', 'created_at'])


def downgrade() -> None:
    op.drop_index('ix_refunds_merchant_id_created_at', table_name='refunds')
    with op.batch_alter_table('refunds', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('fk_refunds_merchant_id'), type_='foreignkey')
        batch_op.drop_column('merchant_id')
    op.drop_index('ix_orders_merchant_id_state_created_at', table_name='orders')
    op.drop_column('orders', 'to_capture')
