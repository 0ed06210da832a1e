"""The link by another way: where WhatsApp cannot reach the buyer it goes by e-mail, in the shop's order, and the shop is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import BUYER, OPERATOR, Post, Shop, setting, text
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.channels import ChannelName, OrderChannel
from webapp.domain.errors import Conflict, Invalid
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from collections.abc import Callable

MAIL, EMAIL_FIRST = "buyer@example.com", [ChannelName.EMAIL, ChannelName.WHATSAPP]
NOT_THERE = [{"code": 131026, "title": "Message undeliverable"}]


def link(shop: Shop) -> models.Message:
    """The newest message with the link."""
    rows = [row for row in shop.all(models.Message) if row.purpose in {"request", "reminder"}]
    newest: models.Message = max(rows, key=lambda row: row.created_at)
    return newest


def is_not_on_whatsapp(shop: Shop) -> None:
    shop.drain()
    shop.status(str(link(shop).wamid), "failed", errors=NOT_THERE)


def is_refused_at_once(shop: Shop) -> None:
    shop.place.whatsapp_answers.append((400, {"error": {"code": 131026, "message": "no"}}))
    shop.drain()


def template_is_paused(shop: Shop) -> None:
    shop.place.whatsapp_answers.append((400, {"error": {"code": 132015, "message": "Template is paused"}}))
    shop.drain()


def account_is_locked(shop: Shop) -> None:
    shop.drain()
    shop.status(str(link(shop).wamid), "failed", errors=[{"code": 131031, "title": "Account locked"}])


def has_blocked_the_shop(shop: Shop) -> None:
    """Meta says nothing of it: the message stays sent."""
    shop.drain()
    shop.later(hours=4)


def told(shop: Shop, to: str) -> list[dict[str, Any]]:
    return [each for each in shop.place.sent if each["to"] == to]


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (is_not_on_whatsapp, "could not deliver the request"),
        (is_refused_at_once, "could not deliver the request"),
        (template_is_paused, "administrator has to look at the account"),
        (account_is_locked, "administrator has to look at the account"),
        (has_blocked_the_shop, "has not arrived by WhatsApp yet"),
    ],
)
def test_where_whatsapp_cannot_reach_the_link_goes_by_e_mail_and_the_shop_is_told_once(
    shop: Shop, post: Post, happens: Callable[[Shop], None], words: str
) -> None:
    shop.hear("HELP")
    order = shop.order(send=True, language="es", description="2 pizzas")
    shop.place.sent.clear()
    happens(shop)
    (letter,) = post.letters()
    assert letter["recipient"] == MAIL
    assert letter["subject"].replace("\xa0", " ") == "Solicitud de pago de Café Lumière: 10,00 €"
    assert shop.context.links.url(order, 1) in letter["text"]
    (news,) = told(shop, OPERATOR)
    assert words in text(news)
    assert MAIL in text(news)
    assert {"link_mail_queued", "link_mailed", "another_way"} <= set(shop.kinds(order))
    shop.place.sent.clear()
    shop.later(minutes=30)
    assert (told(shop, BUYER), told(shop, OPERATOR), len(post.letters())) == ([], [], 1)


def test_reminders_follow_the_link(shop: Shop, post: Post) -> None:
    order = shop.order(send=True, language="en")
    is_not_on_whatsapp(shop)
    shop.later(hours=5)
    assert [each["subject"].split(":")[0] for each in post.letters()] == [
        "Payment request of Café Lumière",
        "Reminder",
    ]
    assert len(told(shop, BUYER)) == 1  # the first request
    assert "reminder_mailed" in shop.kinds(order)


def test_a_reminder_that_does_not_arrive_brings_the_link_by_e_mail(shop: Shop, post: Post) -> None:
    order = shop.order(send=True, language="en")
    shop.drain()
    shop.status(str(link(shop).wamid), "delivered")
    shop.later(hours=5)
    assert post.letters() == []
    is_not_on_whatsapp(shop)
    assert len(post.letters()) == 1
    assert shop.kinds(order).count("another_way") == 1


def test_a_late_failure_of_what_went_otherwise_since_sends_nothing_again(shop: Shop, post: Post) -> None:
    shop.order(send=True)
    has_blocked_the_shop(shop)
    is_not_on_whatsapp(shop)
    assert len(post.letters()) == 1


def test_a_shop_may_prefer_e_mail(shop: Shop, post: Post) -> None:
    setting(shop, links_by=EMAIL_FIRST)
    sent = shop.hear(f"10 EUR {BUYER} REGISTER {MAIL}")
    assert told(shop, BUYER) == []
    assert f"Sent by e-mail to {MAIL}" in text(sent[-1])
    assert len(post.letters()) == 1


def test_an_address_that_is_refused_sends_it_by_whatsapp(shop: Shop, post: Post) -> None:
    setting(shop, links_by=EMAIL_FIRST)
    shop.hear("HELP")
    order = shop.order(send=True, email="nobody@example.com")
    shop.drain()
    assert len(told(shop, BUYER)) == 1
    assert "so it goes by WhatsApp" in text(told(shop, OPERATOR)[-1])
    assert {"link_mail_failed", "another_way", "sent"} <= set(shop.kinds(order))


def test_a_server_that_is_down_holds_no_link_up_for_long(shop: Shop, post: Post) -> None:
    setting(shop, links_by=EMAIL_FIRST)
    post.server.stop()
    shop.order(send=True)
    for _ in range(6):
        shop.later(minutes=30)
    assert len(told(shop, BUYER)) == 1


def test_once_no_way_is_left_the_link_is_the_shop_s_to_send(shop: Shop, post: Post) -> None:
    shop.hear("HELP")
    order = shop.order(send=True, email="nobody@example.com")
    is_not_on_whatsapp(shop)
    last = told(shop, OPERATOR)[-1]
    assert "The e-mail with the request could not be sent" in last["image"]["caption"]
    assert shop.context.links.url(order, 1) in last["image"]["caption"]


@pytest.mark.parametrize("why", ["no address", "WhatsApp alone", "STOP", "no phone", "cancelled"])
def test_no_link_goes_by_e_mail(shop: Shop, post: Post, why: str) -> None:
    if why == "WhatsApp alone":
        setting(shop, links_by=[ChannelName.WHATSAPP])
    more: dict[str, Any] = {"no address": {"email": None}, "no phone": {"phone": None}}.get(why, {})
    if why == "STOP":
        shop.order()
        shop.hear("STOP", sender=BUYER)
    order = shop.order(send=True, **more)
    shop.drain()
    if why == "cancelled":
        lifecycle.cancel(shop.context, shop.id, order)
    if why not in {"STOP", "no phone"}:
        shop.status(str(link(shop).wamid), "failed", errors=NOT_THERE)
    assert [each["subject"] for each in post.letters() if "request of" in each["subject"]] == []
    assert ("not_sent" in shop.kinds(order)) == (why == "STOP")  # not even written


def test_a_letter_that_waits_when_the_buyer_writes_stop_or_the_order_is_over_is_dropped(shop: Shop, post: Post) -> None:
    setting(shop, links_by=EMAIL_FIRST)
    first, second = shop.order(send=True), shop.order(send=True)
    lifecycle.cancel(shop.context, shop.id, first)
    with shop.context.database.write() as session:
        session.get_one(models.Buyer, shop.get(second).buyer_id).stopped_at = shop.clock()
    shop.drain()
    assert (post.letters(), [mail.state for mail in shop.all(models.Mail)]) == ([], ["dropped", "dropped"])
    assert "dropped" in shop.kinds(first)


@pytest.mark.parametrize("action", [Action.REGISTER_PAY, Action.REGISTER])
def test_the_letter_names_saving_and_holding_too(shop: Shop, post: Post, action: Action) -> None:
    setting(shop, links_by=EMAIL_FIRST)
    shop.order(action, send=True, language="en", manual_capture=action is Action.REGISTER_PAY)
    shop.drain()
    (letter,) = post.letters()
    said = (
        ("held on your card at first", "Your card is saved") if action is Action.REGISTER_PAY else ("save your card",)
    )
    assert all(words in letter["text"].replace("\n", " ") for words in said)


def test_an_order_s_own_channel_is_the_only_one(shop: Shop, post: Post) -> None:
    """Whatever the shop's order is; and an e-mail needs no phone, nor do its reminders."""
    shop.hear("HELP")
    none = shop.order(send=True, channel=OrderChannel.NONE)
    mailed = shop.order(send=True, channel=OrderChannel.EMAIL, phone=None, language="en")
    shop.drain()
    assert (told(shop, BUYER), [each["recipient"] for each in post.letters()]) == ([], [MAIL])
    assert set(shop.kinds(none)) == {"created"}
    with pytest.raises(Conflict, match="not_sent"):
        lifecycle.resend(shop.context, shop.id, none)
    shop.later(hours=5)
    assert (len(post.letters()), "reminder_mailed" in shop.kinds(mailed)) == (2, True)
    lost = shop.order(send=True, channel=OrderChannel.WHATSAPP)
    is_not_on_whatsapp(shop)
    assert (len(post.letters()), "another_way" in shop.kinds(lost)) == (2, False)
    assert shop.context.links.url(lost, 1) in told(shop, OPERATOR)[-1]["image"]["caption"]


def test_no_e_mail_goes_around_a_stop(shop: Shop, post: Post) -> None:
    shop.order()
    shop.hear("STOP", sender=BUYER)
    order = shop.order(send=True, channel=OrderChannel.EMAIL)
    shop.drain()
    assert (post.letters(), "not_sent" in shop.kinds(order)) == ([], True)


@pytest.mark.parametrize("value", [[], ["email"], ["email", "email", "whatsapp"], ["sms"], "email"])
def test_a_file_names_whatsapp_and_each_channel_once(shop: Shop, value: Any) -> None:
    document = shop.declaration()
    document["merchant"]["links_by"] = value
    with pytest.raises(Invalid, match="links_by"):
        declarations.declared(document)


def test_the_file_s_order_is_kept(shop: Shop) -> None:
    document = shop.declaration()
    document["merchant"]["links_by"] = ["email", "whatsapp"]
    declarations.apply(shop.context, declarations.declared(document))
    assert shop.one(models.Merchant).links_by == EMAIL_FIRST
