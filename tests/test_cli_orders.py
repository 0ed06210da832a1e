"""`flask orders import` and `flask orders export`: what the console says, and what it ends with."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.kit import BUYER, Shop, outside, settings, shop, test_gateway
from webapp import cli, config
from webapp.db import models

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["outside", "shop", "test_gateway"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
RIGHT = f"reference,amount,phone,channel\nA1,5,{BUYER},none\nA2,6,{BUYER},none\n"


def run(shop: Shop, monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str]:
    monkeypatch.setattr(config, "load", lambda: settings(shop))
    said = CliRunner().invoke(cli.orders, [str(word) for word in words])
    return said.exit_code, said.output


def test_a_file_is_imported_once_and_what_is_wrong_with_one_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file, bad = tmp_path / "orders.csv", tmp_path / "bad.csv"
    file.write_text(RIGHT)
    bad.write_text(RIGHT + "A3,\x1b[31m,x,\n")
    code, said = run(shop, monkeypatch, "import", shop.id, bad)
    assert (code, "line 4, amount: " in said, "2 to mend. Nothing was created." in said) == (1, True, True)
    for _ in range(2):
        code, said = run(shop, monkeypatch, "import", shop.id, file)
        assert (code, said.splitlines()[1:]) == (0, ["2 of 2"])
    orders = shop.all(models.Order)
    assert {(order.reference, order.source) for order in orders} == {("A1", "console"), ("A2", "console")}
    assert run(shop, monkeypatch, "import", "nobody", file)[0] == 1


def test_orders_are_exported_by_days_of_the_shop_s_clock(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.order(reference="early")  # 2026-11-24 11:00 in Paris
    shop.clock.forward(hours=12, minutes=59)
    shop.order(reference="late")
    for words, expected in {
        (): ["late", "early"],
        ("--from", "2026-11-24", "--to", "2026-11-24"): ["late", "early"],
        ("--to", "2026-11-23"): [],
        ("--from", "2026-11-25"): [],
        ("--state", "paid"): [],
        ("--bom",): ["late", "early"],
    }.items():
        code, said = run(shop, monkeypatch, "export", shop.id, *words)
        found = csv.DictReader(io.StringIO(said.removeprefix("\ufeff")))
        assert (code, [row["reference"] for row in found]) == (0, expected), said
        assert said.startswith("\ufeff") == ("--bom" in words)
    assert run(shop, monkeypatch, "export", "nobody")[0] == 1
