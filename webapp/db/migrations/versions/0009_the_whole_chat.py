"""Orders without a phone, with a tax rate; amounts that are asked about"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('buyers', schema=None) as batch_op:
        batch_op.alter_column('phone', existing_type=sa.String(length=16), nullable=True)

    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.add_column(sa.Column('confirm_above', sa.BigInteger(), nullable=False, server_default='500'))

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tax', sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_column('tax')

    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.drop_column('confirm_above')

    with op.batch_alter_table('buyers', schema=None) as batch_op:
        batch_op.alter_column('phone', existing_type=sa.String(length=16), nullable=False)
