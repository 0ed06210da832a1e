"""The texts by which orders are found, who made each, and the indexes of what lists are filtered and sorted by"""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.domain import search
from webapp.domain.money import Money

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None

AT_ONCE = 1000
LISTS = ('action__created_at', 'channel__created_at', 'made_by__created_at', 'ranked_amount', 'state_at')
MADE_BY = """
UPDATE orders SET ranked_amount = coalesce(amount, 0), made_by = coalesce((
    SELECT actor_id FROM order_events WHERE order_id = orders.id AND kind = 'created' AND actor_kind IN ('operator', 'user', 'api_key')
    ORDER BY at, id LIMIT 1
), operator_id)
"""
# FTS5 keeps no text of its own here, and of each trigram only in which rows it is.
GRAMS = """
CREATE VIRTUAL TABLE order_search_grams USING fts5(text, content='order_search', content_rowid='number', detail='none', columnsize=0,
    tokenize='trigram case_sensitive 1')
"""
TRIGGERS = {
    'insert': "AFTER INSERT ON order_search BEGIN {add} END",
    'delete': "AFTER DELETE ON order_search BEGIN {take} END",
    'update': "AFTER UPDATE OF text ON order_search BEGIN {take} {add} END",
}
ADD = 'INSERT INTO order_search_grams (rowid, text) VALUES (new.number, new.text);'
TAKE = "INSERT INTO order_search_grams (order_search_grams, rowid, text) VALUES ('delete', old.number, old.text);"
INDEX = 'CREATE INDEX ix_order_search_text ON order_search USING gin (text gin_trgm_ops)'
NOT_PERMITTED = (
    "pg_trgm is not installed in this database and this user may not install it: orders are found, but slowly where they are many. "
    f"docs/operator/search.md says what to do ({INDEX})"
)


def upgrade() -> None:
    op.add_column('orders', sa.Column('made_by', sa.String(length=40), nullable=True))
    op.add_column('orders', sa.Column('ranked_amount', sa.BigInteger(), server_default='0', nullable=False))
    op.execute(MADE_BY)
    for name in LISTS:
        op.create_index(f'ix_orders_list_{name}', 'orders', ['merchant_id', *name.split('__'), 'id'])
    op.create_table(
        'order_search',
        sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('order_id', sa.String(length=40), nullable=False),
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_order_search_merchant_id')),
        sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_search_order_id')),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_order_search')),
        sa.UniqueConstraint('order_id', name=op.f('uq_order_search_order_id')),
    )
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(GRAMS)
        for name, body in TRIGGERS.items():
            op.execute(f'CREATE TRIGGER order_search_{name} {body.format(add=ADD, take=TAKE)}')
    _fill(op.get_bind())
    if op.get_bind().dialect.name == 'postgresql':
        _index(op.get_bind())


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TABLE order_search_grams')
    else:
        op.execute('DROP INDEX ix_attempts_intent_prefix')
    op.drop_table('order_search')
    for name in LISTS:
        op.drop_index(f'ix_orders_list_{name}', table_name='orders')
    op.drop_column('orders', 'ranked_amount')
    op.drop_column('orders', 'made_by')


def _index(connection: sa.Connection) -> None:
    connection.execute(sa.text('CREATE INDEX ix_attempts_intent_prefix ON attempts (intent varchar_pattern_ops)'))
    try:
        with connection.begin_nested():
            connection.execute(sa.text('CREATE EXTENSION IF NOT EXISTS pg_trgm'))
    except (sa.exc.ProgrammingError, sa.exc.OperationalError, sa.exc.NotSupportedError):
        logging.getLogger('alembic.runtime.migration').warning(NOT_PERMITTED)
        return
    connection.execute(sa.text(INDEX))


def _fill(connection: sa.Connection) -> None:
    orders = sa.table('orders', *map(sa.column, ('id', 'merchant_id', 'buyer_id', 'reference', 'description', 'email', 'amount', 'currency')),
                      sa.column('details', sa.JSON()), sa.column('card', sa.JSON()), sa.column('created_at', sa.DateTime(timezone=True)))
    buyers = sa.table('buyers', *map(sa.column, ('id', 'phone', 'former_phone')))
    texts = sa.table('order_search', *map(sa.column, ('order_id', 'merchant_id', 'text')))
    phone = sa.func.coalesce(buyers.c.phone, buyers.c.former_phone).label('phone')
    query = sa.select(orders, phone).join(buyers, buyers.c.id == orders.c.buyer_id).order_by(orders.c.created_at, orders.c.id)
    for rows in connection.execute(query.execution_options(yield_per=AT_ONCE)).partitions():
        connection.execute(texts.insert(), [{'order_id': row.id, 'merchant_id': row.merchant_id, 'text': _text(row)} for row in rows])


def _text(row: Any) -> str:
    described = search.Described(
        reference=row.reference, description=row.description, email=row.email, name=search.name_of(row.details), phone=row.phone,
        last4=(row.card or {}).get('last4'), price=Money(row.amount, row.currency) if row.amount is not None else None,
    )
    return search.text(row.merchant_id, described)
