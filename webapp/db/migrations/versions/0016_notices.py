"""Notices apart from what a channel makes of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('notice', DOCUMENT, nullable=True))
        batch_op.alter_column('body', existing_type=DOCUMENT, nullable=True)
    with op.batch_alter_table('mails', schema=None) as batch_op:
        batch_op.add_column(sa.Column('notices', DOCUMENT, nullable=True))
        for column in ('subject', 'text', 'html'):
            batch_op.alter_column(column, existing_type=sa.Text(), nullable=True)


def downgrade() -> None:
    # What waits and has no words of its channel's yet, the release before cannot send.
    op.execute("UPDATE messages SET body = '{}', state = 'dropped', due_at = NULL, lease = NULL WHERE body IS NULL")
    op.execute("UPDATE mails SET subject = '', text = '', html = '', state = 'failed', due_at = NULL, lease = NULL WHERE text IS NULL")
    with op.batch_alter_table('mails', schema=None) as batch_op:
        for column in ('subject', 'text', 'html'):
            batch_op.alter_column(column, existing_type=sa.Text(), nullable=False)
        batch_op.drop_column('notices')
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.alter_column('body', existing_type=DOCUMENT, nullable=False)
        batch_op.drop_column('notice')
