"""The audit log, settings of the back office and who has them, and sessions that can be told apart"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None

OPTIONAL = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    op.create_table(
        'audit_entries',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor_kind', sa.String(length=10), nullable=False),
        sa.Column('actor_id', sa.String(length=40), nullable=True),
        sa.Column('action', sa.String(length=40), nullable=False),
        sa.Column('subject_kind', sa.String(length=20), nullable=False),
        sa.Column('subject_id', sa.String(length=80), nullable=False),
        sa.Column('before', OPTIONAL, nullable=True),
        sa.Column('after', OPTIONAL, nullable=True),
        sa.Column('words', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_audit_entries_merchant_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries')),
    )
    op.create_index('ix_audit_entries_merchant_id_at', 'audit_entries', ['merchant_id', 'at', 'id'])
    op.add_column('merchants', sa.Column('currencies', DOCUMENT, nullable=True))
    op.add_column('merchants', sa.Column('legal_identity', sa.String(length=400), nullable=True))
    op.add_column('merchants', sa.Column('terms_url', sa.String(length=300), nullable=True))
    op.add_column('merchants', sa.Column('clerk_refund_limit', sa.BigInteger(), nullable=True))
    op.add_column('merchants', sa.Column('declared_fields', DOCUMENT, nullable=True))
    op.add_column('merchants', sa.Column('version', sa.Integer(), server_default='1', nullable=False))
    op.add_column('users', sa.Column('source', sa.String(length=8), server_default='file', nullable=False))
    op.add_column('users', sa.Column('invited_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('logins', sa.Column('agent', sa.String(length=120), nullable=True))
    op.add_column('logins', sa.Column('proved_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('logins', 'proved_at')
    op.drop_column('logins', 'agent')
    op.drop_column('users', 'invited_at')
    op.drop_column('users', 'source')
    for name in ('version', 'declared_fields', 'clerk_refund_limit', 'terms_url', 'legal_identity', 'currencies'):
        op.drop_column('merchants', name)
    op.drop_index('ix_audit_entries_merchant_id_at', table_name='audit_entries')
    op.drop_table('audit_entries')
