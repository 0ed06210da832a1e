"""Operators who are invited by a code"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('operators', schema=None) as batch_op:
        batch_op.alter_column('phone', existing_type=sa.String(length=16), type_=sa.String(length=250), nullable=True)
        batch_op.add_column(sa.Column('user_id', sa.String(length=250), nullable=True))
        batch_op.add_column(sa.Column('source', sa.String(length=8), server_default='file', nullable=False))
        batch_op.add_column(sa.Column('code', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('sealed', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('code_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(op.f('uq_operators_merchant_id_user_id'), ['merchant_id', 'user_id'])
        batch_op.create_unique_constraint(op.f('uq_operators_merchant_id_code'), ['merchant_id', 'code'])


def downgrade() -> None:
    with op.batch_alter_table('operators', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('uq_operators_merchant_id_code'), type_='unique')
        batch_op.drop_constraint(op.f('uq_operators_merchant_id_user_id'), type_='unique')
        for column in ('code_until', 'sealed', 'code', 'source', 'user_id'):
            batch_op.drop_column(column)
        batch_op.alter_column('phone', existing_type=sa.String(length=250), type_=sa.String(length=16), nullable=False)
