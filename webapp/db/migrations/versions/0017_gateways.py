"""A merchant names its gateway"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Until now there was one gateway. The default is for the rows that are there: a new one says its own.
    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.add_column(sa.Column('gateway', sa.String(length=20), nullable=False, server_default='stripe'))
    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.alter_column('gateway', existing_type=sa.String(length=20), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.drop_column('gateway')
