"""An order that asks the buyer for a name and an address, before the card."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from flask import request

from tests.kit import ASKS_ALWAYS, app, browser, outside, shop, test_gateway
from tests.pay.forms import GOOD, link, post
from webapp.domain.actions import Action
from webapp.pay import views
from webapp.services.payments import checkout, saved_card_pay
from webapp.services.webhooks import outbox

if TYPE_CHECKING:
    from flask import Flask

    from tests.kit import Shop
    from webapp.services.orders.buyer_view import BuyerView

__all__ = ["app", "outside", "shop", "test_gateway"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KEPT = {name: value for name, value in GOOD.items() if value}


def shown(app: Flask, shop: Shop, order: str, query: str = "lang=en") -> str:
    return browser(app).get(f"/p/{link(shop, order)}?{query}").text


@pytest.mark.parametrize("action", Action)
def test_the_card_comes_after_the_address_whatever_the_action(app: Flask, shop: Shop, action: Action) -> None:
    order = shop.order(action, collects_details=True)
    before = shown(app, shop, order)
    assert ("Your name and address" in before, 'id="card-form"' in before) == (True, False)
    assert re.search(r'<option value="FR" selected>France<', before)
    for token in ("name", "address-line1", "address-line2", "postal-code", "address-level2", "country"):
        assert f'autocomplete="{token}"' in before
    assert post(app, shop, order, "details", htmx=False, **GOOD).status_code == 303
    after = shown(app, shop, order)
    assert ("Your name and address are noted" in after, 'id="card-form"' in after) == (True, True)
    assert shop.get(order).details == KEPT


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " \u200b ", "Please fill this in."),
        ("line1", "", "Please fill this in."),
        ("city", "x" * 81, "too long: 80 characters"),
        ("line2", "4242 4242 4242 4242", "Please do not write a card number here"),
        ("country", "ZZ", "Please choose your country."),
    ],
)
def test_what_is_wrong_stands_under_its_field_and_nothing_typed_is_lost(
    app: Flask, shop: Shop, field: str, value: str, words: str
) -> None:
    order = shop.order(collects_details=True, language="en")
    typed: dict[str, Any] = {**GOOD, "postal_code": "75002", field: value}
    answer = post(app, shop, order, "details", htmx=False, **typed)
    assert answer.status_code == 422
    assert re.search(f'id="{field}-fault">[^<]*{words}', answer.text)
    assert re.search(f'aria-describedby="{field}-fault" autofocus', answer.text)
    assert 'value="75002"' in answer.text
    assert shop.get(order).details is None


def test_a_card_number_over_several_fields_is_refused(app: Flask, shop: Shop) -> None:
    order = shop.order(collects_details=True, language="en")
    split = {**GOOD, "line1": "4242 4242", "line2": "4242 4242"}
    answer = post(app, shop, order, "details", htmx=False, **split)
    assert (answer.status_code, shop.get(order).details) == (422, None)
    assert answer.text.count("Please do not write a card number here") == 2
    apart = {**GOOD, "line1": "4242 Broadway", "line2": "Building 4242, floor 42"}
    assert post(app, shop, order, "details", htmx=False, **apart).status_code == 303


def test_marks_that_nobody_sees_are_not_kept(app: Flask, shop: Shop) -> None:
    order = shop.order(collects_details=True)
    post(app, shop, order, "details", htmx=False, **{**GOOD, "name": "Ada\u202e  \u2066Martin"})
    assert (shop.get(order).details or {})["name"] == "Ada Martin"


def test_names_and_streets_are_kept_and_told_as_they_are_written_with_joiners(app: Flask, shop: Shop) -> None:
    order, written = shop.order(collects_details=True), {"name": "ශ්‍රී 👩‍🍳", "line1": "کوچه‌ی گل‌ها"}
    post(app, shop, order, "details", htmx=False, **{**GOOD, **written})
    with shop.context.database.read() as session:
        told = outbox.describe(session, shop.get(order))["buyer"]
    assert isinstance(told, dict)
    assert {field: told["details"][field] for field in written} == written


def test_no_try_begins_before_the_address(app: Flask, shop: Shop) -> None:
    order = shop.order(collects_details=True)
    post(app, shop, order, confirmation_token=shop.token("visa"))
    assert (shop.state(order), shop.attempts(order)) == ("open", [])
    post(app, shop, order, "details", htmx=False, **GOOD)
    assert post(app, shop, order, confirmation_token=shop.token("visa")).status_code == 200
    assert shop.state(order) == "paid"


def test_whoever_has_the_link_can_change_the_address_but_not_read_it(app: Flask, shop: Shop) -> None:
    order = shop.order(collects_details=True)
    post(app, shop, order, "details", htmx=False, **GOOD)
    assert "rue de la Paix" not in shown(app, shop, order) + shown(app, shop, order, "details&lang=en")
    post(app, shop, order, "details", htmx=False, **{**GOOD, "city": "Lyon"})
    assert (shop.get(order).details or {})["city"] == "Lyon"
    assert shop.kinds(order).count("details_given") == 2


def test_an_address_comes_too_late_once_it_is_paid_and_to_an_order_that_never_asked(app: Flask, shop: Shop) -> None:
    paid, plain = shop.order(collects_details=True), shop.order()
    post(app, shop, paid, "details", htmx=False, **GOOD)
    shop.pay(paid)
    for order in (paid, plain):
        assert post(app, shop, order, "details", htmx=False, **{**GOOD, "city": "Lyon"}).status_code == 303
    assert ((shop.get(paid).details or {})["city"], shop.get(plain).details) == ("Paris", None)
    assert "Ada" not in shown(app, shop, paid)


def test_no_saved_card_is_offered_in_the_chat_before_the_address(app: Flask, shop: Shop) -> None:
    shop.pay(shop.order(Action.REGISTER))
    order = shop.order(collects_details=True)

    def offered() -> bool:
        with shop.context.database.read() as session:
            return saved_card_pay.card(session, shop.get(order), shop.context.now()) is not None

    assert not offered()
    post(app, shop, order, "details", htmx=False, **GOOD)
    assert offered()


def test_the_order_backend_is_told_the_address(app: Flask, shop: Shop) -> None:
    order = shop.order(collects_details=True)
    post(app, shop, order, "details", htmx=False, **GOOD)
    with shop.context.database.read() as session:
        told = outbox.describe(session, shop.get(order))["buyer"]
    assert isinstance(told, dict)
    assert told["details"] == KEPT


def test_a_form_that_came_back_can_be_loaded_anew_and_in_another_language(app: Flask, shop: Shop) -> None:
    order = shop.get(shop.order(collects_details=True))
    path = f"/p/{shop.context.links.token(order.id, order.link_version)}"
    answer = browser(app).get(f"{path}/details?lang=fr")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?details&lang=fr")
    assert 'lang="fr"' in browser(app).get(answer.headers["Location"]).text
    assert browser(app).get("/p/forged/details").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"csrf_token": ""}, 400),
        ({"name": "4242 4242 4242 4242 " + "x" * 499}, 303),
        ({"name": "x" * 81}, 303),
        ({"city": "4242 4242 4242 4242"}, 303),
        ({"country": "ZZ"}, 303),
    ],
)
def test_what_is_wrong_is_not_kept_though_the_order_opens_again_meanwhile(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], status: int
) -> None:
    """The bank declines between the look at the order and its lock."""
    order = shop.order(collects_details=True)
    post(app, shop, order, "details", htmx=False, **GOOD)
    shop.pay(order, ASKS_ALWAYS)
    assert shop.state(order) == "processing"
    look = views._found

    def looks_then_declined(token: str) -> BuyerView:
        found = look(token)
        if request.method == "POST":
            shop.answer_bank(order, "failed")
            checkout.resume(shop.context, order)
        return found

    monkeypatch.setattr(views, "_found", looks_then_declined)
    answer = post(app, shop, order, "details", htmx=False, **{**GOOD, **wrong})
    assert (answer.status_code, shop.state(order)) == (status, "open")
    assert shop.get(order).details == KEPT


def test_nothing_is_kept_while_a_try_is_on_its_way(app: Flask, shop: Shop) -> None:
    order = shop.order(collects_details=True)
    post(app, shop, order, "details", htmx=False, **GOOD)
    shop.pay(order, ASKS_ALWAYS)
    assert post(app, shop, order, "details", htmx=False, **{**GOOD, "city": "Lyon"}).status_code == 303
    assert shop.get(order).details == KEPT
