"""The order's page while it is watched: it asks every 2 s, which costs next to nothing until something that it shows has changed."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import segno

from tests.kit import ASKS_ALWAYS, BUYER, browser, declaration
from tests.office.forms import enter
from webapp.db import models
from webapp.db.session import Database
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.office import order_page as pages
from webapp.office import order_view
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, refunds

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.kit import Shop


def asked_again(client: FlaskClient, order: str) -> str:
    """What the page of the order asks from now on, or "" when it asks no more."""
    found = re.search(r'hx-get="([^"]+)"', client.get(f"/office/orders/{order}").text)
    return found[1] if found else ""


def with_card(shop: Shop, **more: Any) -> str:
    """An order whose card was saved, and whose callback is on its way."""
    order = shop.order(Action.REGISTER_PAY, **more)
    shop.pay(order)
    return order


@pytest.mark.both_databases
def test_a_poll_that_finds_nothing_new_reads_twice_and_builds_nothing(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    path, done = asked_again(client, shop.order(send=True)), Counter[str]()

    def counted(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def called(*given: Any, **named: Any) -> Any:
            done[name] += 1
            return real(*given, **named)

        monkeypatch.setattr(owner, name, called)

    for owner, names in (
        (Database, ("read_raw", "read", "write")),
        (pages, ("render_template",)),
        (order_view, ("order",)),
        (segno, ("make",)),
    ):
        for name in names:
            counted(owner, name)
    answer = client.get(path)
    assert (answer.status_code, answer.data, "Set-Cookie" in answer.headers) == (204, b"", False)
    assert done == {"read_raw": 2}


def stopped(shop: Shop, order: str) -> None:
    assert shop.get(order).state == "open"
    shop.hear("STOP", sender=BUYER)


def tried_again(shop: Shop, _order: str) -> None:
    """The callback's second try, of which the timeline says nothing."""
    shop.clock.forward(minutes=1)
    shop.place.backend_answers.append(500)
    assert shop.work(models.Callback) == 1


def charged_again(shop: Shop, order: str) -> None:
    aliases.charge(shop.context, shop.id, order, Money(300, "EUR"))


def charge_is_carried_out(shop: Shop, _order: str) -> None:
    assert shop.work(models.Attempt) == 1


def card_revoked_by_another_page(shop: Shop, order: str) -> None:
    aliases.revoke(shop.context, shop.id, shop.get(order).alias_id or "")


def failing(shop: Shop) -> str:
    """The callback of an order that is over was tried once, and will be again."""
    order = with_card(shop)
    shop.place.backend_answers.append(500)
    shop.work(models.Callback)
    return order


def charged(shop: Shop) -> str:
    order = with_card(shop)
    shop.clock.forward(seconds=1)
    charged_again(shop, order)
    shop.clock.forward(seconds=1)
    return order


def reminded(shop: Shop) -> str:
    order = shop.order(send=True)
    shop.work(models.Message)
    return order


def saved_twice(shop: Shop) -> str:
    """The first of two orders that saved one card: what happens to the card is on the timeline of the second."""
    order = with_card(shop)
    shop.clock.forward(seconds=1)
    with_card(shop)
    return order


def one_second_later(shop: Shop) -> str:
    order = with_card(shop)
    shop.clock.forward(seconds=1)
    return order


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("prepare", "happens"),
    [
        (reminded, stopped),
        (failing, tried_again),
        (one_second_later, charged_again),
        (charged, charge_is_carried_out),
        (saved_twice, card_revoked_by_another_page),
    ],
)
def test_what_changes_without_a_line_on_the_timeline_is_shown(
    app: Flask, shop: Shop, prepare: Callable[[Shop], str], happens: Callable[[Shop, str], None]
) -> None:
    order, client = prepare(shop), enter(app, shop, "clerk@cafe.example")
    path, before = asked_again(client, order), shop.get(order).revision
    shown = client.get(path.split("?")[0]).text
    assert client.get(path).status_code == 204
    happens(shop, order)
    assert shop.get(order).revision == before
    answer = client.get(path)
    assert answer.status_code == 200
    assert re.sub(r'revision=\w+|value="[^"]+"', "", answer.text) != re.sub(r'revision=\w+|value="[^"]+"', "", shown)


