"""Logging in at identity providers that the project did not write, and at one that lies about each single thing."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from tests.kit import PUBLIC_URL, Shop, application, browser
from tests.office import glewlwyd, providers
from tests.office.providers import SECRET, Between, Claims, Visitor
from tools import node
from webapp.db import models
from webapp.identity import discovery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient


ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BACK = f"{PUBLIC_URL}/office/login/callback"


@pytest.fixture(scope="module")
def installed() -> None:
    if node.main(node.IDENTITY):
        pytest.skip("there is no Node to run other identity providers with")


@pytest.fixture(scope="module")
def oidc_provider(installed: None) -> Iterator[str]:
    """npm's oidc-provider, as it comes."""
    with providers.running("oidc-provider", BACK) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def clerk(oidc_provider: str) -> Iterator[Visitor]:
    """The clerk, whom the provider knows after the first time."""
    visitor = Visitor("clerk")
    yield visitor
    visitor.close()


def wired(shop: Shop, metadata_url: str, **more: Any) -> Flask:
    oidc = {"oidc_client_id": "ordo", "oidc_client_secret": SECRET}
    return application(shop, oidc_metadata_url=metadata_url, **oidc, **more)


def enters(app: Flask, visitor: Callable[[str], str], change: Callable[[str], str] = str) -> tuple[FlaskClient, int]:
    """Log in there; the browser, and what it got when it came back."""
    client = browser(app)
    back = change(visitor(client.get("/office/login").headers["Location"]))
    return client, client.get(back).status_code


def forget(shop: Shop) -> None:
    """Nobody has logged in before."""
    with shop.context.database.write() as session:
        for user in session.query(models.User):
            user.issuer = user.subject = None


@ON_SQLITE
def test_who_was_invited_logs_in_at_oidc_provider_as_it_comes_and_nobody_else(
    shop: Shop, oidc_provider: str, clerk: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    metadata_url = f"{oidc_provider}/.well-known/openid-configuration"
    app = wired(shop, metadata_url)
    assert discovery.problems(metadata_url, trust_email=False) == []
    client, status = enters(app, clerk)
    assert (status, client.get("/office/orders").status_code) == (303, 200)
    assert shop.one(models.User, models.User.email == "clerk@cafe.example").subject == "clerk"
    stranger = Visitor("stranger")
    client, status = enters(app, stranger)
    stranger.close()
    assert (status, client.get("/office/orders").status_code) == (403, 302)
    assert "nobody invited this identity" in caplog.text


@ON_SQLITE
def test_a_provider_that_tells_the_address_in_userinfo_and_writes_true_as_a_word(shop: Shop, installed: None) -> None:
    with providers.running("oauth2-mock-server", BACK) as issuer:
        app, visitor = wired(shop, f"{issuer}/.well-known/openid-configuration"), Visitor("johndoe")
        client, status = enters(app, visitor)
        visitor.close()
        assert (status, client.get("/office/orders").status_code) == (303, 200)
    assert shop.one(models.User, models.User.email == "viewer@cafe.example").subject == "johndoe"


@ON_SQLITE
@pytest.mark.slow
@pytest.mark.parametrize(("email_verified", "usual"), [(True, 303), (False, 403)])
def test_who_was_invited_logs_in_at_debian_s_glewlwyd(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture, email_verified: bool, usual: int
) -> None:
    try:
        with glewlwyd.running(tmp_path, BACK, email_verified=email_verified) as issuer:
            metadata_url = f"{issuer}/.well-known/openid-configuration"
            clerk = glewlwyd.Clerk()
            assert enters(wired(shop, metadata_url), clerk)[1] == usual
            assert ("tell no `email_verified`" in caplog.text) != email_verified
            forget(shop)
            assert enters(wired(shop, metadata_url, oidc_trust_email=True), clerk)[1] == 303
            assert len(discovery.problems(metadata_url, trust_email=False)) == (not email_verified)
    except glewlwyd.NotHere as error:
        pytest.skip(f"glewlwyd cannot be had here: {error}")


@pytest.fixture
def between(oidc_provider: str) -> Iterator[Between]:
    made = Between(oidc_provider)
    yield made
    made.served.stop()


def said(**claims: Any) -> Callable[[Claims], Claims]:
    """The claims with these in their place; those that are None are left out."""
    return lambda told: {name: value for name, value in {**told, **claims}.items() if value is not None}


NOW = int(time.time())
TAMPERED: dict[str, Claims] = {
    "iss of another": {"iss": "https://id.example"},
    "no iss": {"iss": None},
    "several iss": {"iss": ["https://id.example"]},
    "no sub": {"sub": None},
    "an empty sub": {"sub": ""},
    "sub as a number": {"sub": 7},
    "aud of another": {"aud": "other"},
    "aud of another, azp ours": {"aud": "other", "azp": "ordo"},
    "aud of others, azp ours": {"aud": ["other", "third"], "azp": "ordo"},
    "aud of two, no azp": {"aud": ["ordo", "other"], "azp": None},
    "aud of two, azp of another": {"aud": ["ordo", "other"], "azp": "other"},
    "aud ours, azp of another": {"azp": "other"},
    "no aud": {"aud": None},
    "an empty aud": {"aud": []},
    "aud as an object": {"aud": {"ordo": True}},
    "aud that begins as ours": {"aud": "ordo other"},
    "exp past": {"exp": NOW - 300},
    "no exp": {"exp": None},
    "exp as a word": {"exp": "tomorrow"},
    "iat to come": {"iat": NOW + 3600},
    "no iat": {"iat": None},
    "nbf to come": {"nbf": NOW + 3600},
    "nonce of another login": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "at_hash of another token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


def unsigned(_between: Between, claims: Claims) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def other_payload(between: Between, claims: Claims) -> str:
    head, _, signature = between.sign(claims).split(".")
    payload = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "admin"}).encode()).rstrip(b"=").decode()
    return f"{head}.{payload}.{signature}"


