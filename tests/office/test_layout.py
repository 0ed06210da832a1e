"""What every page of the back office has around it: the menu with what the visitor may use, where one is, and the choice of a language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.office.forms import enter

if TYPE_CHECKING:
    from flask import Flask

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def menu(text: str, name: str) -> dict[str, str]:
    """The entries of a menu, and what is said of each beside its address."""
    found = re.search(rf'<nav class="{name}".*?</nav>', text, re.DOTALL)
    assert found
    links = re.findall(r'<a href="([^"]+)" ?([^>]*)>', found[0])
    return dict(links)


@pytest.mark.parametrize(("role", "settings"), [("viewer", False), ("clerk", False), ("admin", True)])
def test_the_menu_has_what_the_visitor_may_use_and_each_entry_answers(
    app: Flask, shop: Shop, role: str, settings: bool
) -> None:
    client = enter(app, shop, f"{role}@cafe.example")
    entries = menu(client.get("/office/orders").text, "places")
    assert ("/office/orders" in entries, any("settings" in each or "operators" in each for each in entries)) == (
        True,
        settings,
    )
    assert {path: client.get(path).status_code for path in entries} == dict.fromkeys(entries, 200)


@pytest.mark.parametrize("path", ["/office/orders", "/office/orders/new"])
def test_the_menu_marks_where_one_is(app: Flask, shop: Shop, path: str) -> None:
    entries = menu(enter(app, shop).get(path).text, "places")
    assert [entry for entry, more in entries.items() if 'aria-current="page"' in more] == ["/office/orders"]


def test_the_settings_mark_which_page_it_is(app: Flask, shop: Shop) -> None:
    text = enter(app, shop).get("/office/operators").text
    assert [entry for entry, more in menu(text, "tabs").items() if more] == ["/office/operators"]
    assert len([more for more in menu(text, "places").values() if more]) == 1


def test_another_language_keeps_what_is_searched_and_filtered(app: Flask, shop: Shop) -> None:
    text = enter(app, shop).get("/office/orders?q=a%26b&state=paid").text
    assert 'href="?q=a%26b&amp;state=paid&amp;lang=fr"' in text
