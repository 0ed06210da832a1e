"""Addresses of the back office about the shop's buyers and their saved cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.doors import registry
from tests.office.forms import csrf, enter
from tests.walk.world import Door, World, right

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.test import TestResponse

BUYERS = "/office/buyers"


def _one(what: str = "") -> Door:
    """A page of one buyer, who saved a card."""

    def ready(world: World) -> Callable[[], Any]:
        client, path = enter(world.app, world.shop), _address(world, what)
        return lambda: _read(client.get(path, headers={"Sec-Fetch-Site": "same-origin"}))

    return ready


def _do(what: str, form: dict[str, str] | None = None) -> Door:
    def ready(world: World) -> Callable[[], Any]:
        client, path, given = enter(world.app, world.shop), _address(world, what), dict(form or {})
        if "idempotency_key" in given:
            given["idempotency_key"] = world.unique("idem")
        given["csrf_token"] = csrf(client)
        return lambda: right(client.post(path, data=given))

    return ready


def _address(world: World, what: str) -> str:
    order = world.shop.get(world.registered())
    world.shop.drain()
    return f"{BUYERS}/{order.buyer_id}{what.format(alias=order.alias_id)}"


def _read(answer: TestResponse) -> TestResponse:
    """A file is read to its end."""
    with answer:
        answer.get_data()
        return right(answer)


def _list(query: str = "") -> Door:
    def ready(world: World) -> Callable[[], Any]:
        client = enter(world.app, world.shop)
        return lambda: right(client.get(f"{BUYERS}{query}"))

    return ready


DOORS: dict[str, Door] = {
    "GET /office/buyers": _list(),
    "GET /office/buyers?q": _list("?q=0612345678"),
    "GET /office/buyers?q=email": _list("?q=buyer7@example.com"),
    "GET /office/buyers/<buyer_id>": _one(),
    "GET /office/buyers/<buyer_id>/messages": _one("/messages"),
    "GET /office/buyers/<buyer_id>/erase": _one("/erase"),
    "GET /office/buyers/<buyer_id>/export.html": _one("/export.html"),
    "GET /office/buyers/<buyer_id>/export.json": _one("/export.json"),
    "GET /office/buyers/<buyer_id>/cards/<alias_id>": _one("/cards/{alias}"),
    "POST /office/buyers/<buyer_id>/cards/<alias_id>/charge": _do("/cards/{alias}/charge", registry.CHARGE),
    "POST /office/buyers/<buyer_id>/cards/<alias_id>/replace": _do("/cards/{alias}/replace", registry.IDEMPOTENT),
    "POST /office/buyers/<buyer_id>/cards/<alias_id>/remove": _do("/cards/{alias}/remove"),
    "POST /office/buyers/<buyer_id>/erase": _do("/erase"),
}
