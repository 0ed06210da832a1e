"""What counts as whose bytes, and that a page which grows over the budget is told."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.budget import __main__ as budget
from tests.budget import limits, sizes

if TYPE_CHECKING:
    import pytest

PAGE = """<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/css/pay.css?v=1">
<link rel="stylesheet" href="/p/brand/cafe/1.css"><link rel="preload" as="script" href="https://js.stripe.com/endive/stripe.js">
<script src="/static/vendor/htmx.min.js" defer></script><script src="/static/js/pay.js" defer></script>
<link rel="preload" as="script" href="/static/js/pay.js"><script type="application/json">{"key": 1}</script>
<div data-outside="/static/js/outside.js"><a href="/static/js/receipt.js"></a></div>"""


def fetched(html: str) -> list[str]:
    asked: list[str] = []

    def fetch(address: str) -> int:
        asked.append(address)
        return 100

    sizes.weigh(html, fetch)
    return asked


def test_our_own_sheets_and_scripts_count_once_and_nobody_else_s() -> None:
    wanted = ["/static/css/pay.css?v=1", "/p/brand/cafe/1.css", "/static/vendor/htmx.min.js", "/static/js/pay.js"]
    assert fetched(PAGE) == wanted
    assert fetched('<script src="//elsewhere.example/a.js"></script>') == []


def test_each_file_counts_for_its_kind() -> None:
    weight = sizes.weigh(PAGE, lambda _address: 100)
    assert {kind: weight[kind] for kind in (limits.CSS, limits.HTMX, limits.SCRIPTS)} == {
        limits.CSS: 200,
        limits.HTMX: 100,
        limits.SCRIPTS: 100,
    }


def test_a_style_in_the_page_is_css_and_no_html() -> None:
    style = "".join(f".a{number} {{ margin: {number}px; }}" for number in range(500))
    plain, styled = (sizes.weigh(html, lambda _address: 0) for html in ("<p>a</p>", f"<style>{style}</style><p>a</p>"))
    assert styled[limits.HTML] == plain[limits.HTML]
    assert plain[limits.CSS] == 0
    assert styled[limits.CSS] == sizes.packed(style.encode(), sizes.PAGE) > 500


def test_a_page_that_grew_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    words = " ".join(str(random.Random(each).random()) for each in range(1000))
    weight = sizes.weigh(f"<p>{words}</p>", lambda _address: 0)[limits.HTML]
    fits = sizes.Line("buyer's page: CSS", limits.BUYER[limits.CSS], limits.BUYER[limits.CSS], "payment, en")
    grew = sizes.Line("buyer's page: HTML", weight, limits.BUYER[limits.HTML], "payment, ja")
    assert budget.told([fits, grew]) == 1
    assert [line for line in capsys.readouterr().out.splitlines() if "OVER" in line] == [
        f"buyer's page: HTML {weight:>17}    6144  payment, ja   OVER"
    ]
    assert budget.told([fits]) == 0
