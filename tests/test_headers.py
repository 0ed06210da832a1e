"""Every answer has the security headers, whatever went wrong and whoever asked; a cookie is for our own pages and no script."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit import Shop, app, browser, outside, shop, test_gateway
from webapp.services.accounts import sessions
from webapp.web.headers import COMMON

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["app", "outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CASES = {
    "a page that is not there": ("GET", "/nothing", {}, 404),
    "a link that is none": ("GET", "/p/forged", {}, 404),
    "its HEAD": ("HEAD", "/p/forged", {}, 404),
    "OPTIONS": ("OPTIONS", "/p/forged", {}, 200),
    "a method that is not allowed": ("PUT", "/p/forged", {}, 405),
    "a host that is not ours": ("GET", "/p/forged", {"Host": "evil.example"}, 400),
    "a file that is not there": ("GET", "/static/nothing.js", {}, 404),
    "a picture that is not there": ("GET", "/brand/nobody/1.logo.png", {}, 404),
    "the health check": ("GET", "/health", {}, 200),
    "a webhook without a signature": ("POST", "/hooks/stripe/cafe", {}, 401),
    "a login": ("GET", "/office/login", {}, 200),
    "a redirect": ("GET", "/office/orders", {}, 302),
    "a post from elsewhere": ("POST", "/office/logout", {"Sec-Fetch-Site": "cross-site"}, 403),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_answer_has_them(app: Flask, shop: Shop, case: str) -> None:
    method, path, headers, status = CASES[case]
    answer = browser(app).open(path, method=method, headers=headers)
    assert answer.status_code == status
    assert all(answer.headers[name] == value for name, value in COMMON.items())
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'", "'none'", "'none'")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_an_answer_to_what_nobody_foresaw_has_them_too(app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.context.database, "ping", lambda: 1 / 0)
    answer = browser(app).get("/health")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert all(answer.headers[name] == value for name, value in COMMON.items())


def test_a_body_that_is_too_large_is_answered_with_them(app: Flask, shop: Shop) -> None:
    answer = browser(app).post(
        "/hooks/whatsapp/cafe", data=b"x" * 4_000_000, headers={"X-Hub-Signature-256": "sha256=0"}
    )
    assert answer.status_code == 413
    assert answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("case", ["/office/login", "/p/forged", "/static/css/pay.css", "/p/brand/cafe/0.card.png", ""])
def test_no_header_is_there_twice_and_none_of_an_answer_s_own_is_lost(app: Flask, shop: Shop, case: str) -> None:
    answer = browser(app).get(case or f"/p/{shop.context.links.token(shop.order(), 1)}")
    answer.close()
    names = [name.lower() for name, _ in answer.headers if name != "Set-Cookie"]
    assert sorted(set(names)) == sorted(names)
    static = case.startswith("/static/")
    assert (answer.cache_control.max_age, answer.cache_control.no_store) == (
        (31_536_000, False) if static else (None, True)
    )
    assert static or answer.headers["Vary"] == "HX-Request, Accept-Language, Cookie"


def test_a_cookie_goes_to_our_own_pages_over_tls_and_to_no_script(app: Flask, shop: Shop) -> None:
    client, path = browser(app), f"/office/link/{sessions.make_link(shop.context, 'admin@cafe.example')}"
    form = client.get(f"{path}?lang=fr")
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
    assert csrf
    entered = client.post(path, data={"csrf_token": csrf[1]})
    bought = client.get(f"/p/{shop.context.links.token(shop.order(), 1)}?lang=fr")
    told = [line for answer in (form, entered, bought) for line in answer.headers.getlist("Set-Cookie")]
    assert {line.partition("=")[0] for line in told} == {"__Host-ordo", "lang"}
    for line in told:
        ((name, cookie),) = SimpleCookie(line).items()
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax"), name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name
    (session,) = entered.headers.getlist("Set-Cookie")
    assert re.search(r"Expires=\w{3}, \d\d \w{3} \d{4}", session)  # by itself, some day, though no server asks


def test_no_page_says_where_a_request_comes_from(app: Flask) -> None:
    """An address may be a link that is worth something, and what stands in a page wins over its header."""
    pages = [path.read_text("utf-8") for path in Path(app.root_path, "templates").rglob("*.html")]
    assert {policy for page in pages for policy in re.findall(r'name="referrer" content="([^"]*)"', page)} == {
        "no-referrer"
    }
    assert not any("referrerpolicy" in page.lower() for page in pages)
