"""A page that is left open past the end of its session: with an identity provider and without one."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.sessions import SecureCookieSessionInterface
from markupsafe import escape
from playwright.sync_api import expect

from tests.doors import registry
from tests.kit import Shop, application
from tests.kit import browser as browser_of
from tests.office.forms import NEW, csrf, enter
from webapp.db import models
from webapp.domain.actions import Action
from webapp.office import ended
from webapp.services.accounts import sessions

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Route

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POLL = {"HX-Request": "true"}
OURS = {"Sec-Fetch-Site": "same-origin"}
WITH_A_PROVIDER: dict[str, Any] = {
    "oidc_metadata_url": "http://127.0.0.1:1/.well-known/openid-configuration",  # and nobody asks it
    "oidc_client_id": "ordo",
    "oidc_client_secret": "our secret",
}


@pytest.fixture(params=["with a provider", "without"])
def app(request: pytest.FixtureRequest, shop: Shop) -> Flask:
    return application(shop, **(WITH_A_PROVIDER if request.param == "with a provider" else {}))


def held(client: FlaskClient, app: Flask) -> dict[str, Any]:
    """What the browser's cookie says, but for the token of forms."""
    cookie = client.get_cookie("__Host-ordo", domain="localhost")
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer
    told = dict(signer.loads(cookie.value)) if cookie else {}
    return {name: value for name, value in told.items() if name != "csrf_token"}


def test_a_poll_begins_no_login_and_leads_the_whole_page_there(app: Flask, shop: Shop) -> None:
    order, client = shop.order(), enter(app, shop, "clerk@cafe.example")
    shop.clock.forward(hours=8, seconds=1)
    before = held(client, app)
    for _ in range(3):
        answer = client.get(f"/office/orders/{order}/live?revision=1", headers=POLL)
        assert (answer.status_code, answer.data, "Set-Cookie" in answer.headers) == (401, b"", False)
    there = answer.headers["HX-Redirect"]
    assert held(client, app) == before
    page = client.get(there)
    assert (page.status_code, "Your session has ended." in page.text) == (200, True)
    assert held(client, app) == before | {"next": f"/office/orders/{order}"}
    assert client.get("/office/login?lang=fr").status_code == 200  # the page's own switch of languages
    assert held(client, app) == before | {"next": f"/office/orders/{order}"}
    token = sessions.make_link(shop.context, "clerk@cafe.example")
    path = f"/office/link/{token}"
    back = client.post(path, data={"csrf_token": csrf(client, path)})
    assert back.headers["Location"] == f"/office/orders/{order}"


def test_what_was_typed_is_there_again_after_the_login_and_nothing_of_it_was_done(app: Flask, shop: Shop) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    typed = {
        **NEW,
        "csrf_token": csrf(client),
        "description": "2 pizzas & 1 café",
        "currency": "USD",
        "manual_capture": "y",
    }
    shop.clock.forward(hours=8, seconds=1)
    answer = client.post("/office/orders", data=typed, headers=OURS)
    assert (answer.status_code, shop.all(models.Order)) == (303, [])
    assert "What you typed is kept" in client.get(answer.headers["Location"]).text
    back = entered_again(client, shop, "clerk@cafe.example")
    assert back == "/office/orders/new"
    page = client.get(back).text
    assert "What you typed is here again." in page
    assert 'value="2 pizzas &amp; 1 café"' in page
    assert re.search(r'name="amount"[^>]*value="12,50"', page)
    assert re.search(r'<option selected value="USD">', page)
    assert re.search(r'<input [^>]*checked[^>]*name="manual_capture"', page)
    assert shop.all(models.Order) == []
    again = client.get(back).text
    assert ("12,50" in again, "typed" in held(client, app)) == (False, False)
    posted = client.post("/office/orders", data={**typed, "csrf_token": csrf(client)}, headers=OURS)
    assert (posted.status_code, len(shop.all(models.Order))) == (303, 1)


def entered_again(client: FlaskClient, shop: Shop, email: str) -> str:
    """Log in anew in the same browser; the page that it leads to."""
    path = f"/office/link/{sessions.make_link(shop.context, email)}"
    return str(client.post(path, data={"csrf_token": csrf(client, path)}).headers["Location"])


