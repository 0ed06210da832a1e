"""The page of the document: ours alone, and drawn in a browser without what its policy forbids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.serve import Served
from tests.kit import browser as visitor

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_page_loads_what_is_ours_and_sets_nothing(app: Flask) -> None:
    answer = visitor(app).get("/api/v1/docs")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "https:" not in answer.text
    assert "Set-Cookie" not in answer.headers
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy


@pytest.mark.slow
def test_it_is_drawn_under_its_policy(app: Flask, browser: Browser) -> None:
    server, said = Served(app).start(), list[str]()
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{server.url}/api/v1/docs")
    page.get_by_text("Create an order").wait_for()
    page.get_by_text("order.paid").first.wait_for()
    assert page.get_by_role("button", name="Authorize").count() == 0
    assert said == []
    page.close()
    server.stop()
