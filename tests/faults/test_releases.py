"""Two releases side by side: a newer one has migrated, under load, and the old one is restarted. Fault 22."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tests.actors import Merchant, until
from tests.faults.actors import Buyer, Gateway, meanwhile, somebody

if TYPE_CHECKING:
    from tests.faults.actors import Product

NEWER = (
    "ALTER TABLE orders ADD COLUMN of_a_newer_release VARCHAR(40)",
    "CREATE INDEX ix_orders_of_a_newer_release ON orders (of_a_newer_release)",
    "CREATE TABLE of_a_newer_release (id INTEGER PRIMARY KEY)",
    "UPDATE alembic_version SET version_num = 'newer'",
)
"""What its migration does: it adds, as all of them do."""


def test_the_old_release_restarts_and_serves_on_a_schema_that_a_newer_one_has_added_to(
    merchant: Merchant, gateway: Gateway, product: Product
) -> None:
    product.spoiled = True  # the schema stays
    names = [f"SIDE{number}" for number in range(6)]
    links = [merchant.orders(f"10 EUR {somebody()} ORDER={name}")[0] for name in names]
    coming = [meanwhile(partial(Buyer(product.world, gateway).comes_through, link)) for link in links[:3]]
    engine = sa.create_engine(product.world.settings["DATABASE_URL"])
    with engine.begin() as connection:
        for statement in NEWER:
            connection.execute(sa.text(statement))
    engine.dispose()
    for each in coming:
        each.result(60)
    assert product.world.app.pid is not None
    processes = children(product.world.app.pid)
    os.kill(processes[-1], signal.SIGKILL)  # one process of the old server dies by itself: another takes its place
    until(lambda: processes[-1] not in children(product.world.app.pid or 0), "it is gone")
    product.answers(product.world.addresses.ordo.server)
    product.ends()
    product.lives()
    for link in links[3:]:
        Buyer(product.world, gateway).comes_through(link)
    product.comes_to("paid", *names)
    product.is_idle()
    product.tells_the_truth()


def children(process: int) -> list[int]:
    """The processes of a group that serve: those that have no children themselves."""
    parents = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            status = (place / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(status[2]) == process:
            parents[int(place.name)] = int(status[1])
    return sorted(each for each in parents if each not in parents.values())
