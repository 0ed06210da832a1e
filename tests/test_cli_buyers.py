"""`flask buyer`: shown, erased after a question, and listed to be erased again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.kit import ASKS_ALWAYS, BUYER, Shop, outside, paid, settings, shop, test_gateway
from webapp import cli_buyers, config
from webapp.db import models

if TYPE_CHECKING:
    from click.testing import Result

__all__ = ["outside", "shop", "test_gateway"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_buyer_is_shown_asked_about_erased_and_erased_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "load", lambda: settings(shop))

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli_buyers.buyer, [words[0], shop.id, *words[1:]])

    buyer = shop.get(shop.order()).buyer_id
    for who in (BUYER, "buyer@example.com", buyer):
        shown = run("show", who)
        assert (shown.exit_code, buyer in shown.output, "1 orders, 0 saved cards" in shown.output) == (0, True, True)
    for who in ("+33600000009", "nobody@example.com", "buy_unknown"):
        assert run("show", who).exit_code == 1
    assert run("erased").output == ""
    asked = run("erase", buyer)
    assert (asked.exit_code, "Nobody was erased" in asked.output, shop.all(models.Erasure)) == (1, True, [])
    done = run("erase", buyer, "buy_unknown", "--yes")
    assert (done.exit_code, f"{buyer} is erased" in done.output, "buy_unknown is not erased" in done.output) == (
        1,
        True,
        True,
    )
    shop.drain()
    assert shop.one(models.Erasure).actor_kind == "console"
    assert run("erased").output.split() == [buyer]
    assert run("erase", buyer, "--yes").exit_code == 0
    assert "erased" in run("show", buyer).output

    def anywhere(*words: str, given: str = "") -> Result:
        return CliRunner().invoke(cli_buyers.buyer, words, input=given)

    assert anywhere("erased").output == f"{shop.id} {buyer}\n"
    moving = shop.get(paid(shop, card=ASKS_ALWAYS, phone="+33600000008", reference="M")).buyer_id
    second = shop.get(shop.order(phone="+33600000009", reference="N")).buyer_id
    lines = f"{shop.id} {buyer}\n{shop.id} buy_unknown\nnowhere buy_x\n{shop.id} {moving}\n{shop.id} {second}\n"
    again = anywhere("erase-again", "-", given=lines)
    assert (again.exit_code, "2 are erased" in again.output) == (1, True)
    assert "Not in this database: buy_unknown, buy_x" in again.output
    assert f"{moving} of {shop.id} is not erased" in again.output
    assert {row.id for row in shop.all(models.Erasure)} == {buyer, second}
    assert anywhere("erase-again", "-", given=f"{shop.id} {second}\n").exit_code == 0
    assert anywhere("erase-again", "-", given=second).exit_code == 1
