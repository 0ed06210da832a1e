"""The world with an order for each page of the budget, and the product served as behind a proxy that packs what goes out."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox import demo
from sandbox.process import Process
from sandbox.world import PROJECT, World, serving
from tests.faults.actors import Buyer, Gateway
from webapp import app as wiring
from webapp.config import Settings
from webapp.domain.actions import Action
from webapp.domain.actors import CONSOLE
from webapp.domain.money import Money
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from webapp.services.runtime.context import ServiceContext

PAID, EXPIRED = "paid", "expired"


@dataclasses.dataclass(frozen=True)
class Place:
    """Where the product answers, and the address of each page by its name; `order` is the back office's path of the paid one."""

    world: World
    pages: dict[str, str]
    order: str


@contextlib.contextmanager
def place(folder: Path, **settings: str) -> Iterator[Place]:
    """A world that keeps its things in a folder, the product with these settings. No worker: it would take its turns on the processor."""
    world = World(folder / "world")
    world.change(**settings)
    ordo = world.addresses.ordo
    served = Process(
        "app",
        serving(ordo.port, app="tests.budget.served:app"),
        cwd=PROJECT,
        env=world.app.env,
        log=folder / "app.log",
    )
    try:
        world.around.start()
        world.prepare()
        served.start()
        world.wait_until_healthy()
        pages, order = _pages(world)
        yield Place(world, {name: ordo.browser + path for name, path in pages.items()}, order)
    finally:
        served.stop()
        world.stop()


def _pages(world: World) -> tuple[dict[str, str], str]:
    """The paths of the buyer's pages, and the back office's of the one that is paid."""
    context = wiring.make_context(
        Settings.model_validate({name.lower(): value for name, value in world.settings.items()})
    ).acting_as(CONSOLE)
    pages = {action.lower().replace("_", " "): _order(context, action)[0] for action in Action}
    pages[PAID], paid = _order(context, Action.REGISTER_PAY)
    now = context.now()
    pages[EXPIRED], _ = _order(dataclasses.replace(context, now=lambda: now - timedelta(days=9)), Action.PAYMENT)
    context.database.close()
    Buyer(world, Gateway(world)).opens(pages[PAID]).pays().sees("Paid")
    return pages, f"/office/orders/{paid}"


def _order(context: ServiceContext, action: Action) -> tuple[str, str]:
    """A new order: its page's path, and its id."""
    money = None if action is Action.REGISTER else Money(2500, "EUR")
    wanted = lifecycle.Request(action, money, "+33612345678", "buyer@example.com", "2 pizzas", days=1)
    made = lifecycle.create(context, demo.MERCHANT, wanted, send=False)
    return f"/p/{context.links.token(made.id, made.link_version)}", made.id
