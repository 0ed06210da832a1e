"""The verbs of an operator: what each does and says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.kit import BUYER, OPERATOR, Shop, confirmation, text
from webapp.db import models

pytestmark = pytest.mark.wording


def ordered(shop: Shop, command: str = f"10 EUR {BUYER} ORDER=A12") -> str:
    """An order; the id of the message that confirmed it."""
    return str(confirmation(shop.hear(command))["wamid"])


def ordered_and_paid(shop: Shop) -> str:
    wamid = ordered(shop)
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    return wamid


def test_resend_sends_the_link_once_more(shop: Shop) -> None:
    wamid = ordered(shop)
    sent = shop.hear("RESEND", reply_to=wamid)
    assert sorted(message["to"] for message in sent) == [OPERATOR, BUYER]
    assert "resent" in shop.kinds(shop.one(models.Order).id)


def test_resend_of_an_order_without_a_phone_says_so(shop: Shop) -> None:
    wamid = ordered(shop, "10 EUR")
    (answer,) = shop.hear("RESEND", reply_to=wamid)
    assert "Nothing was sent" in text(answer)


def test_extend_lets_the_link_live_longer(shop: Shop) -> None:
    ordered(shop)
    before = shop.one(models.Order).expires_at
    (answer,) = shop.hear("EXTEND 3 A12")
    assert shop.one(models.Order).expires_at - before == timedelta(days=3)
    assert "4 Dec 2026" in text(answer)
    shop.later(days=8)
    assert shop.one(models.Order).state == "open"
    shop.later(days=3)
    assert shop.one(models.Order).state == "expired"


def test_extend_opens_an_expired_order_again_and_sends_its_link(shop: Shop) -> None:
    ordered(shop)
    shop.later(days=8)
    sent = shop.hear("EXTEND 2 A12")
    order = shop.one(models.Order)
    assert (order.state, order.expires_at - shop.clock()) == ("open", timedelta(days=2))
    assert BUYER in {message["to"] for message in sent}


def test_extend_stays_within_ninety_days(shop: Shop) -> None:
    ordered(shop, f"10 EUR {BUYER} ORDER=A12 DELAY=89")
    (answer,) = shop.hear("EXTEND 2 A12")
    assert "1 to 90 days" in text(answer)
    shop.hear("EXTEND 1 A12")
    assert shop.one(models.Order).expires_at - shop.clock() == timedelta(days=90)


def test_extend_of_a_paid_order_is_refused(shop: Shop) -> None:
    wamid = ordered_and_paid(shop)
    (answer,) = shop.hear("EXTEND 2", reply_to=wamid)
    assert "The order is over" in text(answer)


@pytest.mark.parametrize(("command", "amount"), [("REFUND", 1000), ("REFUND 4 EUR", 400)])
def test_refund_is_asked_about_and_then_made(shop: Shop, command: str, amount: int) -> None:
    wamid = ordered_and_paid(shop)
    (question,) = shop.hear(command, reply_to=wamid)
    assert "back to the buyer?" in text(question)
    assert shop.all(models.Refund) == []
    answer, *_ = shop.tap(question, "1")
    assert "is on its way" in text(answer)
    refund = shop.one(models.Refund)
    assert (refund.amount, refund.actor_id, refund.state) == (amount, shop.operator_id(), "succeeded")
    shop.tap(question, "1")
    shop.one(models.Refund)


def test_refund_of_more_than_there_is_or_of_nothing_is_refused_unasked(shop: Shop) -> None:
    wamid = ordered_and_paid(shop)
    (answer,) = shop.hear("REFUND 11 EUR", reply_to=wamid)
    assert "At most 10,00" in text(answer)
    ordered(shop, f"10 EUR {BUYER} ORDER=A13")
    (answer,) = shop.hear("REFUND A13")
    assert "The order is over" in text(answer)


@pytest.mark.both_databases
def test_list_shows_today_by_the_merchant_s_clock(shop: Shop) -> None:
    ordered(shop, f"10 EUR {BUYER} ORDER=YESTERDAY")
    shop.clock.forward(hours=13, minutes=30)  # 00:30 in Paris, 23:30 in UTC
    (answer,) = shop.hear("LIST")
    assert "No orders today" in text(answer)
    ordered(shop, f'11 EUR {BUYER} "2 pizzas" ORDER=TODAY')
    (answer,) = shop.hear("LIST")
    assert "00:30\u00a0GMT+1 · 11,00\u00a0€, 2 pizzas (TODAY) · Waiting for the buyer" in text(answer)
    assert "YESTERDAY" not in text(answer)


def test_list_leaves_out_what_does_not_fit_and_says_so(shop: Shop) -> None:
    for number in range(31):
        shop.order(reference=f"N{number}")
        shop.clock.forward(seconds=1)
    (answer,) = shop.hear("LIST")
    assert "(N30)" in text(answer)
    assert "(N0)" not in text(answer)
    assert "back office" in text(answer)
    assert len(text(answer)) < 4096


def test_language_is_the_operator_s_from_then_on(shop: Shop) -> None:
    (answer,) = shop.hear("LANGUAGE fr")
    assert "en français" in text(answer)
    (answer,) = shop.hear("AIDE")
    assert "REMBOURSER" in text(answer)


def test_help_shows_every_verb(shop: Shop) -> None:
    (answer,) = shop.hear("HELP")
    for word in [
        "REGISTER",
        "ASK",
        "STATUS",
        "CANCEL",
        "RESEND",
        "REVOKE",
        "EXTEND",
        "REFUND",
        "CHARGE",
        "LIST",
        "LINK",
        "LANGUAGE",
        "TAX",
        "DELAY",
        "ORDER",
    ]:
        assert word in text(answer)


def test_status_and_list_say_what_was_refunded_and_what_is_left(shop: Shop) -> None:
    ordered_and_paid(shop)
    shop.refund_at_gateway(shop.one(models.Order).id, 300)
    shop.hint(shop.one(models.Order).id, "charge.refunded")
    said = "10,00\u00a0€ (3,00\u00a0€ refunded, 7,00\u00a0€ left)"
    for command in ("STATUS A12", "LIST"):
        (answer,) = shop.hear(command)
        assert said in text(answer)
        assert "Partly refunded" in text(answer)


def test_status_says_that_money_is_only_held_before_it_is_and_until_when_while_it_is(shop: Shop) -> None:
    order = shop.order(manual_capture=True, reference="A12")
    (before,) = shop.hear("STATUS A12")
    assert "only held at first" in text(before)
    shop.pay(order)
    shop.drain()
    (now,) = shop.hear("STATUS A12")
    assert ("only held at first" in text(now), "The money is held until" in text(now)) == (False, True)


def test_a_refund_whose_amount_the_gateway_cannot_write_is_refused_unasked(shop: Shop) -> None:
    ordered(shop, f"50 KWD {BUYER} ORDER=A12")
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    (answer,) = shop.hear("REFUND 0.005 KWD A12")
    assert answer["type"] == "text"
    assert "cannot give back exactly this amount" in text(answer)
    assert shop.all(models.Refund) == []


def test_an_order_of_a_currency_of_small_units_is_taken_beyond_a_million(shop: Shop) -> None:
    (question,) = shop.hear(f"1500000 IDR {BUYER} ORDER=A12")
    shop.tap(question, "1")
    order = shop.one(models.Order)
    assert (order.amount, order.currency) == (150_000_000, "IDR")
