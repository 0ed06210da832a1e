"""A link is found whatever stands behind it, and no link becomes another."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.kit import Shop, app, browser, outside, shop, test_gateway
from webapp.services.accounts import sessions
from webapp.services.runtime.links import FormLink

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["app", "outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BEHIND = [
    *("/", ".", ")", ",", ";", ":", "!", "?)", "'", '"', ">", "]", "}", "*", "~", "_", "-", "=", "\\", "%", "|", "`"),
    *("\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "\u200f", "\u202c", "\u00a0", " ", "\n", "\t"),
    *(
        "\u2019",
        "\u201d",
        "\u00bb",
        "\u203a",
        "\u300d",
        "\u3011",
        "\uff09",
        "\u3002",
        "\u3001",
        "\uff0c",
        "\u2026",
        "\u061b",
        "\u06d4",
    ),
    *("...", "/)", ")/", "_)", "._", "//", "\u3002次の行", ") please pay", "\u200b.", "%20", "\u2705"),
]
NOT_ITS_END = ["A", "7", "AB", ".evil", "/pay", "/unknown", "/details/"]


def links(shop: Shop) -> list[str]:
    """The path of each kind of link that we give out."""
    order = shop.get(shop.order())
    form = shop.context.links.order_form_url(FormLink("op_1", 99, "idem_1")).partition(".localhost")[2]
    one_time = f"/office/link/{sessions.make_link(shop.context, 'admin@cafe.example')}"
    return [f"/p/{shop.context.links.token(order.id, 1)}", form, one_time]


def test_whoever_looks_is_sent_to_the_link_itself_and_nothing_is_written(app: Flask, shop: Shop) -> None:
    found, client = links(shop), browser(app)
    before = shop.dump()
    for link in found:
        for behind in BEHIND:
            path = link + quote(behind, safe="/")
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, link), path
            assert client.head(path).status_code == 302
    assert client.get(f"{found[0]}.?lang=fr").headers["Location"] == f"{found[0]}?lang=fr"
    assert client.get(f"{found[0]}.", follow_redirects=True).status_code == 200
    assert shop.dump() == before


def test_what_may_be_a_token_is_left_as_it_is(app: Flask, shop: Shop) -> None:
    link, client = links(shop)[0], browser(app)
    for more in NOT_ITS_END:
        assert client.get(link + more).status_code in {404, 405}, more
    for sign in {*"AZaz09", link[-1]}:
        assert client.get(link[:-1] + sign).status_code == (200 if link.endswith(sign) else 404)
        assert client.get(f"{link[:-1]}{sign}.").headers["Location"] == link[:-1] + sign


def test_nothing_is_done_for_who_posts_to_such_an_address(app: Flask, shop: Shop) -> None:
    link = links(shop)[0]
    assert browser(app).post(f"{link}/pay.").status_code == 404
    assert browser(app).post(f"{link}.").status_code == 405


def test_a_forged_link_leads_no_further_than_a_right_one_that_is_gone(app: Flask, shop: Shop) -> None:
    forged = f"/p/abc.1.{'A' * 43}"
    answer = browser(app).get(f"{forged})", follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (404, forged)
