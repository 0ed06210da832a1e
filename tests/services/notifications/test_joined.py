"""Two messages that one person would get at once are one: each is billed."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest

from tests.kit import BUYER, OPERATOR, Shop
from tests.services.notice_examples import EVERY
from webapp.db import models
from webapp.domain.money import Money
from webapp.services.notifications import notices
from webapp.services.notifications.notices import NoticeKind
from webapp.services.orders import lifecycle
from webapp.services.payments import refunds

JOIN = {
    (NoticeKind.PAYMENT_RECEIPT, NoticeKind.CONSENT_RECEIPT),
    (NoticeKind.PAYMENT_REQUEST, NoticeKind.PAYMENT_REQUEST),
    (NoticeKind.PAYMENT_REQUEST, NoticeKind.PAYMENT_REMINDER),
    (NoticeKind.PAYMENT_REMINDER, NoticeKind.PAYMENT_REQUEST),
    (NoticeKind.PAYMENT_REMINDER, NoticeKind.PAYMENT_REMINDER),
    (NoticeKind.ORDER_UPDATE, NoticeKind.ORDER_UPDATE),
    (NoticeKind.SHOP_NOTICE, NoticeKind.SHOP_NOTICE),
}


def to(shop: Shop, phone: str) -> list[dict[str, Any]]:
    sent, shop.place.sent[:] = list(shop.place.sent), []
    return [each for each in sent if each["to"] == phone]


def test_which_kinds_are_said_together() -> None:
    """Each pair of kinds, in one language, of a payment that the buyer made."""
    each = [dataclasses.replace(notice, language="en") for notice in EVERY]
    plain = [
        dataclasses.replace(notice, merchant_initiated=False, consent=None)
        if isinstance(notice, notices.PaymentReceipt)
        else notice
        for notice in each
    ]
    found = {
        (one.kind, other.kind)
        for one, other in itertools.product(plain, plain)
        if notices.joined(one, other) is not None
    }
    assert found == JOIN


def test_two_languages_stay_apart() -> None:
    one = notices.ShopNotice(language="en", merchant="Café", text="Paid.\n10 (A12)")
    assert notices.joined(one, dataclasses.replace(one, language="fr")) is None


def test_news_that_together_are_too_long_for_a_template_stay_apart() -> None:
    one = notices.ShopNotice(language="en", merchant="Café", text="x" * 400)
    assert notices.joined(one, one) is None


def test_a_request_that_is_sent_again_before_it_went_out_goes_out_once(shop: Shop) -> None:
    order = shop.order(send=True)
    lifecycle.resend(shop.context, shop.id, order)
    shop.drain()
    assert len(to(shop, BUYER)) == 1


def test_a_reminder_beside_a_request_is_the_request(shop: Shop) -> None:
    order = shop.order(send=True, language="en")
    shop.drain()
    (row,) = shop.all(models.Message)
    shop.status(row.wamid, "delivered")
    to(shop, BUYER)
    shop.clock.forward(hours=5)
    shop.work(models.Reminder)
    lifecycle.resend(shop.context, shop.id, order)
    shop.drain()
    (told,) = to(shop, BUYER)
    assert told["template"]["name"] == "ordo_payment_request"


def test_two_refunds_seen_at_once_are_one_message(shop: Shop) -> None:
    order = shop.order(language="en")
    shop.pay(order)
    shop.drain()
    to(shop, BUYER)
    for amount in (100, 250):
        shop.refund_at_gateway(order, amount)
    refunds.follow(shop.context, shop.id, order)
    shop.drain()
    (told,) = to(shop, BUYER)
    news = told["template"]["components"][0]["parameters"][1]["text"]
    assert ("1,00" in news, "2,50" in news) == (True, True)


def test_who_says_not_me_is_one_message_to_the_shop(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    to(shop, OPERATOR)
    shop.hear("not me", sender=BUYER)
    (told,) = to(shop, OPERATOR)
    lines = told["text"]["body"].split("\n")
    assert (len(lines), lines[0].startswith("Cancelled."), "somebody else" in lines[1]) == (3, True, True)
    assert lines[2].endswith("(A12)")


def test_what_went_out_already_is_not_changed(shop: Shop) -> None:
    order = shop.order(language="en")
    shop.pay(order)
    shop.drain()
    for amount in (100, 250):
        refunds.request(shop.as_operator(), shop.id, order, Money(amount, "EUR"))
        shop.drain()
    assert len([each for each in to(shop, BUYER) if each["template"]["name"] == "ordo_order_update"]) == 2


@pytest.mark.parametrize("other", ["another order", "another phone"])
def test_only_one_order_s_to_one_person(shop: Shop, other: str) -> None:
    more: dict[str, Any] = {"phone": "+33687654321"} if other == "another phone" else {}
    shop.order(send=True)
    shop.order(send=True, **more)
    shop.drain()
    assert len(shop.place.sent) == 2
