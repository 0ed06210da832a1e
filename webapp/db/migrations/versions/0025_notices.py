"""The language that the buyer chose, the channels of a shop's links, what messages cost, what Meta says of accounts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    with op.batch_alter_table('buyers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('language', sa.String(length=8), nullable=True))
    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.add_column(sa.Column('links_by', DOCUMENT, nullable=True))
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('pricing', DOCUMENT, nullable=True))
    op.create_table(
        'account_notices',
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('subject', sa.String(length=200), nullable=False),
        sa.Column('what', sa.String(length=300), nullable=False),
        sa.Column('bad', sa.Boolean(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_account_notices_merchant_id')),
        sa.PrimaryKeyConstraint('merchant_id', 'subject', name=op.f('pk_account_notices')),
    )


def downgrade() -> None:
    op.drop_table('account_notices')
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_column('pricing')
    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.drop_column('links_by')
    with op.batch_alter_table('buyers', schema=None) as batch_op:
        batch_op.drop_column('language')
