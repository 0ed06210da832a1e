"""By which link a kind of report came in first"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('csp_reports', schema=None) as batch_op:
        batch_op.add_column(sa.Column('link', sa.String(length=32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('csp_reports', schema=None) as batch_op:
        batch_op.drop_column('link')
