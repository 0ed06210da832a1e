"""The comparison of saved cards with what the gateway keeps, a task of its own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('scheduled_tasks', sa.Column('since', sa.DateTime(timezone=True), nullable=True))
    op.add_column('scheduled_tasks', sa.Column('after', sa.String(length=40), nullable=True))
    op.create_index('ix_aliases_merchant_id_customer', 'aliases', ['merchant_id', 'customer'])
    op.create_index('ix_aliases_merchant_id_status_id', 'aliases', ['merchant_id', 'status', 'id'])
    # A merchant has its row from its file; those that are there get it here.
    op.execute(
        "INSERT INTO scheduled_tasks (id, type, merchant_id, due_at, tries) "
        "SELECT 'card_comparison:' || id, 'card_comparison', id, CURRENT_TIMESTAMP, 0 FROM merchants"
    )


def downgrade() -> None:
    op.execute("DELETE FROM scheduled_tasks WHERE type = 'card_comparison'")
    op.drop_index('ix_aliases_merchant_id_status_id', table_name='aliases')
    op.drop_index('ix_aliases_merchant_id_customer', table_name='aliases')
    op.drop_column('scheduled_tasks', 'after')
    op.drop_column('scheduled_tasks', 'since')
