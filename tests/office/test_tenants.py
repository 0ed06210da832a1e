"""No page, part, export or action of one merchant answers another, and none a role that may not: walked over every address there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import Shop, browser, rival
from tests.office import pages
from tests.office.forms import csrf, enter
from webapp.domain.roles import Role
from webapp.office.permissions import allows

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LEFT_OUT = {"logins", "heartbeats", "limits"}


def ask(client: FlaskClient, route: pages.Route, path: str, token: str = "") -> tuple[int, str]:
    """The status and what is said; an export is read to its end."""
    data = None if route.method == "GET" else {**route.form, "csrf_token": token}
    with client.open(path, method=route.method, data=data) as answer:
        return answer.status_code, answer.get_data().decode(errors="replace")


def rows(shop: Shop) -> dict[str, list[object]]:
    """All that there is of the shop, but for what a visit leaves of the visitor."""
    return {name: found for name, found in shop.dump().items() if name not in LEFT_OUT}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(app: Flask, shop: Shop, role: Role) -> None:
    things, client = pages.things(shop), enter(app, shop, f"{role}@cafe.example")
    token, before, wrong = csrf(client), rows(shop), []
    for route in pages.routes():
        if not allows(role, route.needed):
            status, _ = ask(client, route, route.path(things), token)
            wrong += [f"{route}: {status}"] if status != 403 else []
        elif route.method == "GET":
            status, _ = ask(client, route, route.path(things), token)
            wrong += [f"{route}: {status}"] if status not in {200, 204, 302, 404} else []
    assert wrong == []
    left = {name for name, found in rows(shop).items() if found != before[name]}
    assert left <= {"audit_entries"}  # exports are told


def test_nothing_of_one_merchant_answers_another(app: Flask, shop: Shop) -> None:
    things, other = pages.things(shop), rival(shop)
    client = enter(app, shop, "boss@rival.example")
    token, before, wrong = csrf(client), rows(shop), []
    for route in filter(lambda each: each.names, pages.routes()):
        status, said = ask(client, route, route.path(things), token)
        wrong += [f"{route}: {status}"] if status != 404 else []
        wrong += [f"{route} says {each}" for each in pages.OURS if each in said]
    assert wrong == []
    assert rows(shop) == before
    assert other.id == "rival"


def test_nothing_of_one_merchant_stands_on_a_page_of_another_s(app: Flask, shop: Shop) -> None:
    pages.things(shop)
    rival(shop)
    client, mine = enter(app, shop, "boss@rival.example"), enter(app, shop)
    found = [each for each in pages.routes() if each.method == "GET" and not each.names]
    said = "".join(ask(mine, route, route.path({}))[1] for route in found)
    assert [each for each in pages.OURS if each not in said] == []  # else the next line would be right of any page
    others = {str(route): ask(client, route, route.path({}))[1] for route in found}
    wrong = [f"{route} says {each}" for route, text in others.items() for each in pages.OURS if each in text]
    assert wrong == []


def test_who_is_not_logged_in_gets_no_page(app: Flask, shop: Shop) -> None:
    things, client, before = pages.things(shop), browser(app), rows(shop)
    token = csrf(client, "/office/link/x")
    before = rows(shop)
    answers = {str(route): ask(client, route, route.path(things), token)[0] for route in pages.routes()}
    assert set(answers.values()) <= {302, 303}
    assert rows(shop) == before
