"""Webhooks whose signature was refused are counted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'webhook_refusals',
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('source', sa.String(length=10), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_webhook_refusals_merchant_id')),
        sa.PrimaryKeyConstraint('merchant_id', 'source', name=op.f('pk_webhook_refusals')),
    )


def downgrade() -> None:
    op.drop_table('webhook_refusals')
