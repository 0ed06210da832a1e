"""A page that is left open past the end of its session: it says so, leads to the login, and what was typed comes along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Response, current_app, flash, g, redirect, request, session
from werkzeug.datastructures import MultiDict

from webapp.domain import cards
from webapp.services.accounts import sessions
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

KEPT = "typed"
ARGUMENT = "ended"
LONGEST = 2000  # characters of what was typed, written as JSON, which is packed: a cookie has 4 KB
OURS = {"csrf_token", "idempotency_key"}
FORMS = {
    "orders.create": "/office/orders/new",
    "operators.create": "/office/operators",
}
"""Where the form stands that this view takes, filled in anew with what was typed. For the others what was typed is only told."""


def lead_to_login(token: str) -> AnyResponse:
    """The answer to a request whose session has ended. Nothing was done, and nothing of the answer stands inside the page.

    A request of the page's script gets 401, and the whole page goes to the login: htmx follows HX-Redirect whatever the status
    (https://four.htmx.org/reference/headers/HX-Redirect).
    """
    there = f"/office/login?next={quote(_page(), safe='/')}"
    if request.headers.get("HX-Request") == "true":
        return Response(status=401, headers={"HX-Redirect": f"{there}&{ARGUMENT}"})
    if request.method == "GET":
        # A provider often knows who it is, and asks nothing: nobody has to be told.
        told = token and current_app.extensions["identity"] is None
        return redirect(f"{there}&{ARGUMENT}" if told else there)
    if request.endpoint != "accounts.logout":
        _keep(token)
    return redirect(f"{there}&{ARGUMENT}", 303)


def lead_back(token: str) -> AnyResponse | None:
    """The answer to a form of an earlier session, whose visitor has logged in anew since, in another tab: back to where it stands. None
    where it is no such form."""
    if request.endpoint == "accounts.logout" or not _keep(token):
        return None
    return redirect(_page(), 303)


def give_back(user: str) -> None:
    """Before a page is shown: what its visitor had typed there when the session had ended, once."""
    kept = session.get(KEPT)
    if not kept or request.method != "GET" or request.path != kept["page"]:
        return
    session.pop(KEPT)
    if kept["user"] not in {None, user}:
        return
    typed, t = kept["typed"], texts()
    if request.path in FORMS.values():
        g.typed = MultiDict(typed)
        flash(t.gettext("Your session had ended, so nothing was done. What you typed is here again."), "error")
    else:
        words = ", ".join(value for _, value in typed)
        told = t.gettext("Your session had ended, so nothing was done. You had typed: %(text)s", text=words)
        flash(told if words else t.gettext("Your session had ended, so nothing was done."), "error")


def _page() -> str:
    """The page to come back to: where it was asked from, for neither a form nor a part of a page is one."""
    known = FORMS.get(str(request.endpoint))
    if known:
        return known
    if request.method == "GET" and request.headers.get("HX-Request") != "true":
        return request.full_path.rstrip("?")
    order = (request.view_args or {}).get("order_id")
    if order:
        return f"/office/orders/{order}"
    return "/office/operators" if request.blueprint == "operators" else "/office/orders"


def _keep(token: str) -> bool:
    """Keep what was typed, in the cookie of the one who typed it. Only what our own page has posted, and no card number. Whether it is
    kept."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in OURS and value]
    kept: dict[str, Any] = {"page": _page(), "typed": typed, "user": sessions.former(context(), token)}
    ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    keeps = ours and len(json.dumps(kept)) <= LONGEST and not any(cards.found_in(value) for _, value in typed)
    if keeps:
        session[KEPT] = kept
    return keeps
