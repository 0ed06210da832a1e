"""Logging in and out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, render_template, request, session
from flask import redirect as go
from werkzeug.wrappers import Response

from webapp.domain.errors import Forbidden
from webapp.office import browsers, ended
from webapp.office.ended import KEPT
from webapp.office.guard import SESSION_KEY
from webapp.office.identity import UNREADABLE, LoginRefused, Why
from webapp.office.permissions import ANYBODY, Permission, permits
from webapp.services.accounts import sessions
from webapp.web.services import context

if TYPE_CHECKING:
    from webapp.office.identity import IdentityProvider

log = logging.getLogger(__name__)

WHERE = "next"
LONGEST = 300  # characters of the page to come back to: a cookie has 4 KB

accounts = Blueprint("accounts", __name__, url_prefix="/office")


@accounts.get("/login")
@permits(ANYBODY)
def login() -> Response | str | tuple[str, int]:
    """To the identity provider; without one, how to get in is said. Who comes because a session has ended is told that first: an open
    page that asks by itself must not begin a login, nor one after the other."""
    provider, where = _provider(), _inside(request.args.get("next") or session.get(WHERE, ""))
    session[WHERE] = where
    again = ended.AGAIN in request.args
    if provider is None or request.args.keys() & {ended.ARGUMENT, "lang"}:  # who chooses a language reads this page
        return _login_page(where=where, ended=ended.ARGUMENT in request.args, again=again)
    try:
        return provider.begin(f"{context().links.public_url}/office/login/callback", where, again=again)
    except UNREADABLE as error:
        log.warning("the identity provider cannot be reached: %s %.300r", type(error).__name__, str(error))
        return _login_page(away=True, where=where), 502


@accounts.get("/login/callback")
@permits(ANYBODY)
def callback() -> Response | tuple[str, int]:
    """Back from the provider (office/identity). Whatever it answers that is no whole identity lets nobody in, and the log says why."""
    provider = _provider()
    if provider is None:
        return _login_page(why=Why.FAILED), 403
    try:
        identity, where = provider.finish()
        return _enter(sessions.by_identity(context(), identity, _browser()), where)
    except LoginRefused as error:
        if error.why is Why.STALE and g.visitor is not None:  # another page of this browser was faster
            return go("/office/orders")
        log.warning("a login failed: %s", error)
        return _login_page(why=error.why), 403
    except sessions.Unverified as error:
        log.warning("a login was refused: %s (docs/operator/running.md, Logging in)", error)
        return _login_page(why=Why.UNVERIFIED), 403
    except Forbidden as error:
        log.warning("a login was refused: %s", error)
        return _login_page(why=Why.FAILED), 403


@accounts.get("/link/<token>")
@permits(ANYBODY)
def link(token: str) -> str:
    """A one-time link, opened: it is spent by the button, so that a preview of the address does not spend it."""
    return render_template("office/link.html", token=token)


@accounts.post("/link/<token>")
@permits(ANYBODY)
def spend_link(token: str) -> Response | tuple[str, int]:
    """Log in with a one-time link."""
    try:
        return _enter(sessions.by_link(context(), token, _browser()), session.get(WHERE, ""))
    except Forbidden:
        return _login_page(why=Why.FAILED), 403


@accounts.post("/logout")
@permits(Permission.OWN_SESSIONS)
def logout() -> str:
    """End the session here and on the server."""
    sessions.end(context(), session.pop(SESSION_KEY, ""))
    session.clear()
    return render_template("office/left.html")


def _browser() -> str:
    return browsers.name(request.headers.get("User-Agent", ""))


def _provider() -> IdentityProvider | None:
    return cast("IdentityProvider | None", current_app.extensions["identity"])


def _login_page(
    *, why: Why | None = None, away: bool = False, where: str = "", ended: bool = False, again: bool = False
) -> str:
    """How to get in. `why` the last try failed; `away`: the identity provider does not answer; `ended`: the session did;
    `again`: what the visitor wants to do needs a login that is not long ago."""
    there = _provider() is not None
    page = "office/login.html"
    kept = KEPT in session
    told = {"why": why, "away": away, "provider": there, "where": where, "ended": ended, "again": again, "kept": kept}
    return render_template(page, **told)


def _enter(token: str, where: str) -> Response:
    """A new session, whatever was there before; that one ends, on the server too. What was typed when it had ended comes along."""
    sessions.end(context(), session.get(SESSION_KEY, ""))
    kept = session.get(KEPT)
    session.clear()
    session[SESSION_KEY] = token
    if kept is not None:
        session[KEPT] = kept
    session.permanent = True
    return go(_inside(where), 303)


def _inside(where: Any) -> str:
    """A path of the back office; anything else would let a link send people away."""
    parts = urlsplit(str(where))
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/office/") and "\\" not in str(where)
    return str(where) if ours and str(where).isprintable() and len(str(where)) <= LONGEST else "/office/orders"
