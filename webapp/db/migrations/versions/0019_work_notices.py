"""PostgreSQL tells workers of rows that are due"""

from __future__ import annotations

from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

TABLES = (
    'inbox_events',
    'messages',
    'callbacks',
    'reminders',
    'mails',
    'attempts',
    'orders',
    'refunds',
    'aliases',
    'scheduled_tasks',
)


def upgrade() -> None:
    if op.get_context().dialect.name != 'postgresql':
        return
    op.execute(
        'CREATE FUNCTION ordo_work_written() RETURNS trigger LANGUAGE plpgsql AS '
        "$$ BEGIN PERFORM pg_notify('ordo_work', ''); RETURN NULL; END $$"
    )
    for table in TABLES:
        # Of the same notices of a transaction PostgreSQL sends one, when it is committed. A claim does not touch `due_at`.
        op.execute(
            f'CREATE TRIGGER ordo_work_written AFTER INSERT OR UPDATE OF due_at ON {table} '
            'FOR EACH ROW WHEN (NEW.due_at IS NOT NULL) EXECUTE FUNCTION ordo_work_written()'
        )


def downgrade() -> None:
    if op.get_context().dialect.name != 'postgresql':
        return
    for table in TABLES:
        op.execute(f'DROP TRIGGER ordo_work_written ON {table}')
    op.execute('DROP FUNCTION ordo_work_written()')
