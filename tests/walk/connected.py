"""Addresses of the back office where a backend is connected: the log of callbacks, endpoints, keys of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.doors import registry
from tests.kit import Shop
from tests.office.forms import csrf, enter
from tests.walk.routes import a_callback, an_endpoint, new_endpoint, new_url
from tests.walk.world import Door, World, right
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _get(path: str, of: Callable[[World], str] | None = None) -> Door:
    """A page of an admin who has just logged in; `of` says whose."""

    def ready(world: World) -> Callable[[], Any]:
        client, filled = enter(world.app, world.shop), path.format(of(world) if of else "")
        return lambda: right(client.get(filled))

    return ready


def _post(path: str, form: Mapping[str, str], of: Callable[[World], str] | None = None, **other: Any) -> Door:
    """A form of theirs, as it is in the registry but for `other`."""

    def ready(world: World) -> Callable[[], Any]:
        client, filled = enter(world.app, world.shop), path.format(of(world) if of else "")
        given = {**form, **{name: each(world) for name, each in other.items()}}
        if "idempotency_key" in given:
            given["idempotency_key"] = world.unique("idem")
        given["csrf_token"] = csrf(client, "/office/operators")
        return lambda: right(client.post(filled, data=given))

    return ready


def _past(world: World) -> str:
    return f"callback_filled{world.past}"


def _today(world: World) -> str:
    """Of the walk's own day: past ones, sent again, would be due behind each door that follows."""
    return f"{world.shop.clock():%Y-%m-%d}"


def _key(world: World) -> str:
    shop: Shop = world.shop
    return str(api_keys.create(shop.context, shop.id, world.unique("key"), [Scope.ADMIN])[0].id)


def _log(query: str = "") -> Door:
    return _get(f"/office/callbacks{query}")


_all: dict[str, str] = dict.fromkeys(registry.AGAIN, "")
DOORS: dict[str, Door] = {
    "GET /office/callbacks": _log(),
    "GET /office/callbacks?state": _log("?state=failed"),
    "GET /office/callbacks?type": _log("?type=order.expired"),
    "GET /office/callbacks?endpoint": _get("/office/callbacks?endpoint={}", an_endpoint),
    "GET /office/callbacks?order": _log("?q=FILLED77"),
    "GET /office/callbacks?id": _get("/office/callbacks?q=msg_{}", _past),
    "GET /office/callbacks/live": _get("/office/callbacks/live"),
    "GET /office/callbacks/again": _get("/office/callbacks/again"),
    "GET /office/callbacks/again?id": _get("/office/callbacks/again?chosen=1&id={}", a_callback),
    "POST /office/callbacks/again": _post("/office/callbacks/again", _all, ids=a_callback),
    "POST /office/callbacks/again?failed": _post("/office/callbacks/again", _all, since=_today),
    "GET /office/callbacks/<callback_id>": _get("/office/callbacks/{}", _past),
    "GET /office/callbacks/<callback_id>/live": _get("/office/callbacks/{}/live", _past),
    "POST /office/callbacks/<callback_id>/again": _post("/office/callbacks/{}/again", {}, a_callback),
    "GET /office/endpoints": _get("/office/endpoints"),
    "GET /office/endpoints/new": _get("/office/endpoints/new"),
    "POST /office/endpoints/new": _post("/office/endpoints/new", registry.ENDPOINT, url=new_url),
    "GET /office/endpoints/<endpoint_id>": _get("/office/endpoints/{}", new_endpoint),
    **{
        f"POST /office/endpoints/<endpoint_id>/{verb}": _post(f"/office/endpoints/{{}}/{verb}", form, new_endpoint)
        for verb, form in {
            "disable": {},
            "enable": {},
            "remove": {},
            "rotate": registry.ROTATION,
            "test": {},
            "types": {"which": "usual", "version": "0"},
        }.items()
    },
    "GET /office/api_keys": _get("/office/api_keys"),
    "GET /office/api_keys/new": _get("/office/api_keys/new"),
    "POST /office/api_keys/new": _post("/office/api_keys/new", registry.KEY),
    "POST /office/api_keys/<key_id>/end": _post("/office/api_keys/{}/end", {}, _key),
}
