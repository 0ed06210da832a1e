"""Columns and tables by the words of payments; the type of a scheduled task

The last migration that renames: from here on they only add, so that the release before still serves.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
MOMENT = sa.DateTime(timezone=True)
COLUMNS = {
    'orders': {'once': 'idempotency_key', 'holds': 'manual_capture', 'closing': 'pending_transition', 'asks': 'collects_details'},
    'refunds': {'once': 'idempotency_key'},
    'aliases': {'means': 'payment_method_id'},
    'attempts': {'mark': 'gateway_attempt_ref', 'means': 'payment_method_id', 'tapped': 'customer_initiated'},
}
UNIQUE = {
    'orders': ('uq_orders_merchant_id_once', 'uq_orders_merchant_id_idempotency_key', ['merchant_id', 'idempotency_key']),
    'refunds': ('uq_refunds_order_id_once', 'uq_refunds_order_id_idempotency_key', ['order_id', 'idempotency_key']),
    'aliases': ('uq_aliases_merchant_id_means', 'uq_aliases_merchant_id_payment_method_id', ['merchant_id', 'payment_method_id']),
}
EVENTS = {
    'spent': 'attempts_exhausted',
    'released': 'attempt_abandoned',
    'tapped': 'saved_card_agreed',
    'not_me': 'wrong_recipient',
    'not_me_link': 'wrong_recipient_link',
}
TASKS = {'sweep': 'reconciliation', 'page': 'page_check'}


def upgrade() -> None:
    _columns()
    _events(EVENTS)
    op.execute("UPDATE attempts SET state = 'abandoned' WHERE state = 'released'")
    _rename_payload('means', 'payment_method')
    _tables()


def downgrade() -> None:
    raise NotImplementedError('a newer release wrote to this database: restore the backup that was made before it')


def _columns() -> None:
    """Rename columns, and the constraints that are named after them: on SQLite such a table is written anew."""
    for table, names in COLUMNS.items():
        for old, new in names.items():
            op.execute(f'ALTER TABLE {table} RENAME COLUMN "{old}" TO "{new}"')
    for table, (before, after, over) in UNIQUE.items():
        if op.get_bind().dialect.name == 'postgresql':
            op.execute(f'ALTER TABLE {table} RENAME CONSTRAINT {before} TO {after}')
            continue
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(before, type_='unique')
            batch_op.create_unique_constraint(after, over)


def _events(names: dict[str, str]) -> None:
    events = sa.table('order_events', sa.column('kind'))
    for old, new in names.items():
        op.execute(sa.update(events).where(events.c.kind == old).values(kind=new))


def _rename_payload(old: str, new: str) -> None:
    """Of the gateway's stored events that are still to be worked on."""
    events = sa.table('inbox_events', sa.column('id'), sa.column('source'), sa.column('payload', DOCUMENT), sa.column('due_at', MOMENT))
    connection = op.get_bind()
    waiting = sa.select(events.c.id, events.c.payload).where(events.c.source == 'gateway', events.c.due_at.is_not(None))
    for row in connection.execute(waiting).all():
        payload = json.loads(row.payload) if isinstance(row.payload, str) else dict(row.payload)
        if old in payload:
            payload[new] = payload.pop(old)
            connection.execute(sa.update(events).where(events.c.id == row.id).values(payload=payload))


def _tables() -> None:
    """Made anew with constraints of their own names, filled from the former ones, which go."""
    op.create_table(
        'scheduled_tasks',
        sa.Column('id', sa.String(length=60), nullable=False),
        sa.Column('type', sa.String(length=20), nullable=False),
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('due_at', MOMENT, nullable=True),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('error', sa.String(length=300), nullable=True),
        sa.Column('lease', sa.String(), nullable=True),
        sa.Column('lease_until', MOMENT, nullable=True),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_scheduled_tasks_merchant_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_scheduled_tasks')),
    )
    for prefix, kind in TASKS.items():
        kept = ('merchant_id', 'due_at', 'tries', 'error', 'lease', 'lease_until')
        jobs = sa.table('jobs', sa.column('id'), *map(sa.column, kept))
        tasks = sa.table('scheduled_tasks', *map(sa.column, ('id', 'type', *kept)))
        task = sa.literal(f'{kind}:').concat(jobs.c.merchant_id), sa.literal(kind), *(jobs.c[name] for name in kept)
        op.execute(tasks.insert().from_select(['id', 'type', *kept], sa.select(*task).where(jobs.c.id.like(f'{prefix}:%'))))
    op.drop_table('jobs')
    only = sa.text('due_at IS NOT NULL')
    op.create_index('ix_scheduled_tasks_due_at', 'scheduled_tasks', ['due_at'], postgresql_where=only, sqlite_where=only)
    op.create_table(
        'send_quotas',
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('phone', sa.String(length=250), nullable=False),
        sa.Column('full_at', sa.Float(), nullable=False),
        sa.Column('reached_at', MOMENT, nullable=True),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_send_quotas_merchant_id')),
        sa.PrimaryKeyConstraint('merchant_id', 'phone', name=op.f('pk_send_quotas')),
    )
    _fill('send_quotas', 'paces', 'merchant_id, phone, full_at, reached_at')
    op.create_index('ix_send_quotas_merchant_id_reached_at', 'send_quotas', ['merchant_id', 'reached_at'])
    op.create_table(
        'csp_reports',
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('directive', sa.String(length=40), nullable=False),
        sa.Column('blocked', sa.String(length=120), nullable=False),
        sa.Column('source', sa.String(length=120), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.Column('first_at', MOMENT, nullable=False),
        sa.Column('last_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_csp_reports_merchant_id')),
        sa.PrimaryKeyConstraint('merchant_id', 'directive', 'blocked', 'source', name=op.f('pk_csp_reports')),
    )
    _fill('csp_reports', 'page_reports', 'merchant_id, directive, blocked, source, count, first_at, last_at')
    op.create_table(
        'page_checks',
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('differences', DOCUMENT, nullable=False),
        sa.Column('since', MOMENT, nullable=True),
        sa.Column('told', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_page_checks_merchant_id')),
        sa.PrimaryKeyConstraint('merchant_id', name=op.f('pk_page_checks')),
    )
    _fill('page_checks', 'page_looks', 'merchant_id, at, differences, since, told')
    op.create_table(
        'heartbeats',
        sa.Column('worker', sa.String(length=100), nullable=False),
        sa.Column('queue', sa.String(length=40), nullable=False),
        sa.Column('seen_at', MOMENT, nullable=False),
        sa.PrimaryKeyConstraint('worker', 'queue', name=op.f('pk_heartbeats')),
    )
    op.drop_table('beats')  # of workers of the former release, which have ended


def _fill(table: str, former: str, columns: str) -> None:
    names = columns.split(', ')
    new, old = (sa.table(name, *map(sa.column, names)) for name in (table, former))
    op.execute(new.insert().from_select(names, sa.select(*(old.c[name] for name in names))))
    op.drop_table(former)
