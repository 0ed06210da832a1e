"""An index of what is to be done for each endpoint"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None

WAITS = sa.text('due_at IS NOT NULL')


def upgrade() -> None:
    op.create_index(
        'ix_callbacks_endpoint_id_due_at',
        'callbacks',
        ['endpoint_id', 'due_at'],
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )


def downgrade() -> None:
    op.drop_index('ix_callbacks_endpoint_id_due_at', table_name='callbacks')