def test_a_page_asks_often_until_the_order_its_callbacks_and_refunds_are_at_an_end_and_then_seldom(
    app: Flask, shop: Shop
) -> None:
    order, client = shop.order(), enter(app, shop, "viewer@cafe.example")

    def often() -> bool:
        return 'hx-trigger="every 2s"' in client.get(f"/office/orders/{order}").text

    assert often()
    shop.pay(order)
    assert often()
    shop.drain()
    assert not often()
    path = asked_again(client, order)
    assert client.get(path).status_code == 204
    refunds.request(shop.context, shop.id, order, Money(100, "EUR"))  # in the chat, say
    moved = client.get(path)
    assert (moved.status_code, 'hx-trigger="every 2s"' in moved.text) == (200, True)
    path = asked_again(client, order)
    assert client.get(path).status_code == 204
    shop.drain()
    last = client.get(path)
    assert (last.status_code, 'hx-trigger="every 20s"' in last.text) == (200, True)
    assert client.get(asked_again(client, order)).status_code == 204


def test_an_order_that_waits_for_the_bank_is_watched(app: Flask, shop: Shop) -> None:
    order, client = shop.order(), enter(app, shop, "viewer@cafe.example")
    shop.pay(order, ASKS_ALWAYS)
    path = asked_again(client, order)
    assert client.get(path).status_code == 204
    shop.answer_bank(order, "passed")
    shop.hint(order, "payment_intent.succeeded")
    assert "Paid" in client.get(path).text


def test_whatever_is_on_the_timeline_is_shown(app: Flask, shop: Shop) -> None:
    order, client = reminded(shop), enter(app, shop, "viewer@cafe.example")
    path = asked_again(client, order)
    shop.status(shop.place.sent[-1]["wamid"], "delivered")
    assert "Delivered to the phone" in client.get(path).text


def test_who_may_not_see_the_order_learns_nothing_of_its_revision(app: Flask, shop: Shop) -> None:
    order = shop.order()
    rival = declaration(shop.account, "http://127.0.0.1:1/rival", id="rival")
    rival["users"] = [{"email": "boss@rival.example", "name": "Boss", "role": "admin"}]
    declarations.apply(shop.context, declarations.declared(rival))
    client = enter(app, shop, "viewer@cafe.example")
    path = asked_again(client, order)
    assert browser(app).get(path).status_code == 302
    assert enter(app, shop, "boss@rival.example").get(path).status_code == 404
    shop.clock.forward(hours=8, seconds=1)
    assert client.get(path).status_code == 302


def test_a_one_time_link_is_no_session(shop: Shop) -> None:
    token = sessions.make_link(shop.context, "admin@cafe.example")
    assert sessions.visitor(shop.context, token) is None
    found = sessions.visitor(shop.context, sessions.by_link(shop.context, token))
    assert found is not None
    assert (found.role, found.merchant.name, found.merchant.id) == ("admin", "Café Lumière", shop.id)


def test_a_session_ends_after_a_week_however_much_it_is_used(shop: Shop) -> None:
    token = sessions.by_link(shop.context, sessions.make_link(shop.context, "admin@cafe.example"))
    for _ in range(7 * 24 // 6 - 1):
        shop.clock.forward(hours=6)
        sessions.touch(shop.context, token)
        assert sessions.visitor(shop.context, token)
    shop.clock.forward(hours=6)
    assert sessions.visitor(shop.context, token) is None


def test_a_qr_code_is_drawn_once_and_only_where_it_is_shown(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, real = [], segno.make

    def make(text: str, **how: Any) -> Any:
        drawn.append(text)
        return real(text, **how)

    monkeypatch.setattr(segno, "make", make)
    order, over = shop.order(), shop.order()
    lifecycle.cancel(shop.context, shop.id, over)
    for role in ("viewer", "clerk"):
        client = enter(app, shop, f"{role}@cafe.example")
        for each in (order, over, order):
            assert client.get(f"/office/orders/{each}/live").status_code == 200
    assert drawn == [shop.context.links.url(order, 1)]
