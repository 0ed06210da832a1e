"""The settings' pages: what is wrong stands under its field and nothing typed is lost; secrets are never shown; the buyer sees who the shop is."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.doors import registry
from tests.kit import Shop, browser
from tests.office.forms import csrf, enter, leave_to_office
from webapp.db import models
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys
from webapp.services.merchants import declarations

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def client(app: Flask, shop: Shop) -> FlaskClient:
    """An admin of a shop whose file leaves all that it may to the office."""
    leave_to_office(shop)
    return enter(app, shop)


def errors(text: str) -> list[str]:
    return re.findall(r'id="(\w+)-note" class="error"', text)


def version(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', client.get(path).text)
    assert found
    return found[1]


def post(client: FlaskClient, path: str, **change: object) -> tuple[int, str]:
    client.application.extensions["ordo"].now.forward(seconds=1)  # entries of the log have an order
    form = {**registry.FORMS[path], "csrf_token": csrf(client), "version": version(client, path), **change}
    answer = client.post(path, data=form, content_type="multipart/form-data")
    return answer.status_code, answer.text


def merchant(shop: Shop) -> models.Merchant:
    return declarations.get(shop.context, shop.id)


@pytest.mark.parametrize(
    ("path", "field", "wrong"),
    [
        ("/office/settings", "country", "France"),
        ("/office/settings", "time_zone", "Paris"),
        ("/office/settings", "colour", "red"),
        ("/office/settings", "currencies", "EUR QQQ"),
        ("/office/settings", "terms_url", "javascript:alert(1)"),
        ("/office/settings", "legal_identity", "4242 4242 4242 4242"),
        ("/office/settings", "name", ""),
        ("/office/settings/rules", "max_tries", "99"),
        ("/office/settings/rules", "reminders", "24, 4"),
        ("/office/settings/rules", "quiet_from", "nine"),
        ("/office/settings/rules", "clerk_refund_limit", "-1"),
        ("/office/settings/rules", "order_days", "3"),
        ("/office/settings/connections/gateway", "secret_key", "sk_live_1"),
        ("/office/settings/connections/whatsapp", "number", "12"),
        ("/office/settings/connections/whatsapp", "phone_number_id", "abc"),
    ],
)
def test_what_is_wrong_stands_under_its_field_and_what_was_typed_stays(
    client: FlaskClient, shop: Shop, path: str, field: str, wrong: str
) -> None:
    before = merchant(shop).version
    status, text = post(client, path, **{field: wrong})
    assert (status, errors(text)) == (422, [field])
    assert merchant(shop).version == before
    if "secret" not in field and "4242" not in wrong:
        assert f'value="{wrong}"' in text


def test_what_is_right_is_saved_and_told(client: FlaskClient, shop: Shop) -> None:
    assert post(client, "/office/settings", name="Café <b>Nouveau</b>", currencies="usd, gbp")[0] == 303
    assert post(client, "/office/settings/rules", reminders="", clerk_refund_limit="")[0] == 303
    saved = merchant(shop)
    assert saved.retention == {"message_days": 200, "order_days": 365}
    assert (saved.name, saved.currencies, saved.reminders, saved.clerk_refund_limit) == (
        "Café <b>Nouveau</b>",
        ["USD", "GBP"],
        [],
        None,
    )
    assert "Café &lt;b&gt;Nouveau&lt;/b&gt;" in client.get("/office/audit").text


def test_the_second_of_two_people_is_told_what_happened_and_loses_nothing(client: FlaskClient, shop: Shop) -> None:
    old = version(client, "/office/settings/rules")
    post(client, "/office/settings/rules", max_tries="5")
    status, text = post(client, "/office/settings/rules", max_tries="9", version=old)
    assert (status, merchant(shop).max_tries) == (409, 5)
    assert re.search(r"Admin changed this at .*after you had opened it", text)
    assert re.search(r'name="max_tries"[^>]*value="9"', text)
    again = re.search(r'name="version"[^>]*value="(\d+)"', text)
    assert again
    assert post(client, "/office/settings/rules", max_tries="9", version=again[1])[0] == 303


def test_the_second_is_told_what_changed_and_takes_none_of_it_back(client: FlaskClient, shop: Shop) -> None:
    post(client, "/office/settings/rules", order_days="365")
    shown = client.get("/office/settings/rules").text
    post(client, "/office/settings/rules", max_tries="4", order_days="400")
    post(client, "/office/settings/rules", max_tries="5", reminders="2", order_days="400")
    status, text = post(client, "/office/settings/rules", **{**typed(shown), "link_days": "9"})
    assert status == 409
    was = registry.FORMS["/office/settings/rules"]["max_tries"]
    for words in (f"What changed: Tries to pay is now 5, was {was}; ", "hours after the request is now 2, was 4"):
        assert words in text, words
    assert post(client, "/office/settings/rules", **typed(text))[0] == 303
    saved = merchant(shop)
    assert (saved.link_days, saved.max_tries, saved.reminders) == (9, 5, [2])
    assert saved.retention == {"message_days": 200, "order_days": 400}


def typed(page: str) -> dict[str, str]:
    """What the fields of the rules' page have."""
    found = dict(re.findall(r'<input [^>]*?name="(\w+)"[^>]*? value="([^"]*)"', page))
    return {name: value for name, value in found.items() if name != "csrf_token"}


