"""Orders from a file in the back office: all that is wrong is told, nothing is made before somebody says so, and each file is imported once."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.kit import BUYER, Shop, browser, rival
from tests.office.forms import csrf, enter
from webapp.db import models
from webapp.services.orders import import_file, import_previews, imports

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOME = "/office/orders/import"
HEADER = "reference,amount,phone,description,channel\n"
CARD = "4242424242424242"


@pytest.fixture
def client(app: Flask, shop: Shop) -> FlaskClient:
    return enter(app, shop, "clerk@cafe.example")


def lines(count: int, channel: str = "none") -> str:
    return HEADER + "".join(f"A{number},{number}.50,{BUYER},2 pizzas,{channel}\n" for number in range(1, count + 1))


def upload(client: FlaskClient, data: str | bytes, name: str = "november.csv") -> TestResponse:
    return post(client, csrf(client), data.encode() if isinstance(data, str) else data, name)


def post(client: FlaskClient, token: str, data: bytes, name: str = "november.csv") -> TestResponse:
    """As a browser writes it; Werkzeug's own client would write it into a file of its own first."""
    head = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
    )
    body = head.encode() + data + b"\r\n--x--\r\n"
    return client.post(HOME, data=body, content_type="multipart/form-data; boundary=x")


def look(client: FlaskClient, data: str | bytes, name: str = "november.csv") -> str:
    """Where the page of the file is."""
    answer = upload(client, data, name)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def confirm(client: FlaskClient, path: str) -> TestResponse:
    return client.post(f"{path}/confirm", data={"csrf_token": csrf(client)})


def plain(page: str) -> str:
    main = re.search(r"<main.*</main>", page, re.DOTALL)
    assert main
    return " ".join(re.sub(r"<[^>]*>", " ", main[0]).replace("\u202f", " ").split())


def told(page: str) -> list[tuple[str, str, str]]:
    """Line, column and words of each error of the page."""
    found = re.findall(
        r'data-label="Line">(\d+)</td><td><bdi class="mono">(.*?)</bdi></td><td class="what">(.*?)</td>', page
    )
    return [(line, column, words) for line, column, words in found]


def nothing_is_kept(shop: Shop) -> bool:
    return not [*shop.all(models.Order), *shop.all(models.Import), *shop.all(models.ImportLine)]


def test_a_file_is_looked_at_confirmed_and_its_orders_are_who_said_so(client: FlaskClient, shop: Shop) -> None:
    path = look(client, lines(25) + f"B1,9,{BUYER},<b>Cake</b>,\n")
    page = client.get(path).text
    shown = plain(page)
    for words in (
        "Orders 26",
        "Sum 346,50 €",
        "People who are sent a message 1",
        "To nobody 25",
        "As your shop sends links 1",
    ):
        assert words in shown
    assert ("A20" in shown, "A21" in shown, "and 6 more" in shown) == (True, False, True)
    shop.drain()
    assert shop.all(models.Order) == []
    assert confirm(client, path).headers["Location"] == path
    assert confirm(client, path).headers["Location"] == path  # twice is once
    assert "Made 0 / 26 Left 26" in plain(client.get(path).text)
    shop.drain()
    done = client.get(path).text
    assert "Made 26 / 26" in plain(done)
    assert "hx-get" not in done[done.index('id="import"') :]
    user = shop.one(models.User, models.User.email == "clerk@cafe.example")
    assert {order.made_by for order in shop.all(models.Order)} == {user.id}
    assert f'href="/office/orders?import={path.rpartition("/")[2]}"' in done
    assert [each["to"] for each in shop.place.sent] == [BUYER]
    (entry,) = shop.all(models.AuditEntry, models.AuditEntry.action == "orders.imported")
    assert (entry.actor_id, entry.subject_id, entry.after) == (user.id, path.rpartition("/")[2], {"lines": 26})
    assert (
        "&lt;b&gt;Cake"
        in client.get(f"/office/orders/{shop.one(models.Order, models.Order.reference == 'B1').id}").text
    )


