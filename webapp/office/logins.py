"""Logging in and out."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client.errors import OAuthError
from flask import Blueprint, current_app, render_template, request, session
from flask import redirect as go
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from webapp.domain.errors import Forbidden
from webapp.office.guard import SESSION_KEY, Role, permits
from webapp.services.accounts import sessions
from webapp.web.services import context

log = logging.getLogger(__name__)

accounts = Blueprint("accounts", __name__, url_prefix="/office")


@accounts.get("/login")
@permits(Role.ANYBODY)
def login() -> Response | str | tuple[str, int]:
    """To the identity provider; without one, how to get in is said."""
    provider = current_app.extensions["identity"]
    if provider is None:
        return _login_page()
    session["next"] = _inside(request.args.get("next", ""))
    try:
        there: Response = provider.authorize_redirect(f"{context().links.public_url}/office/login/callback")
    except OSError as error:  # what its HTTP library raises when nobody answers
        log.warning("the identity provider cannot be reached: %.300r", error)
        return _login_page(away=True), 502
    return there


@accounts.get("/login/callback")
@permits(Role.ANYBODY)
def callback() -> Response | tuple[str, int]:
    """Back from the provider: state, nonce, issuer, audience and signature are checked by authlib."""
    provider = current_app.extensions["identity"]
    if provider is None:
        return _login_page(failed=True), 403
    try:
        claims = provider.authorize_access_token()["userinfo"]
        identity = sessions.Identity(
            str(claims["iss"]),
            str(claims["sub"]),
            str(claims.get("email", "")),
            email_verified=claims.get("email_verified") is True,
        )
        token = sessions.by_identity(context(), identity)
    except (OAuthError, JoseError, Forbidden, KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        # Whatever a provider answers that is no whole identity: nobody is let in, and the log says why.
        log.warning("a login failed: %.300r", error)
        return _login_page(failed=True), 403
    return _enter(token, session.get("next", "/office/orders"))


@accounts.get("/link/<token>")
@permits(Role.ANYBODY)
def link(token: str) -> str:
    """A one-time link, opened: it is spent by the button, so that a preview of the address does not spend it."""
    return render_template("office/link.html", token=token)


@accounts.post("/link/<token>")
@permits(Role.ANYBODY)
def spend_link(token: str) -> Response | tuple[str, int]:
    """Log in with a one-time link."""
    try:
        return _enter(sessions.by_link(context(), token), "/office/orders")
    except Forbidden:
        return _login_page(failed=True), 403


@accounts.post("/logout")
@permits(Role.VIEWER)
def logout() -> str:
    """End the session here and on the server."""
    sessions.end(context(), session.pop(SESSION_KEY, ""))
    session.clear()
    return render_template("office/left.html")


def _login_page(*, failed: bool = False, away: bool = False) -> str:
    """How to get in. `failed`: the last try did not; `away`: the identity provider does not answer."""
    there = current_app.extensions["identity"] is not None
    return render_template("office/login.html", failed=failed, away=away, provider=there)


def _enter(token: str, where: str) -> Response:
    """A new session, whatever was there before; that one ends, on the server too."""
    sessions.end(context(), session.get(SESSION_KEY, ""))
    session.clear()
    session[SESSION_KEY] = token
    session.permanent = True
    return go(_inside(where), 303)


def _inside(where: Any) -> str:
    """A path of the back office; anything else would let a link send people away."""
    parts = urlsplit(str(where))
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/office/") and "\\" not in str(where)
    return str(where) if ours and str(where).isprintable() else "/office/orders"
