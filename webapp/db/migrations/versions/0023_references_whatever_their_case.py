"""References are found whatever their case"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.domain import references

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

BATCH = 5_000
ORDERS = sa.table('orders', *(sa.column(name) for name in ('id', 'merchant_id', 'created_at', 'reference', 'reference_key')))


def upgrade() -> None:
    op.add_column('orders', sa.Column('reference_key', sa.String(length=192), nullable=True))
    _fill(op.get_bind())
    op.create_index('ix_orders_merchant_id_reference_key', 'orders', ['merchant_id', 'reference_key'], unique=True)


def downgrade() -> None:
    op.drop_index('ix_orders_merchant_id_reference_key', table_name='orders')
    op.drop_column('orders', 'reference_key')


def _fill(bind: sa.Connection) -> None:
    """Of orders whose references are the same but for their case, the first gets the key; the others are found as they are written."""
    last = ''
    change = sa.update(ORDERS).where(ORDERS.c.id == sa.bindparam('order')).values(reference_key=sa.bindparam('key'))
    while rows := bind.execute(
        sa.select(ORDERS.c.id, ORDERS.c.reference).where(ORDERS.c.id > last).order_by(ORDERS.c.id).limit(BATCH)
    ).all():
        bind.execute(change, [{'order': row.id, 'key': references.key(row.reference) or None} for row in rows])
        last = rows[-1].id
    place = sa.func.row_number().over(
        partition_by=(ORDERS.c.merchant_id, ORDERS.c.reference_key), order_by=(ORDERS.c.created_at, ORDERS.c.id)
    )
    ranked = sa.select(ORDERS.c.id, place.label('place')).where(ORDERS.c.reference_key.is_not(None)).subquery()
    later = sa.select(ranked.c.id).where(ranked.c.place > 1)
    bind.execute(sa.update(ORDERS).where(ORDERS.c.id.in_(later)).values(reference_key=None))
