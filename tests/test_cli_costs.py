"""`flask costs`: what a month's messages cost, and of how many it is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.kit import Shop, outside, settings, shop, test_gateway
from webapp import app as wiring
from webapp import cli, config

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["outside", "shop", "test_gateway"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FILE = 'currency = "EUR"\n[rates."*"]\nutility = "0.0300"\n'


def run(shop: Shop, monkeypatch: pytest.MonkeyPatch, *words: str, **more: str) -> tuple[int, str]:
    monkeypatch.setattr(config, "load", lambda: settings(shop, **more))
    said = CliRunner().invoke(cli.costs, [shop.id, *words])
    return said.exit_code, said.output


def test_each_order_and_the_month(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    order = shop.order(send=True, reference="A12")
    shop.drain()
    row = shop.place.sent[0]["wamid"]
    shop.status(row, "sent", pricing={"billable": True, "category": "utility"})
    assert shop.state(order) == "open"
    (tmp_path / "rates.toml").write_text(FILE)
    rates = str(tmp_path / "rates.toml")
    line = "1 messages (1 utility): 1 billed, 0.0300 EUR; 0 free; 0 of unknown price"
    assert run(shop, monkeypatch, "--month", "2026-11", "--orders", whatsapp_rates=rates) == (
        0,
        f"A12: {line}\n2026-11: {line}\n",
    )
    code, said = run(shop, monkeypatch, "--month", "2026-11")
    assert (code, "1 of unknown price" in said, "WHATSAPP_RATES is not set" in said) == (0, True, True)


@pytest.mark.parametrize("month", ["2026", "November", "2026-13"])
def test_a_month_is_written_as_one(shop: Shop, monkeypatch: pytest.MonkeyPatch, month: str) -> None:
    code, said = run(shop, monkeypatch, "--month", month)
    assert (code, "write it as 2026-11" in said) == (1, True)


@pytest.mark.parametrize("content", [None, "currency", 'currency = "EUR"\n'])
def test_a_table_that_cannot_be_used_is_said_at_the_start(shop: Shop, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "rates.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(config.SettingsError, match="WHATSAPP_RATES"):
        wiring.make_context(settings(shop, whatsapp_rates=str(path)))
