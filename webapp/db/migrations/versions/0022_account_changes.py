"""Phones that have another WhatsApp account now"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('operators', sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('buyers', sa.Column('former_phone', sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column('buyers', 'former_phone')
    op.drop_column('operators', 'suspended_at')
