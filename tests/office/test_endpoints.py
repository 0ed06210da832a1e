"""Endpoints and API keys in the back office: made with a secret that is shown once, changed after a fresh login, and those of the file locked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import paid
from tests.office.forms import csrf, enter
from webapp.db import models
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
URL = "http://127.0.0.1:9/second"
NEW = {"url": URL, "which": "some", "types": ["order.paid", "refund.failed"], "idempotency_key": "one"}
KEY = {"name": "shop <server>", "scopes": ["orders:read", "callbacks"], "idempotency_key": "one"}


def post(client: FlaskClient, address: str, **data: Any) -> Any:
    return client.post(f"/office/{address}?lang=en", data={"csrf_token": csrf(client), **data})


def own(shop: Shop) -> models.Endpoint:
    """One that the file does not name."""
    return endpoints.create(shop.context, shop.id, URL, ["order.paid"])[0]


def audited(shop: Shop) -> list[str]:
    return [str(row.action) for row in shop.all(models.AuditEntry)]


def test_an_endpoint_is_made_and_its_secret_shown_to_that_request_alone(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    made = post(client, "endpoints/new", **NEW)
    (row,) = [each for each in endpoints.listed(shop.context, shop.id) if each.url == URL]
    (secret,) = endpoints.signing_secrets(shop.context, row)
    assert (made.status_code, row.types) == (200, ["order.paid", "refund.failed"])
    assert f'value="{secret}"' in made.text
    assert made.headers["Cache-Control"] == "no-store"
    assert f'value="{secret}"' in post(client, "endpoints/new", **NEW).text  # loaded again: nothing is made twice
    assert len(endpoints.listed(shop.context, shop.id)) == 2
    pages = "".join(client.get(f"/office/{each}").text for each in ("endpoints", f"endpoints/{row.id}", "audit"))
    assert secret not in pages
    assert "Paid, Refund failed" in client.get("/office/endpoints?lang=en").text
    assert audited(shop).count("endpoint.made") == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": ""}, 'id="url-note" class="error"'),
        ({"url": "ftp://shop.example"}, "begins with https://"),
        ({"url": "http://192.168.1.1/x"}, "begins with https://"),
        ({"url": "https://shop.example/4242424242424242"}, "Never write a card number"),
        ({"types": []}, "Tick one at least"),
        ({"types": ["order.nothing"]}, 'role="alert"'),
        ({"url": "the file's"}, "already an endpoint with this address"),
    ],
)
def test_a_wrong_endpoint_comes_back_with_what_was_typed(
    app: Flask, shop: Shop, wrong: dict[str, Any], said: str
) -> None:
    client, (of_file,) = enter(app, shop), endpoints.listed(shop.context, shop.id)
    wrong = {name: of_file.url if value == "the file's" else value for name, value in wrong.items()}
    answer = post(client, "endpoints/new", **(NEW | wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert "url" not in wrong or f'value="{wrong["url"]}"' in answer.text
    assert re.search(r'checked id="which-1"', answer.text)
    assert len(endpoints.listed(shop.context, shop.id)) == 1


def test_a_secret_is_rotated_with_an_overlap_and_at_once(app: Flask, shop: Shop) -> None:
    client, row = enter(app, shop), own(shop)
    (first,) = endpoints.signing_secrets(shop.context, row)
    page = post(client, f"endpoints/{row.id}/rotate", overlap="24", idempotency_key="1").text
    row = endpoints.get(shop.context, shop.id, row.id)
    second, former = endpoints.signing_secrets(shop.context, row)
    assert (former, f'value="{second}"' in page, first in page) == (first, True, False)
    assert "signs too, until" in page
    post(client, f"endpoints/{row.id}/rotate", overlap="24", idempotency_key="2")
    many = post(client, f"endpoints/{row.id}/rotate", overlap="24", idempotency_key="3")
    assert (many.status_code, "Former secrets still sign" in many.text) == (422, True)
    assert '<dialog id="rotate" aria-labelledby="rotate-title" open data-modal>' in many.text
    assert post(client, f"endpoints/{row.id}/rotate", overlap="9", idempotency_key="4").status_code == 422
    assert post(client, f"endpoints/{row.id}/rotate", overlap="0", idempotency_key="5").status_code == 200
    assert len(endpoints.signing_secrets(shop.context, endpoints.get(shop.context, shop.id, row.id))) == 1


def test_an_endpoint_is_disabled_enabled_tested_and_removed(app: Flask, shop: Shop) -> None:
    client, row = enter(app, shop), own(shop)
    for verb, state in (("disable", "Disabled"), ("enable", "Enabled")):
        assert post(client, f"endpoints/{row.id}/{verb}").status_code == 303
        assert f">{state}</span>" in client.get(f"/office/endpoints/{row.id}?lang=en").text
    sent = post(client, f"endpoints/{row.id}/test").headers["Location"]
    shop.drain()
    assert "A test" in client.get(f"{sent}?lang=en").text
    assert str(shop.one(models.Delivery).error) in client.get("/office/endpoints").text
    assert post(client, f"endpoints/{row.id}/remove").headers["Location"] == "/office/endpoints"
    assert client.get(f"/office/endpoints/{row.id}").status_code == 404
    assert {"endpoint.disabled", "endpoint.enabled", "endpoint.tested", "endpoint.removed"} <= set(audited(shop))


def test_who_chooses_types_second_is_told_that_they_were_changed_and_by_whom(app: Flask, shop: Shop) -> None:
    client, row = enter(app, shop), own(shop)
    page = client.get(f"/office/endpoints/{row.id}").text
    seen = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert seen
    assert post(client, f"endpoints/{row.id}/types", which="usual", version=seen[1]).status_code == 303
    late = post(client, f"endpoints/{row.id}/types", which="some", types=["refund.failed"], version=seen[1])
    assert (late.status_code, "changed this at" in late.text) == (409, True)
    assert re.search(r'checked [^>]*value="refund.failed"', late.text)
    assert endpoints.get(shop.context, shop.id, row.id).types is None
    seen = re.search(r'name="version"[^>]*value="(\d+)"', late.text)
    assert seen
    done = post(client, f"endpoints/{row.id}/types", which="some", types=["refund.failed"], version=seen[1])
    assert done.status_code == 303
    assert endpoints.get(shop.context, shop.id, row.id).types == ["refund.failed"]


def test_what_the_file_names_is_locked(app: Flask, shop: Shop) -> None:
    client, (row,) = enter(app, shop), endpoints.listed(shop.context, shop.id)
    page = client.get(f"/office/endpoints/{row.id}?lang=en").text
    assert 'class="locked"' in page
    for verb in ("types", "rotate", "disable", "remove"):
        assert f"/{verb}" not in page
        posted = post(client, f"endpoints/{row.id}/{verb}", which="usual", version="0", overlap="24")
        assert posted.status_code == 303
        assert "it is changed there" in client.get(posted.headers["Location"]).text
    assert endpoints.get(shop.context, shop.id, row.id).is_open
    assert post(client, f"endpoints/{row.id}/test").status_code == 303


def test_a_key_is_made_shown_once_and_ended(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    made = post(client, "api_keys/new", **KEY, expires="2199-12-31")
    token = re.search(r'value="(ordo_\w+)"', made.text)
    assert (made.status_code, made.headers["Cache-Control"]) == (200, "no-store")
    assert token
    caller = api_keys.authenticate(shop.context, token[1])
    assert caller.scopes == {Scope.ORDERS_READ, Scope.CALLBACKS}
    again = post(client, "api_keys/new", **KEY)
    assert (again.status_code, len(api_keys.listed(shop.context, shop.id))) == (303, 1)
    page = client.get("/office/api_keys?lang=en").text
    assert "its token was shown once" in page
    for text in ("shop &lt;server&gt;", "See callbacks, send them again", "orders:read", "2200"):
        assert text in page, text
    assert token[1] not in page
    assert post(client, f"api_keys/{caller.key_id}/end").status_code == 303
    assert "Ended and expired keys" in client.get("/office/api_keys?lang=en").text
    assert api_keys.listed(shop.context, shop.id)[0].ended_at is not None
    assert {"key.made", "key.ended"} <= set(audited(shop))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " \u200b "}, "Write a name of up to 80 letters."),
        ({"name": "4242 4242 4242 4242"}, "Write a name of up to 80 letters."),
        ({"scopes": []}, "a key without any could do nothing"),
        ({"scopes": ["all"]}, 'role="alert"'),
        ({"expires": "2020-01-01"}, "Choose a day that is not over."),
        ({"expires": "9999-12-31"}, "Choose a day that is not over."),
        ({"expires": "tomorrow"}, "Choose a day that is not over."),
    ],
)
def test_a_wrong_key_comes_back_with_what_was_typed(app: Flask, shop: Shop, wrong: dict[str, Any], said: str) -> None:
    answer = post(enter(app, shop), "api_keys/new", **(KEY | wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert re.search(r'checked [^>]*value="callbacks"', answer.text) or "scopes" in wrong
    assert api_keys.listed(shop.context, shop.id) == []


def test_secrets_endpoints_and_keys_need_a_fresh_login(app: Flask, shop: Shop) -> None:
    client, row = enter(app, shop), own(shop)
    key = api_keys.create(shop.context, shop.id, "shop", [Scope.ADMIN])[0]
    paid(shop)
    shop.clock.forward(minutes=16)
    before = shop.dump()
    pages = ("new", f"{row.id}/types", f"{row.id}/rotate", f"{row.id}/disable", f"{row.id}/enable", f"{row.id}/remove")
    for page in (*(f"endpoints/{each}" for each in pages), "api_keys/new", f"api_keys/{key.id}/end"):
        answer = post(client, page, **NEW, name="x", scopes="admin", overlap="0", version="0")
        assert (answer.status_code, answer.headers["Location"].endswith("&again")) == (303, True), page
    for page in ("endpoints/new", "api_keys/new"):
        assert client.get(f"/office/{page}").status_code == 303
    after = shop.dump()
    assert [name for name in before if before[name] != after[name] and name != "logins"] == []
    assert client.get(f"/office/endpoints/{row.id}").status_code == 200
