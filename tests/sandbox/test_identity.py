"""The identity provider, asked by a real OpenID Connect client."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from sandbox import identity
from sandbox.serve import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

RETURN = "http://ordo.localhost/office/login/callback"
LEA = identity.Person("lea", "lea@cafe-lumiere.example", "Léa", "Café Lumière")
VERIFIER = generate_token(48)


@pytest.fixture
def provider() -> Iterator[Served]:
    app = identity.create_app(
        issuer="http://identity.localhost:1",
        server_url="http://127.0.0.1:1",
        client_id="ordo",
        client_secret="our secret",
        redirect_uris=[RETURN],
        people=[LEA],
    )
    served = Served(app).start()
    yield served
    served.stop()


def question(**change: str) -> dict[str, str]:
    asked = {
        "client_id": "ordo",
        "redirect_uri": RETURN,
        "response_type": "code",
        "scope": "openid email profile",
        "state": "s1",
        "nonce": "n1",
        "code_challenge": identity.challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**asked, **change}.items() if value}


def log_in(provider: Served, sub: str = "lea", **change: str) -> dict[str, str]:
    """Press the button; what the browser takes back to the client."""
    answer = requests.post(
        f"{provider.url}/authorize", data={**question(**change), "sub": sub}, allow_redirects=False, timeout=5
    )
    assert answer.status_code == 303
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def redeem(provider: Served, code: str, **change: str) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": RETURN, "code_verifier": VERIFIER}
    form = {**form, "client_id": "ordo", "client_secret": "our secret", **change}
    return requests.post(f"{provider.url}/token", data=form, timeout=5)


def claims(provider: Served, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(requests.get(f"{provider.url}/jwks", timeout=5).json())
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_real_client_learns_who_logged_in(provider: Served, method: str) -> None:
    with OAuth2Session("ordo", "our secret", redirect_uri=RETURN, token_endpoint_auth_method=method) as client:
        token = client.fetch_token(
            f"{provider.url}/token",
            grant_type="authorization_code",
            code=log_in(provider)["code"],
            code_verifier=VERIFIER,
        )
        person = client.get(f"{provider.url}/userinfo").json()
    told = claims(provider, token["id_token"])
    assert (told["iss"], told["aud"], told["nonce"]) == ("http://identity.localhost:1", "ordo", "n1")
    assert person == {"sub": "lea", "email": LEA.email, "email_verified": True, "name": "Léa"}
    assert person.items() <= told.items()


def test_the_answer_names_its_provider_and_keeps_the_state(provider: Served) -> None:
    answer = log_in(provider)
    assert (answer["state"], answer["iss"]) == ("s1", "http://identity.localhost:1")


def test_browsers_are_sent_to_a_name_and_servers_to_a_number() -> None:
    told = identity.metadata("http://identity.localhost:1", "http://127.0.0.1:1")
    assert told["authorization_endpoint"].startswith(told["issuer"])
    assert all(told[name].startswith("http://127.0.0.1:1/") for name in ("token_endpoint", "jwks_uri"))


def test_the_page_has_a_button_for_each_person(provider: Served) -> None:
    page = requests.get(f"{provider.url}/authorize", params=question(), timeout=5).text
    assert re.findall(r"Continue as [^<]+", page) == ["Continue as Léa, Café Lumière"]


def test_a_code_is_good_once(provider: Served) -> None:
    code = log_in(provider)["code"]
    assert redeem(provider, code).status_code == 200
    assert redeem(provider, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_verifier": generate_token(48)}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": RETURN + "/"}, "invalid_grant"),
        ({"client_secret": "another"}, "invalid_client"),
        ({"client_secret": "Léa"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_in_wrong_hands_is_worth_nothing(provider: Served, change: dict[str, str], error: str) -> None:
    assert redeem(provider, log_in(provider)["code"], **change).json()["error"] == error


def test_a_code_grows_old(provider: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "CODE_LASTS", -1)
    assert redeem(provider, log_in(provider)["code"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "change",
    [{"code_challenge": ""}, {"code_challenge_method": "plain"}, {"scope": "email"}, {"response_type": "token"}],
)
def test_a_client_that_asks_wrongly_is_told(provider: Served, change: dict[str, str]) -> None:
    shown = requests.get(f"{provider.url}/authorize", params=question(**change), allow_redirects=False, timeout=5)
    assert "error=" in shown.headers["Location"]
    assert log_in(provider, **change)["state"] == "s1"
    assert "code" not in log_in(provider, **change)


def test_somebody_unknown_gets_no_code(provider: Served) -> None:
    assert log_in(provider, sub="eve")["error"] == "access_denied"


@pytest.mark.parametrize("change", [{"redirect_uri": "http://evil.example/"}, {"client_id": "another"}])
def test_nobody_is_sent_to_a_foreign_address(provider: Served, change: dict[str, str]) -> None:
    shown = requests.get(f"{provider.url}/authorize", params=question(**change), allow_redirects=False, timeout=5)
    pressed = requests.post(f"{provider.url}/authorize", data=question(**change), allow_redirects=False, timeout=5)
    assert (shown.status_code, pressed.status_code) == (400, 400)


def test_another_key_s_token_does_not_pass(provider: Served) -> None:
    head, body, signature = redeem(provider, log_in(provider)["code"]).json()["id_token"].split(".")
    with pytest.raises(BadSignatureError):
        claims(provider, f"{head}.{body}.{signature[::-1]}")


def test_an_unknown_access_token_opens_nothing(provider: Served) -> None:
    answer = requests.get(f"{provider.url}/userinfo", headers={"Authorization": "Bearer none"}, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_after_a_logout_people_come_back_to_the_client_only(provider: Served) -> None:
    def leave(address: str) -> requests.Response:
        query = {"post_logout_redirect_uri": address}
        return requests.get(f"{provider.url}/logout", params=query, allow_redirects=False, timeout=5)

    assert leave("http://ordo.localhost/office").headers["Location"] == "http://ordo.localhost/office"
    assert leave("http://evil.example/").status_code == 200
