"""What a buyer is told of what the shop does with an order: refunds, cancellations, holds that end; once, and only who has heard of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import BUYER, Post, Shop, text
from webapp.db import models
from webapp.domain.money import Money
from webapp.domain.statuses import RefundState
from webapp.services.orders import lifecycle
from webapp.services.payments import refunds

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.domain.outcome import GatewayPayment
    from webapp.services.runtime.context import ServiceContext


def told(shop: Shop) -> list[list[str]]:
    """What the buyer was told by the template since this was asked last: shop, news, order."""
    sent, shop.place.sent[:] = list(shop.place.sent), []
    templates = [each["template"] for each in sent if each["to"] == BUYER and each["type"] == "template"]
    return [
        [value["text"] for value in each["components"][0]["parameters"]]
        for each in templates
        if each["name"] == "ordo_order_update"
    ]


def paid(shop: Shop, **more: Any) -> str:
    order = shop.order(language="en", reference="A12", **more)
    shop.pay(order)
    shop.drain()
    shop.place.sent.clear()
    return order


def taken_back(shop: Shop) -> ServiceContext:
    """The shop's context, where the gateway says that refunds that had succeeded have failed since."""

    class Failing:
        def __init__(self, merchant: models.Merchant) -> None:
            self.own = shop.context.gateway(merchant)

        def retrieve_payment(self, intent: str) -> GatewayPayment:
            found = self.own.retrieve_payment(intent)
            failed = [dataclasses.replace(each, progress=RefundState.FAILED, why="expired") for each in found.refunds]
            return dataclasses.replace(found, refunds=tuple(failed))

    return dataclasses.replace(shop.context, gateway=Failing)  # type: ignore[arg-type]  # no more of a gateway is asked for


def gives_back(shop: Shop, order: str, amount: int | None) -> None:
    refunds.request(shop.as_operator(), shop.id, order, Money(amount, "EUR") if amount else None)
    shop.drain()


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (None, "10,00 € was refunded to your card, all that you had paid."),
        (400, "4,00 € of 10,00 € was refunded to your card."),
    ],
    ids=["whole", "part"],
)
def test_a_refund_is_told_in_chat_and_mail_once_and_the_shop_sees_it(
    shop: Shop, post: Post, amount: int | None, words: str
) -> None:
    order = paid(shop)
    gives_back(shop, order, amount)
    ((merchant, news, what),) = told(shop)
    assert (merchant, news.replace("\xa0", " ").startswith(words)) == ("Café Lumière", True)
    assert what.replace("\xa0", " ") == "10,00 € (A12)"
    letter = post.letters()[-1]
    assert words in letter["text"].replace("\xa0", " ")
    assert shop.context.links.url(order, 1) in letter["text"]
    assert letter["subject"].replace("\xa0", " ").startswith("Café Lumière: Refund: ")
    assert {"update_sent", "update_mail_sent"} <= set(shop.kinds(order))
    for _ in range(2):
        shop.hint(order, "charge.refunded")
    assert (told(shop), len(post.letters())) == ([], 2)


def test_each_part_is_told_by_its_own_amount_whoever_gave_it_back(shop: Shop) -> None:
    order = paid(shop)
    gives_back(shop, order, 100)
    assert told(shop)[0][1].startswith("1,00")
    shop.refund_at_gateway(order, 250)
    shop.hint(order, "charge.refunded")
    assert told(shop)[0][1].startswith("2,50")


def test_a_refund_that_comes_back_is_told_to_who_was_told_of_it(shop: Shop, post: Post) -> None:
    order = paid(shop)
    gives_back(shop, order, None)
    shop.place.sent.clear()
    refunds.follow(taken_back(shop), shop.id, order)
    shop.drain()
    ((_, news, _),) = told(shop)
    assert "did not go through: your bank did not take it" in news
    assert "did not go through" in post.letters()[-1]["subject"]


