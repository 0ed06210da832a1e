"""Turns: fair between merchants and sources, and people before machines"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None

WAITS: dict[str, Any] = {f'{dialect}_where': sa.text('due_at IS NOT NULL') for dialect in ('postgresql', 'sqlite')}
LANES = {'inbox_events': ['merchant_id', 'source'], 'messages': ['merchant_id']}


def upgrade() -> None:
    for table, lane in LANES.items():
        op.add_column(table, sa.Column('turn', sa.BigInteger(), nullable=False, server_default='0'))
        op.create_index(f'ix_{table}_turn', table, ['turn'], **WAITS)
        op.create_index(f'ix_{table}_lane', table, [*lane, 'turn'], **WAITS)


def downgrade() -> None:
    for table in LANES:
        op.drop_index(f'ix_{table}_lane', table_name=table)
        op.drop_index(f'ix_{table}_turn', table_name=table)
        op.drop_column(table, 'turn')
