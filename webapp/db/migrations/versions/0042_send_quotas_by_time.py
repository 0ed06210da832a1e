"""Send quotas by when they are full again: the daily retention reads those that it forgets"""

from __future__ import annotations

from alembic import op

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_send_quotas_merchant_id_full_at', 'send_quotas', ['merchant_id', 'full_at'])


def downgrade() -> None:
    op.drop_index('ix_send_quotas_merchant_id_full_at', table_name='send_quotas')
