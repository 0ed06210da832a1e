"""A link that was replaced: neither it nor a form of its page does anything any more, and who holds it reads so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.doors.registry import DETAILS
from tests.kit import CONSENT, DECLINED, OPERATOR, Shop, app, browser, outside, shop, test_gateway, text
from tests.office.forms import csrf, enter
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict
from webapp.services.orders import buyer_details, lifecycle, wrong_recipient
from webapp.services.payments import checkout

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from werkzeug.test import TestResponse

__all__ = ["app", "outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
VERBS = ("opened", "details", "prepare", "pay", "resume", "another-card", "remove-card", "not-mine")


def reopened(shop: Shop, order: str) -> None:
    lifecycle.cancel(shop.context, shop.id, order)
    lifecycle.reactivate(shop.context, shop.id, order, send=False)


def denied_and_reopened(shop: Shop, order: str) -> None:
    wrong_recipient.stop(shop.context, order)
    lifecycle.reactivate(shop.context, shop.id, order, send=False)


def expired_and_extended(shop: Shop, order: str) -> None:
    shop.later(days=8)
    assert shop.state(order) == "expired"
    with shop.context.database.write() as session:
        lifecycle.extend_in(session, shop.context, session.get_one(models.Order, order), 3)


def refused_and_reopened(shop: Shop, order: str) -> None:
    for _ in range(3):
        shop.pay(order, DECLINED)
    lifecycle.reactivate(shop.context, shop.id, order, send=False)


def revoked(shop: Shop, order: str) -> None:
    lifecycle.revoke_link(shop.context, shop.id, order)


REPLACING = [reopened, denied_and_reopened, expired_and_extended, refused_and_reopened, revoked]


def post(app: Flask, shop: Shop, token: str, verb: str) -> TestResponse:
    form = {"csrf_token": shop.context.links.form_token(token), "confirmation_token": shop.token("visa"), **DETAILS}
    return browser(app).post(f"/p/{token}/{verb}", data=form, headers={"HX-Request": "true"})


@pytest.mark.parametrize("replace", REPLACING)
def test_the_old_link_and_its_forms_are_dead_and_the_new_one_pays(
    app: Flask, shop: Shop, replace: Callable[[Shop, str], None]
) -> None:
    order = shop.order()
    old = shop.context.links.token(order, shop.get(order).link_version)
    replace(shop, order)
    before = shop.dump()
    asked = [browser(app).get(f"/p/{old}{rest}") for rest in ("", "/status", "?details", "?lang=fr")]
    asked += [post(app, shop, old, verb) for verb in VERBS]
    assert {answer.status_code for answer in asked} == {410}
    assert shop.dump() == before
    assert shop.state(order) == "open"
    assert post(app, shop, shop.context.links.token(order, shop.get(order).link_version), "pay").status_code == 200
    assert shop.state(order) == "paid"


def test_who_holds_it_reads_so_and_nothing_of_the_order(app: Flask, shop: Shop) -> None:
    order = shop.order(description="2 pizzas", amount=1234)
    old = shop.context.links.token(order, 1)
    revoked(shop, order)
    page = browser(app).get(f"/p/{old}?lang=en").text
    assert "This link is no longer valid" in page
    assert "hello@cafe.example" in page
    assert shop.get(order).reference in page
    assert not re.search(r"pizzas|12\.34|card-form|wa\.me", page)
    french = browser(app).get(f"/p/{old}?lang=fr").text
    assert "Ce lien n’est plus valable" in french


def test_who_says_that_it_is_not_theirs_reads_that_it_was_stopped(app: Flask, shop: Shop) -> None:
    order = shop.order()
    old = shop.context.links.token(order, 1)
    assert post(app, shop, old, "not-mine").headers["Location"] == f"/p/{old}"
    page = browser(app).get(f"/p/{old}?lang=en")
    assert (page.status_code, "This request was stopped" in page.text) == (410, True)
    assert browser(app).get(f"/p/{shop.context.links.token(order, 2)}").status_code == 200


def test_a_link_of_an_order_that_is_not_there_is_still_like_any_that_is_wrong(app: Flask, shop: Shop) -> None:
    order = shop.order()
    forged, unknown = f"{shop.context.links.token(order, 1)}x", shop.context.links.token("ord_nobody", 1)
    assert {browser(app).get(f"/p/{token}").status_code for token in (forged, unknown)} == {404}


def test_a_link_that_is_replaced_while_its_form_is_on_its_way_does_nothing(shop: Shop) -> None:
    """Decided under the order's lock: what was read before it does not count."""
    order = shop.order(Action.PAYMENT, collects_details=True)
    revoked(shop, order)
    with pytest.raises(Conflict):
        buyer_details.give(shop.context, order, DETAILS, link_version=1)
    assert not wrong_recipient.stop(shop.context, order, link_version=1)
    buyer_details.give(shop.context, order, DETAILS, link_version=2)
    with pytest.raises(Conflict):
        checkout.start(
            shop.context, order, checkout.Submission(shop.token("visa"), False, CONSENT, "x", link_version=1)
        )
    assert (shop.state(order), shop.attempts(order)) == ("open", [])


def test_an_operator_takes_a_link_back_in_the_chat(app: Flask, shop: Shop) -> None:
    heard = shop.hear("10 EUR +33612345678 ORDER=A12")
    (confirmation,) = [message for message in heard if message["to"] == OPERATOR]
    (order,) = shop.all(models.Order)
    old = shop.context.links.token(order.id, 1)
    (answer,) = shop.hear("REVOKE A12")
    assert shop.context.links.url(order.id, 2) in text(answer)
    assert "RESEND sends it to the buyer" in text(answer)
    assert browser(app).get(f"/p/{old}").status_code == 410
    shop.hear("révoquer", reply_to=confirmation["wamid"])
    assert shop.get(order.id).link_version == 3
    assert shop.kinds(order.id).count("link_revoked") == 2
    assert shop.all(models.Reminder, models.Reminder.due_at.is_not(None)) == []
    shop.clock.forward(minutes=2)
    sent = [message for message in shop.hear("RESEND A12") if message["to"] != OPERATOR]
    assert shop.context.links.token(order.id, 3) in str(sent)


def test_a_request_that_is_still_to_be_sent_brings_the_new_link(shop: Shop) -> None:
    order = shop.order(send=True)
    revoked(shop, order)
    shop.drain()
    (sent,) = shop.place.sent
    assert shop.context.links.token(order, 2) in str(sent)
    assert shop.context.links.token(order, 1) not in str(sent)


def test_a_clerk_takes_a_link_back_on_the_order_s_page(app: Flask, shop: Shop) -> None:
    order = shop.order()
    client = enter(app, shop, "clerk@cafe.example")
    path = f"/office/orders/{order}"
    assert client.post(f"{path}/revoke-link", data={"csrf_token": csrf(client, path)}).status_code == 303
    assert shop.context.links.url(order, 2) in client.get(path).text
    assert "link_revoked" in shop.kinds(order)
    assert browser(app).get(f"/p/{shop.context.links.token(order, 1)}").status_code == 410
