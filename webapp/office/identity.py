"""Logging in with OpenID Connect (Core 1.0), authorization code and PKCE (RFC 9700, 2.1.1).

authlib checks state, nonce, signature and times; here stands what it leaves open: who may be the audience, who answered (RFC 9207), and whether
the address is the person's own.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import redirect, request, session
from joserfc.errors import JoseError

from webapp.identity.discovery import SIGNED_BY
from webapp.services.accounts.sessions import Identity

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

log = logging.getLogger(__name__)

PROVIDER = "provider"
STATES = f"_state_{PROVIDER}_"  # authlib's own names in the session
ASK = {"prompt": "login", "max_age": 0}
LOGINS = 3  # begun in one browser and not ended: a cookie has 4 KB
TIMEOUT = 10  # seconds, for each request to the provider
UNREADABLE = (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError, AttributeError, RuntimeError, OSError)
"""What comes of a provider that does not answer, or answers anything but an identity."""


class Why(StrEnum):
    """Why a login did not succeed, as far as the one who tried can do something about it."""

    FAILED = "failed"
    STALE = "stale"
    UNVERIFIED = "unverified"


class LoginRefused(Exception):
    """Nobody is logged in. The message is for the log."""

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(message)
        self.why = why


class IdentityProvider:
    """The provider that the settings name. `trust_email` is for one that does not say whether an address is verified, and lets nobody choose
    one: then what it tells counts."""

    def __init__(self, client: Any, *, trust_email: bool) -> None:
        self._client, self._trust_email = client, trust_email

    def begin(self, back: str, where: str, *, again: bool = False) -> Response:
        """To the provider, which sends people to the address `back`; from there they go on to `where`. `again`: it is to ask who they are
        though it knows (Core 3.1.2.1, `prompt` and `max_age`). Raises as `UNREADABLE` names."""
        begun = sorted((name for name in session if name.startswith(STATES)), key=lambda name: session[name]["exp"])
        for name in begun[: max(0, len(begun) - LOGINS + 1)]:
            session.pop(name)
        self._metadata()
        made = self._client.create_authorization_url(back, **(ASK if again else {}))
        there = made.pop("url")
        self._client.save_authorize_data(redirect_uri=back, where=where, again=again, **made)
        return redirect(there)

    def finish(self) -> tuple[Identity, str]:
        """Who has come back from the provider, and where to. Raises `LoginRefused`."""
        begun = self._client.framework.get_state_data(session, request.args.get("state"))
        if begun is None:
            raise LoginRefused(Why.STALE, "no login of this browser waits for that answer")
        try:
            metadata = self._metadata()
            _answered_by(metadata)
            # Whose token it is: without `aud` here authlib takes any, as long as `azp` is ours.
            wanted = {
                "iss": {"essential": True, "values": [metadata["issuer"]]},
                "aud": {"essential": True, "values": [self._client.client_id]},
            }
            token = self._client.authorize_access_token(claims_options=wanted)
            proved_at = _proved_at(token["userinfo"], asked=begun.get("again") is True)
            return replace(self._identity(token, metadata), proved_at=proved_at), str(begun.get("where", ""))
        except UNREADABLE as error:
            raise LoginRefused(Why.FAILED, f"{type(error).__name__} {str(error)[:300]!r}") from error

    def _metadata(self) -> Any:
        """What the provider says of itself, asked once. Of the algorithms that it names only those count by which nobody else can sign."""
        metadata = self._client.load_server_metadata()
        names = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        accepted = [name for name in names if name in SIGNED_BY]
        if not accepted:
            raise ValueError(f"the provider signs by none of {', '.join(SIGNED_BY)}")
        metadata["id_token_signing_alg_values_supported"] = accepted
        ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        post = "client_secret_basic" not in ways and "client_secret_post" in ways
        self._client.client_kwargs["token_endpoint_auth_method"] = (
            "client_secret_post" if post else "client_secret_basic"
        )
        return metadata

    def _identity(self, token: Any, metadata: Any) -> Identity:
        claims = token["userinfo"]
        issuer, subject = claims["iss"], claims["sub"]
        if not subject or not isinstance(subject, str) or not isinstance(issuer, str):
            raise ValueError("the id token names nobody")
        told = dict(claims)
        if (told.get("email") is None or told.get("email_verified") is None) and metadata.get("userinfo_endpoint"):
            told |= self._more(token, subject)
        email, verified = told.get("email"), told.get("email_verified")
        if not isinstance(email, str) or not email:
            return Identity(issuer, subject, "", email_verified=False, missing="email")
        if verified is None:
            missing = None if self._trust_email else "email_verified"
            return Identity(issuer, subject, email, email_verified=self._trust_email, missing=missing)
        right = verified is True or (isinstance(verified, str) and verified.lower() == "true")  # Cognito sends the word
        return Identity(issuer, subject, email, email_verified=right)

    def _more(self, token: Any, subject: str) -> Mapping[str, Any]:
        """What UserInfo adds to the id token (Core 5.4: scopes are answered there). It must be about the same person (5.3.2)."""
        try:
            found = self._client.userinfo(token=token)
        except UNREADABLE as error:  # who has logged in before is known without it
            log.warning("the identity provider's UserInfo cannot be read: %s %.300r", type(error).__name__, str(error))
            return {}
        if found.get("sub") != subject:
            raise ValueError("UserInfo is about somebody else")
        return {name: found[name] for name in ("email", "email_verified") if found.get(name) is not None}


def _proved_at(claims: Mapping[str, Any], *, asked: bool) -> datetime | None:
    """When the person proved who they are: as the provider tells (`auth_time`); else now, where it was asked to have them do so."""
    told = claims.get("auth_time")
    if isinstance(told, int) and not isinstance(told, bool):
        return datetime.fromtimestamp(told, UTC)
    return datetime.now(UTC) if asked else None


def _answered_by(metadata: Mapping[str, Any]) -> None:
    """Raises `ValueError` for an answer of another provider (RFC 9207, 2.4)."""
    given = request.args.getlist("iss")
    always = metadata.get("authorization_response_iss_parameter_supported") is True
    if (given or always) and given != [metadata["issuer"]]:
        raise ValueError(f"the answer is of another provider: {given}")


def connect(
    app: Flask, metadata_url: str, client_id: str | None, client_secret: str | None, *, trust_email: bool
) -> IdentityProvider:
    """The provider at that address. It is asked when somebody logs in, and not before."""
    client = OAuth(app).register(  # type: ignore[no-untyped-call]  # its stubs leave this one out
        PROVIDER,
        server_metadata_url=metadata_url,
        client_id=client_id,
        client_secret=client_secret,
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT,
        },
    )
    return IdentityProvider(client, trust_email=trust_email)