@pytest.mark.parametrize("language", ["es", "ar"])
def test_news_come_in_the_language_that_the_buyer_chose(shop: Shop, language: str) -> None:
    order = shop.order(send=True, language="fr")
    shop.drain()
    with shop.context.database.write() as session:
        session.get_one(models.Buyer, shop.get(order).buyer_id).language = language
    lifecycle.cancel(shop.as_operator(), shop.id, order)
    shop.drain()
    (message,) = [each for each in shop.place.sent if each["to"] == BUYER][1:]
    assert message["template"]["language"]["code"] == language


def test_a_cancellation_is_told_to_who_got_the_request(shop: Shop) -> None:
    order = shop.order(send=True, language="en")
    shop.drain()
    lifecycle.cancel(shop.as_operator(), shop.id, order)
    shop.drain()
    ((_, news, _),) = told(shop)
    assert news.startswith("The shop has cancelled this payment request.")


def test_a_hold_that_is_let_go_is_told(shop: Shop, post: Post) -> None:
    order = shop.order(send=True, language="en", manual_capture=True)
    shop.drain()
    shop.pay(order)
    shop.drain()
    told(shop)
    lifecycle.void(shop.as_operator(), shop.id, order)
    shop.later(minutes=1)
    assert shop.state(order) == "voided"
    ((_, news, _),) = told(shop)
    assert "that was held on your card was let go" in news
    assert post.letters()[-1]["subject"].replace("\xa0", " ").endswith("No longer held: 10,00 €")


def not_sent(shop: Shop) -> str:
    return shop.order()


def not_arrived(shop: Shop) -> str:
    order = shop.order(send=True)
    shop.drain()
    (row,) = [row for row in shop.all(models.Message) if row.purpose == "request"]
    shop.status(row.wamid, "failed", errors=[{"code": 131026, "title": "not on WhatsApp"}])
    return order


def still_waits(shop: Shop) -> str:
    return shop.order(send=True)


@pytest.mark.parametrize("made", [not_sent, not_arrived, still_waits])
def test_who_was_sent_nothing_hears_of_no_order_by_its_end(shop: Shop, made: Callable[[Shop], str]) -> None:
    order = made(shop)
    shop.place.sent.clear()
    lifecycle.cancel(shop.as_operator(), shop.id, order)
    shop.drain()
    assert [each for each in shop.place.sent if each["to"] == BUYER] == []
    if made is still_waits:
        assert "dropped" in shop.kinds(order)


def test_who_said_not_me_is_answered_and_not_told_besides(shop: Shop) -> None:
    shop.order(send=True, language="en")
    shop.drain()
    answers = [each for each in shop.hear("not me", sender=BUYER) if each["to"] == BUYER]
    assert shop.one(models.Order).state == "cancelled"
    assert len(answers) == 1  # in an open chat the news would be a text beside it


def test_who_wrote_stop_is_told_by_letter_alone(shop: Shop, post: Post) -> None:
    order = paid(shop)
    shop.hear("STOP", sender=BUYER)
    gives_back(shop, order, None)
    assert told(shop) == []
    assert len(post.letters()) == 2


def test_a_cancellation_that_is_taken_back_at_once_is_not_told(shop: Shop) -> None:
    order = shop.order(send=True)
    shop.drain()
    shop.place.sent.clear()
    lifecycle.cancel(shop.as_operator(), shop.id, order)
    lifecycle.reactivate(shop.as_operator(), shop.id, order, send=False)
    shop.drain()
    assert [each for each in shop.place.sent if each["to"] == BUYER] == []
    assert "update_dropped" in shop.kinds(order)


def test_in_an_open_chat_the_news_are_a_text_and_a_template_once_meta_says_that_it_is_closed(shop: Shop) -> None:
    order = paid(shop)
    shop.hear("receipt", sender=BUYER)
    shop.place.sent.clear()
    gives_back(shop, order, None)
    (message,) = [each for each in shop.place.sent if each["to"] == BUYER]
    assert text(message).endswith("(A12)")
    row = next(row for row in shop.all(models.Message) if row.purpose == "update")
    shop.status(row.wamid, "failed", errors=[{"code": 131047, "title": "closed"}])
    assert len(told(shop)) == 1
    assert "update_failed" not in shop.kinds(order)
