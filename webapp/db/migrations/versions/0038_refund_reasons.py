"""Why a refund was asked for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('refunds', sa.Column('reason', sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column('refunds', 'reason')
