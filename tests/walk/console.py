"""Console commands, as `flask` runs them."""

from __future__ import annotations

import functools
import importlib
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from click import Command, Group
from click.testing import CliRunner

from tests.kit import settings
from tests.walk import routes
from tests.walk.world import Door, World
from webapp import app, config
from webapp.db import models
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.services.runtime.context import ServiceContext

MAKE = app.make_context
ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def _commands() -> dict[str, Command]:
    """Each that ends with a verb, by its words."""
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["flask.commands"]
    found: dict[str, Command] = {}
    for name, place in entries.items():
        module, _, attribute = place.partition(":")
        found |= dict(_below(name, getattr(importlib.import_module(module), attribute)))
    return found


def _below(name: str, command: Command) -> Iterator[tuple[str, Command]]:
    if not isinstance(command, Group):
        yield name, command
        return
    for verb, each in command.commands.items():
        yield from _below(f"{name} {verb}", each)


def every() -> set[str]:
    """All but the worker, which does not end."""
    return {f"$ {name}" for name in _commands() if name != "worker"}


def _run(name: str, *words: str | Callable[[World], str], ends: tuple[int, ...] = (0,)) -> Door:
    def ready(world: World) -> Callable[[], Any]:
        given = [word(world) if callable(word) else word for word in words]
        made = settings(world.shop)

        contexts: list[ServiceContext] = []

        def context(each: config.Settings) -> ServiceContext:
            contexts.append(MAKE(each))
            return contexts[-1]

        def run() -> None:
            with mock.patch.object(config, "load", return_value=made), mock.patch.object(app, "make_context", context):
                said = CliRunner().invoke(_commands()[name], given)
            for each in contexts:  # what ends with the process, else
                each.database.close()
            assert said.exit_code in ends, (name, given, said.output, said.exception)

        return run

    return ready


def _file(world: World) -> str:
    """The shop's own, as TOML, at the addresses that it has."""
    document = world.shop.declaration()
    document["endpoints"] = [{"url": world.shop.backend(), "secret": "whsec_" + "QUFB" * 8}]
    lines: list[str] = []
    for part, values in document.items():
        for each in values if isinstance(values, list) else [values]:
            lines.append(f"[[{part}]]" if isinstance(values, list) else f"[{part}]")
            lines += [f"{key} = {_toml(value)}" for key, value in each.items()]
    return _written("shop.toml", "\n".join(lines))


def _toml(value: Any) -> str:
    return str(value) if isinstance(value, list) else f'"{value}"'


def _written(name: str, text: str) -> str:
    path = Path(tempfile.mkdtemp(prefix="ordo-walk-")) / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def _orders(world: World) -> str:
    return _written("orders.csv", f"reference,amount,phone,channel\n{world.unique('C')},5,+33612345678,none\n")


def _new_file(_world: World) -> str:
    return str(Path(tempfile.mkdtemp(prefix="ordo-walk-")) / "copy")


def _endpoint(world: World) -> str:
    return world.endpoint


def _key(world: World) -> str:
    return str(api_keys.create(world.shop.context, world.shop.id, "one", [Scope.ORDERS_READ])[0].id)


def _callback(world: World) -> str:
    order = world.paid()
    world.shop.drain()
    return str(world.shop.all(models.Callback, models.Callback.order_id == order)[0].id)


def _buyer(world: World) -> str:
    return str(world.shop.get(world.cancelled()).buyer_id)


def _erased(world: World) -> str:
    return _written("erased.txt", f"{SHOP} {_buyer(world)}\n")


def _reference(world: World) -> str:
    return world.shop.get(world.registered()).reference


def _past(world: World) -> str:
    return f"ord_filled{world.past}"


SHOP = "cafe"
DOORS: dict[str, Door] = {
    "$ admin-link": _run("admin-link", "admin@cafe.example"),
    "$ api-key create": _run("api-key create", SHOP, "one", "--scope", "orders:read"),
    "$ api-key list": _run("api-key list", SHOP),
    "$ api-key end": _run("api-key end", SHOP, _key),
    "$ backup": _run("backup", _new_file, ends=(0, 1)),  # of PostgreSQL it says that there is pg_dump
    "$ buyer show": _run("buyer show", SHOP, "+33740000005"),
    "$ buyer erase": _run("buyer erase", SHOP, _buyer, "--yes"),
    "$ buyer erased": _run("buyer erased", SHOP),
    "$ buyer erase-again": _run("buyer erase-again", _erased),
    "$ callbacks list": _run("callbacks list", SHOP, "--state", "failed", "--since", "2026-11-24T09:00:00"),
    "$ callbacks show": _run("callbacks show", SHOP, _callback),
    "$ callbacks replay": _run("callbacks replay", SHOP, _callback),
    "$ charge": _run("charge", SHOP, _reference, "5", "--yes"),
    "$ costs": _run("costs", SHOP, "--month", "2026-11"),
    "$ doctor": _run("doctor", ends=(0, 1)),
    "$ endpoints list": _run("endpoints list", SHOP),
    "$ endpoints create": _run("endpoints create", SHOP, routes.new_url),
    "$ endpoints rotate": _run("endpoints rotate", SHOP, routes.new_endpoint),
    "$ endpoints types": _run("endpoints types", SHOP, _endpoint, "order.paid"),
    "$ endpoints disable": _run("endpoints disable", SHOP, _endpoint),
    "$ endpoints enable": _run("endpoints enable", SHOP, _endpoint),
    "$ endpoints remove": _run("endpoints remove", SHOP, routes.new_endpoint),
    "$ endpoints test": _run("endpoints test", SHOP, _endpoint),
    "$ keys seal": _run("keys seal"),
    "$ keys status": _run("keys status"),
    "$ merchant apply": _run("merchant apply", _file),
    "$ merchant secret": _run("merchant secret"),
    "$ migrate": _run("migrate"),
    "$ orders export": _run("orders export", SHOP, "--from", "2026-11-24"),
    "$ orders import": _run("orders import", SHOP, _orders),
    "$ reconcile": _run("reconcile", SHOP, "--days", "1", ends=(0, 1)),
    "$ templates submit": _run("templates submit", SHOP, ends=(0, 1)),
    "$ templates write": _run("templates write", _new_file),
}