@pytest.mark.parametrize(
    ("verb", "typed", "told"),
    [
        ("refund", {"amount": "3,20"}, "You had typed: 3,20"),
        ("charge", {"amount": "<b>7"}, "You had typed: &lt;b&gt;7"),
        ("cancel", {}, "so nothing was done."),
    ],
)
def test_what_an_order_was_to_do_is_not_done_and_said_on_its_page(
    app: Flask, shop: Shop, verb: str, typed: dict[str, str], told: str
) -> None:
    order = shop.order()
    shop.pay(order)
    client = enter(app, shop, "clerk@cafe.example")
    data = {"csrf_token": csrf(client), "idempotency_key": "once", **typed}
    before = shop.kinds(order)
    shop.clock.forward(hours=8, seconds=1)
    client.get(client.post(f"/office/orders/{order}/{verb}", data=data, headers=OURS).headers["Location"])
    back = entered_again(client, shop, "clerk@cafe.example")
    assert back == f"/office/orders/{order}"
    assert told in client.get(back).text
    assert (shop.kinds(order), shop.all(models.Refund)) == (before, [])


@pytest.mark.parametrize(
    ("verb", "typed"),
    [("refund", {"amount": "3,20", "reason": "One & <b>two"}), ("charge", {"amount": "7"}), ("note", {"note": "Call"})],
)
def test_what_was_typed_in_a_dialog_stands_there_again_after_the_login(
    app: Flask, shop: Shop, verb: str, typed: dict[str, str]
) -> None:
    order = shop.order(Action.REGISTER_PAY)
    shop.pay(order)
    client = enter(app, shop, "clerk@cafe.example")
    data = {"csrf_token": csrf(client), "idempotency_key": "once", "answered": "refunded:0", **typed}
    shop.clock.forward(hours=8, seconds=1)
    client.get(client.post(f"/office/orders/{order}/{verb}", data=data, headers=OURS).headers["Location"])
    page = client.get(entered_again(client, shop, "clerk@cafe.example")).text
    assert f"You had typed: {escape(next(iter(typed.values())))}" in page
    assert re.findall(r'<dialog id="(\w+)"[^>]* open data-modal', page) == ([verb] if verb != "note" else [])
    form = re.search(rf'<form[^>]*action="/office/orders/{order}/{verb}".*?</form>', page, re.DOTALL)
    assert form
    for value in typed.values():
        assert f">\n{escape(value)}<" in form[0].replace("\r", "") or f'value="{escape(value)}"' in form[0]
    others = page.replace(form[0], "")
    assert not any(f'value="{escape(value)}"' in others for value in typed.values())


@pytest.mark.parametrize(("path", "asked"), [("bulk", {"verb": "cancel"}), ("export", {"format": "csv"})])
def test_ticks_of_the_list_are_not_told_as_if_they_were_typed(
    app: Flask, shop: Shop, path: str, asked: dict[str, str]
) -> None:
    order, client = shop.order(), enter(app, shop)
    data = {"csrf_token": csrf(client), "order": order, "confirmed": "1", **asked}
    shop.clock.forward(hours=8, seconds=1)
    client.get(client.post(f"/office/orders/{path}", data=data, headers=OURS).headers["Location"])
    assert entered_again(client, shop, "admin@cafe.example") == "/office/orders"
    page = client.get("/office/orders").text
    assert ("so nothing was done." in page, "You had typed" in page) == (True, False)
    assert shop.get(order).state == "open"


def test_what_one_person_typed_is_not_shown_to_the_next(app: Flask, shop: Shop) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    typed = {**NEW, "csrf_token": csrf(client)}
    shop.clock.forward(hours=8, seconds=1)
    client.get(client.post("/office/orders", data=typed, headers=OURS).headers["Location"])
    page = client.get(entered_again(client, shop, "admin@cafe.example")).text
    assert ("06 12 34 56 78" in page, "typed" in held(client, app)) == (False, False)


@pytest.mark.parametrize(
    ("typed", "headers"),
    [
        ({"description": "4242 4242 4242 4242"}, OURS),
        ({"description": "x" * ended.LONGEST}, OURS),
        ({}, {}),
        ({}, {"Sec-Fetch-Site": "none"}),
    ],
)
def test_a_card_number_a_novel_and_what_another_site_posts_are_not_kept(
    app: Flask, shop: Shop, typed: dict[str, str], headers: dict[str, str]
) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    data = {**NEW, "csrf_token": csrf(client), **typed}
    shop.clock.forward(hours=8, seconds=1)
    answer = client.post("/office/orders", data=data, headers=headers)
    assert (answer.status_code, "typed" in held(client, app)) == (303, False)
    assert "What you typed is kept" not in client.get(answer.headers["Location"]).text


