"""Buyers are erased, and listed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('buyers', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_buyers_merchant_id_email', 'buyers', ['merchant_id', 'email'])
    op.create_index('ix_buyers_merchant_id_created_at', 'buyers', ['merchant_id', 'created_at'])
    op.create_index('ix_orders_buyer_id_created_at', 'orders', ['buyer_id', 'created_at'])
    op.create_table(
        'erasures',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor_kind', sa.String(length=10), nullable=False),
        sa.Column('actor_id', sa.String(length=40), nullable=True),
        sa.Column('stage', sa.String(length=10), nullable=False),
        sa.Column('cursor', sa.String(length=60), nullable=True),
        sa.Column('sought', sa.Text(), nullable=True),
        sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('error', sa.String(length=300), nullable=True),
        sa.Column('lease', sa.String(), nullable=True),
        sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['id'], ['buyers.id'], name=op.f('fk_erasures_id')),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_erasures_merchant_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erasures')),
    )
    waits = sa.text('due_at IS NOT NULL')
    op.create_index('ix_erasures_due_at', 'erasures', ['due_at'], sqlite_where=waits, postgresql_where=waits)
    op.create_index('ix_erasures_merchant_id_asked_at', 'erasures', ['merchant_id', 'asked_at'])
    if op.get_context().dialect.name == 'postgresql':
        op.execute(
            'CREATE TRIGGER ordo_work_written AFTER INSERT OR UPDATE OF due_at ON erasures '
            'FOR EACH ROW WHEN (NEW.due_at IS NOT NULL) EXECUTE FUNCTION ordo_work_written()'
        )


def downgrade() -> None:
    op.drop_table('erasures')
    op.drop_index('ix_orders_buyer_id_created_at', table_name='orders')
    op.drop_index('ix_buyers_merchant_id_created_at', table_name='buyers')
    op.drop_index('ix_buyers_merchant_id_email', table_name='buyers')
    with op.batch_alter_table('buyers', schema=None) as batch_op:
        batch_op.drop_column('erased_at')
