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
    return wired(shop, provider)


def wired(shop: Shop, provider: Served, **more: Any) -> Flask:
    return application(
        shop,
        oidc_metadata_url=f"{provider.url}/.well-known/openid-configuration",
        oidc_client_id="ordo",
        oidc_client_secret="our secret",
        **more,
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


@pytest.mark.parametrize("said", [False, None, "yes", 1, "absent"])
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


def test_a_provider_that_tells_no_email_verified_is_trusted_by_a_setting_and_named_without(
    app: Flask, shop: Shop, provider: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told = without("email_verified")
    monkeypatch.setattr(identity, "claims", lambda _person: told)
    _, back = log_in(app, provider)
    assert (back.status_code, "does not say that your e-mail address is verified" in back.text) == (403, True)
    assert "tell no `email_verified`" in caplog.text
    trusting = wired(shop, provider, oidc_trust_email=True)
    assert log_in(trusting, provider)[1].status_code == 303


def test_logins_that_were_begun_and_not_ended_do_not_fill_the_cookie(app: Flask, shop: Shop, provider: Served) -> None:
    client = browser(app)
    questions = [question(client) for _ in range(40)]
    cookie = client.get_cookie("__Host-ordo", domain="localhost")
    assert cookie
    assert len(cookie.value) < 2048  # of the 4096 that a browser keeps
    assert client.get(answer(provider, questions[0])).status_code == 403
    assert client.get(answer(provider, questions[-1])).status_code == 303


def test_what_an_earlier_release_left_in_the_cookie_is_dropped(app: Flask, shop: Shop, provider: Served) -> None:
    client = browser(app)
    with client.session_transaction("/office/login") as held:
        held.update({f"_state_provider_{n}": {"data": {"url": "u" * 60}, "exp": 2e9 + n} for n in range(12)})
    assert client.get(answer(provider, question(client))).status_code == 303


def test_of_several_pages_that_log_in_at_once_the_slower_one_goes_on(app: Flask, shop: Shop, provider: Served) -> None:
    client = browser(app)
    first, second = (answer(provider, question(client)) for _ in range(2))
    assert client.get(second).status_code == 303
    late = client.get(first)
    assert (late.status_code, late.headers["Location"]) == (302, "/office/orders")


def test_a_login_that_is_too_old_is_said_to_be(app: Flask, shop: Shop, provider: Served) -> None:
    late = browser(app).get(answer(provider, question(browser(app))))
    assert (late.status_code, "took too long" in late.text) == (403, True)


@pytest.mark.parametrize("path", ["/nothing", "/jwks"])
def test_a_provider_at_a_wrong_address_is_away(shop: Shop, provider: Served, path: str) -> None:
    app = application(
        shop, oidc_metadata_url=f"{provider.url}{path}", oidc_client_id="ordo", oidc_client_secret="our secret"
    )
    page = browser(app).get("/office/login")
    assert (page.status_code, "does not answer" in page.text) == (502, True)
