"""Whom a number may write to, and what WhatsApp calls a buyer"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('paces',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('phone', sa.String(length=250), nullable=False),
    sa.Column('full_at', sa.Float(), nullable=False),
    sa.Column('reached_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_paces_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'phone', name=op.f('pk_paces'))
    )
    with op.batch_alter_table('paces', schema=None) as batch_op:
        batch_op.create_index('ix_paces_merchant_id_reached_at', ['merchant_id', 'reached_at'], unique=False)

    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.add_column(sa.Column('daily_limit', sa.Integer(), nullable=False, server_default='250'))

    with op.batch_alter_table('buyers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('wa_id', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('user_id', sa.String(length=250), nullable=True))
        batch_op.create_index('ix_buyers_merchant_id_wa_id', ['merchant_id', 'wa_id'], unique=False)
        batch_op.create_index('ix_buyers_merchant_id_user_id', ['merchant_id', 'user_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('buyers', schema=None) as batch_op:
        batch_op.drop_index('ix_buyers_merchant_id_user_id')
        batch_op.drop_index('ix_buyers_merchant_id_wa_id')
        batch_op.drop_column('user_id')
        batch_op.drop_column('wa_id')

    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.drop_column('daily_limit')

    with op.batch_alter_table('paces', schema=None) as batch_op:
        batch_op.drop_index('ix_paces_merchant_id_reached_at')

    op.drop_table('paces')
