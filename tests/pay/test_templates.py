"""The buyer's pages as text: what each must say, what none may contain."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.pay import pages
from tests.pay.pages import BANK, PAGES, PROBLEM, WAITING, render, status

TEMPLATES = sorted((pages.ROOT / "templates").rglob("*.html"))
FRAGMENTS = [path for path in TEMPLATES if path.name.startswith("_")]
# An attribute that runs code, and everything that the Content-Security-Policy would refuse.
BANNED = re.compile(
    r"""<style|\sstyle\s*=|\son[a-z]+\s*=|hx-on|["']js:|javascript:|hx-trigger="[^"]*\[|\|\s*safe\b|(?:src|href|action)="(?:https?:)?//""",
    re.IGNORECASE,
)
# Both are in the policy by their hash, and neither has anything in it that somebody wrote.
STYLES = (
    '<style>{{ style("css/pay.css") }}</style>',
    "<style>{{ page.look.style }}</style>",
    "<style>{{ style_of_page }}</style>",
)
# A file that is downloaded has no policy, and stands alone; its style is fixed.
DOWNLOADED, FIXED_STYLE = "office/buyers/record.html", re.compile(r"<style>[^<>{]*(?:\{[^<>{}%]+\}[^<>{}]*)+</style>")
INLINE = re.compile(r"<script(?![^>]*(?:\ssrc=|type=\"application/json\"))", re.IGNORECASE)


class Tags(HTMLParser):
    """Every tag of a page, in order, with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def having(self, name: str) -> list[str | None]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def name_of(path: Path) -> str:
    return path.relative_to(pages.ROOT / "templates").as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles_and_runs_nothing_of_its_own(path: Path) -> None:
    text = path.read_text("utf-8")
    pages.environment().compile(text)
    if name_of(path) in {"pay/layout.html", "office/orders/new.html"}:
        for style in STYLES:
            text = text.replace(style, "", 1)
    if name_of(path) == DOWNLOADED:
        text, found = FIXED_STYLE.subn("", text, count=1)
        assert found == 1
    assert not BANNED.search(text)
    assert not INLINE.search(text)


@pytest.mark.parametrize("path", FRAGMENTS, ids=name_of)
def test_a_fragment_is_included_by_a_page(path: Path) -> None:
    wanted = re.compile(rf'(?:include|from) "{name_of(path)}"')
    assert any(wanted.search(other.read_text("utf-8")) for other in TEMPLATES if other != path)


@pytest.mark.parametrize(
    "name", ["about", "amount", "again", "form", "notes", "saved", "more", "status", "summary", "truth"]
)
def test_the_root_of_a_fragment_is_named_after_it(name: str) -> None:
    html = pages.environment().get_template(f"pay/_{name}.html").render(page=pages.page())
    assert Tags(html).tags[0][1]["id"] == name


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_no_element_twice_and_nests_no_forms(name: str) -> None:
    html = render(name)
    ids = Tags(html).having("id")
    assert len(ids) == len(set(ids))
    assert all(part.count("<form") == 1 for part in html.split("</form>")[:-1])


@pytest.mark.parametrize("name", PAGES)
def test_a_preview_tells_the_shop_and_nothing_else(name: str) -> None:
    head = render(name).split("</head>")[0]
    told = [attributes.get("content") for _, attributes in Tags(head).tags if "property" in attributes]
    picture = "http://ordo.localhost/p/brand/cafe/0.card.png"
    assert told == ["website", "Café Lumière", "Payment request", picture, "1200", "630", "http://ordo.localhost"]
    for secret in ("10.00", "A12", "2 pizzas", "9mPz"):
        assert secret not in head.replace("pi_1_secret_2", "")
    assert "noindex" in head
    assert "no-referrer" in head


@pytest.mark.parametrize("name", PAGES)
def test_a_page_s_own_words_are_seen_without_another_request(name: str) -> None:
    head = Tags(render(name).split("</head>")[0]).tags
    assert [attributes for tag, attributes in head if tag == "link" and attributes["rel"] == "stylesheet"] == []
    assert [tag for tag, _ in head].count("style") == 1


def test_the_button_names_the_amount() -> None:
    assert re.search(r'type="submit" class="pay"[^>]*>\s*Pay €10.00\s*<', render("pay"))


def test_a_hold_is_said_beside_the_amount_and_on_the_button_and_nowhere_else() -> None:
    words = " ".join(re.sub(r"<[^>]+>", " ", render("to be held").split("</head>")[1]).split())
    assert "To be held on your card €10.00" in words
    assert "Nothing is taken now. Your bank holds this amount; the shop takes it later, or lets it go." in words
    assert "Hold €10.00" in words
    assert "To pay" not in words
    assert "Pay €10.00" not in words
    for name in PAGES:
        assert name == "to be held" or "To be held" not in render(name)


def test_a_registration_says_that_nothing_is_charged() -> None:
    html = render("register")
    assert "Nothing is taken now." in html
    assert re.search(r'class="pay"[^>]*>\s*Save card\s*<', html)
    assert "€" not in html


def test_the_box_of_ask_is_unticked_and_the_others_have_none() -> None:
    box = [
        attributes
        for tag, attributes in Tags(render("ask")).tags
        if tag == "input" and attributes.get("name") == "save"
    ]
    assert box
    assert "checked" not in box[0]
    for name in ("pay", "register", "register and pay"):
        assert 'name="save"' not in render(name)


@pytest.mark.parametrize("name", ["ask", "register", "register and pay"])
def test_the_consent_is_shown_as_worded_and_its_version_posted(name: str) -> None:
    html = render(name)
    assert pages.CONSENT in html
    assert '<input type="hidden" name="consent_version" value="2026-11">' in html


def test_a_payment_speaks_of_no_saved_card() -> None:
    words = render("pay").split("</head>")[1]
    assert "consent" not in words
    assert "saved" not in words


def test_only_a_waiting_status_polls() -> None:
    assert 'hx-trigger="every 2s"' in status(**WAITING)
    assert 'hx-trigger="every 2s"' in status(**BANK)
    assert "hx-get" not in status()
    assert "hx-get" not in status(problem=PROBLEM)


def test_a_waiting_page_says_not_to_pay_again_and_offers_no_button() -> None:
    html = render("waiting")
    assert "do not pay again" in html
    assert 'type="submit"' not in html


@pytest.mark.parametrize("name", ["expired", "cancelled", "refused"])
def test_an_order_that_failed_says_that_nothing_was_taken_and_whom_to_ask(name: str) -> None:
    html = render(name)
    assert "No money was taken." in html
    assert "mailto:hello@cafe-lumiere.example" in html
    assert "A12" in html
    assert "stripe.js" not in html


@pytest.mark.parametrize("name", PAGES)
def test_words_of_strangers_stay_words(name: str) -> None:
    hostile = '"><script>alert(1)</script>'
    told = dict.fromkeys(("merchant_name", "description", "reference", "merchant_contact", "legal_identity"), hostile)
    html = render(name, **told)
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_the_card_form_s_settings_cannot_end_their_block() -> None:
    html = render("pay", gateway_form={"key": "</script><script>alert(1)"})
    assert "</script><script>alert" not in html


def test_arabic_turns_the_page_round_and_keeps_the_language_in_every_request() -> None:
    html = render("pay", language="ar", direction="rtl")
    assert '<html lang="ar" dir="rtl">' in html
    posts = Tags(html).having("hx-post") + Tags(html).having("hx-get")
    assert all((address or "").endswith("?lang=ar") for address in posts)


@pytest.mark.parametrize("code", [400, 403, 404, 405, 429, 500, 503])
def test_there_is_a_page_for_every_refusal(code: int) -> None:
    assert "<h1>" in pages.environment().get_template("error.html").render(status=code)


def test_the_back_office_s_layout_sends_the_csrf_token_with_every_htmx_request() -> None:
    html = (
        pages.environment()
        .get_template("base.html")
        .render(language="ar", dir="rtl", csrf_token=lambda: "token-1", in_language=lambda code: f"?lang={code}")
    )
    assert """hx-headers:inherited='{"X-CSRFToken": "token-1"}'""" in html
    assert '<html lang="ar" dir="rtl">' in html
    assert "Saved" in html


def test_what_was_agreed_to_says_in_which_language_it_is() -> None:
    html = render("paid", language="ar", direction="rtl", consent_text="Je garde cette carte.", consent_language="fr")
    assert '<q dir="auto" lang="fr">Je garde cette carte.</q>' in html