FORGED: dict[str, Callable[[Between, Claims], str | None]] = {
    "no id token": lambda _between, _claims: None,
    "no token at all": lambda _between, _claims: "a.b",
    "signed by none": unsigned,
    "signed with the secret that we share": lambda between, claims: between.sign(
        claims, OctKey.import_key(SECRET), "HS256"
    ),
    "signed with the public key as a secret": lambda between, claims: between.sign(
        claims, OctKey.import_key(between.key.as_pem(private=False)), "HS256"
    ),
    "signed with a key that is not published": lambda between, claims: between.sign(
        claims, RSAKey.generate_key(2048, {"kid": str(between.key.kid)})
    ),
    "other claims behind the signature": other_payload,
}


def with_argument(name: str, *values: str) -> Callable[[str], str]:
    """The way back with another value of this, or without any."""

    def change(back: str) -> str:
        path, _, query = back.partition("?")
        kept = [each for each in query.split("&") if not each.startswith(f"{name}=")]
        return f"{path}?{'&'.join([*kept, *(f'{name}={value}' for value in values)])}"

    return change


CHANGED_ON_THE_WAY = {
    "iss of another": with_argument("iss", "https://id.example"),
    "no iss, which this one always sends": with_argument("iss"),
    "another state": with_argument("state", "another"),
    "no state": with_argument("state"),
    "another code": with_argument("code", "another"),
    "no code": with_argument("code"),
    "an error": with_argument("error", "access_denied%0aFORGED"),
}
TRUE: dict[str, Claims] = {
    "nothing changed": {},
    "aud as a list": {"aud": ["ordo"]},
    "aud of two, azp ours": {"aud": ["ordo", "other"], "azp": "ordo"},
    "aud and azp ours": {"azp": "ordo"},
}


