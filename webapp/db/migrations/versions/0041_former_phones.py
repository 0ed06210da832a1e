"""An index of phones that buyers had formerly, by which they are searched; PostgreSQL makes it while others write"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None

_NAME, _TABLE, _COLUMNS = 'ix_buyers_merchant_id_former_phone', 'buyers', ['merchant_id', 'former_phone']
_WHICH = sa.text('former_phone IS NOT NULL')


def upgrade() -> None:
    if op.get_context().dialect.name != 'postgresql':
        op.create_index(_NAME, _TABLE, _COLUMNS, sqlite_where=_WHICH)
        return
    with op.get_context().autocommit_block():
        # What a try that was cut short has left is no index that counts, and has its name.
        op.drop_index(_NAME, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
        op.create_index(_NAME, _TABLE, _COLUMNS, postgresql_concurrently=True, postgresql_where=_WHICH)


def downgrade() -> None:
    op.drop_index(_NAME, table_name=_TABLE)
