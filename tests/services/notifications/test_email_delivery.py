"""Receipts: in the chat and by e-mail, of what was paid and of what was agreed to."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from tests.kit import BUYER, CONSENT, Post, Shop
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.domain.statuses import MailState
from webapp.services.monitoring import doctor
from webapp.services.monitoring.findings import Finding
from webapp.services.notifications.channels import EMAIL
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases


def sent(shop: Shop, name: str) -> list[dict[str, Any]]:
    """The templates of that name that the buyer got."""
    return [
        message
        for message in shop.place.sent
        if message["to"] == BUYER and message["type"] == "template" and message["template"]["name"] == name
    ]


def values(message: dict[str, Any]) -> list[str]:
    body, button = message["template"]["components"]
    return [*(each["text"] for each in body["parameters"]), button["parameters"][0]["text"]]


@pytest.mark.parametrize("action", [Action.REGISTER, Action.REGISTER_PAY])
def test_who_saved_a_card_gets_what_was_agreed_to_in_the_chat_by_one_message(shop: Shop, action: Action) -> None:
    order = shop.order(action, language="en", reference="A12")
    shop.pay(order)
    shop.drain()
    paid = action is Action.REGISTER_PAY
    assert len([message for message in shop.place.sent if message["to"] == BUYER]) == 1
    (told,) = sent(shop, "ordo_saving_receipt" if paid else "ordo_card_saved")
    name, *_, card = values(told)[: 3 if paid else 2]
    version, wording, token = values(told)[-3:]
    assert (name, card, version, wording) == ("Café Lumière", "Visa ••4242", CONSENT["version"], CONSENT["wording"])
    assert token == shop.context.links.token(order, 1)
    lines = {"consent_sent", "receipt_sent"} if paid else {"consent_sent"}
    assert lines == {kind for kind in shop.kinds(order) if kind in {"consent_sent", "receipt_sent"}}
    if paid:
        row = shop.one(models.Message, models.Message.purpose == "receipt")
        shop.status(row.wamid, "read")
        assert {"consent_read", "receipt_read"} <= set(shop.kinds(order))


def test_who_saved_none_gets_the_receipt_alone(shop: Shop) -> None:
    shop.pay(shop.order(Action.ASK_REGISTER_PAY), save=False)
    shop.drain()
    assert (len(sent(shop, "ordo_receipt")), sent(shop, "ordo_card_saved")) == (1, [])


def test_a_hold_tells_of_the_card_at_once_of_the_money_when_it_is_taken_and_of_each_once(
    shop: Shop, post: Post
) -> None:
    order = shop.order(Action.REGISTER_PAY, manual_capture=True, language="en")
    shop.pay(order)
    shop.drain()
    assert (len(sent(shop, "ordo_card_saved")), sent(shop, "ordo_receipt")) == (1, [])
    lifecycle.capture(shop.context, shop.id, order)
    shop.later(minutes=1)
    assert shop.state(order) == "paid"
    assert (len(sent(shop, "ordo_card_saved")), len(sent(shop, "ordo_receipt"))) == (1, 1)
    assert [letter["subject"].split()[0] for letter in post.letters()] == ["Café", "Receipt"]


def test_one_letter_says_what_was_paid_and_what_was_agreed_to(shop: Shop, post: Post) -> None:
    order = shop.order(Action.REGISTER_PAY, description="2 <pizzas>", language="en")
    shop.pay(order)
    shop.drain()
    (letter,) = post.letters()
    assert (letter["recipient"], letter["subject"]) == ("buyer@example.com", "Receipt of Café Lumière: 10,00 €")
    assert letter["headers"]["Reply-To"] == "hello@cafe.example"
    url = shop.context.links.url(order, 1)
    for words in ("10,00\xa0€", "2 <pizzas>", "Visa ••4242", CONSENT["wording"], CONSENT["version"], url):
        assert words in letter["text"]
    assert "2 &lt;pizzas&gt;" in letter["html"]
    assert re.search(rf'<a class="brand" href="{re.escape(url)}"[^>]*>Remove the card, at any time</a>', letter["html"])
    assert letter["html"].count('<a class="button"') == 1
    assert "mail_sent" in shop.kinds(order)


def test_a_registration_is_a_letter_about_the_card(shop: Shop, post: Post) -> None:
    shop.pay(shop.order(Action.REGISTER, language="en"))
    shop.drain()
    (letter,) = post.letters()
    assert letter["subject"] == "Café Lumière has saved your card"
    assert "Amount" not in letter["text"]


def test_a_charge_without_the_buyer_is_told_by_letter_too(shop: Shop, post: Post) -> None:
    order = shop.order(Action.REGISTER_PAY, language="en")
    shop.pay(order)
    shop.drain()
    amount = Money(500, "EUR")
    aliases.charge(shop.context, shop.id, order, amount)
    shop.drain()
    letter = post.letters()[-1]
    assert "has charged the card that you saved" in letter["text"]
    assert "You agreed" not in letter["text"]


def test_the_letter_is_in_the_buyer_s_language(shop: Shop, post: Post) -> None:
    shop.pay(shop.order(language="ar"))
    shop.drain()
    (letter,) = post.letters()
    assert '<html lang="ar" dir="rtl">' in letter["html"]


@pytest.mark.parametrize("how", ["no address", "not set up", "nothing paid"])
def test_no_letter_is_written(shop: Shop, post: Post, how: str) -> None:
    order = shop.order(email=None if how == "no address" else "buyer@example.com")
    if how == "not set up":
        shop.context = dataclasses.replace(shop.context, mailer=None)
    if how == "nothing paid":
        lifecycle.cancel(shop.context, shop.id, order)
    else:
        shop.pay(order)
    shop.drain()
    assert shop.all(models.Mail) == []


def test_who_wants_no_messages_still_gets_the_receipt_by_letter(shop: Shop, post: Post) -> None:
    order = shop.order()
    shop.hear("STOP", sender=BUYER)
    shop.place.sent.clear()
    shop.pay(order)
    shop.drain()
    assert [message for message in shop.place.sent if message["to"] == BUYER] == []
    assert len(post.letters()) == 1


def test_a_server_that_is_down_delays_a_letter_and_does_not_double_it(shop: Shop, post: Post) -> None:
    post.server.stop()
    order = shop.order()
    shop.pay(order)
    shop.drain()
    mail = shop.one(models.Mail)
    assert (mail.state, mail.tries) == ("queued", 1)
    assert mail.error
    post.server.start()
    shop.later(seconds=11)
    shop.later(hours=2)
    assert len(post.letters()) == 1
    assert shop.kinds(order).count("mail_sent") == 1


def test_an_address_that_is_refused_is_seen_on_the_order_and_not_tried_again(shop: Shop, post: Post) -> None:
    order = shop.order(email="nobody@example.com")
    shop.pay(order)
    shop.drain()
    mail = shop.one(models.Mail)
    assert (mail.state, mail.due_at) == ("failed", None)
    assert "no such mailbox" in mail.error
    assert "mail_failed" in shop.kinds(order)


def test_a_letter_that_is_put_off_for_two_days_is_given_up(shop: Shop, post: Post) -> None:
    order = shop.order(email="later@example.com")
    shop.pay(order)
    shop.drain()
    for _ in range(EMAIL.max_tries + 2):
        shop.later(hours=1)
    assert shop.one(models.Mail).state == "failed"
    assert shop.kinds(order).count("mail_failed") == 1


def test_letters_wait_while_no_server_is_set_up_any_more(shop: Shop, post: Post) -> None:
    shop.pay(shop.order())
    mailer, shop.context = shop.context.mailer, dataclasses.replace(shop.context, mailer=None)
    shop.drain()
    assert shop.one(models.Mail).state == "queued"
    shop.context = dataclasses.replace(shop.context, mailer=mailer)
    shop.later(hours=1)
    assert len(post.letters()) == 1


def test_the_check_up_says_how_e_mail_does(shop: Shop, post: Post, database_url: str) -> None:
    def found() -> Finding:
        return next(each for each in doctor.run(shop.context, database_url, shop.clock()) if each.subject == "E-mail")

    assert (found().ok, "takes letters" in found().text) == (True, True)
    post.server.stop()
    assert (found().ok, "check SMTP_URL" in found().text) == (False, True)
    shop.context = dataclasses.replace(shop.context, mailer=None)
    assert (found().ok, "SMTP_FROM" in found().text) == (True, True)


def test_the_message_and_the_letter_of_a_receipt_say_the_same(shop: Shop, post: Post) -> None:
    order = shop.order(Action.REGISTER_PAY, language="en", description="2 pizzas", reference="A12")
    shop.pay(order)
    shop.drain()
    (letter,), (receipt,) = post.letters(), sent(shop, "ordo_saving_receipt")
    for words in values(receipt):
        assert words in letter["text"]


def test_a_letter_says_what_was_so_when_it_was_paid_and_is_kept_as_it_was_sent(shop: Shop, post: Post) -> None:
    order = shop.order(language="en", description="2 pizzas")
    shop.pay(order)
    assert shop.one(models.Mail).text is None
    with shop.context.database.write() as session:
        session.get_one(models.Merchant, shop.id).name = "Café Noir"
        row = session.get_one(models.Order, order)
        row.description, row.language, row.amount = "3 pizzas", "de", 2000
    shop.drain()
    (letter,), mail = post.letters(), shop.one(models.Mail)
    assert mail.subject == "Receipt of Café Lumière: 10,00\xa0€"
    assert letter["subject"].split() == mail.subject.split()
    assert "For: 2 pizzas" in letter["text"]
    assert (mail.text.split(), mail.html.split()) == (letter["text"].split(), letter["html"].split())


def test_a_letter_of_the_release_before_is_sent_as_it_is(shop: Shop, post: Post) -> None:
    """It was composed when it was queued, and has no notices."""
    order = shop.order()
    with shop.context.database.write() as session:
        mail = models.Mail(id="ml_old", merchant_id=shop.id, order_id=order, address="buyer@example.com", language="en")
        mail.subject, mail.text, mail.html = "Receipt", "Paid, by the release before.", "<p>Paid</p>"
        mail.state, mail.created_at, mail.due_at = MailState.QUEUED, shop.clock(), shop.clock()
        session.add(mail)
    shop.drain()
    (letter,) = post.letters()
    assert (letter["subject"], letter["text"].strip(), letter["html"].strip()) == (
        "Receipt",
        "Paid, by the release before.",
        "<p>Paid</p>",
    )
    assert "mail_sent" in shop.kinds(order)
