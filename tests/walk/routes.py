"""Addresses: of the buyer's pages, the back office, the API and the hooks."""

from __future__ import annotations

import functools
import json
import re
import time
from typing import TYPE_CHECKING, Any

from tests.doors import registry
from tests.hooks.posts import link, old, send, stripe_post, whatsapp_post
from tests.kit import browser
from tests.office.forms import csrf, enter
from tests.walk.world import Door, World, right
from webapp.db import models
from webapp.services.accounts import operators, sessions
from webapp.services.conversation import order_forms
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


def every(app: Flask) -> set[str]:
    """Method and address of each, of both applications."""
    return {
        f"{method} {rule.rule}"
        for each in (app, app.extensions["api"])
        for rule in each.url_map.iter_rules()
        if rule.endpoint != "static"  # no statement is asked for a file
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def _get(path: str) -> Door:
    """A page that everybody may see, or an admin."""
    return lambda world: lambda: world.get(path.format(past=f"ord_filled{world.past}"))


def _office(verb: str, order: Callable[[World], str], form: dict[str, str] | None = None) -> Door:
    """A form of an order's page."""

    def ready(world: World) -> Callable[[], Any]:
        found, given = order(world), dict(form or {})
        if "idempotency_key" in given:
            given["idempotency_key"] = world.unique("idem")
        if verb == "charge":
            given["answered"] = ""
        return lambda: world.post(f"/office/orders/{found}/{verb}", given)

    return ready


def _page(what: str, order: Callable[[World], str], form: dict[str, Any] | None = None) -> Door:
    """The buyer's page of an order."""

    def ready(world: World) -> Callable[[], Any]:
        found, given = order(world), dict(form) if form is not None else None
        if given is not None and "confirmation_token" in given:
            given["confirmation_token"] = world.shop.token("visa")
        return lambda: world.visit(found, what, given)

    return ready


def _asked(path: str) -> Door:
    """What an order backend reads; `{past}` and so on are of a past order."""

    def ready(world: World) -> Callable[[], Any]:
        number = world.past
        filled = path.format(
            past=f"ord_filled{number}", alias=f"al_filled{number}", buyer=_buyer_of(world), callback=f"callback_filled{number}",
            refund=f"refund_filled{number // 50 * 50 + 7}", endpoint=an_endpoint(world), import_id=_import(world) if "import_id" in path else "",
        )  # fmt: skip
        return lambda: right(_key_holder(world, "get", filled))

    return ready


def _done(path: str, of: Callable[[World], str] | None = None, **other: Any) -> Door:
    """What an order backend does, with the body of the registry but for `other`."""
    (name,) = re.findall(r"<\w+>", path) or ("",)

    def ready(world: World) -> Callable[[], Any]:
        backend, body = world.backend, registry.API[path]
        address = (path.replace(name, of(world)) if of else path).removeprefix("/api/v1")
        given = (
            {**body, **{key: each(world) if callable(each) else each for key, each in other.items()}} if body else None
        )
        if given and "reference" in given:
            given["reference"] = world.unique("R")
        return lambda: right(backend.post(address, given))

    return ready


def _buyer_of(world: World) -> str:
    return str(world.shop.get(f"ord_filled{world.past}").buyer_id)


def an_endpoint(world: World) -> str:
    (first, *_) = world.shop.all(models.Endpoint, models.Endpoint.merchant_id == world.shop.id, models.Endpoint.active)
    return str(first.id)


def new_endpoint(world: World) -> str:
    return str(right(world.backend.post("/endpoints", {"url": new_url(world)})).get_json()["id"])


def new_url(world: World) -> str:
    """For one more endpoint: a merchant has so many, and a benchmark walks through each door again and again."""
    known = right(world.backend.get("/endpoints")).get_json()["data"]
    if len(known) == endpoints.MOST:
        walked = re.compile(r"/e\d+$")
        last = next(each for each in known if walked.search(each["url"]) and each["id"] != world.endpoint)
        right(_key_holder(world, "delete", f"/endpoints/{last['id']}"))
    return world.shop.backend(f"/{world.unique('e')}")


def _import(world: World) -> str:
    return str(_bring(world)().get_json()["id"])


def _bring(world: World) -> Callable[[], Any]:
    text = f"reference,amount,phone,channel\n{world.unique('F')},12.50,+33612345678,none\n"
    backend = world.backend

    def bring() -> Any:
        backend.headers["Content-Type"] = "text/csv"
        try:
            return right(backend.post("/imports", text))
        finally:
            backend.headers.clear()

    return bring


def _removed(world: World) -> Callable[[], Any]:
    path = f"/endpoints/{new_endpoint(world)}"
    return lambda: right(_key_holder(world, "delete", path))


def _key_holder(world: World, method: str, path: str) -> Any:
    headers = {"Authorization": f"Bearer {world.backend.token}"}
    return getattr(world.backend.client, method)(f"/api/v1{path}", headers=headers)


def _operator(verb: str) -> Door:
    def ready(world: World) -> Callable[[], Any]:
        made = operators.invite(world.shop.as_operator(), world.shop.id, world.unique("Léa"), "fr")
        return lambda: world.post(f"/office/operators/{getattr(made, 'id', made)}/{verb}", {})

    return ready


def _link(world: World, *, spend: bool) -> Callable[[], Any]:
    path = f"/office/link/{sessions.make_link(world.shop.context, 'clerk@cafe.example')}"
    client = browser(world.app)
    if not spend:
        return lambda: right(client.get(path))
    token = csrf(client, path)
    return lambda: right(client.post(path, data={"csrf_token": token}))


def _logout(world: World) -> Callable[[], Any]:
    client = enter(world.app, world.shop, "viewer@cafe.example")
    token = csrf(client)
    return lambda: right(client.post("/office/logout", data={"csrf_token": token}))


def _form(world: World, *, post: bool) -> Callable[[], Any]:
    operator = operators.listed(world.shop.context, world.shop.id)[0].operator
    path, client = order_forms.url(world.shop.context, operator), browser(world.app)
    path = path.partition("ordo.localhost")[2]
    if not post:
        return lambda: right(client.get(path))
    unique = {"idempotency_key": world.unique("idem"), "reference": world.unique("R")}
    form = {**registry.ORDER, "csrf_token": csrf(client, path), **unique}
    return lambda: right(client.post(path, data=form))


def _new_order(world: World) -> Callable[[], Any]:
    form = registry.ORDER | {"idempotency_key": world.unique("idem"), "reference": world.unique("R")}
    return lambda: world.post("/office/orders", form)


def _preview(world: World) -> Callable[[], Any]:
    return lambda: world.post("/office/orders/preview", registry.ORDER)


def _new_operator(world: World) -> Callable[[], Any]:
    return lambda: world.post("/office/operators", registry.OPERATOR | {"name": world.unique("Zoé")})


def _live(world: World) -> Callable[[], Any]:
    page = world.get(f"/office/orders/ord_filled{world.past}").text
    path = (
        page.split('hx-get="')[1].split('"')[0] if 'hx-get="' in page else f"/office/orders/ord_filled{world.past}/live"
    )
    return lambda: world.office.get(path, headers={"HX-Request": "true"})


def _gateway_hook(world: World) -> Callable[[], Any]:
    event = {"id": world.unique("evt"), "object": "event", "type": "charge.refunded", "account": None,
        "data": {"object": {"id": "ch_1", "object": "charge", "payment_intent": "pi_nobody_s"}}}  # fmt: skip
    return lambda: right(stripe_post(world.app, json.dumps(event)))


def _whatsapp_hook(world: World) -> Callable[[], Any]:
    message = {"id": world.unique("wamid.in."), "from": "33611111111", "timestamp": str(int(time.time())), "type": "text",
        "text": {"body": "HELP"}}  # fmt: skip
    value = {"metadata": {"phone_number_id": world.shop.number()}, "contacts": [], "messages": [message]}
    body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
    return lambda: right(whatsapp_post(world.app, body))


def _refused_hook(world: World) -> Callable[[], Any]:
    """Also what is refused is counted."""
    return lambda: browser(world.app).post(
        "/hooks/whatsapp/cafe", data=b"{}", headers={"X-Hub-Signature-256": "sha256=00"}
    )


def _report(world: World) -> Callable[[], Any]:
    document = old(link(world.shop))
    return lambda: send(world.app, document)


def _new_buyer(world: World) -> str:
    return str(world.shop.get(world.cancelled()).buyer_id)


def a_callback(world: World) -> str:
    order = world.paid()
    world.shop.drain()
    return str(world.shop.all(models.Callback, models.Callback.order_id == order)[0].id)


def _challenge(world: World) -> Callable[[], Any]:
    query = "hub.mode=subscribe&hub.verify_token=a-verify-token&hub.challenge=1"
    return lambda: right(browser(world.app).get(f"/hooks/whatsapp/cafe?{query}"))


def _brand(name: str) -> Door:
    return lambda world: lambda: browser(world.app).get(f"/p/brand/cafe/1.{name}.png")


DETAILS = registry.DETAILS
_api = "/api/v1"
DOORS: dict[str, Door] = {
    "GET /": _get("/"),
    "GET /health": _get("/health"),
    "GET /api/v1/docs": _get("/api/v1/docs"),
    "GET /api/v1/openapi.json": _get("/api/v1/openapi.json"),
    "GET /office/": _get("/office/"),
    "GET /office/login": _get("/office/login"),
    "GET /office/login/callback": lambda world: lambda: world.office.get("/office/login/callback"),
    "GET /office/link/<token>": lambda world: _link(world, spend=False),
    "POST /office/link/<token>": lambda world: _link(world, spend=True),
    "POST /office/logout": _logout,
    "GET /office/operators": _get("/office/operators"),
    "POST /office/operators": _new_operator,
    "POST /office/operators/<operator_id>/dismiss": _operator("dismiss"),
    "POST /office/operators/<operator_id>/invite": _operator("invite"),
    "GET /office/order_forms/<token>": lambda world: _form(world, post=False),
    "POST /office/order_forms/<token>": lambda world: _form(world, post=True),
    "GET /office/orders": _get("/office/orders"),
    "POST /office/orders": _new_order,
    "POST /office/orders/preview": _preview,
    "GET /office/orders/totals": _get("/office/orders/totals?state=open"),
    "GET /office/orders/news": _get("/office/orders/news"),
    "POST /office/orders/bulk": lambda world: (
        lambda: world.post("/office/orders/bulk", {"verb": "resend", "order": world.open()})
    ),
    "POST /office/orders/export": lambda world: (
        lambda: world.post("/office/orders/export", {"format": "csv", "order": world.open()}).close()
    ),
    "GET /office/orders/new": _get("/office/orders/new"),
    "GET /office/orders/<order_id>": _get("/office/orders/{past}"),
    "GET /office/orders/<order_id>/live": _live,
    "GET /office/orders/<order_id>/link": lambda world: functools.partial(
        world.get, f"/office/orders/{world.open()}/link"
    ),
    "GET /office/safety": _get("/office/safety"),
    "POST /office/orders/<order_id>/cancel": _office("cancel", World.open),
    "POST /office/orders/<order_id>/capture": _office("capture", World.held, registry.AMOUNT),
    "POST /office/orders/<order_id>/charge": _office("charge", World.registered, registry.AMOUNT),
    "POST /office/orders/<order_id>/reactivate": _office("reactivate", World.cancelled),
    "POST /office/orders/<order_id>/refund": _office("refund", World.paid, registry.REFUND),
    "POST /office/orders/<order_id>/renew": _office("renew", World.registered, registry.IDEMPOTENT),
    "POST /office/orders/<order_id>/resend": _office("resend", World.open),
    "POST /office/orders/<order_id>/revoke": _office("revoke", World.registered),
    "POST /office/orders/<order_id>/revoke-link": _office("revoke-link", World.open),
    "POST /office/orders/<order_id>/void": _office("void", World.held),
    "GET /p/<token>": _page("", World.open),
    "GET /p/<token>/status": _page("/status", World.paid),
    "GET /p/<token>/details": _page("/details", lambda world: world.open(collects_details=True)),
    "POST /p/<token>/details": _page("/details", lambda world: world.open(collects_details=True), DETAILS),
    "POST /p/<token>/opened": _page("/opened", World.open, {}),
    "POST /p/<token>/pay": _page("/pay", World.open, registry.PAY),
    "POST /p/<token>/prepare": lambda world: lambda: browser(world.app).post(f"/p/{world.link(world.open())}/prepare"),
    "POST /p/<token>/resume": _page("/resume", World.at_the_bank, {}),
    "POST /p/<token>/another-card": _page("/another-card", World.at_the_bank, {}),
    "POST /p/<token>/not-mine": _page("/not-mine", World.open, {}),
    "POST /p/<token>/remove-card": _page("/remove-card", World.registered, {}),
    "GET /p/brand/<merchant_id>/<version>.card.png": _brand("card"),
    "GET /p/brand/<merchant_id>/<version>.logo.png": _brand("logo"),
    "POST /hooks/<gateway>/<merchant_id>": _gateway_hook,
    "POST /hooks/whatsapp/<merchant_id>": _whatsapp_hook,
    "GET /hooks/whatsapp/<merchant_id>": _challenge,
    "POST /hooks/csp": _report,
    "GET /api/v1/aliases": _asked("/aliases"),
    "GET /api/v1/aliases/<alias_id>": _asked("/aliases/{alias}"),
    "GET /api/v1/aliases/<alias_id>/consents": _asked("/aliases/{alias}/consents"),
    "GET /api/v1/buyers": _asked("/buyers"),
    "GET /api/v1/buyers/<buyer_id>": _asked("/buyers/{buyer}"),
    "GET /api/v1/callbacks": _asked("/callbacks"),
    "GET /api/v1/callbacks/<callback_id>": _asked("/callbacks/{callback}"),
    "GET /api/v1/endpoints": _asked("/endpoints"),
    "GET /api/v1/endpoints/<endpoint_id>": _asked("/endpoints/{endpoint}"),
    "GET /api/v1/exports/orders": _asked("/exports/orders?created_from=2026-11-24T09:30:00Z"),
    "GET /api/v1/imports": _asked("/imports"),
    "GET /api/v1/imports/<import_id>": _asked("/imports/{import_id}"),
    "GET /api/v1/imports/<import_id>/errors": _asked("/imports/{import_id}/errors"),
    "GET /api/v1/orders": _asked("/orders?limit=100"),
    "GET /api/v1/orders/<order_id>": _asked("/orders/{past}"),
    "GET /api/v1/orders/<order_id>/events": _asked("/orders/{past}/events"),
    "GET /api/v1/refunds": _asked("/refunds"),
    "GET /api/v1/refunds/<refund_id>": _asked("/refunds/{refund}"),
    # The same, narrowed to what is rare or is not there.
    "GET /api/v1/aliases?buyer": _asked("/aliases?buyer={buyer}"),
    "GET /api/v1/buyers?phone": _asked("/buyers?phone=%2B33799999999"),
    "GET /api/v1/buyers?email": _asked("/buyers?email=nobody@example.com"),
    "GET /api/v1/callbacks?state": _asked("/callbacks?state=pending"),
    "GET /api/v1/callbacks?order": _asked("/callbacks?order={past}"),
    "GET /api/v1/callbacks?endpoint": _asked("/callbacks?endpoint={endpoint}"),
    "GET /api/v1/callbacks?type": _asked("/callbacks?type=order.expired"),
    "GET /api/v1/orders?state": _asked("/orders?state=voided"),
    "GET /api/v1/orders?reference": _asked("/orders?reference=FILLED77"),
    "GET /api/v1/refunds?order": _asked("/refunds?order={past}"),
    "GET /api/v1/exports/orders?state": _asked("/exports/orders?state=voided"),
    "POST /api/v1/aliases/<alias_id>/charge": _done(f"{_api}/aliases/<alias_id>/charge", World.alias),
    "POST /api/v1/aliases/<alias_id>/replace": _done(f"{_api}/aliases/<alias_id>/replace", World.alias),
    "POST /api/v1/aliases/<alias_id>/revoke": _done(f"{_api}/aliases/<alias_id>/revoke", World.alias),
    "POST /api/v1/buyers/<buyer_id>/erase": _done(f"{_api}/buyers/<buyer_id>/erase", _new_buyer),
    "POST /api/v1/callbacks/<callback_id>/replay": _done(f"{_api}/callbacks/<callback_id>/replay", a_callback),
    "POST /api/v1/callbacks/replay": _done(f"{_api}/callbacks/replay", None, order=World.paid, endpoint=an_endpoint),
    "POST /api/v1/endpoints": _done(f"{_api}/endpoints", None, url=new_url),
    "DELETE /api/v1/endpoints/<endpoint_id>": _removed,
    "POST /api/v1/endpoints/<endpoint_id>/disable": _done(
        f"{_api}/endpoints/<endpoint_id>/disable", lambda world: world.endpoint
    ),
    "POST /api/v1/endpoints/<endpoint_id>/enable": _done(
        f"{_api}/endpoints/<endpoint_id>/enable", lambda world: world.endpoint
    ),
    "POST /api/v1/endpoints/<endpoint_id>/rotate-secret": _done(
        f"{_api}/endpoints/<endpoint_id>/rotate-secret", lambda world: world.endpoint, overlap_hours=0
    ),
    "POST /api/v1/endpoints/<endpoint_id>/test": _done(
        f"{_api}/endpoints/<endpoint_id>/test", lambda world: world.endpoint
    ),
    "POST /api/v1/endpoints/<endpoint_id>/types": _done(
        f"{_api}/endpoints/<endpoint_id>/types", lambda world: world.endpoint
    ),
    "POST /api/v1/imports": _bring,
    "POST /api/v1/orders": _done(f"{_api}/orders", None),
    "POST /api/v1/orders/<order_id>/cancel": _done(f"{_api}/orders/<order_id>/cancel", World.open),
    "POST /api/v1/orders/<order_id>/capture": _done(f"{_api}/orders/<order_id>/capture", World.held),
    "POST /api/v1/orders/<order_id>/extend": _done(f"{_api}/orders/<order_id>/extend", World.open),
    "POST /api/v1/orders/<order_id>/reactivate": _done(f"{_api}/orders/<order_id>/reactivate", World.cancelled),
    "POST /api/v1/orders/<order_id>/refunds": _done(f"{_api}/orders/<order_id>/refunds", World.paid),
    "POST /api/v1/orders/<order_id>/resend": _done(f"{_api}/orders/<order_id>/resend", World.open),
    "POST /api/v1/orders/<order_id>/revoke-link": _done(f"{_api}/orders/<order_id>/revoke-link", World.open),
    "POST /api/v1/orders/<order_id>/void": _done(f"{_api}/orders/<order_id>/void", World.held),
}
