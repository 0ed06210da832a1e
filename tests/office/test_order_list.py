"""The office's list of orders: what its address says, what it asks again and again, and what is done to several orders at once."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.kit import BUYER, rival
from tests.office.forms import csrf, enter
from webapp.db import models
from webapp.office import order_list
from webapp.office.forms import ExportForm
from webapp.services.orders import imports

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SCRIPT = {"HX-Request": "true"}


def brought(shop: Shop, name: str) -> models.Import:
    """A file of two orders, which are made."""
    file = f"reference,amount,phone,channel\nF1,5,{BUYER},none\nF2,7.77,{BUYER},none\n"
    row = imports.submit(shop.context, shop.id, file.encode(), name)
    shop.drain()
    return row


def shown(page: str) -> list[str]:
    return re.findall(r'<a class="row" href="/office/orders/(ord_\w+)"', page)


def test_filters_live_in_the_address_and_what_cannot_be_read_narrows_nothing(app: Flask, shop: Shop) -> None:
    old = shop.order(reference="A1", description="Crème brûlée")
    shop.clock.forward(days=2)
    new = shop.order(reference="B2", amount=777)
    client = enter(app, shop)
    for query, found in (
        ("", [new, old]), ("q=creme", [old]), ("q=7,77", [new]), ("state=open", [new, old]), ("state=paid", []), ("since=2026-11-25", [new]),
        ("until=2026-11-24", [old]), (f"by={shop.operator_id()}", [new, old]), ("by=nobody", []), ("channel=email", []), ("sort=oldest", [old, new]),
        ("action=REGISTER", []), ("state=x&action=y&since=z&until=2026-13-01&channel=q&sort=r&after=%00x".replace("%00", "!"), [new, old]),
        ("since=0001-01-01&until=9999-12-31", [new, old]), ("before=zzz", [new, old]),
    ):  # fmt: skip
        answer = client.get(f"/office/orders?{query}")
        assert (answer.status_code, shown(answer.text)) == (200, found), query


def test_a_request_by_script_gets_the_list_alone_and_a_tidy_address(app: Flask, shop: Shop) -> None:
    shop.order(reference="A1")
    answer = enter(app, shop).get("/office/orders?q=a1&state=&action=&since=&sort=newest", headers=SCRIPT)
    assert (answer.headers["HX-Replace-Url"], "<html" in answer.text) == ("/office/orders?q=a1", False)
    assert answer.text.lstrip().startswith('<section id="list"')


def test_a_card_number_does_not_stay_in_the_address(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    for given in ("4242424242424242", "4242+4242+4242+4242"):
        for headers in ({}, SCRIPT):
            answer = client.get(f"/office/orders?q={given}", headers=headers)
            assert (answer.status_code, answer.headers["Location"]) == (303, "/office/orders?card=1")
        assert client.get(f"/office/orders/totals?q={given}", headers=SCRIPT).status_code < 500
    assert "Card numbers are looked for nowhere" in client.get("/office/orders?card=1").text


def test_the_list_is_asked_for_again_only_once_something_has_changed(app: Flask, shop: Shop) -> None:
    shop.order()
    client = enter(app, shop)
    asks = r'hx-get="(/office/orders/news[^"]+)"'
    found = re.search(asks, client.get("/office/orders").text)
    assert found
    news = found[1].replace("&amp;", "&")
    assert client.get(news, headers=SCRIPT).status_code == 204
    shop.clock.forward(seconds=1)
    order = shop.order()
    again = client.get(news, headers=SCRIPT)
    assert (again.status_code, shown(again.text)[0], "HX-Replace-Url" in again.headers) == (200, order, False)


def test_sums_and_counts_are_of_what_is_shown(app: Flask, shop: Shop) -> None:
    shop.pay(shop.order(amount=1250))
    shop.order()
    client = enter(app, shop)
    text = client.get("/office/orders/totals", headers=SCRIPT).text
    assert ("Orders: 2" in text, text.count("12,50"), text.count("aria-current")) == (True, 2, 0)
    assert 'href="/office/orders?state=paid"' in text
    assert "Orders: 1" in client.get("/office/orders/totals?state=paid", headers=SCRIPT).text
    assert "Orders: 2" in client.get("/office/orders?sums=1").text  # without a script


def post(client: FlaskClient, path: str, **data: object) -> str:
    answer = client.post(f"/office/orders/{path}", data={"csrf_token": csrf(client), **data})
    assert answer.status_code in {200, 422}, answer.text
    return answer.text


def test_several_orders_are_asked_about_and_each_is_told_of(app: Flask, shop: Shop) -> None:
    first, second, paid = shop.order(reference="one"), shop.order(reference="two"), shop.order(reference="three")
    shop.pay(paid)
    client = enter(app, shop, "clerk@cafe.example")
    foreign = rival(shop).order()
    asked = post(client, "bulk", verb="cancel", order=[first, paid, foreign, "ord_none"])
    assert ("Cancel these orders?" in asked, first in asked, foreign in asked) == (True, True, False)
    assert shop.state(first) == "open"
    done = post(client, "bulk", verb="cancel", confirmed="1", order=[first, paid, foreign, "ord_none"])
    assert (done.count('data-state="ok"'), done.count('data-state="bad"')) == (1, 1)
    assert [shop.state(each) for each in (first, second, paid, foreign)] == ["cancelled", "open", "paid", "open"]
    resent = post(client, "bulk", verb="resend", confirmed="1", order=[second, first])
    assert (resent.count('data-state="ok"'), resent.count('data-state="bad"')) == (1, 1)
    assert "No order is ticked." in post(client, "bulk", verb="resend")


def test_an_export_is_of_the_list_as_its_page_has_narrowed_it(app: Flask, shop: Shop) -> None:
    one = shop.order(reference="A1", description="tea")
    shop.order(reference="B2", phone="+33612340099", description="tea")
    client, buyer = enter(app, shop), shop.get(one).buyer_id
    for query in (f"buyer={buyer}", f"buyer={buyer}&q=tea&state=open&sort=oldest"):
        page = client.get(f"/office/orders?{query}").text
        form = re.search(r'<form id="chosen".*?</form>', page, re.DOTALL)
        assert form
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        exported = json.loads(client.post("/office/orders/export", data={**hidden, "format": "json"}).text)
        assert [row["reference"] for row in exported] == ["A1"]
    assert set(order_list.FILTERS) <= {name.removesuffix("_") for name in dir(ExportForm)}


def test_an_export_has_what_is_ticked_or_all_that_the_list_has_and_is_noted(app: Flask, shop: Shop) -> None:
    one = shop.order(reference="=1+1", description="pizza")
    shop.clock.forward(seconds=1)
    shop.order(reference="b", description="tea")
    client = enter(app, shop)
    for data, references in (
        ({"order": [one, rival(shop).order()]}, ["'=1+1"]),
        ({"q": "tea"}, ["b"]),
        ({}, ["b", "'=1+1"]),
    ):
        text = post(client, "export", format="csv", **data)
        assert [row["reference"] for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))] == references
        assert [row["reference"] for row in json.loads(post(client, "export", format="json", **data))] == [
            each.removeprefix("'") for each in references
        ]
    assert json.loads(post(client, "export", format="json", q="nothing")) == []
    entries = shop.all(models.AuditEntry)
    assert len([each for each in entries if each.action == "export.made"]) == 7
    assert not any("tea" in str(each.after) or BUYER in str(each.after) for each in entries)


def test_the_orders_of_a_file_or_of_a_buyer_alone_are_listed_summed_and_exported(app: Flask, shop: Shop) -> None:
    """By the filter that its page leads to, which stays in each address of the list until it is taken off."""
    row = brought(shop, "a&b <i>.csv")
    other = shop.order(reference="other", amount=777, phone="+33698765432")
    client = enter(app, shop)
    of_file, of_buyer = f"import={row.id}", f"buyer={shop.get(other).buyer_id}"
    for query, references in ((of_file, {"F1", "F2"}), (of_buyer, {"other"}), (f"{of_file}&{of_buyer}", set())):
        page = client.get(f"/office/orders?{query}&sums=1&lang=en").text
        assert {shop.get(each).reference for each in shown(page)} == references
        assert f"Orders: {len(references)}" in page
        wanted = dict(each.split("=") for each in query.split("&"))
        text = post(client, "export", format="json", **wanted)
        assert {row["reference"] for row in json.loads(text)} == references
        there = html.unescape(page[page.index('<section id="list"') :])
        addresses = re.findall(r'(?:href|hx-get)="/office/orders[^"?]*\?([^"]+)"', there)
        assert addresses
        assert all(set(query.split("&")) <= set(each.split("&")) for each in addresses)
    page = client.get(f"/office/orders?{of_file}&q=F1&state=open&lang=en").text
    assert 'href="/office/orders/import/' in page
    assert "Orders of the file a&amp;b &lt;i&gt;.csv" in page
    assert (
        'class="off" href="/office/orders?q=F1&amp;state=open" aria-label="Take the filter off: Orders of the file'
        in page
    )
    hidden = f'<input type="hidden" name="import" value="{row.id}">'
    assert [hidden in part for part in page.split('<section id="list"')] == [
        True,
        True,
    ]  # of the search, and of what is ticked
    script = client.get(f"/office/orders?q=&{of_file}", headers=SCRIPT)
    assert script.headers["HX-Replace-Url"] == f"/office/orders?{of_file}"


def test_the_file_of_another_shop_finds_nothing_and_is_not_named(app: Flask, shop: Shop) -> None:
    brought(shop, "ours.csv")
    theirs = brought(rival(shop), "theirs.csv")
    client = enter(app, shop)
    page = client.get(f"/office/orders?import={theirs.id}&sums=1&lang=en").text
    assert (shown(page), "Orders: 0" in page, "theirs" in page, "Orders of one file" in page) == ([], True, False, True)
    assert f"/office/orders/import/{theirs.id}" not in page
    assert json.loads(post(client, "export", format="json", **{"import": theirs.id})) == []
    viewer = enter(app, shop, "viewer@cafe.example")
    mine = viewer.get(f"/office/orders?import={shop.one(models.Import, models.Import.merchant_id == shop.id).id}").text
    assert (len(shown(mine)), "ours.csv" in mine, "/office/orders/import" in mine) == (2, True, False)


def test_a_viewer_sees_and_does_nothing(app: Flask, shop: Shop) -> None:
    order = shop.order()
    client = enter(app, shop, "viewer@cafe.example")
    token = csrf(client)
    assert shown(client.get("/office/orders").text) == [order]
    assert (
        client.post("/office/orders/bulk", data={"csrf_token": token, "verb": "cancel", "order": order}).status_code
        == 403
    )
