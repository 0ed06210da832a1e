"""Who may do what. Deny by default: a view without a declared permission answers 403 to everybody."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import current_app, g, request, session

from webapp import i18n
from webapp.domain import actors
from webapp.domain.errors import Forbidden
from webapp.office import ended
from webapp.services.accounts import sessions
from webapp.web import errors
from webapp.web.locale import asked, speak, wishes
from webapp.web.services import act_as, context

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask_wtf.csrf import CSRFError
    from werkzeug.wrappers import Response

View = TypeVar("View", bound="Callable[..., Any]")
SESSION_KEY = "login"
SAFE = {"GET", "HEAD", "OPTIONS"}


class Role(IntEnum):
    """Each may do what those before it may: viewers look, clerks handle orders and money, admins change settings."""

    ANYBODY = 0
    VIEWER = 1
    CLERK = 2
    ADMIN = 3


def permits(role: Role) -> Callable[[View], View]:
    """Declare who may use a view."""

    def mark(view: View) -> View:
        view.permits = role  # type: ignore[attr-defined]
        return view

    return mark


def check() -> Response | None:
    """Before every request of the back office: its origin, who asks, and whether they may."""
    if request.method not in SAFE and request.headers.get("Sec-Fetch-Site", "same-origin") not in {
        "same-origin",
        "none",
    }:
        raise Forbidden("posted from another site")
    view = current_app.view_functions[str(request.endpoint)]
    needed = getattr(view, "permits", None)
    if needed is None:
        raise Forbidden("nobody may use this")
    token = session.get(SESSION_KEY, "")
    g.visitor = sessions.visitor(context(), token)
    if g.visitor is None:
        speak(i18n.choose(wishes()), "GB")
        return None if needed is Role.ANYBODY else ended.lead_to_login(token)
    act_as(actors.user(g.visitor.user))
    merchant = g.visitor.merchant
    speak(i18n.choose([*asked(), *wishes(), merchant.language]), merchant.country)
    if Role[g.visitor.role.upper()] < needed:
        raise Forbidden(f"a {g.visitor.role} may not do this")
    if request.method not in SAFE:
        sessions.touch(context(), session[SESSION_KEY])
    ended.give_back(g.visitor.user)
    return None


def out_of_date(error: CSRFError) -> Response | tuple[str, int]:
    """A form whose token is not of this session. Most often the session has ended, and its cookie with it, or another has begun in another
    tab; a form of another site's makes no difference to one who is not logged in."""
    try:
        return check() or ended.lead_back(session.get(SESSION_KEY, "")) or errors.page(error.code)
    except Forbidden as refusal:
        return errors.page(refusal.status)


def visitor() -> sessions.Visitor:
    """Who is logged in; there is somebody, because the view's permission says so."""
    return cast("sessions.Visitor", g.visitor)


def merchant_id() -> str:
    """The merchant on whose behalf this request acts, and the only one whose rows it may see."""
    return visitor().merchant.id
