"""The buyer's door: reading changes nothing, posting needs the link's own form, and every answer is guarded."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import escape

from tests.kit import ASKS, BUYER, DECLINED, SECRET_KEYS, Shop, app, browser, outside, setting, shop, test_gateway
from tests.pay.forms import link, post
from webapp.db import merchants, models
from webapp.domain import phone
from webapp.domain.actions import Action
from webapp.services.orders import consent, lifecycle
from webapp.services.payments import checkout
from webapp.services.runtime.links import Links
from webapp.web import services as web_services

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

__all__ = [
    "app",
    "outside",
    "shop",
    "test_gateway",
]  # fixtures, for this file alone: the page's other tests need no shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AGENTS = (
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36",
    "curl/8.5",
    "",
)


SOME_ORDERS: tuple[dict[str, Any], ...] = ({"tax": 800}, {"phone": None})


@pytest.mark.parametrize("agent", AGENTS)
def test_looking_at_a_link_changes_no_row_whoever_looks(app: Flask, shop: Shop, agent: str) -> None:
    order = shop.order(Action.REGISTER_PAY)
    before = shop.dump()
    for path in ("", "/status", "?lang=fr"):
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = browser(app).open(f"/p/{link(shop, order)}{path}", method=method, headers={"User-Agent": agent})
            assert answer.status_code < 400
    assert shop.dump() == before
    assert shop.ledger()["intents"] == []


def wrong_links(shop: Shop) -> dict[str, str]:
    order = shop.order()
    good = link(shop, order)
    return {
        "unknown": shop.context.links.token("ord_nobody", 1),
        "forged": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "foreign": Links(["x" * 40], "https://other.example").token(order, 1),
        "of a version that never was": shop.context.links.token(order, 7),
        "form token": shop.context.links.form_token(good),
        "empty parts": "..",
        "not ASCII": "é.1.x",
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_wrong_link_is_one_and_the_same_404(app: Flask, shop: Shop, method: str) -> None:
    tail = "" if method == "GET" else "/pay"
    answers = [browser(app).open(f"/p/{token}{tail}", method=method) for token in wrong_links(shop).values()]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1


def test_a_link_signed_with_the_older_key_still_works(app: Flask, shop: Shop) -> None:
    token = Links(SECRET_KEYS[1:], "").token(shop.order(), 1)
    assert browser(app).get(f"/p/{token}").status_code == 200


@pytest.mark.parametrize(
    ("card", "status", "state"), [("visa", 200, "paid"), (DECLINED, 422, "open"), (ASKS, 202, "processing")]
)
def test_a_post_answers_with_the_truth(app: Flask, shop: Shop, card: str, status: int, state: str) -> None:
    order = shop.order()
    assert post(app, shop, order, confirmation_token=shop.token(card)).status_code == status
    assert shop.state(order) == state


def test_without_htmx_a_post_leads_back_to_the_page(app: Flask, shop: Shop) -> None:
    order = shop.order()
    answer = post(app, shop, order, htmx=False, confirmation_token=shop.token("visa"))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/p/{link(shop, order)}")
    assert "Visa" in browser(app).get(answer.headers["Location"]).text


def test_a_second_tab_learns_that_it_is_paid(app: Flask, shop: Shop) -> None:
    order = shop.order()
    token = shop.token("visa")
    shop.pay(order)
    answer = post(app, shop, order, confirmation_token=token)
    assert (answer.status_code, shop.charges()) == (200, [1000])


def test_a_wording_that_has_changed_since_the_page_was_shown_is_409(app: Flask, shop: Shop) -> None:
    order = shop.order(Action.REGISTER)
    answer = post(app, shop, order, consent_version="2020-01", confirmation_token=shop.token("visa"))
    assert (answer.status_code, shop.attempts(order)) == (409, [])


@pytest.mark.parametrize(("tick", "aliases"), [({"save": "y"}, 1), ({}, 0), ({"save": "n"}, 0)])
def test_the_tick_decides_and_the_wording_shown_is_kept(
    app: Flask, shop: Shop, tick: dict[str, Any], aliases: int
) -> None:
    order = shop.order(Action.ASK_REGISTER_PAY, language="fr")
    page = browser(app).get(f"/p/{link(shop, order)}").text
    post(app, shop, order, confirmation_token=shop.token("visa"), **tick)
    kept = shop.all(models.Consent)
    assert len(kept) == len(shop.all(models.Alias)) == aliases
    assert all(
        row.language == "fr" and row.version == consent.version(row.wording) and row.wording[:20] in page
        for row in kept
    )


def test_a_card_number_in_place_of_the_token_never_gets_in(app: Flask, shop: Shop) -> None:
    order = shop.order()
    assert post(app, shop, order, confirmation_token="4242 4242 4242 4242").status_code == 400
    assert shop.attempts(order) == []


def test_a_gateway_that_is_down_is_said_with_nothing_taken(app: Flask, shop: Shop) -> None:
    order = shop.order()
    web_services.install(app, shop.unreachable())
    answer = post(app, shop, order, confirmation_token="ctoken_1")
    assert (answer.status_code, shop.state(order)) == (422, "open")
    assert 'data-problem="not_sent"' in answer.text


def test_a_lost_answer_is_said_to_be_checked_not_failed(app: Flask, shop: Shop) -> None:
    order = shop.order()
    shop.fault("timeout_after", "POST /v1/payment_intents/*/confirm")
    answer = post(app, shop, order, confirmation_token=shop.token("visa"))
    assert (answer.status_code, shop.state(order)) == (202, "processing")
    assert "No money was taken" not in answer.text


def test_opened_is_written_by_the_script_s_post_alone(app: Flask, shop: Shop) -> None:
    order = shop.order()
    assert post(app, shop, order, "opened").status_code == 204
    assert shop.get(order).opened_at == shop.clock()


def test_only_a_buyer_s_page_lets_the_gateway_ask_the_browser_for_a_wallet(app: Flask, shop: Shop) -> None:
    page, login = browser(app).get(f"/p/{link(shop, shop.order())}"), browser(app).get("/office/login")
    said = re.match(r'payment=\(self "(http[^"]+)"\), camera=\(\)', page.headers["Permissions-Policy"])
    assert said is not None
    assert f"frame-src {said[1]};" in page.headers["Content-Security-Policy"]
    assert login.headers["Permissions-Policy"].startswith("payment=(), camera=()")


def test_expired_and_cancelled_pages_say_so_and_how_to_reach_the_shop(app: Flask, shop: Shop) -> None:
    cancelled, expired = shop.order(), shop.order(days=1)
    lifecycle.cancel(shop.context, shop.id, cancelled)
    shop.clock.forward(days=1)
    for order in (cancelled, expired):
        page = browser(app).get(f"/p/{link(shop, order)}")
        assert page.status_code == 200
        assert "hello@cafe.example" in page.text


def guarded(answer: TestResponse) -> dict[str, Any]:
    csp = answer.headers["Content-Security-Policy"]
    return {
        "csp": csp.startswith("default-src 'none'") and "unsafe" not in csp and "frame-ancestors 'none'" in csp,
        "store": answer.headers["Cache-Control"],
        "robots": answer.headers["X-Robots-Tag"],
        "referrer": answer.headers["Referrer-Policy"],
        "sniff": answer.headers["X-Content-Type-Options"],
        "tls": "Strict-Transport-Security" in answer.headers,
        "cookie": "Set-Cookie" in answer.headers,
    }


@pytest.mark.parametrize("case", ["page", "404", "400", "405", "409", "500", "503"])
def test_every_answer_is_guarded_errors_too(app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    order = shop.order(Action.REGISTER)
    path = f"/p/{link(shop, order)}"
    if case in {"500", "503"}:
        from webapp.domain.errors import Unavailable  # noqa: PLC0415
        from webapp.services.orders import buyer_view  # noqa: PLC0415

        def broken(*_: object) -> None:
            raise Unavailable if case == "503" else RuntimeError("secret detail")

        monkeypatch.setattr(buyer_view, "by_link", broken)
    answer = {
        "404": lambda: browser(app).get("/p/x"),
        "400": lambda: browser(app).post(f"{path}/pay"),
        "405": lambda: browser(app).put(path),
        "409": lambda: post(app, shop, order, consent_version="old", confirmation_token="ctoken_1"),
    }.get(case, lambda: browser(app).get(path))()
    assert answer.status_code == (200 if case == "page" else int(case))
    assert "secret detail" not in answer.text
    assert guarded(answer) == {
        "csp": True,
        "store": "no-store",
        "robots": "noindex, nofollow",
        "referrer": "no-referrer",
        "sniff": "nosniff",
        "tls": True,
        "cookie": False,
    }


def test_the_page_runs_no_inline_script_and_shows_no_personal_data(app: Flask, shop: Shop) -> None:
    page = browser(app).get(f"/p/{link(shop, shop.order())}").text
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\son\w+=|\sstyle=", page)
    assert "buyer@example.com" not in page
    assert "612345678" not in page.replace(" ", "")


@pytest.mark.parametrize("value", ["n", "false", "0", "yes", "Y"])
def test_nothing_but_the_box_itself_is_a_consent(app: Flask, shop: Shop, value: str) -> None:
    order = shop.order(Action.ASK_REGISTER_PAY)
    post(app, shop, order, confirmation_token=shop.token("visa"), save=value)
    assert shop.all(models.Alias) == []


def test_a_page_that_shows_another_wording_cannot_be_posted(app: Flask, shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY)
    answer = post(app, shop, order, confirmation_token=shop.token("visa"), consent_version="2026-11.00000000")
    assert (answer.status_code, shop.state(order), shop.charges()) == (409, "open", [])


@pytest.mark.parametrize("verb", ["pay", "resume", "another-card", "opened"])
def test_a_file_is_not_taken_for_a_field(app: Flask, shop: Shop, verb: str) -> None:
    order = shop.order()
    token = link(shop, order)
    data = {"csrf_token": (io.BytesIO(shop.context.links.form_token(token).encode()), "csrf.txt")}
    answer = browser(app).post(f"/p/{token}/{verb}", data=data, content_type="multipart/form-data")
    assert (answer.status_code, shop.state(order)) == (400, "open")


def test_a_card_can_be_removed_while_its_money_is_only_held(app: Flask, shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY, manual_capture=True)
    shop.pay(order)
    path = f"/p/{link(shop, order)}?lang=en"
    assert "Remove this card" in browser(app).get(path).text
    assert post(app, shop, order, "remove-card").status_code == 303
    assert "has been removed" in browser(app).get(path).text
    assert shop.one(models.Alias).status == "revoked"


def test_the_buyer_removes_the_card_that_the_order_saved(app: Flask, shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY)
    post(app, shop, order, confirmation_token=shop.token("visa"))
    path = f"/p/{link(shop, order)}?lang=en"
    assert "Remove this card" in browser(app).get(path).text
    assert post(app, shop, order, "remove-card").status_code == 303
    page = browser(app).get(path).text
    assert ("Remove this card" in page, "has been removed" in page) == (False, True)
    assert (shop.one(models.Alias).status, shop.state(order)) == ("revoked", "paid")


def test_the_way_to_a_saved_card_is_the_same_whether_or_not_there_is_one(app: Flask, shop: Shop) -> None:
    def line(order: str) -> str:
        found = re.search(
            r'<p class="saved">.*?</p>', browser(app).get(f"/p/{link(shop, order)}?lang=en").text, re.DOTALL
        )
        return found[0].replace(shop.get(order).reference, "REFERENCE") if found else ""

    before = line(shop.order())
    saves = shop.order(Action.REGISTER)
    shop.pay(saves)
    assert shop.get(saves).alias_id
    assert before == line(shop.order())
    assert 'href="https://wa.me/33199001234?text=PAY+REFERENCE"' in before
    assert [line(shop.order(action)) for action in Action if action is not Action.PAYMENT] == ["", "", ""]


@pytest.mark.parametrize("htmx", [True, False])
def test_whoever_got_a_request_by_mistake_stops_it_and_the_shop_is_told(app: Flask, shop: Shop, htmx: bool) -> None:
    shop.hear("HELP")
    order = shop.order()
    before = len(shop.place.sent)
    assert "/not-mine" in browser(app).get(f"/p/{link(shop, order)}").text
    assert post(app, shop, order, "not-mine", htmx=htmx).status_code == 303
    shop.drain()
    assert shop.state(order) == "cancelled"
    assert "wrong_recipient_link" in shop.kinds(order)
    told = [str(message["text"]["body"]) for message in shop.place.sent[before:] if "text" in message]
    (said,) = [text for text in told if "Somebody who has the link says that this request is not for them" in text]
    assert phone.spaced(BUYER) not in said  # the page cannot know who pressed
    assert "/not-mine" not in browser(app).get(f"/p/{link(shop, order)}").text


def test_what_is_paid_stays_paid_whoever_says_that_it_is_not_theirs(app: Flask, shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    assert post(app, shop, order, "not-mine").status_code == 303
    assert (shop.state(order), "wrong_recipient_link" in shop.kinds(order)) == ("paid", False)


def test_the_tax_is_shown_and_the_chat_is_offered_only_to_a_phone(app: Flask, shop: Shop) -> None:
    known, unknown = (browser(app).get(f"/p/{link(shop, shop.order(**more))}?lang=en").text for more in SOME_ORDERS)
    assert ("8%" in known, "wa.me" in known) == (True, True)
    assert ("Tax included" in unknown, "wa.me" in unknown) == (False, False)


def test_a_page_that_is_over_leads_back_to_the_chat_of_who_was_written_to(app: Flask, shop: Shop) -> None:
    def back(order: str) -> bool:
        html = browser(app).get(f"/p/{link(shop, order)}?lang=en").text
        return re.search(r'href="https://wa\.me/33199001234">\s*Back to the chat<', html) is not None

    paid, cancelled, by_hand = shop.order(), shop.order(), shop.order(phone=None)
    assert not back(paid)
    for order in (paid, by_hand):
        shop.pay(order)
    post(app, shop, cancelled, "not-mine")
    assert (back(paid), back(cancelled), back(by_hand)) == (True, True, False)


def test_a_shop_without_a_number_has_no_chat_to_lead_back_to(app: Flask, shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    with shop.context.database.write() as session:
        merchants.get(session, shop.id).number = None
    assert "Back to the chat" not in browser(app).get(f"/p/{link(shop, order)}?lang=en").text


@pytest.mark.parametrize("manual_capture", [False, True])
def test_the_page_says_of_the_money_and_of_cards_what_its_gateway_is_told(
    app: Flask, shop: Shop, *, manual_capture: bool
) -> None:
    html = browser(app).get(f"/p/{link(shop, shop.order(manual_capture=manual_capture))}?lang=en").text
    said = re.search(r'id="card-form">(.+?)</script>', html)
    assert said
    assert json.loads(said[1])["elements"].get("captureMethod") == ("manual" if manual_capture else None)
    assert ("To be held on your card" in html, "Hold 10,00" in html) == (manual_capture, manual_capture)
    assert re.findall(r'<img src="/static/cards/[^"]+" alt="([^"]+)"', html) == [
        "Visa",
        "Mastercard",
        "American Express",
    ]


def test_a_buyer_who_cancels_at_the_bank_is_told_so_and_that_no_try_is_gone(app: Flask, shop: Shop) -> None:
    order = shop.order()
    for _ in range(2):
        shop.pay(order, DECLINED)
    shop.pay(order, ASKS)
    shop.answer_bank(order, "cancelled")
    checkout.resume(shop.context, order)
    page = browser(app).get(f"/p/{link(shop, order)}?lang=en").text
    assert "The payment was not confirmed at your bank. Try again, or use another card." in page
    assert "One try is left" not in page
    shop.pay(order)
    assert shop.state(order) == "paid"


def test_a_receipt_leads_back_to_the_shop_while_its_file_names_the_address(app: Flask, shop: Shop) -> None:
    url, name = "https://shop.example/done?a=1&b=2", 'Café "Ü" (Paris) <b>'
    setting(shop, return_urls=[url], name=name)
    order, over = shop.order(return_url=url), shop.order(return_url=url)
    page, ended = f"/p/{link(shop, order)}?lang=ar", f"/p/{link(shop, over)}?lang=en"
    button = '<a class="quiet" href="https://shop.example/done?a=1&amp;b=2" rel="noreferrer">'
    assert button not in browser(app).get(page).text
    shop.pay(order)
    lifecycle.cancel(shop.context, shop.id, over)
    told = browser(app).get(page)
    assert f"{button}العودة إلى \u2068{escape(name)}\u2069</a>" in told.text
    assert "Refresh" not in told.headers
    assert 'http-equiv="refresh"' not in told.text.lower()
    assert button not in browser(app).get(ended).text
    for now in ([url + "#"], [], None):
        setting(shop, return_urls=now)
        assert "shop.example" not in browser(app).get(page).text


def test_an_address_of_development_is_led_to_by_no_other_installation(app: Flask, shop: Shop) -> None:
    url = "http://localhost:3000/done"
    setting(shop, return_urls=[url])
    order = shop.order(return_url=url)
    shop.pay(order)
    assert lifecycle.may_lead_to(shop.context, shop.one(models.Merchant), url)
    real = dataclasses.replace(shop.context, allow_sandbox_hosts=False)
    assert not lifecycle.may_lead_to(real, shop.one(models.Merchant), url)
    assert url in browser(app).get(f"/p/{link(shop, order)}").text
