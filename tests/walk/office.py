"""Addresses of the back office about the shop itself: members, sessions, settings, keys, the audit log; and of an order what is rarer."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from tests.doors import registry
from tests.kit import browser
from tests.office.forms import csrf, enter, leave_to_office
from tests.walk.world import Door, World, right
from webapp.db import imports, models
from webapp.domain.roles import Role
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations, members
from webapp.services.orders import import_previews

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.test import TestResponse

MEMBERS, SETTINGS, IMPORT = "/office/members", "/office/settings", "/office/orders/import"


def _get(path: str) -> Door:
    """A page for an admin who has just logged in, of a shop that has a logo and whose file leaves its settings to the office."""

    def ready(world: World) -> Callable[[], Any]:
        leave_to_office(world.shop)
        world.give_logo()
        client = enter(world.app, world.shop)
        return lambda: _done(client.get(path, headers={"Sec-Fetch-Site": "same-origin"}))

    return ready


def _post(path: Callable[[World], str], form: Callable[[World], dict[str, str]] = lambda _world: {}) -> Door:
    """A form of such an admin."""

    def ready(world: World) -> Callable[[], Any]:
        leave_to_office(world.shop)
        where, given = path(world), form(world)
        client = enter(world.app, world.shop)
        token = csrf(client)
        return lambda: _done(client.post(where, data={"csrf_token": token, **given}))

    return ready


def _done(answer: TestResponse) -> TestResponse:
    """It was answered, and not led to the login; a file is read to its end."""
    assert "/login" not in answer.headers.get("Location", "")
    with answer:
        answer.get_data()
        return right(answer)


def _order(verb: str, order: Callable[[World], str], form: dict[str, str] | None = None) -> Door:
    """A form of an order's page."""
    given = dict(form or {})
    return _post(
        lambda world: f"/office/orders/{order(world)}/{verb}",
        lambda world: given | ({"idempotency_key": world.unique("idem")} if "idempotency_key" in given else {}),
    )


def _send_again(world: World) -> str:
    order = world.paid()
    world.shop.drain()
    callback = world.shop.all(models.Callback, models.Callback.order_id == order)[0]
    return f"/office/orders/{order}/callbacks/{callback.id}/again"


def _member(verb: str, **form: str) -> Door:
    def path(world: World) -> str:
        context, address = world.shop.context, f"{world.unique('ada')}@cafe.example"
        made = members.invite(context, world.shop.id, "Ada", address, Role.CLERK, "en").member
        return f"{MEMBERS}/{made.id}/{verb}"

    return _post(path, lambda _world: form)


def _session(world: World) -> str:
    """Another one of the admin's."""
    before = {each.hash for each in world.shop.all(models.Login)}
    enter(world.app, world.shop)
    (made,) = {each.hash for each in world.shop.all(models.Login)} - before
    return f"/office/sessions/{made[: sessions.SHOWN]}/end"


def _change(path: str, **other: str) -> Door:
    """What is posted is what there is, but for `other`."""

    def form(world: World) -> dict[str, str]:
        merchant = declarations.get(world.shop.context, world.shop.id)
        there = {
            "version": str(merchant.version),
            "publishable_key": world.shop.account.publishable_key,
            "secret_key": world.shop.account.secret_key,
            "phone_number_id": str(merchant.phone_number_id),
            "business_account_id": str(merchant.business_account_id),
        }
        fields = registry.FORMS[path]
        return {name: there.get(name, text) for name, text in fields.items()} | other

    return _post(lambda _world: path, form)


def _status(live: str = "") -> Door:
    """The page of one order's state, for whom the shop gave its address."""

    def ready(world: World) -> Callable[[], Any]:
        path = world.shop.context.links.status_url(f"ord_filled{world.past}").partition("ordo.localhost")[2]
        return lambda: right(browser(world.app).get(f"{path}{live}"))

    return ready


def _file(world: World) -> bytes:
    return f"reference,amount,phone,channel\n{world.unique('F')},12.50,+33612345678,none\n".encode()


def _preview(world: World) -> models.Import:
    return import_previews.take(world.shop.context, world.shop.id, _file(world))


def _import(live: str, *, confirmed: bool = False) -> Door:
    """The page of a file: a preview, or an import of which a line has failed."""

    def ready(world: World) -> Callable[[], Any]:
        found, context = _preview(world).id, world.shop.context
        if confirmed:
            import_previews.confirm(context, world.shop.id, found)
            with context.database.write() as session:
                imports.strike(
                    session, [(found, 2)], "reference_exists", "there is already an order with this reference"
                )
        return lambda: world.get(f"{IMPORT}/{found}{live}")

    return ready


def _orders_of_import(query: str) -> Door:
    """The list of what a file brought."""

    def ready(world: World) -> Callable[[], Any]:
        row = _preview(world)
        import_previews.confirm(world.shop.context, world.shop.id, row.id)
        world.shop.drain()
        return lambda: world.get(f"/office/orders?import={row.id}{query}")

    return ready