@ON_SQLITE
def test_nobody_is_let_in_by_an_identity_of_which_a_single_thing_is_wrong(
    shop: Shop, between: Between, clerk: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    between.metadata = {"id_token_signing_alg_values_supported": ["none", "HS256", "RS256"]}
    app = wired(shop, between.url)
    let_in = []
    for name, claims in (TAMPERED | TRUE).items():
        between.claims = said(**claims)
        let_in += [name] if enters(app, clerk)[1] != 403 else []
    assert let_in == list(TRUE)
    between.claims = said()
    for between.signed in FORGED.values():
        assert enters(app, clerk)[1] == 403, between.signed
    between.signed = None
    for name, change in CHANGED_ON_THE_WAY.items():
        client, status = enters(app, clerk, change)
        assert (status, client.get("/office/orders").status_code) == (403, 302), name
    assert "\nFORGED" not in caplog.text


@ON_SQLITE
def test_what_userinfo_adds_is_of_the_same_person_and_says_that_the_address_is_verified(
    shop: Shop, between: Between, clerk: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    app, trusting = wired(shop, between.url), wired(shop, between.url, oidc_trust_email=True)
    cases: list[tuple[Claims, int, int, str]] = [
        ({}, 303, 303, ""),
        ({"email_verified": "true"}, 303, 303, ""),
        ({"email_verified": "True"}, 303, 303, ""),
        ({"email_verified": False}, 403, 403, "say that the address is not verified"),
        ({"email_verified": "false"}, 403, 403, "say that the address is not verified"),
        ({"email_verified": 1}, 403, 403, "say that the address is not verified"),
        ({"email_verified": None}, 403, 303, "tell no `email_verified`"),
        ({"email": None}, 403, 403, "tell no `email`"),
        ({"email": ""}, 403, 403, "tell no `email`"),
        ({"email": ["clerk@cafe.example"]}, 403, 403, "tell no `email`"),
        ({"sub": "admin"}, 403, 403, "somebody else"),
        ({"sub": None}, 403, 403, "somebody else"),
    ]
    for claims, usual, trusted, log in cases:
        between.userinfo = said(**claims)
        caplog.clear()
        forget(shop)
        assert enters(app, clerk)[1] == usual, claims
        assert log in caplog.text
        forget(shop)
        assert enters(trusting, clerk)[1] == trusted, claims


@ON_SQLITE
@pytest.mark.parametrize(
    ("ways", "way"),
    [
        (None, "client_secret_basic"),
        (["client_secret_post", "client_secret_basic"], "client_secret_basic"),
        (["private_key_jwt", "client_secret_post"], "client_secret_post"),
    ],
)
def test_the_secret_goes_the_way_that_the_provider_takes(
    shop: Shop, between: Between, clerk: Visitor, ways: list[str] | None, way: str
) -> None:
    between.metadata = {"token_endpoint_auth_methods_supported": ways} if ways else {}
    assert (enters(wired(shop, between.url), clerk)[1], between.way) == (303, way)


@ON_SQLITE
def test_who_has_logged_in_before_needs_no_userinfo(
    shop: Shop, between: Between, clerk: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    app = wired(shop, between.url)
    assert enters(app, clerk)[1] == 303
    between.metadata = {"userinfo_endpoint": "http://127.0.0.1:1/me"}
    app = wired(shop, between.url)
    assert enters(app, clerk)[1] == 303
    assert [record.levelno for record in caplog.records if "UserInfo" in record.message] == [logging.WARNING]


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"claims_supported": ["sub", "name"]}, "`email`"),
        ({"claims_supported": ["sub", "email"]}, "OIDC_TRUST_EMAIL"),
        ({"jwks_uri": "http://127.0.0.1:1/jwks"}, "jwks_uri (http://127.0.0.1:1/jwks) cannot be reached"),
        ({"jwks_uri": None}, "does not name jwks_uri"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "signs by HS256, none"),
        ({"id_token_signing_alg_values_supported": True}, "signs by True"),
        ({"id_token_signing_alg_values_supported": [{}]}, "signs by {}"),
        ({"response_types_supported": ["id_token"]}, "authorization code"),
        ({"response_types_supported": 1, "id_token_signing_alg_values_supported": None}, "authorization code"),
    ],
)
def test_the_check_up_names_what_the_provider_lacks(between: Between, metadata: Claims, words: str) -> None:
    between.metadata = metadata
    (problem,) = discovery.problems(between.url, trust_email=False)
    assert words in problem
    if "OIDC_TRUST_EMAIL" in words:
        assert discovery.problems(between.url, trust_email=True) == []


@pytest.mark.parametrize(
    ("path", "words"), [("/nothing", "answers 404"), ("/jwks", "no provider's metadata"), ("", "cannot be reached")]
)
def test_the_check_up_finds_a_wrong_address_of_the_provider(oidc_provider: str, path: str, words: str) -> None:
    address = f"{oidc_provider}{path}" if path else "http://127.0.0.1:1/.well-known/openid-configuration"
    (problem,) = discovery.problems(address, trust_email=False)
    assert words in problem
    assert address in problem
