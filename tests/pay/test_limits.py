"""What a limit looks like from outside: nothing was taken, when to try again, and a link that goes on telling the truth."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.kit import Shop, app, browser, outside, shop, test_gateway
from webapp.db import limits, models
from webapp.services.payments import card_testing
from webapp.services.runtime import counters
from webapp.services.runtime.counters import Rule

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

__all__ = ["app", "outside", "shop", "test_gateway"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CAFE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


def ask(app: Flask, path: str, ip: str = CAFE, *, method: str = "GET") -> TestResponse:
    client = browser(app)
    client.environ_base["REMOTE_ADDR"] = ip
    return client.open(path, method=method)


def pay(app: Flask, shop: Shop, order: str, ip: str = CAFE, *, htmx: bool = True) -> TestResponse:
    link = shop.context.links.token(order, 1)
    client = browser(app)
    client.environ_base["REMOTE_ADDR"] = ip
    data = {"csrf_token": shop.context.links.form_token(link), "confirmation_token": shop.token("visa")}
    return client.post(f"/p/{link}/pay?lang=en", data=data, headers={"HX-Request": "true"} if htmx else {})


def spend(shop: Shop, rule: Rule, subject: str) -> None:
    with shop.context.database.write() as session:
        for _ in range(rule.most):
            limits.count(session, rule.key(subject), shop.clock(), rule.window)


def test_a_limit_is_a_422_that_says_that_nothing_was_taken_and_when_to_try_again(app: Flask, shop: Shop) -> None:
    order = shop.order()
    spend(shop, card_testing.DECLINES_OF_IP, counters.blinded(shop.context, CAFE) or "")
    answer = pay(app, shop, order)
    assert answer.status_code == 422
    assert 'id="status"' in answer.text
    assert 'data-problem="too_many"' in answer.text
    assert "No money was taken" in answer.text
    assert "after 24 Nov 2026, 12:01" in re.sub(r"\s+", " ", answer.text)  # the shop's time, rounded up
    assert (shop.attempts(order), shop.charges()) == ([], [])


def test_the_same_words_whichever_limit_it_is(app: Flask, shop: Shop) -> None:
    order = shop.order()
    spend(shop, card_testing.DECLINES_OF_LINK, order)
    link = pay(app, shop, order).text
    shop.clock.forward(days=1)
    spend(shop, card_testing.DECLINES_OF_MERCHANT, shop.id)
    merchant = pay(app, shop, order).text
    alike = [re.sub(r"after [^<]*|value=\"[^\"]*\"", "", text) for text in (link, merchant)]
    assert alike[0] == alike[1] != link


def test_the_order_s_page_and_another_address_are_as_before(app: Flask, shop: Shop) -> None:
    order = shop.order()
    spend(shop, card_testing.DECLINES_OF_IP, counters.blinded(shop.context, CAFE) or "")
    assert pay(app, shop, order, htmx=False).status_code == 303
    page = ask(app, f"/p/{shop.context.links.token(order, 1)}")
    assert (page.status_code, 'id="card-form"' in page.text) == (200, True)
    assert pay(app, shop, order, ELSEWHERE).status_code == 200
    assert shop.state(order) == "paid"


def test_wrong_links_from_one_address_are_429_in_the_end(app: Flask, shop: Shop) -> None:
    wrong = [f"/p/{shop.context.links.token('ord_nobody', 1)}", "/p/x", "/p/x/status"]
    statuses = [ask(app, wrong[number % 3]).status_code for number in range(60)]
    refused = [ask(app, path) for path in wrong] + [ask(app, f"{wrong[0]}/pay", method="POST")]
    assert (set(statuses), {answer.status_code for answer in refused}) == ({404}, {429})
    assert len({answer.data for answer in refused}) == 1
    assert {answer.headers["Retry-After"] for answer in refused} == {"60"}
    assert ask(app, "/p/x", ELSEWHERE).status_code == 404
    shop.clock.forward(minutes=1)
    assert ask(app, "/p/x").status_code == 404


def test_an_address_that_guesses_links_still_sees_the_truth_of_one_that_is_right(app: Flask, shop: Shop) -> None:
    order = shop.order()
    spend(shop, counters.WRONG_LINKS_OF_IP, counters.blinded(shop.context, CAFE) or "")
    before = shop.dump()
    link = f"/p/{shop.context.links.token(order, 1)}"
    assert [ask(app, path).status_code for path in (link, f"{link}/status", "/p/x")] == [200, 204, 429]
    assert shop.dump() == before
    assert pay(app, shop, order).status_code == 200


def test_a_wrong_link_is_the_same_404_when_nothing_can_be_counted(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.domain.errors import Unavailable  # noqa: PLC0415

    def broken(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(limits, "count", broken)
    assert ask(app, "/p/x").status_code == 404
    assert shop.all(models.Limit) == []
