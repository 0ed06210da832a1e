"""What needs a login that is not long ago: it leads to the login, and what was typed comes back, but for secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Blueprint, render_template_string

from tests.kit import Shop, application
from tests.office.forms import csrf, enter
from webapp.office import forms, guard, setup
from webapp.office.ended import form_at
from webapp.office.permissions import Permission, fresh, permits
from webapp.services.accounts import sessions

if TYPE_CHECKING:
    from flask import Flask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def app(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """With one page more, whose form is an operator's."""
    probe = Blueprint("probe", __name__, url_prefix="/office/probe")
    probe.before_request(guard.check)

    @probe.get("")
    @permits(Permission.SETTINGS_CHANGE)
    @fresh
    def show() -> str:
        form = forms.OperatorForm("en")
        return render_template_string(
            "{% for each in get_flashed_messages() %}{{ each }}{% endfor %}{{ form.name }}", form=form
        )

    @probe.post("")
    @permits(Permission.SETTINGS_CHANGE)
    @fresh
    @form_at("/office/probe", never=("secret",))
    def change() -> str:
        return "changed"

    monkeypatch.setattr(setup, "PAGES", (*setup.PAGES, probe))
    return application(shop)


def test_a_quarter_of_an_hour_after_the_login_it_is_asked_for_again(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    token = csrf(client)
    typed = {"csrf_token": token, "name": "Ada", "secret": "sk_secret"}
    assert client.post("/office/probe", data=typed, headers=OURS).text == "changed"
    shop.clock.forward(minutes=15)
    assert client.get("/office/orders").status_code == 200
    answer = client.post("/office/probe", data=typed, headers=OURS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/office/login?next=/office/probe&again")
    assert "within 15 minutes of a login" in client.get(answer.headers["Location"]).text
    path = f"/office/link/{sessions.make_link(shop.context, 'admin@cafe.example')}"
    back = client.post(path, data={"csrf_token": csrf(client, path)}).headers["Location"]
    page = client.get(back).text
    assert (back, 'value="Ada"' in page, "You had to log in again first" in page) == ("/office/probe", True, True)
    assert "sk_secret" not in page


def test_a_part_of_a_page_leads_the_whole_page_there(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    shop.clock.forward(minutes=15)
    answer = client.get("/office/probe", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/office/login?next=/office/orders&again")


@pytest.mark.parametrize("proved", [True, False])
def test_a_provider_that_let_somebody_in_without_asking_is_no_fresh_login(app: Flask, shop: Shop, proved: bool) -> None:
    at = shop.clock() if proved else None
    identity = sessions.Identity("https://id.example", "1", "admin@cafe.example", email_verified=True, proved_at=at)
    token = sessions.by_identity(shop.context, identity)
    found = sessions.visitor(shop.context, token)
    assert found
    assert sessions.is_fresh(shop.context, found) is proved
