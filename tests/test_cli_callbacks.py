"""`flask endpoints` and `flask callbacks`: what the API does, for who sits at the console."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.kit import Shop, outside, paid, settings, shop, test_gateway
from webapp import cli_callbacks, config
from webapp.callbacks import standard
from webapp.db import models
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from click import Group

__all__ = ["outside", "shop", "test_gateway"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(config, "load", lambda: settings(shop))
    return Run(shop)


class Run:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def __call__(self, group: Group, verb: str, *words: str, code: int = 0) -> str:
        """What the command says, on either output."""
        done = CliRunner().invoke(group, [verb, self._shop.id, *words])
        assert done.exit_code == code, done.output
        return done.output


def test_an_endpoint_from_its_making_to_its_end(run: Run, shop: Shop) -> None:
    url = shop.backend("/console")
    said = run(cli_callbacks.endpoints, "create", url, "--type", "order.*")
    first = said.splitlines()[0]
    made = shop.one(models.Endpoint, models.Endpoint.url == url)
    assert (standard.is_secret(first), made.id in said) == (True, True)
    assert f"{made.id}  {url}  api  enabled  order.created" in run(cli_callbacks.endpoints, "list")
    second = run(cli_callbacks.endpoints, "rotate", made.id).splitlines()[0]
    rotated = endpoints.get(shop.context, shop.id, made.id)
    assert endpoints.signing_secrets(shop.context, rotated) == [second, first]
    assert "order.paid." in run(cli_callbacks.endpoints, "types", made.id, "order.paid")
    assert "the usual types" in run(cli_callbacks.endpoints, "types", made.id)
    run(cli_callbacks.endpoints, "disable", made.id)
    assert "disabled (by console)" in run(cli_callbacks.endpoints, "list")
    run(cli_callbacks.endpoints, "enable", made.id)
    assert all(each["enabled"] for each in json.loads(run(cli_callbacks.endpoints, "list", "--json")))
    assert "flask callbacks show cafe msg_" in run(cli_callbacks.endpoints, "test", made.id)
    run(cli_callbacks.endpoints, "remove", made.id)
    assert url not in run(cli_callbacks.endpoints, "list")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create", "http://shop.example/"], "must begin with https://"),
        (["create", "https://shop.example/", "--type", "order.payed"], "is no type of callback: there are"),
        (["rotate", "ep_nobody"], "no such endpoint"),
    ],
)
def test_what_is_refused_is_said(run: Run, words: list[str], said: str) -> None:
    assert said in run(cli_callbacks.endpoints, *words[:1], *words[1:], code=1)


def test_callbacks_are_listed_shown_and_sent_again(run: Run, shop: Shop) -> None:
    shop.place.backend_says = ("\x1b[31mno\x1b[0m", {})
    order = paid(shop)
    shop.drain()
    (row,) = shop.all(models.Callback)
    assert f"order.paid  delivered  {order}" in run(cli_callbacks.callbacks, "list", "--since", "2026-11-24")
    assert run(cli_callbacks.callbacks, "list", "--until", "2026-11-24") == ""
    assert json.loads(run(cli_callbacks.callbacks, "list", "--json"))[0]["id"] == row.id
    shown = run(cli_callbacks.callbacks, "show", row.id)
    assert row.body in shown
    assert "HTTP 200" in shown
    assert '"webhook-id"' in shown
    assert "\x1b" not in shown
    assert "1 sent again" in run(cli_callbacks.callbacks, "replay", row.id)
    assert "0 sent again" in run(cli_callbacks.callbacks, "replay", "--failed")
    assert "1 sent again" in run(cli_callbacks.callbacks, "replay", "--since", "2026-11-24T09:59")
    for words in ([], [row.id, "--failed"], ["--type", "order.paid"]):
        assert "Name one callback" in run(cli_callbacks.callbacks, "replay", *words, code=1)
