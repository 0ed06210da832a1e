"""`flask api-key`: a token is printed once, where a program can take it, and keys are listed and ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.kit import Shop, outside, settings, shop, test_gateway
from webapp import cli, config
from webapp.db import models
from webapp.domain.errors import Invalid
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys
from webapp.services.monitoring import shop_check

if TYPE_CHECKING:
    from click.testing import Result

__all__ = ["outside", "shop", "test_gateway"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def run(shop: Shop, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    monkeypatch.setattr(config, "load", lambda: settings(shop))
    return CliRunner().invoke(cli.api_key, list(words))


def test_the_token_alone_is_what_a_program_reads(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(shop, monkeypatch, "create", shop.id, "Backend", "--scope", "orders:read", "--scope", "admin")
    token = made.stdout.strip()
    caller = api_keys.authenticate(shop.context, token)
    assert caller.scopes == {Scope.ORDERS_READ, Scope.ADMIN}
    assert caller.key_id in made.stderr
    listed = run(shop, monkeypatch, "list", shop.id)
    assert (token in listed.output, token[:14] in listed.output, "expires never" in listed.output) == (
        False,
        True,
        True,
    )
    assert run(shop, monkeypatch, "end", shop.id, caller.key_id).exit_code == 0
    with pytest.raises(Invalid):
        api_keys.authenticate(shop.context, token)
    (found,) = json.loads(run(shop, monkeypatch, "list", shop.id, "--json").stdout)
    assert (found["id"], found["ended_at"][-1], found["scopes"]) == (caller.key_id, "Z", ["orders:read", "admin"])


def test_as_json_with_an_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(shop, monkeypatch, "create", shop.id, "Backend", "--scope", "callbacks", "--days", "90", "--json")
    told = json.loads(made.stdout)
    assert set(told) == {"id", "name", "hint", "scopes", "created_at", "expires_at", "ended_at", "used_at", "token"}
    assert told["expires_at"] > told["created_at"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "nobody", "Backend", "--scope", "admin"), "nobody"),
        (("create", "cafe", "4242424242424242", "--scope", "admin"), "card number"),
        (("create", "cafe", "Backend"), "--scope"),
        (("create", "cafe", "Backend", "--scope", "everything"), "orders:read"),
        (("create", "cafe", "Backend", "--scope", "admin", "--days", "0"), "--days"),
        (("list", "nobody"), "nobody"),
        (("end", "cafe", "key_x"), "key_x"),
    ],
)
def test_what_is_wrong_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str) -> None:
    done = run(shop, monkeypatch, *words)
    assert (done.exit_code > 0, said in done.output, "Traceback" in done.output) == (True, True, False)


def test_doctor_names_a_key_in_use_that_expires_soon(shop: Shop) -> None:
    def named() -> list[str]:
        merchant = shop.one(models.Merchant)
        found = shop_check.look(shop.context, merchant, shop.clock())
        return [each.text for each in found if each.subject == "cafe: API keys" and not each.ok]

    ends = shop.clock().replace(month=12, day=20)
    key, token = api_keys.create(shop.context, shop.id, "Backend", [Scope.ADMIN], ends)
    api_keys.create(shop.context, shop.id, "Never used", [Scope.ADMIN], ends)
    api_keys.authenticate(shop.context, token)
    assert named() == []
    shop.clock.forward(days=13)
    api_keys.authenticate(shop.context, token)
    assert [key.id in each and "expires on 2026-12-20" in each for each in named()] == [True]
    api_keys.end(shop.context, shop.id, key.id)
    assert named() == []
