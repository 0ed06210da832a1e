"""The installation's keys are changed: everything sealed is sealed anew, and it is known when a former key may go."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from tests.kit import ENCRYPTION_KEY, Shop, outside, rival, settings, shop, test_gateway
from tests.services.invitations import invited
from webapp import cli_keys, config
from webapp.db import models, sealed
from webapp.jobs import worker
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations, key_rotation
from webapp.services.payments import erasure
from webapp.services.runtime import idempotency
from webapp.services.runtime.sealing import CannotOpen, Sealer

if TYPE_CHECKING:
    from pathlib import Path

    from webapp.services.runtime.context import ServiceContext

__all__ = ["outside", "shop", "test_gateway"]

NEW = Fernet.generate_key().decode()
EVERY = {
    "merchants.gateway_secrets",
    "merchants.whatsapp_secrets",
    "operators.sealed",
    "endpoints.secrets",
    "erasures.sought",
    "idempotent_requests.answer",
}


def with_keys(shop: Shop, *keys: str) -> Shop:
    """The same shop, after a restart with these keys."""
    shop.context = dataclasses.replace(shop.context, sealer=Sealer(keys))
    return shop


def filled(shop: Shop) -> str:
    """A row of each kind that is sealed; the code of an invitation."""
    erasure.erase(shop.context, shop.id, shop.get(shop.order()).buyer_id)
    run = idempotency.begin(shop.context, shop.id, "key", "what")
    assert isinstance(run, idempotency.Run)
    idempotency.finish(shop.context, run.request_id, 200, b"{}")
    return invited(shop)[1]


def by_key(shop: Shop) -> Counter[int | None]:
    found = list(key_rotation.sealed_rows(shop.context))
    assert {each.column for each in found if each.by_key} == EVERY
    return sum((each.by_key for each in found), Counter())


def test_what_is_sealed_in_any_column_of_any_table_is_found(shop: Shop) -> None:
    filled(shop)
    there = {
        f"{table.name}.{column.name}"
        for table in models.Base.metadata.sorted_tables
        for row in shop.dump()[table.name]
        for column, value in zip(table.columns, row, strict=True)
        if isinstance(value, str) and value.startswith("gAAAAA")
    }
    assert there == EVERY == {place.name for place in sealed.places()}


def test_every_row_is_sealed_anew_and_opens_without_the_former_key(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    code = filled(shop)
    rows = by_key(shop)[0]
    monkeypatch.setattr(key_rotation, "ROWS", 1)
    assert key_rotation.seal_anew(shop.context) == 0
    with_keys(shop, ENCRYPTION_KEY, NEW)
    assert (by_key(shop), key_rotation.seal_anew(shop.context)) == (Counter({0: rows}), 0)
    with_keys(shop, NEW, ENCRYPTION_KEY)
    assert (by_key(shop), key_rotation.seal_anew(shop.context)) == (Counter({1: rows}), rows)
    assert (by_key(shop), key_rotation.seal_anew(shop.context)) == (Counter({0: rows}), 0)
    with_keys(shop, NEW)
    merchant = declarations.get(shop.context, shop.id)
    assert declarations.whatsapp_secrets(shop.context, merchant)["access_token"] == "a-token"
    assert shop.hear(f"JOIN {code}", sender="+33622222222")
    assert shop.one(models.Operator, models.Operator.phone == "+33622222222").active


def test_an_invitation_is_good_while_keys_are_changed(shop: Shop) -> None:
    _, code = invited(shop)
    with_keys(shop, NEW, ENCRYPTION_KEY)
    shop.hear(f"JOIN {code}", sender="+33622222222")
    assert shop.one(models.Operator, models.Operator.phone == "+33622222222").active


def test_what_somebody_changes_meanwhile_is_theirs_and_what_no_key_opens_stays(shop: Shop) -> None:
    place = next(each for each in sealed.places() if each.name == "merchants.gateway_secrets")
    with shop.context.database.write() as session:
        assert not sealed.exchange(session, place, shop.id, "what it was before", "what I made of that")
    with_keys(shop, NEW, Fernet.generate_key().decode())
    before = shop.one(models.Merchant).gateway_secrets
    assert key_rotation.seal_anew(shop.context) == 0
    assert shop.one(models.Merchant).gateway_secrets == before
    with pytest.raises(CannotOpen):
        declarations.whatsapp_secrets(shop.context, shop.one(models.Merchant))


def test_a_worker_seals_anew_by_itself(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "SEALS_AFTER", 0.01)
    with_keys(shop, NEW, ENCRYPTION_KEY)
    working = worker.Worker(shop.context, ())
    real = key_rotation.seal_anew

    def seal_and_end(context: ServiceContext) -> int:
        done = real(context)
        working.stop()
        return done

    monkeypatch.setattr(key_rotation, "seal_anew", seal_and_end)
    working.run()
    assert all(set(each.by_key) <= {0} for each in key_rotation.sealed_rows(shop.context))


def test_a_former_secret_key_is_needed_by_sessions_and_by_open_links_made_before(shop: Shop, tmp_path: Path) -> None:
    now = shop.clock()
    other = rival(shop)
    signed = key_rotation.signed(shop.context, now)
    assert (signed.open_links, signed.until) == (0, now + sessions.ABSOLUTE)
    shop.pay(shop.order(days=60))
    shop.order(days=3)
    last = shop.get(other.order(days=30)).expires_at
    signed = key_rotation.signed(shop.context, shop.clock())
    assert (signed.open_links, signed.links_until, signed.until) == (2, last, last)
    assert key_rotation.signed(shop.context, now - timedelta(hours=1)).open_links == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_console_says_what_is_left_and_fails_where_no_key_opens_a_row(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: str, *words: str, keys: tuple[str, ...]) -> tuple[int, str]:
        monkeypatch.setattr(config, "load", lambda: settings(shop, encryption_keys=keys))
        done = CliRunner().invoke(cli_keys.keys, [command, *words])
        return done.exit_code, done.output

    code, said = run("status", keys=(NEW, ENCRYPTION_KEY))
    assert (code, "is needed until `flask keys seal`" in said, "may be taken out after" in said) == (0, True, True)
    assert "may be taken out\n" in run("status", "--since", "2020-01-01", keys=(ENCRYPTION_KEY, NEW))[1]
    assert run("seal", keys=(NEW, ENCRYPTION_KEY)) == (0, "3 rows sealed anew.\n")
    assert '"encryption_keys": [\n    {' in run("status", "--json", keys=(NEW, ENCRYPTION_KEY))[1]
    assert "  2  may be taken out\n" in run("status", keys=(NEW, ENCRYPTION_KEY))[1]
    code, said = run("status", keys=(ENCRYPTION_KEY,))
    assert (code, "No key of ENCRYPTION_KEYS opens" in said) == (1, True)