def test_every_error_stands_with_its_line_and_column_and_nothing_is_kept(client: FlaskClient, shop: Shop) -> None:
    wrong = (
        HEADER
        + f'A1,x,{BUYER},,none\nA2,9,12,,none\nA3,"=1+1",{BUYER},,none\n,9,{BUYER},,none\nA1,9,{BUYER},{CARD},none\n'
    )
    answer = upload(client, wrong)
    assert answer.status_code == 422
    assert [(line, column) for line, column, _ in told(answer.text)] == [
        ("2", "amount"), ("3", "buyer.phone"), ("4", "amount"), ("5", "reference"), ("6", "description"),
    ]  # fmt: skip
    assert "Errors in the file: 5" in answer.text
    assert CARD not in answer.text
    assert nothing_is_kept(shop)


def test_of_many_errors_the_first_are_shown_and_all_are_in_a_file_without_formulas(client: FlaskClient) -> None:
    answer = upload(client, "reference,=amount,amount\n" + "A,,1\n")
    assert told(answer.text)[0][1] == "=amount"
    assert ",'=amount,unknown_column," in listed(answer.text)
    answer = upload(client, HEADER + f"A,x,{BUYER},,none\n" * 150)
    assert len(told(answer.text)) == 100
    assert ("Errors in the file: 150" in answer.text, "The first 100 are shown." in answer.text) == (True, True)
    assert len(listed(answer.text).splitlines()) == 151


def listed(page: str) -> str:
    found = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)" download', page)
    assert found
    return base64.b64decode(found[1]).decode("utf-8-sig")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "No order stands here"),
        (HEADER.encode(), "No order stands here"),
        (lines(1).encode("utf-16"), "save it as “CSV UTF-8”"),
        ("reference,amount\nCafé,1\n".encode("latin-1"), "save it as “CSV UTF-8”"),
        (b"PK\x03\x04\xff\xfe", "save it as “CSV UTF-8”"),
        (f"{HEADER}A\0,1,{BUYER},,none\n".encode(), "characters here that cannot be kept"),
        (f'{HEADER}"A,1,{BUYER},,none\n'.encode(), "A double quote is not closed"),
        (f"{HEADER}A,1,{BUYER}\n".encode(), "more or fewer cells"),
        (b"referense,amount\nA,1\n", "Did you mean reference?"),
        (f"{HEADER}<script>,x,{BUYER},,none\n".encode(), "Write the amount"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_told_in_words(client: FlaskClient, shop: Shop, data: bytes, words: str) -> None:
    answer = upload(client, data)
    assert (answer.status_code, words in answer.text, "<script>" in answer.text) == (422, True, False)
    assert nothing_is_kept(shop)


def test_a_file_of_excel_is_read_and_its_empty_one_has_the_columns_of_the_shop(client: FlaskClient) -> None:
    empty = client.get(f"{HOME}/template.csv").data.decode("utf-8-sig")
    assert empty == "reference;amount;phone;email;description\r\n"
    path = look(client, f"\ufeff{empty}A1;12,50;06 12 34 56 78;;Pâtes\r\n".encode())
    assert "A1" in client.get(path).text


def test_without_a_file_and_with_one_that_is_too_large_the_field_says_so(client: FlaskClient, shop: Shop) -> None:
    answer = client.post(HOME, data={"csrf_token": csrf(client)})
    assert (answer.status_code, "Choose a file." in answer.text) == (422, True)
    fits = lines(1) + " " * (import_file.LARGEST - len(lines(1)) - 1) + "\n"
    assert upload(client, fits).status_code != 413
    for size in (import_file.LARGEST + 1, import_file.LARGEST + 100_000):
        answer = upload(client, b" " * size)
        assert (answer.status_code, 'role="alert">The file is larger than 8 MB' in answer.text) == (422, True)
    assert "Choose a file" not in answer.text
    assert shop.all(models.Order) == []


def test_who_is_not_logged_in_sends_no_large_file(app: Flask) -> None:
    answer = post(browser(app), "x", b" " * 4_000_000)
    assert (answer.status_code, "/office/login" in answer.headers.get("Location", "")) == (303, True)


def test_no_file_that_somebody_sends_is_written_to_a_disk(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_given: object, **_named: object) -> None:
        raise AssertionError

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refused)
    assert upload(client, lines(1) + "\n" * 600_000).status_code == 303


