"""What browsers report of the buyer's page, and how it was found when we looked at it ourselves"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('page_reports',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('directive', sa.String(length=40), nullable=False),
    sa.Column('blocked', sa.String(length=120), nullable=False),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_page_reports_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', 'directive', 'blocked', 'source', name=op.f('pk_page_reports'))
    )
    op.create_table('page_looks',
    sa.Column('merchant_id', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('differences', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_page_looks_merchant_id')),
    sa.PrimaryKeyConstraint('merchant_id', name=op.f('pk_page_looks'))
    )
    op.execute("INSERT INTO jobs (id, merchant_id, due_at, tries) SELECT 'page:' || id, id, CURRENT_TIMESTAMP, 0 FROM merchants")


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE id LIKE 'page:%'")
    op.drop_table('page_looks')
    op.drop_table('page_reports')
