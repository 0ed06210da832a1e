"""kill -9 while orders are made of a file: of the console's command, of the worker, and of both. Fault 24."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sandbox import demo
from tests.actors import until
from tests.faults.actors import somebody
from webapp.db import models

if TYPE_CHECKING:
    from tests.faults.actors import Product

LINES = 96
SENT = 8  # of them whose link is to be sent


def lines() -> str:
    rows = [
        f"FILE-{number},9.50,{somebody()},{'' if number % (LINES // SENT) == 0 else 'none'}" for number in range(LINES)
    ]
    return "\n".join(["reference,amount,phone,channel", *rows])


def test_an_import_that_is_killed_again_and_again_makes_each_order_once(product: Product) -> None:
    world, file = product.world, product.world.root / "orders.csv"
    file.write_text(lines(), encoding="utf-8")
    console = world._process("import", [sys.executable, "-m", "flask", "orders", "import", demo.MERCHANT, str(file)])

    def made(least: int) -> None:
        until(lambda: len(references(product)) >= least, f"{least} orders are made")

    product.dies(world.worker)
    for least in (1, LINES // 4):
        console.start()
        made(least)
        console.kill()
    product.lives()
    console.start()
    made(LINES // 2)
    product.dies(console, world.worker)
    product.lease_ends(models.Import)
    product.lives()
    made(LINES)
    until(lambda: not [row for row in product.rows(models.Import) if row.due_at], "the worker finds that all is done")
    assert sorted(references(product)) == sorted(f"FILE-{number}" for number in range(LINES))
    orders = {row.id for row in product.rows(models.Order) if row.reference.startswith("FILE-")}
    assert sorted(line.order_id for line in product.rows(models.ImportLine)) == sorted(orders)
    product.is_idle()
    kinds = [event.kind for event in product.rows(models.OrderEvent) if event.order_id in orders]
    assert (kinds.count("created"), kinds.count("queued")) == (LINES, SENT)
    product.tells_the_truth()


def references(product: Product) -> list[str]:
    return [row.reference for row in product.rows(models.Order) if row.reference.startswith("FILE-")]
