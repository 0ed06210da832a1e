"""What an order backend keeps with an order, where its receipt leads, by what its link is sent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.add_column(sa.Column('return_urls', DOCUMENT, nullable=True))
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('channel', sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column('return_url', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('metadata', DOCUMENT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_column('metadata')
        batch_op.drop_column('return_url')
        batch_op.drop_column('channel')
    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.drop_column('return_urls')