def test_the_same_file_again_is_the_same_import_and_says_so(client: FlaskClient, shop: Shop) -> None:
    path = look(client, lines(2))
    assert look(client, lines(2)) == path  # in another tab: still nothing is made
    confirm(client, path)
    shop.drain()
    answer = upload(client, lines(2), "again.csv")
    assert answer.headers["Location"] == path
    assert "This file was imported already" in client.get(path).text
    assert "Orders made: 2" not in client.get(path).text  # told once
    assert len(shop.all(models.Order)) == 2
    assert imports.submit(shop.context, shop.id, lines(2).encode()).id == path.rpartition("/")[2]


def test_a_reference_taken_meanwhile_is_told_and_the_others_are_made(client: FlaskClient, shop: Shop) -> None:
    path = look(client, lines(3))
    shop.order(reference="a2")
    confirm(client, path)
    shop.drain()
    page = client.get(path).text
    assert "Made 2 / 3 Could not be made 1" in plain(page)
    assert told(page) == [("3", "reference", "There is already an order with this reference.")]
    assert "november.csv" in client.get(HOME).text
    assert upload(client, lines(3) + "\n").status_code == 422


def test_the_part_that_is_live_swaps_nothing_while_nothing_happens(client: FlaskClient, shop: Shop) -> None:
    path = look(client, lines(3))
    assert client.get(f"{path}/live").status_code == 404  # nothing is imported yet
    confirm(client, path)
    live = re.search(r'hx-get="([^"]+)"', client.get(path).text)
    assert live
    assert client.get(live[1]).status_code == 204
    shop.drain()
    assert 'role="status">All is done.' in client.get(live[1]).text


def test_a_preview_is_forgotten_after_a_day_and_there_are_ten_at_most(client: FlaskClient, shop: Shop) -> None:
    first = look(client, lines(1))
    for number in range(2, 12):
        shop.clock.forward(seconds=1)
        last = look(client, lines(number))
    assert client.get(first).status_code == 404
    assert len(shop.all(models.Import)) == 10
    shop.clock.forward(seconds=timedelta(days=1).total_seconds() + 1)
    client = enter(client.application, shop)
    assert (client.get(last).status_code, confirm(client, last).status_code) == (404, 404)
    shop.drain()
    assert nothing_is_kept(shop)


def test_a_preview_is_no_import_of_the_api_s_and_of_no_other_shop_s(
    client: FlaskClient, app: Flask, shop: Shop
) -> None:
    path = look(client, lines(1))
    other = rival(shop)
    stranger = enter(app, shop, "boss@rival.example")
    assert (stranger.get(path).status_code, confirm(stranger, path).status_code) == (404, 404)
    assert look(stranger, lines(1)) != path  # the very same file is another shop's own
    assert (other.id, imports.listed(shop.context, shop.id, None, 10)) == ("rival", [])
    row = imports.submit(shop.context, shop.id, lines(1).encode())  # a program sends what lies there to be looked at
    assert path.endswith(row.id)
    shop.drain()
    assert len(shop.all(models.Order, models.Order.merchant_id == shop.id)) == 1


def test_a_card_number_in_a_file_s_name_or_column_is_shown_nowhere(client: FlaskClient, shop: Shop) -> None:
    path = look(client, lines(1), f"{CARD}.csv")
    assert CARD not in client.get(path).text
    answer = upload(client, f"reference,{CARD}\nA,1\n")
    assert (answer.status_code, CARD in answer.text, CARD in listed(answer.text)) == (422, False, False)
    assert CARD not in repr(shop.dump())


def test_a_file_at_its_limit_is_looked_at_and_large_amounts_are_asked_about(client: FlaskClient) -> None:
    path = look(client, lines(import_file.MOST_LINES))
    page = plain(client.get(path).text)
    assert ("and 9 980 more" in page, "There are large amounts: up to 10 000,50 €." in page) == (True, True)


def test_a_viewer_makes_none(app: Flask, shop: Shop) -> None:
    viewer = enter(app, shop, "viewer@cafe.example")
    assert {viewer.get(HOME).status_code, upload(viewer, lines(1)).status_code} == {403}
    assert "orders/import" not in viewer.get("/office/orders").text
    assert import_previews.take(shop.context, shop.id, lines(1).encode()).preview_until
