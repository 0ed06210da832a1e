"""Whether this visitor may do what a view does. Deny by default: a view without a declared permission answers 403 to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, g, request, session

from webapp import i18n
from webapp.domain import actors
from webapp.domain.errors import Forbidden
from webapp.office import ended
from webapp.office.permissions import ANYBODY, OPEN, Permission, allows
from webapp.services.accounts import sessions
from webapp.web import errors
from webapp.web.locale import asked, speak, wishes
from webapp.web.services import act_as, context

if TYPE_CHECKING:
    from flask_wtf.csrf import CSRFError
    from werkzeug.wrappers import Response

SESSION_KEY = "login"
SAFE = {"GET", "HEAD", "OPTIONS"}


def check() -> Response | None:
    """Before every request of the back office: its origin, who asks, and whether they may."""
    if request.method not in SAFE and request.headers.get("Sec-Fetch-Site", "same-origin") not in {
        "same-origin",
        "none",
    }:
        raise Forbidden("posted from another site")
    view = current_app.view_functions[str(request.endpoint)]
    needed = getattr(view, "permits", None)
    if not isinstance(needed, Permission) and not (needed is ANYBODY and request.endpoint in OPEN):
        raise Forbidden("nobody may use this")
    token = session.get(SESSION_KEY, "")
    g.visitor = sessions.visitor(context(), token)
    if g.visitor is None:
        speak(i18n.choose(wishes()), "GB")
        return None if needed is ANYBODY else ended.lead_to_login(token)
    act_as(actors.user(g.visitor.user))
    merchant = g.visitor.merchant
    speak(i18n.choose([*asked(), *wishes(), merchant.language]), merchant.country)
    if isinstance(needed, Permission) and not allows(g.visitor.role, needed):
        raise Forbidden(f"a {g.visitor.role} may not do this")
    if getattr(view, "fresh", False) and not sessions.is_fresh(context(), g.visitor):
        return ended.lead_to_fresh_login()
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


def may(permission: str) -> bool:
    """Whether the visitor may do that: `may("orders.create")` in templates. Raises `ValueError` for a permission that there is not."""
    return g.get("visitor") is not None and allows(g.visitor.role, Permission(permission))


def merchant_id() -> str:
    """The merchant on whose behalf this request acts, and the only one whose rows it may see."""
    return visitor().merchant.id
