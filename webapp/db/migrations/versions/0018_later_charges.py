"""The later charges of a saved card"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    only = sa.text('charges_alias_id IS NOT NULL')
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.create_index(
            'ix_orders_charges_alias_id_state_at',
            ['charges_alias_id', 'state_at'],
            unique=False,
            postgresql_where=only,
            sqlite_where=only,
        )


def downgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index('ix_orders_charges_alias_id_state_at')