def test_the_audit_log_names_fields_in_words_and_leaves_out_what_was_and_is_empty(
    client: FlaskClient, shop: Shop
) -> None:
    api_keys.create(shop.context, shop.id, "till", [Scope.ORDERS_READ])
    page = client.get("/office/audit?lang=en").text
    assert "<small>What it may do</small>" in page
    for raw in ("scopes", "expires_at", "Expires"):
        assert f"<small>{raw}</small>" not in page, raw


def test_a_logo_is_drawn_anew_and_what_is_none_is_refused(client: FlaskClient, shop: Shop) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(picture, "JPEG")
    picture.seek(0)
    assert post(client, "/office/settings", logo=(picture, "logo.php"))[0] == 303
    assert client.get("/office/settings/logo").data.startswith(b"\x89PNG")
    large = io.BytesIO()
    Image.effect_noise((400, 400), 100).save(large, "PNG")
    assert large.tell() > 100_000  # more than a form without a file may have
    large.seek(0)
    assert post(client, "/office/settings", logo=(large, "logo.png"))[0] == 303
    status, text = post(client, "/office/settings", logo=(io.BytesIO(b"<svg/>"), "logo.png"))
    assert (status, "PNG, JPEG or WebP picture" in text) == (422, True)
    assert post(client, "/office/settings", no_logo="y")[0] == 303
    assert merchant(shop).logo_digest is None


def test_no_secret_is_shown_and_one_that_is_left_empty_stays(client: FlaskClient, shop: Shop) -> None:
    before = merchant(shop)
    opened = declarations.whatsapp_secrets(shop.context, before)
    pages = "".join(client.get(f"/office/settings/connections{each}").text for each in ("", "/gateway", "/whatsapp"))
    assert not any(value in pages for value in opened.values())
    unchanged = {"access_token": "EAANew", "app_secret": "", "verify_token": ""}
    assert post(client, "/office/settings/connections/whatsapp", **unchanged)[0] == 303
    now = declarations.whatsapp_secrets(shop.context, merchant(shop))
    assert now == {**opened, "access_token": "EAANew"}
    assert "EAANew" not in client.get("/office/audit").text


def test_the_colour_is_previewed_readable_and_what_is_none_is_said(client: FlaskClient, shop: Shop) -> None:
    text = client.get("/office/settings/preview?colour=%23ffff00").text
    ratios = [float(each.replace(",", ".")) for each in re.findall(r"(?:button|link) (\d+[.,]\d)", text)]
    assert (len(ratios), min(ratios) >= 4.5) == (4, True)
    assert "not a colour" in client.get("/office/settings/preview?colour=%3Cscript%3E").text


def test_buyers_see_who_the_shop_is_by_law_and_where_its_terms_are(app: Flask, client: FlaskClient, shop: Shop) -> None:
    order = shop.order()
    token = shop.context.links.url(order, 1).rpartition("/")[2]
    assert 'id="legal"' not in browser(app).get(f"/p/{token}").text
    post(client, "/office/settings", legal_identity="Café & Fils SARL", terms_url="https://cafe.example/cgv")
    page = browser(app).get(f"/p/{token}").text
    assert ("Café &amp; Fils SARL" in page, 'href="https://cafe.example/cgv"' in page) == (True, True)


def test_what_the_file_names_is_greyed_out_and_not_changed_by_a_form(app: Flask, shop: Shop) -> None:
    declarations.apply(shop.context, declarations.declared(shop.declaration()))
    client = enter(app, shop)
    assert re.search(r'<input [^>]*disabled[^>]*name="name"', client.get("/office/settings").text)
    assert post(client, "/office/settings", name="Somebody else")[0] == 303
    assert merchant(shop).name == "Café Lumière"
    keys = {**registry.GATEWAY_KEYS, "csrf_token": csrf(client), "version": str(merchant(shop).version)}
    assert client.post("/office/settings/connections/gateway", data=keys).status_code == 409
