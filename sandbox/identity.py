"""An OpenID Connect provider: authorization code with PKCE (S256), one button for each person instead of passwords.

Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 6749, RFC 7636 (PKCE), RFC 9207 (iss in the answer),
RP-Initiated Logout 1.0. Keys, codes and tokens live as long as the process.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, jsonify, redirect, render_template, request
from joserfc import jwk, jwt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response as Answer

CODE_LASTS = 60  # seconds; RFC 6749 section 4.1.2 asks for ten minutes at most
TOKEN_LASTS = 300  # seconds
ASKED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


@dataclass(frozen=True)
class Person:
    """Somebody who can log in; `sub` never changes, `company` is only shown on the button."""

    sub: str
    email: str
    name: str
    company: str


@dataclass(frozen=True)
class Client:
    """The one application that people log in to; `redirect_uris` are compared whole."""

    id: str
    secret: str
    redirect_uris: tuple[str, ...]


@dataclass(frozen=True)
class Grant:
    """What a code stands for, until it is used or `until` (seconds of the epoch) has passed."""

    person: Person
    redirect_uri: str
    nonce: str
    challenge: str
    until: float


class Refused(Exception):
    """A request that breaks the protocol: `code` is RFC 6749's word for it."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.status = status


class Provider:
    """Codes, tokens and the signing key."""

    def __init__(self, issuer: str, client: Client, people: Sequence[Person]) -> None:
        self.issuer = issuer
        self.people = {person.sub: person for person in people}
        self._client = client
        self._grants: dict[str, Grant] = {}
        self._tokens: dict[str, tuple[Person, float]] = {}
        self._key = jwk.RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)

    @property
    def keys(self) -> dict[str, Any]:
        """The public half of the key, as a JWK set."""
        return {"keys": [self._key.as_dict(private=False)]}

    def check_return(self, question: Mapping[str, str]) -> None:
        """Is it our client, and its own address? Raises Refused, which must be shown here and never sent back."""
        if question.get("client_id") != self._client.id:
            raise Refused("invalid_client", "This application is not known here.")
        if question.get("redirect_uri") not in self._client.redirect_uris:
            raise Refused("invalid_request", "This application may not send people back to that address.")

    def check_question(self, question: Mapping[str, str]) -> None:
        """The rest of an authorization request; raises Refused, to be told to the client."""
        if question.get("response_type") != "code":
            raise Refused("unsupported_response_type", "only response_type=code")
        if "openid" not in question.get("scope", "").split():
            raise Refused("invalid_scope", "the scope must contain openid")
        if question.get("code_challenge_method") != "S256" or len(question.get("code_challenge", "")) != 43:
            raise Refused("invalid_request", "PKCE with code_challenge_method=S256 is required")

    def grant(self, question: Mapping[str, str], sub: str) -> str:
        """A code for this person. Raises Refused for somebody unknown."""
        if sub not in self.people:
            raise Refused("access_denied", "there is nobody of that name")
        code = secrets.token_urlsafe(32)
        self._grants[code] = Grant(
            self.people[sub],
            question["redirect_uri"],
            question.get("nonce", ""),
            question["code_challenge"],
            time.time() + CODE_LASTS,
        )
        return code

    def redeem(self, form: Mapping[str, str], client: tuple[str, str]) -> dict[str, Any]:
        """Tokens for a code. A code is good once, whatever comes of it. Raises Refused."""
        if not hmac.compare_digest(":".join(client).encode(), f"{self._client.id}:{self._client.secret}".encode()):
            raise Refused("invalid_client", "the client's id or secret is wrong", 401)
        if form.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type", "only grant_type=authorization_code")
        grant = self._grants.pop(form.get("code", ""), None)
        if grant is None or grant.until < time.time() or grant.redirect_uri != form.get("redirect_uri"):
            raise Refused("invalid_grant", "the code is unknown, used, too old, or was given for another address")
        if not hmac.compare_digest(challenge(form.get("code_verifier", "")), grant.challenge):
            raise Refused("invalid_grant", "the code_verifier does not fit the code_challenge")
        token = secrets.token_urlsafe(32)
        self._tokens[token] = (grant.person, time.time() + TOKEN_LASTS)
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": TOKEN_LASTS,
            "scope": "openid email profile",
            "id_token": self._id_token(grant),
        }

    def who(self, token: str) -> Person:
        """The person of an access token. Raises Refused."""
        person, until = self._tokens.get(token, (None, 0.0))
        if person is None or until < time.time():
            raise Refused("invalid_token", "the access token is unknown or has run out", 401)
        return person

    def may_return(self, address: str) -> bool:
        """Whether people may be sent to this address after a logout: the client's own origins only."""
        return urlsplit(address)[:2] in {urlsplit(uri)[:2] for uri in self._client.redirect_uris}

    def _id_token(self, grant: Grant) -> str:
        now = int(time.time())
        whole = {
            "iss": self.issuer,
            "aud": self._client.id,
            "iat": now,
            "auth_time": now,
            "exp": now + TOKEN_LASTS,
            **claims(grant.person),
        }
        if grant.nonce:
            whole["nonce"] = grant.nonce
        return jwt.encode({"alg": "RS256", "kid": self._key.kid}, whole, self._key)


