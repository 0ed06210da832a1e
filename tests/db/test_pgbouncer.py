"""PostgreSQL behind PgBouncer in transaction mode, whose clients share a few connections, one transaction after the other."""

from __future__ import annotations

import dataclasses
import tempfile
import types
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests import pgbouncer
from webapp import cli
from webapp.db import connections, merchants, work
from webapp.db.session import Database
from webapp.services.monitoring import work_check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit import Shop

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]


@pytest.fixture
def pooled(shop: Shop, database_url: str) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="ordo-pgbouncer-"))
    folder.chmod(0o755)
    with pgbouncer.before(database_url, folder) as url:
        yield url


def test_statements_that_are_asked_again_and_again_by_many_are_answered(shop: Shop, pooled: str) -> None:
    with closing(Database(pooled, connections=8)) as database, ThreadPoolExecutor(8) as threads:

        def ask(_number: int) -> str:
            assert work.next_due(database, shop.clock())
            with database.write() as session:
                return merchants.get(session, shop.id).id

        assert set(threads.map(ask, range(200))) == {shop.id}


def test_migrations_go_past_the_pooler(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pooler = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    settings = types.SimpleNamespace(database_url=pooler, database_direct_url=database_url)
    monkeypatch.setattr(cli, "_settings", lambda: settings)
    for words in (["--check"], []):
        assert CliRunner().invoke(cli.migrate, words).exit_code == 0
    settings.database_direct_url = None
    assert CliRunner().invoke(cli.migrate, ["--check"]).exit_code == 1


def test_a_pooler_is_known_and_the_limits_that_it_cannot_pass_on_are_missed(
    shop: Shop, pooled: str, database_url: str
) -> None:
    with closing(Database(pooled)) as database, closing(Database(database_url)) as direct:
        room, other = connections.room(database), connections.room(direct)
        assert room is not None
        assert (room.pooled, room.unset) == (True, tuple(connections.LIMITS))
        assert other is not None
        assert (other.pooled, other.unset) == (False, ())
        found = list(work_check.connections(dataclasses.replace(shop.context, database=database)))
        assert [(finding.ok, finding.subject) for finding in found] == [(True, "Connections"), (False, "Connections")]
        assert "lock_timeout and idle_in_transaction_session_timeout are not set there: ALTER ROLE" in found[1].text
        (found_there,) = work_check.connections(dataclasses.replace(shop.context, database=direct))
        assert found_there.ok