def _upload() -> Door:
    def ready(world: World) -> Callable[[], Any]:
        data = _file(world)
        return lambda: world.post(IMPORT, {"file": (io.BytesIO(data), "orders.csv")})

    return ready


DOORS: dict[str, Door] = {
    "GET /ready": _get("/ready"),
    "GET /office": _get("/office"),
    "GET /office?days": _get("/office?days=30"),
    "GET /office/audit": _get("/office/audit"),
    "GET /office/audit?action": _get("/office/audit?action=settings.changed&actor=user:usr_1&since=2026-01-01"),
    "GET /office/audit?q": _get("/office/audit?q=nobody"),
    "GET /office/audit/export.csv": _get("/office/audit/export.csv?since=2026-11-24"),
    "GET /office/audit/export.json": _get("/office/audit/export.json?since=2026-11-24"),
    "GET /office/members": _get(MEMBERS),
    "POST /office/members": _post(
        lambda _world: MEMBERS, lambda world: registry.MEMBER | {"email": f"{world.unique('new')}@cafe.example"}
    ),
    "POST /office/members/<user_id>/deactivate": _member("deactivate"),
    "POST /office/members/<user_id>/end-sessions": _member("end-sessions"),
    "POST /office/members/<user_id>/invite": _member("invite"),
    "POST /office/members/<user_id>/role": _member("role", role="viewer"),
    "GET /office/orders?q": _get("/office/orders?q=filled77&sums=1"),
    "GET /office/orders?q=phone": _get("/office/orders?q=07+40+00+00+07&sums=1"),
    "GET /office/orders?q&state": _get("/office/orders?q=pizzas&state=voided"),
    "GET /office/orders?q=id": _get("/office/orders?q=pi_filled77"),
    "GET /office/orders?state": _get("/office/orders?state=voided&action=PAYMENT&channel=link"),
    "GET /office/orders?buyer": _get("/office/orders?buyer=buyer_filled7&q=pizzas&sort=highest&sums=1"),
    "GET /office/orders?import": _orders_of_import("&sums=1"),
    "GET /office/orders?import&q": _orders_of_import("&q=pizzas&sort=highest&sums=1"),
    "GET /office/orders?since": _get("/office/orders?since=2026-11-01&until=2026-11-02&sort=oldest"),
    "POST /office/orders/bulk?confirmed": _post(
        lambda _world: "/office/orders/bulk",
        lambda world: registry.BULK | {"order": world.open(), "confirmed": "y"},
    ),
    "POST /office/orders/<order_id>/callbacks/<callback_id>/again": _post(_send_again),
    "POST /office/orders/<order_id>/extend": _order("extend", World.open, registry.EXTEND),
    "POST /office/orders/<order_id>/looked-at": _order("looked-at", World.alarmed),
    "POST /office/orders/<order_id>/note": _order("note", World.paid, registry.NOTE),
    "POST /office/orders/<order_id>/resend-receipt": _order("resend-receipt", World.paid),
    "GET /office/orders/import": _get("/office/orders/import"),
    "POST /office/orders/import": _upload(),
    "GET /office/orders/import/template.csv": _get("/office/orders/import/template.csv"),
    "GET /office/orders/import/<import_id>": _import(""),
    "GET /office/orders/import/<import_id>?done": _import("", confirmed=True),
    "GET /office/orders/import/<import_id>/live": _import("/live", confirmed=True),
    "POST /office/orders/import/<import_id>/confirm": _post(lambda world: f"{IMPORT}/{_preview(world).id}/confirm"),
    "GET /office/sessions": _get("/office/sessions"),
    "POST /office/sessions/<session_id>/end": _post(_session),
    "GET /office/settings": _get(SETTINGS),
    "POST /office/settings": _change(SETTINGS),
    "GET /office/settings/connections": _get(f"{SETTINGS}/connections"),
    "POST /office/settings/connections/test": _post(lambda _world: f"{SETTINGS}/connections/test"),
    "GET /office/settings/connections/gateway": _get(f"{SETTINGS}/connections/gateway"),
    "POST /office/settings/connections/gateway": _change(f"{SETTINGS}/connections/gateway"),
    "GET /office/settings/connections/whatsapp": _get(f"{SETTINGS}/connections/whatsapp"),
    "POST /office/settings/connections/whatsapp": _change(f"{SETTINGS}/connections/whatsapp"),
    "GET /office/settings/logo": _get(f"{SETTINGS}/logo"),
    "GET /office/orders/logo": _get("/office/orders/logo"),
    "GET /office/settings/preview": _get(f"{SETTINGS}/preview?colour=%2309604a"),
    "GET /office/settings/rules": _get(f"{SETTINGS}/rules"),
    "POST /office/settings/rules": _change(f"{SETTINGS}/rules"),
    "GET /office/status/<token>": _status(),
    "GET /office/status/<token>/live": _status("/live"),
}
