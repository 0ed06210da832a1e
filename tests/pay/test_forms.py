"""What the page posts counts with the form token of its own link only, whatever is posted and however the order stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from tests.kit import ASKS, app, outside, shop, test_gateway
from tests.looks import orders as every
from tests.pay.forms import GOOD, link, post
from webapp.domain.actions import Action
from webapp.pay.views import pay

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Shop

__all__ = ["app", "outside", "shop", "test_gateway"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def posted() -> list[str]:
    """The last part of every address of the page that takes a POST."""
    bare = Flask(__name__)
    bare.register_blueprint(pay)
    rules = [rule for rule in bare.url_map.iter_rules() if "POST" in (rule.methods or ())]
    return sorted(rule.rule.rpartition("/")[2] for rule in rules)


def at_the_bank(shop: Shop) -> str:
    order = shop.order()
    shop.pay(order, ASKS)
    return order


def answered(shop: Shop) -> str:
    order = at_the_bank(shop)
    shop.answer_bank(order, "passed")
    return order


def with_a_card(shop: Shop) -> str:
    order = shop.order(Action.REGISTER)
    shop.pay(order)
    return order


# For each POST an order of which it changes something.
READY: dict[str, Callable[[Shop], str]] = {
    "another-card": at_the_bank,
    "details": lambda shop: shop.order(collects_details=True),
    "not-mine": lambda shop: shop.order(),
    "opened": lambda shop: shop.order(),
    "pay": lambda shop: shop.order(),
    "prepare": lambda shop: shop.order(),
    "remove-card": with_a_card,
    "resume": answered,
}
INERT = {"prepare"}  # this gateway's form is not bought


@pytest.mark.parametrize("form", ["none", "another link's", "an earlier link's"])
@pytest.mark.parametrize("verb", posted())
def test_a_form_that_is_not_this_link_s_is_refused_and_changes_nothing(
    app: Flask, shop: Shop, verb: str, form: str
) -> None:
    order = READY[verb](shop)
    wrong = {
        "none": "",
        "another link's": shop.context.links.form_token(link(shop, shop.order())),
        "an earlier link's": shop.context.links.form_token(
            shop.context.links.token(order, shop.get(order).link_version - 1)
        ),
    }[form]
    given: dict[str, Any] = {**GOOD, "confirmation_token": shop.token("visa")}
    before, charged = shop.dump(), shop.ledger()
    assert post(app, shop, order, verb, csrf_token=wrong, **given).status_code == 400
    assert (shop.dump(), shop.ledger()) == (before, charged)
    assert post(app, shop, order, verb, **given).status_code != 400
    assert (shop.dump() != before) is (verb not in INERT)  # so it was the token that the first one lacked


def test_a_form_without_its_token_is_refused_however_the_order_stands(app: Flask, shop: Shop) -> None:
    made = every.make(shop)
    before, typed = shop.dump(), dict[str, Any](GOOD)
    answers = {
        (name, verb): post(app, shop, order, verb, csrf_token="", **typed).status_code
        for name, order in made.items()
        for verb in posted()
    }
    assert {case: status for case, status in answers.items() if status != 400} == {}
    assert shop.dump() == before
