"""What is served as it lies: nothing altered, nothing that runs what it is handed. How heavy it may be: tests/budget."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from webapp.web import headers

STATIC = Path(__file__).resolve().parent.parent / "static"
LINES = [line.split() for line in (STATIC / "vendor/SHA256SUMS").read_text("ascii").splitlines()]
SUMS = {name: checksum for checksum, name in LINES}
OWN = sorted([*(STATIC / "js").glob("*.js"), *(STATIC / "css").glob("*.css")])


def test_every_vendored_script_is_the_one_that_was_looked_at() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (STATIC / "vendor").glob("*.[jc]s*")}
    assert found == SUMS


@pytest.mark.parametrize("name", SUMS)
def test_a_vendored_script_has_its_sum_in_the_readme_and_its_licence_beside_it(name: str) -> None:
    readme = (STATIC / "vendor/README.md").read_text("utf-8")
    assert f"`{name}`" in readme
    assert SUMS[name] in readme
    assert (STATIC / "vendor" / f"{name.split('.', maxsplit=1)[0]}.LICENSE.txt").exists()


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_our_own_files_evaluate_nothing_and_reach_nobody(path: Path) -> None:
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "").replace("http%3A//www.w3.org", "")
    assert not re.search(
        r"\beval\b|new Function|innerHTML|insertAdjacentHTML|document\.write|setTimeout\(\s*[\"'`]|@import|https?:",
        text,
    )


def test_the_lock_takes_the_place_of_both_of_htmx_s_evaluators() -> None:
    assert "api.initSecurity(" in (STATIC / "js/lock.js").read_text("utf-8")
    assert "initSecurity:(" in (STATIC / "vendor/htmx.min.js").read_text("utf-8").replace(" ", "")


def test_the_buyer_s_styles_are_plain_enough_for_old_phones() -> None:
    text = (STATIC / "css/pay.css").read_text("utf-8")
    assert "light-dark(" not in text
    assert not re.search(r"[{;]\s*&", text)
    assert not re.search(
        r"(?:margin|padding|border)-(?:left|right)|text-align:\s*(?:left|right)", text
    )  # would not turn round for Arabic


def test_a_style_that_stands_in_a_page_says_what_its_file_says() -> None:
    """Without comments, which hold nothing that a browser reads; the policy's hash is of what the page has (tests/pay/test_brand.py)."""
    file, style = (STATIC / "css/pay.css").read_text("utf-8"), headers.style("css/pay.css")
    assert "/*" not in style
    assert "</" not in style
    assert re.sub(r"\s+", "", style) == re.sub(r"\s+|/\*.*?\*/", "", file, flags=re.DOTALL)
