"""A page that is left open past the end of its session, or asks for a login that is fresh: it leads to the login, and what was typed comes
along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from flask import Response, current_app, flash, g, redirect, request, session
from werkzeug.datastructures import MultiDict

from webapp.domain import cards
from webapp.services.accounts import sessions
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from werkzeug.wrappers import Response as AnyResponse

KEPT = "typed"
ARGUMENT = "ended"
LONGEST = 2000  # characters of what was typed, written as JSON, which is packed: a cookie has 4 KB
OURS = {"csrf_token", "idempotency_key"}
UNSEEN = {"answered", "version"}
"""Hidden fields, which nobody has typed."""
AGAIN = "again"
View = TypeVar("View", bound="Callable[..., Any]")


def form_at(page: str, *, never: Collection[str] = ()) -> Callable[[View], View]:
    """Declare at a view that takes a form where that form stands ("/office/orders/{order_id}", by the view's own arguments): there it is
    filled in anew with what was typed before the login, but for the fields `never`, which hold secrets. For a view that declares nothing
    what was typed is told, and `typed_in` has it for the page that comes back."""

    def mark(view: View) -> View:
        view.form_at, view.never = page, frozenset(never)  # type: ignore[attr-defined]
        return view

    return mark


def nothing_typed(view: View) -> View:
    """Declare at a view whose form has ticks and hidden fields alone: nothing of it is told after the login."""
    view.nothing_typed = True  # type: ignore[attr-defined]
    return view


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


def lead_to_fresh_login() -> AnyResponse:
    """The answer to a request that needs a login which is not long ago. Nothing was done."""
    there = f"/office/login?next={quote(_page(), safe='/')}&{AGAIN}"
    if request.headers.get("HX-Request") == "true":
        return Response(status=401, headers={"HX-Redirect": there})
    if request.method != "GET":
        _keep(session.get("login", ""), again=True)
    return redirect(there, 303)


def lead_back(token: str) -> AnyResponse | None:
    """The answer to a form of an earlier session, whose visitor has logged in anew since, in another tab: back to where it stands. None
    where it is no such form."""
    if request.endpoint == "accounts.logout" or not _keep(token):
        return None
    return redirect(_page(), 303)


def typed_in(blueprint: str) -> tuple[str, MultiDict[str, str] | None]:
    """Which view of the blueprint's was posted to before the login, by its name, and what was typed there; an empty name where none was."""
    endpoint, typed = g.get("typed_in", ("", None))
    room, _, name = endpoint.partition(".")
    return (name, typed) if room == blueprint else ("", None)


def give_back(user: str) -> None:
    """Before a page is shown: what its visitor had typed there when the session had ended, once."""
    kept = session.get(KEPT)
    if not kept or request.method != "GET" or request.path != kept["page"]:
        return
    session.pop(KEPT)
    if kept["user"] not in {None, user}:
        return
    typed, t = kept["typed"], texts()
    why = t.gettext("Your session had ended, so nothing was done.")
    if kept.get("again"):
        why = t.gettext("You had to log in again first, so nothing was done yet.")
    if kept.get("form"):
        g.typed = MultiDict(typed)
        here = t.gettext("What you typed is here again.")
        flash(f"{why} {here}", "error")
    else:
        g.typed_in = kept.get("view", ""), MultiDict(typed)
        words = ", ".join(value for name, value in typed if name not in UNSEEN)
        told = t.gettext("You had typed: %(text)s", text=words)
        flash(f"{why} {told}" if words else why, "error")


def _page() -> str:
    """The page to come back to: where it was asked from, for neither a form nor a part of a page is one."""
    known = _form_page()
    if known:
        return known
    if request.method == "GET" and request.headers.get("HX-Request") != "true":
        return request.full_path.rstrip("?")
    order = (request.view_args or {}).get("order_id")
    if order:
        return f"/office/orders/{order}"
    return "/office/operators" if request.blueprint == "operators" else "/office/orders"


def _form_page() -> str | None:
    """Where the form stands that this view takes, if it says so."""
    page: str | None = getattr(current_app.view_functions.get(str(request.endpoint)), "form_at", None)
    return page.format(**(request.view_args or {})) if page else None


def _keep(token: str, *, again: bool = False) -> bool:
    """Keep what was typed, in the cookie of the one who typed it. Only what our own page has posted, no card number and no secret: a cookie
    is signed, and not sealed. Whether it is kept."""
    view = current_app.view_functions.get(str(request.endpoint))
    never: frozenset[str] = getattr(view, "never", frozenset())
    left_out = OURS | (set(request.form) if hasattr(view, "nothing_typed") else never)
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in left_out and value]
    kept: dict[str, Any] = {"page": _page(), "typed": typed, "user": sessions.former(context(), token)}
    kept["view"] = request.endpoint
    kept |= {"form": _form_page() is not None and not hasattr(view, "nothing_typed")} | (
        {"again": True} if again else {}
    )
    ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    keeps = ours and len(json.dumps(kept)) <= LONGEST and not any(cards.found_in(value) for _, value in typed)
    if keeps:
        session[KEPT] = kept
    return keeps
