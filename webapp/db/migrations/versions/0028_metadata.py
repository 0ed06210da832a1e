"""What an order backend keeps with an order, where its receipt leads, by what its link is sent; orders from a file"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.add_column(sa.Column('return_urls', DOCUMENT, nullable=True))
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('channel', sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column('return_url', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('metadata', DOCUMENT, nullable=True))
    op.create_table(
        'imports',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=True),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('lines', sa.Integer(), nullable=False),
        sa.Column('actor_kind', sa.String(length=10), nullable=False),
        sa.Column('actor_id', sa.String(length=40), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('error', sa.String(length=300), nullable=True),
        sa.Column('lease', sa.String(), nullable=True),
        sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_imports_merchant_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_imports')),
        sa.UniqueConstraint('merchant_id', 'digest', name=op.f('uq_imports_merchant_id_digest')),
    )
    op.create_index('ix_imports_merchant_id_created_at', 'imports', ['merchant_id', 'created_at'])
    waits = sa.text('due_at IS NOT NULL')
    op.create_index('ix_imports_due_at', 'imports', ['due_at'], sqlite_where=waits, postgresql_where=waits)
    if op.get_context().dialect.name == 'postgresql':  # as 0019 does for every other table of work
        op.execute(
            'CREATE TRIGGER ordo_work_written AFTER INSERT OR UPDATE OF due_at ON imports '
            'FOR EACH ROW WHEN (NEW.due_at IS NOT NULL) EXECUTE FUNCTION ordo_work_written()'
        )
    op.create_table(
        'import_lines',
        sa.Column('import_id', sa.String(length=40), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('document', DOCUMENT, nullable=True),
        sa.Column('order_id', sa.String(length=40), nullable=True),
        sa.Column('field', sa.String(length=60), nullable=True),
        sa.Column('code', sa.String(length=40), nullable=True),
        sa.Column('message', sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(['import_id'], ['imports.id'], name=op.f('fk_import_lines_import_id')),
        sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_import_lines_order_id')),
        sa.PrimaryKeyConstraint('import_id', 'number', name=op.f('pk_import_lines')),
    )
    waiting = sa.text('document IS NOT NULL')
    op.create_index(
        'ix_import_lines_waiting',
        'import_lines',
        ['import_id', 'number'],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    op.drop_table('import_lines')
    op.drop_table('imports')
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_column('metadata')
        batch_op.drop_column('return_url')
        batch_op.drop_column('channel')
    with op.batch_alter_table('merchants', schema=None) as batch_op:
        batch_op.drop_column('return_urls')
