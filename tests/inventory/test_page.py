"""The inventory is what buyers' pages run, and a page that differs from it is found out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from webapp.inventory import page
from webapp.inventory.page import Difference, Expected, Fetched, What

STATIC = Path(__file__).resolve().parents[2] / "static"
URL = "https://pay.example.com/p/abc"
STRIPE = "js/gateways/stripe.js"
GATEWAY = "https://js.stripe.com/endive/stripe.js"
EXPECTED = Expected(
    {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}, STRIPE, GATEWAY
)
HEADERS = {name.lower(): value for name, value in EXPECTED.headers.items()}
OURS = "".join(
    f'<script src="/static/{path}?v=1" defer></script>' for path, script in page.inventory().items() if not script.when
)
GOOD = f'{OURS}<link rel="preload" as="script" href="{GATEWAY}"><script type="application/json">{{}}</script>'


def found(
    html: str, headers: dict[str, str] | None = None, *, payable: bool = True, files: dict[str, bytes] | None = None
) -> list[Difference]:
    def fetch(address: str) -> Fetched:
        if address == URL:
            return Fetched(200, HEADERS if headers is None else headers, html.encode())
        path = address.partition("/static/")[2].partition("?")[0]
        return Fetched(200, {}, (files or {}).get(path) or (STATIC / path).read_bytes())

    return page.inspect(URL, EXPECTED, fetch, payable=payable)


@pytest.mark.parametrize("path", sorted(page.inventory()))
def test_each_script_is_the_one_that_was_approved(path: str) -> None:
    script, digest = page.inventory()[path], hashlib.sha256((STATIC / path).read_bytes()).hexdigest()
    assert script.purpose
    assert script.approved
    assert script.sha256 == digest, (
        f"read the change of {path}; to approve it, write sha256 = {digest!r} in scripts.toml"
    )


def test_a_page_as_it_should_be_differs_in_nothing() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("added", "what", "detail"),
    [
        ('<script src="https://evil.example/x.js"></script>', What.UNKNOWN, "https://evil.example/x.js"),
        ('<script src="//evil.example/x.js"></script>', What.UNKNOWN, "https://evil.example/x.js"),
        ('<script src="/static/js/office.js"></script>', What.UNKNOWN, "https://pay.example.com/static/js/office.js"),
        ('<link rel="modulepreload" as="script" href="/x.js">', What.UNKNOWN, "https://pay.example.com/x.js"),
        ("<script>steal()</script>", What.INLINE, "<script>"),
        ('<SCRIPT TYPE="module">steal()</SCRIPT>', What.INLINE, "<script>"),
        ('<img src="x" onerror="steal()">', What.INLINE, "<img onerror>"),
        ('<p hx-on:click="steal()">', What.INLINE, "<p hx-on:click>"),
        ('<a href=" JavaScript:steal()">', What.INLINE, "<a href>"),
        ('<base href="https://evil.example/">', What.INLINE, "<base>"),
    ],
)
def test_what_was_added_is_named(added: str, what: What, detail: str) -> None:
    assert found(GOOD + added) == [Difference(what, detail)]


def test_a_script_that_was_changed_or_left_out_is_named() -> None:
    assert found(GOOD, files={"js/pay.js": b"steal()"}) == [Difference(What.CHANGED, "js/pay.js")]
    path = next(iter(page.inventory()))
    without = GOOD.replace(f'<script src="/static/{path}?v=1" defer></script>', "")
    assert found(without) == [Difference(What.MISSING, path)]
    assert found(without, payable=False) == []
    assert found(OURS) == [Difference(What.MISSING, GATEWAY)]


def test_a_header_that_is_missing_or_another_one_is_named() -> None:
    assert found(GOOD, {}) == [Difference(What.HEADER, name) for name in EXPECTED.headers]
    weak = HEADERS | {"content-security-policy": "default-src *"}
    assert found(GOOD, weak) == [Difference(What.HEADER, "Content-Security-Policy")]


def test_the_hash_of_a_style_in_the_page_is_the_shop_s_own_affair() -> None:
    expected = Expected({"Content-Security-Policy": "style-src 'self' 'sha256-a='; base-uri 'none'"}, STRIPE, GATEWAY)
    headers = {"content-security-policy": "style-src 'self' 'sha256-b=' 'sha256-c='; base-uri 'none'"}
    assert list(page._headers(expected, Fetched(200, headers, b""))) == []
    headers = {"content-security-policy": "style-src 'self' 'unsafe-inline'; base-uri 'none'"}
    assert len(list(page._headers(expected, Fetched(200, headers, b"")))) == 1


@pytest.mark.parametrize("answer", [Fetched(None, {}, b"", "nobody answers"), Fetched(503, {}, b"")])
def test_a_page_that_cannot_be_fetched_says_why(answer: Fetched) -> None:
    (difference,) = page.inspect(URL, EXPECTED, lambda _address: answer, payable=True)
    assert difference.what is What.UNREACHABLE
    assert difference.detail in {"nobody answers", "HTTP 503"}
