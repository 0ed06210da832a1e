"""The language last chosen is the buyer's: on the page, in the chat and in letters; the shop's is the first guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import BUYER, CONSENT, Post, Shop, app, browser, outside, post, shop, test_gateway
from tests.pay.forms import link
from webapp.db import models
from webapp.domain.actions import Action
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

__all__ = ["app", "outside", "post", "shop", "test_gateway"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def says(shop: Shop, phone: FlaskClient, order: str, verb: str, lang: str = "", **form: Any) -> int:
    """What a form of the page posts, whose address says the page's language."""
    data = {"csrf_token": shop.context.links.form_token(link(shop, order)), **form}
    return phone.post(f"/p/{link(shop, order)}/{verb}{lang and f'?lang={lang}'}", data=data).status_code


def pays(shop: Shop, phone: FlaskClient, order: str, lang: str) -> None:
    page = phone.get(f"/p/{link(shop, order)}").text
    assert f'<html lang="{lang}"' in page
    version = page.partition('name="consent_version" value="')[2].partition('"')[0]
    more = {"consent_version": version} if version else {}
    says(shop, phone, order, "pay", lang, confirmation_token=shop.token("visa"), **more)
    shop.drain()


def languages(shop: Shop, to: str = BUYER) -> set[str]:
    """Of what the buyer was sent since this was asked last."""
    sent = [each for each in shop.place.sent if each["to"] == to]
    shop.place.sent.clear()
    return {each["template"]["language"]["code"] for each in sent if each["type"] == "template"}


def test_a_buyer_who_switches_the_page_to_spanish_is_written_to_in_spanish(shop: Shop, post: Post, app: Flask) -> None:
    order, phone = shop.order(Action.REGISTER_PAY, language="fr", send=True), browser(app)
    shop.drain()
    assert languages(shop) == {"fr"}  # the shop's guess
    before = shop.dump()
    phone.get(f"/p/{link(shop, order)}?lang=es")
    assert shop.dump() == before
    assert says(shop, phone, order, "opened") == 204
    shop.clock.forward(hours=23)
    shop.drain()
    assert languages(shop) == {"es"}  # reminders
    pays(shop, phone, order, "es")
    assert languages(shop) == {"es"}  # receipts
    (letter,) = post.letters()
    assert letter["subject"].startswith("Recibo de Café Lumière")
    (consent,) = shop.all(models.Consent)
    assert (consent.language, consent.wording in letter["text"]) == ("es", True)
    (answer,) = shop.hear("receipt", sender=BUYER)
    assert "Está pagado" in answer["interactive"]["body"]["text"]


def test_the_choice_holds_for_the_next_order_and_on_the_next_phone(app: Flask, shop: Shop) -> None:
    first, phone = shop.order(), browser(app)
    phone.get(f"/p/{link(shop, first)}?lang=it")
    says(shop, phone, first, "opened")
    second = shop.order(language="fr", send=True)
    shop.drain()
    assert languages(shop) == {"it"}
    assert '<html lang="it"' in browser(app).get(f"/p/{link(shop, second)}").text
    phone.get(f"/p/{link(shop, second)}?lang=nl")
    says(shop, phone, second, "opened")
    lifecycle.resend(shop.context, shop.id, second)
    shop.drain()
    assert languages(shop) == {"nl"}  # the last one counts


def test_a_language_that_nobody_chose_is_that_of_this_order_alone(app: Flask, shop: Shop) -> None:
    """The browser reads Polish: what is paid on that page is told in Polish, and the next order is guessed anew."""
    order, phone = shop.order(Action.REGISTER_PAY), browser(app)
    phone.environ_base["HTTP_ACCEPT_LANGUAGE"] = "pl-PL"
    says(shop, phone, order, "opened")
    pays(shop, phone, order, "pl")
    assert (languages(shop), shop.get(order).language) == ({"pl"}, "pl")
    assert shop.one(models.Buyer).language is None
    shop.order(send=True)
    shop.drain()
    assert languages(shop) == {"fr"}  # the phone's country


@pytest.mark.parametrize("cookie", ["xx", "../es", "", "es" * 200])
def test_a_cookie_that_names_no_language_is_no_choice(app: Flask, shop: Shop, cookie: str) -> None:
    order, phone = shop.order(), browser(app)
    phone.set_cookie("lang", cookie, domain="ordo.localhost")
    assert says(shop, phone, order, "opened") == 204
    assert shop.one(models.Buyer).language is None


def test_who_says_not_mine_chooses_for_nobody(app: Flask, shop: Shop) -> None:
    order, phone = shop.order(), browser(app)
    phone.get(f"/p/{link(shop, order)}?lang=de")
    says(shop, phone, order, "not-mine", "de")
    assert shop.one(models.Buyer).language is None


def test_a_receipt_in_another_language_says_in_which_was_agreed(shop: Shop) -> None:
    """The page was left in English at the bank, and Spanish chosen before the bank's answer came."""
    order = shop.order(Action.REGISTER_PAY)
    with shop.context.database.write() as session:
        session.get_one(models.Buyer, shop.get(order).buyer_id).language = "es"
    shop.pay(order)
    shop.drain()
    consent = next(each for each in shop.place.sent if each["template"]["name"] == "ordo_saving_receipt")
    words = [each["text"] for each in consent["template"]["components"][0]["parameters"]]
    assert words[5:] == [f"{CONSENT['version']} (inglés)", CONSENT["wording"]]
