"""Keys of the API, requests that may be sent again, and indexes of saved cards"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    op.create_table(
        'api_keys',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('merchant_id', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('hint', sa.String(length=20), nullable=False),
        sa.Column('scopes', DOCUMENT, nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_api_keys_merchant_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys')),
        sa.UniqueConstraint('hash', name=op.f('uq_api_keys_hash')),
    )
    op.create_index('ix_api_keys_merchant_id', 'api_keys', ['merchant_id'])
    op.create_table(
        'idempotent_requests',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('owner', sa.String(length=40), nullable=False),
        sa.Column('key_hash', sa.String(length=64), nullable=False),
        sa.Column('fingerprint', sa.String(length=64), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('made', sa.String(length=40), nullable=True),
        sa.Column('status', sa.Integer(), nullable=True),
        sa.Column('answer', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_idempotent_requests')),
        sa.UniqueConstraint('owner', 'key_hash', name=op.f('uq_idempotent_requests_owner_key_hash')),
    )
    op.create_index('ix_idempotent_requests_until', 'idempotent_requests', ['until'])
    op.create_index('ix_aliases_merchant_id_created_at', 'aliases', ['merchant_id', 'created_at'])
    op.create_index(
        'ix_orders_alias_id_created_at',
        'orders',
        ['alias_id', 'created_at'],
        sqlite_where=sa.text('alias_id IS NOT NULL'),
        postgresql_where=sa.text('alias_id IS NOT NULL'),
    )


def downgrade() -> None:
    op.drop_index('ix_orders_alias_id_created_at', table_name='orders')
    op.drop_index('ix_aliases_merchant_id_created_at', table_name='aliases')
    op.drop_table('idempotent_requests')
    op.drop_table('api_keys')
