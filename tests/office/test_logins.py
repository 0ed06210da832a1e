"""Logging in with OpenID Connect: the application as it is wired, against the sandbox's provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox import identity
from sandbox.serve import Served
from tests.kit import PUBLIC_URL, Shop, application, browser
from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BACK = f"{PUBLIC_URL}/office/login/callback"
CLERK = identity.Person("clerk", "clerk@cafe.example", "Clerk", "Café Lumière")
STRANGER = identity.Person("stranger", "stranger@rival.example", "Stranger", "Rival")


@pytest.fixture
def provider() -> Iterator[Served]:
    def serve(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return made(environ, start)

    served = Served(serve).start()  # whose address the application says
    made = identity.create_app(
        issuer=served.url,
        server_url=served.url,
        client_id="ordo",
        client_secret="our secret",
        redirect_uris=[BACK],
        people=[CLERK, STRANGER],
    )
    yield served
    served.stop()


@pytest.fixture
def app(shop: Shop, provider: Served) -> Flask:
    return application(
        shop,
        oidc_metadata_url=f"{provider.url}/.well-known/openid-configuration",
        oidc_client_id="ordo",
        oidc_client_secret="our secret",
    )


def question(client: FlaskClient) -> dict[str, str]:
    """What the provider is asked when somebody wants to log in."""
    asked = client.get("/office/login")
    assert asked.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.headers["Location"]).query).items()}


def answer(provider: Served, asked: dict[str, str], person: identity.Person = CLERK) -> str:
    """The person presses the button there; the address that the browser is sent back to."""
    given = requests.post(
        f"{provider.url}/authorize", data={**asked, "sub": person.sub}, allow_redirects=False, timeout=5
    )
    assert given.status_code == 303, given.text
    return given.headers["Location"].removeprefix(PUBLIC_URL)


def log_in(app: Flask, provider: Served, person: identity.Person = CLERK) -> tuple[FlaskClient, TestResponse]:
    client = browser(app)
    return client, client.get(answer(provider, question(client), person))


def test_who_was_invited_logs_in(app: Flask, shop: Shop, provider: Served) -> None:
    client, back = log_in(app, provider)
    assert (back.status_code, back.headers["Location"]) == (303, "/office/orders")
    assert client.get("/office/orders").status_code == 200
    assert shop.one(models.User, models.User.email == CLERK.email).subject == "clerk"


def test_who_was_not_invited_does_not(app: Flask, shop: Shop, provider: Served) -> None:
    client, back = log_in(app, provider, STRANGER)
    assert (back.status_code, client.get("/office/orders").status_code) == (403, 302)


def test_every_login_has_a_state_a_nonce_and_a_challenge_of_its_own(app: Flask, shop: Shop) -> None:
    first, second = question(browser(app)), question(browser(app))
    for asked in (first, second):
        assert (asked["response_type"], asked["redirect_uri"]) == ("code", BACK)
        assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)  # RFC 7636, 4.2
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]


def test_a_code_that_was_made_for_another_browser_lets_nobody_in(app: Flask, shop: Shop, provider: Served) -> None:
    victim, thief = browser(app), browser(app)
    own = question(victim)
    stolen = dict(parse_qs(urlsplit(answer(provider, own)).query))["code"][0]
    state = question(thief)["state"]
    assert thief.get(f"/office/login/callback?code={stolen}&state={state}").status_code == 403
    assert thief.get("/office/orders").status_code == 302


@pytest.mark.parametrize("state", ["another browser's", "none"])
def test_an_answer_that_this_browser_did_not_ask_for_lets_nobody_in(
    app: Flask, shop: Shop, provider: Served, state: str
) -> None:
    asked, client = question(browser(app)), browser(app)
    question(client)
    back = answer(provider, asked)
    if state == "none":
        back = back.replace(f"state={asked['state']}", "")
    assert client.get(back).status_code == 403
    assert client.get("/office/orders").status_code == 302


def without(claim: str) -> dict[str, Any]:
    return {name: value for name, value in identity.claims(CLERK).items() if name != claim}


@pytest.mark.parametrize("said", [False, None, "true", 1, "absent"])
def test_an_address_that_the_provider_has_not_verified_is_nobody_s(
    app: Flask, shop: Shop, provider: Served, monkeypatch: pytest.MonkeyPatch, said: object
) -> None:
    told = without("email_verified") | ({} if said == "absent" else {"email_verified": said})
    monkeypatch.setattr(identity, "claims", lambda _person: told)
    client, back = log_in(app, provider)
    assert (back.status_code, client.get("/office/orders").status_code) == (403, 302)
    assert shop.one(models.User, models.User.email == CLERK.email).subject is None


def test_who_has_logged_in_before_is_known_by_subject_whatever_becomes_of_the_address(
    app: Flask, shop: Shop, provider: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(app, provider)
    told = {"sub": CLERK.sub, "email": "moved@cafe.example", "email_verified": False}
    monkeypatch.setattr(identity, "claims", lambda _person: told)
    client, _ = log_in(app, provider)
    assert client.get("/office/orders").status_code == 200


def test_somebody_else_to_whom_the_provider_gives_the_address_is_not_let_in(
    app: Flask, shop: Shop, provider: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(app, provider)
    told = {"sub": "another", "email": CLERK.email, "email_verified": True}
    monkeypatch.setattr(identity, "claims", lambda _person: told)
    client, back = log_in(app, provider)
    assert (back.status_code, client.get("/office/orders").status_code) == (403, 302)
