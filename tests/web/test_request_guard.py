"""What no request of ours holds is refused before anything reads it, and nothing of it is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.kit import Shop, app, browser, outside, shop, test_gateway

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["app", "outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    "host", ["evil.example", "", "ordo.localhost.evil.example", "ordo.localhost@evil.example", "a" * 256]
)
@pytest.mark.parametrize("path", ["/", "/nothing", "/static/css/pay.css", "/office/login?lang=fr"])
def test_a_host_that_is_not_ours_gets_nothing(app: Flask, shop: Shop, host: str, path: str) -> None:
    answer = browser(app).get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "host",
    ["10.0.3.7:8000", "[fd00::7]:8000", "pod-7", "balancer.internal", "evil.example", "", "a b", "é", "["],
)
def test_whoever_asks_for_health_need_not_know_our_name_and_learns_nothing_more(
    app: Flask, shop: Shop, host: str
) -> None:
    answer = browser(app).get("/health", headers={"Host": host})
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert "Set-Cookie" not in answer.headers
    assert browser(app).post("/health", headers={"Host": host}).status_code == 405
    assert browser(app).get("/health/x", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("path", ["/health", "/nothing", ""])
def test_a_server_may_leave_out_what_stands_after_the_question_mark(app: Flask, shop: Shop, path: str) -> None:
    asked = path or f"/p/{shop.context.links.token(shop.order(), 1)}"
    environ = EnvironBuilder(path=asked, base_url="https://ordo.localhost").get_environ()
    del environ["QUERY_STRING"]  # PEP 3333 lets it
    body, status, _headers = run_wsgi_app(app.wsgi_app, environ)
    assert status[:3] == ("404" if path == "/nothing" else "200")
    assert b"".join(body)


@pytest.mark.parametrize("browser_s", ["fr" + "-x" * 100_000, ", ".join(f"fr-{number}" for number in range(50_000))])
def test_of_a_browser_s_wishes_no_more_than_a_line_is_read(app: Flask, shop: Shop, browser_s: str) -> None:
    answer = browser(app).get("/nothing", headers={"Accept-Language": browser_s})
    assert '<html lang="fr"' in answer.text