def claims(person: Person) -> dict[str, Any]:
    """What is told about somebody."""
    return {"sub": person.sub, "email": person.email, "email_verified": True, "name": person.name}


def challenge(verifier: str) -> str:
    """RFC 7636 section 4.2, S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def create_app(
    *,
    issuer: str,
    server_url: str,
    client_id: str,
    client_secret: str,
    redirect_uris: Sequence[str],
    people: Sequence[Person],
) -> Flask:
    """The provider. Browsers reach it at `issuer`, servers at `server_url`: two names of one address."""
    app = Flask(__name__)
    provider = Provider(issuer, Client(client_id, client_secret, tuple(redirect_uris)), people)

    _for_people(app, provider)
    _for_the_client(app, provider, server_url)

    @app.errorhandler(Refused)
    def show(error: Refused) -> tuple[str, int]:
        return render_template("identity.html", title="That does not work", text=str(error)), error.status

    return app


def _for_people(app: Flask, provider: Provider) -> None:
    @app.get("/authorize")
    def ask() -> str | Answer:
        question = {name: request.args[name] for name in ASKED if name in request.args}
        provider.check_return(question)
        try:
            provider.check_question(question)
        except Refused as error:
            return _back(question, provider.issuer, error=error.code, error_description=str(error))
        people = provider.people.values()
        return render_template("identity.html", title="Who are you?", people=people, question=question)

    @app.post("/authorize")
    def sign_in() -> Answer:
        question = {name: request.form[name] for name in ASKED if name in request.form}
        provider.check_return(question)
        try:
            provider.check_question(question)
            code = provider.grant(question, request.form.get("sub", ""))
        except Refused as error:
            return _back(question, provider.issuer, error=error.code, error_description=str(error))
        return _back(question, provider.issuer, code=code)

    @app.get("/logout")
    def leave() -> str | Answer:
        address = request.args.get("post_logout_redirect_uri", "")
        if provider.may_return(address):
            return redirect(address, 303)
        return render_template("identity.html", title="Signed out", text="You can close this page.")


def _for_the_client(app: Flask, provider: Provider, server_url: str) -> None:
    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, Any]:
        return metadata(provider.issuer, server_url)

    @app.get("/jwks")
    def keys() -> dict[str, Any]:
        return provider.keys

    @app.post("/token")
    def token() -> Answer:
        try:
            answer = jsonify(provider.redeem(request.form, _client_of_request()))
        except Refused as error:
            return _told(error)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @app.get("/userinfo")
    def userinfo() -> Answer:
        try:
            return jsonify(claims(provider.who(request.headers.get("Authorization", "").removeprefix("Bearer "))))
        except Refused as error:
            return _told(error)


def _client_of_request() -> tuple[str, str]:
    """Id and secret, by either of the two ways of RFC 6749 section 2.3.1."""
    given = request.authorization
    if given is not None and given.type == "basic":
        return given.username or "", given.password or ""
    return request.form.get("client_id", ""), request.form.get("client_secret", "")


def metadata(issuer: str, server_url: str) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0, section 3: browser addresses for people, server addresses for the client."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "end_session_endpoint": f"{issuer}/logout",
        "token_endpoint": f"{server_url}/token",
        "userinfo_endpoint": f"{server_url}/userinfo",
        "jwks_uri": f"{server_url}/jwks",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "claims_supported": ["sub", "email", "email_verified", "name"],
    }


def _back(question: Mapping[str, str], issuer: str, **answer: str) -> Answer:
    """Back to the client with the answer, its own state, and who answers (RFC 9207)."""
    if "state" in question:
        answer["state"] = question["state"]
    address = question["redirect_uri"]
    return redirect(f"{address}{'&' if '?' in address else '?'}{urlencode({**answer, 'iss': issuer})}", 303)


def _told(error: Refused) -> Response:
    answer = jsonify(error=error.code, error_description=str(error))
    answer.status_code = error.status
    return answer