def test_a_form_whose_cookie_is_gone_is_one_whose_session_has_ended(app: Flask, shop: Shop) -> None:
    client = browser_of(app)
    answer = client.post("/office/orders", data={**NEW, "csrf_token": "gone"}, headers=OURS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/office/login?next=/office/orders/new&ended")
    client.get(answer.headers["Location"])
    page = client.get(entered_again(client, shop, "clerk@cafe.example")).text
    assert "06 12 34 56 78" in page


def test_a_form_of_an_earlier_session_comes_back_to_who_has_logged_in_anew_in_another_tab(
    app: Flask, shop: Shop
) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    stale = {**NEW, "csrf_token": csrf(client), "description": "2 pizzas"}
    shop.clock.forward(hours=8, seconds=1)
    entered_again(client, shop, "clerk@cafe.example")
    for headers, status in ((OURS, 303), ({}, 400), ({"Sec-Fetch-Site": "cross-site"}, 403)):
        answer = client.post("/office/orders", data=stale, headers=headers)
        assert (answer.status_code, shop.all(models.Order)) == (status, [])
    page = client.get("/office/orders/new").text
    assert ("What you typed is here again." in page, 'value="2 pizzas"' in page) == (True, True)


def test_who_logs_out_of_a_session_that_has_ended_is_out(app: Flask, shop: Shop) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    token = csrf(client)
    shop.clock.forward(hours=8, seconds=1)
    answer = client.post("/office/logout", data={"csrf_token": token}, headers=OURS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/office/login?next=/office/orders&ended")
    assert "typed" not in held(client, app)


def test_a_forged_form_is_refused_and_leads_nowhere(app: Flask, shop: Shop) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    forged = {**NEW, "csrf_token": "forged"}
    assert client.post("/office/orders", data=forged).status_code == 400
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert client.post("/office/orders", data=forged, headers=headers).status_code == 403
        assert browser_of(app).post("/office/orders", data=forged, headers=headers).status_code == 403
    assert shop.all(models.Order) == []


def test_a_page_that_is_opened_after_the_end_leads_to_the_login_and_back(app: Flask, shop: Shop) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    shop.clock.forward(hours=8, seconds=1)
    there = client.get("/office/orders?q=pizza&state=open").headers["Location"]
    assert parse_qs(urlsplit(there).query)["next"] == ["/office/orders?q=pizza&state=open"]


def test_a_browser_keeps_the_page_while_nobody_answers_and_goes_to_the_login_when_the_session_has_ended(
    shop: Shop, browser: Browser
) -> None:
    made = application(shop, **WITH_A_PROVIDER)
    order, client, polls = shop.order(), enter(made, shop, "clerk@cafe.example"), [502, 500, 403]

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.path.endswith("/live") and polls:
            route.fulfill(status=polls.pop(0), content_type="text/html", body="<h1>Bad gateway</h1>")
            if not polls:
                shop.clock.forward(hours=8, seconds=1)
            return
        headers = {name: value for name, value in route.request.headers.items() if name.startswith("hx-")}
        with client.get(f"{url.path}?{url.query}", headers=headers) as given:
            route.fulfill(status=given.status_code, headers=dict(given.headers), body=given.get_data())

    with contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        page.route("**/*", answer)
        page.goto(f"https://ordo.localhost/office/orders/{order}")
        expect(page.get_by_text("Your session has ended.")).to_be_visible()
        assert urlsplit(page.url).path == "/office/login"
        assert polls == []
        there = page.get_by_role("link", name="Log in with the identity provider").get_attribute("href")
        assert there == f"/office/login?next=/office/orders/{order}"


@pytest.mark.parametrize("app", ["without"], indirect=True)
def test_every_form_with_fields_says_where_it_stands(app: Flask, shop: Shop) -> None:
    # Dialogs and the note of an order's page.
    told_only = {f"order_page.{name}" for name in ("charge", "refund", "capture", "extend", "note")}
    lacking = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if set(registry.FORMS.get(rule.rule, {})) - ended.OURS
        and rule.rule.startswith("/office/")
        and "POST" in (rule.methods or set())
        and not {"form_at", "nothing_typed"} & vars(app.view_functions[rule.endpoint]).keys()
    }
    assert lacking == told_only | {"order_forms.create"}  # the last needs no login
