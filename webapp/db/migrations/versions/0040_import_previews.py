"""Files of orders that are looked at before their orders are made"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('imports', sa.Column('preview_until', sa.DateTime(timezone=True), nullable=True))
    previews = sa.text('preview_until IS NOT NULL')
    op.create_index(
        'ix_imports_previews',
        'imports',
        ['merchant_id', 'preview_until'],
        sqlite_where=previews,
        postgresql_where=previews,
    )


def downgrade() -> None:
    op.drop_index('ix_imports_previews', 'imports')
    op.drop_column('imports', 'preview_until')
