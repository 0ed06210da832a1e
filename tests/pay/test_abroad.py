"""A shop and a buyer on two sides of the world: everybody reads the same moment with its zone, and the buyer whose dollars are meant."""

from __future__ import annotations

import dataclasses
import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import OPERATOR, Shop, app, browser, outside, setting, shop, test_gateway
from tests.kit.messages import text
from tests.office.forms import enter
from tests.pay.forms import link
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.mail.smtp import Mailer
from webapp.services.notifications import notices
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["app", "outside", "shop", "test_gateway"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TOKYO, SYDNEY, NEW_YORK = "+819012345678", "+61412345678", "+12125550123"
UNTIL, NOW, CLOCK = "Dec 1, 2026, 5:00 AM GMT-5", "Nov 24, 2026, 5:00 AM GMT-5", "Nov 24 05:00:00 GMT-5"


def plain(said: str) -> str:
    """On one line, with plain spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", said)).split())


def ordered(shop: Shop, phone: str, currency: str = "USD", **more: Any) -> str:
    """An order of 1,000 for a phone abroad, read in English, its link sent."""
    request = lifecycle.Request(
        action=Action.PAYMENT, amount=Money(100_000, currency), phone=phone, email="buyer@example.com", language="en"
    )
    order = lifecycle.create(shop.as_operator(), shop.id, request, send=True).id
    shop.drain()
    return order


def said_to(shop: Shop, phone: str) -> dict[str, list[str]]:
    """The values of the templates that a phone got, by the template's name."""
    templates = [sent["template"] for sent in shop.place.sent if sent["to"] == phone and sent["type"] == "template"]
    values = {each["name"]: each["components"][0]["parameters"] for each in templates}
    return {name: [plain(value["text"]) for value in given] for name, given in values.items()}


@pytest.fixture(autouse=True)
def _post(shop: Shop) -> None:
    """Letters are written, and there is nobody who takes them."""
    shop.context = dataclasses.replace(shop.context, mailer=Mailer("smtp+plain://127.0.0.1:9", "receipts@ordo.example"))


def letters(shop: Shop) -> list[notices.Notice]:
    """What the letters to the buyer are made of."""
    return [notices.read(each) for mail in shop.all(models.Mail) for each in mail.notices]


def test_one_moment_with_its_zone_stands_everywhere(app: Flask, shop: Shop) -> None:
    setting(shop, country="US", currency="USD", time_zone="America/New_York", reminders=[1])
    order = ordered(shop, TOKYO)
    office = enter(app, shop)
    assert f"Link valid until {UNTIL}" in plain(browser(app).get(f"/p/{link(shop, order)}?lang=en").text)
    managed = plain(office.get(f"/office/orders/{order}?lang=en").text)
    assert UNTIL in managed
    assert NOW in managed
    assert CLOCK in managed
    assert NOW in plain(office.get("/office/orders?lang=en").text)
    shop.status(next(sent["wamid"] for sent in shop.place.sent if sent["to"] == TOKYO), "delivered")
    shop.later(hours=1, minutes=1)
    assert said_to(shop, TOKYO)["ordo_reminder"][2] == UNTIL
    (answer,) = shop.hear("LIST")
    assert "5:00 AM GMT-5 · $1,000.00" in plain(text(answer))
    reference = shop.get(order).reference
    (answer,) = shop.hear(f"EXTEND {reference} 7")
    assert UNTIL.replace("Dec 1", "Dec 8") in plain(text(answer))


def test_a_receipt_says_the_zone_of_its_moment(app: Flask, shop: Shop) -> None:
    setting(shop, country="US", currency="USD", time_zone="America/New_York")
    order = ordered(shop, TOKYO)
    shop.pay(order)
    shop.drain()
    assert f"Date {NOW}" in plain(browser(app).get(f"/p/{link(shop, order)}?lang=en").text)
    (receipt,) = letters(shop)
    assert isinstance(receipt, notices.PaymentReceipt)
    assert plain(receipt.paid_at) == NOW


@pytest.mark.parametrize(
    ("country", "currency", "phone", "written"),
    [
        ("AU", "AUD", NEW_YORK, "$1,000.00 AUD"),
        ("US", "USD", SYDNEY, "$1,000.00 USD"),
        ("GB", "GBP", SYDNEY, "£1,000.00 GBP"),
        ("AU", "AUD", SYDNEY, "$1,000.00"),
    ],
)
def test_a_buyer_abroad_reads_whose_dollars_are_meant(  # everywhere
    app: Flask, shop: Shop, country: str, currency: str, phone: str, written: str
) -> None:
    setting(shop, country=country, currency=currency, reminders=[1])
    order = ordered(shop, phone, currency)
    client, path = browser(app), f"/p/{link(shop, order)}?lang=en"
    page = plain(client.get(path).text)
    assert f"To pay {written} Reference" in page
    assert f"Pay {written} " in page
    shop.status(next(sent["wamid"] for sent in shop.place.sent if sent["to"] == phone), "delivered")
    for _ in range(14):  # nobody is reminded at night
        shop.later(hours=1)
    told = said_to(shop, phone)
    assert told["ordo_payment_request"][1] == written
    assert told["ordo_reminder"][1].startswith(f"{written} (")
    shop.pay(order)
    shop.drain()
    assert said_to(shop, phone)["ordo_receipt"][1] == written
    (receipt,) = letters(shop)
    assert isinstance(receipt, notices.PaymentReceipt)
    assert plain(receipt.amount) == written
    assert f"Paid {written} The shop" in plain(client.get(path).text)
    (answer,) = shop.hear(f"STATUS {shop.get(order).reference}", sender=OPERATOR)
    assert currency not in plain(text(answer))  # the shop knows its own
