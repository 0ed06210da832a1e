"""Who did it, on every line of a timeline and on every refund"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('order_events', sa.Column('actor_kind', sa.String(length=10), nullable=True))
    op.add_column('order_events', sa.Column('actor_id', sa.String(length=40), nullable=True))
    op.execute(
        "UPDATE order_events SET actor_kind = 'operator', actor_id = (SELECT operator_id FROM orders WHERE orders.id = order_events.order_id) "
        "WHERE kind = 'created' AND (SELECT source FROM orders WHERE orders.id = order_events.order_id) = 'whatsapp'"
    )
    # A refund's source becomes its actor's kind; which user or operator it was, nobody noted.
    op.add_column('refunds', sa.Column('actor_kind', sa.String(length=10), nullable=False, server_default='user'))
    op.add_column('refunds', sa.Column('actor_id', sa.String(length=40), nullable=True))
    op.execute("UPDATE refunds SET actor_kind = 'operator' WHERE source = 'whatsapp'")
    op.execute("UPDATE refunds SET actor_kind = 'gateway' WHERE source = 'gateway'")
    with op.batch_alter_table('refunds', schema=None) as batch_op:
        batch_op.drop_column('source')
        batch_op.alter_column('actor_kind', server_default=None)


def downgrade() -> None:
    raise NotImplementedError('a newer release wrote to this database: restore the backup that was made before it')
