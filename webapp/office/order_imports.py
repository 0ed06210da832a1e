"""Orders from a CSV file: looked at first, with all that is wrong; then confirmed, and followed while they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request, session
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.domain.errors import Forbidden, Invalid, NotFound
from webapp.office import forms, guard, import_view, import_words
from webapp.office.ended import form_at, nothing_typed
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.merchants import declarations
from webapp.services.orders import import_file, import_previews, imports
from webapp.services.orders.import_file import WrongFile
from webapp.web import errors
from webapp.web.forms import uploaded
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

order_imports = Blueprint("order_imports", __name__, url_prefix="/office/orders/import")

HOME = "/office/orders/import"
BESIDE = 16 * 1024  # bytes of a body around the file in it
RECENT = 10


@order_imports.get("")
@permits(Permission.ORDERS_CREATE)
def index() -> str:
    """The form that takes a file, and the last ones."""
    return _page()


@order_imports.post("")
@permits(Permission.ORDERS_CREATE)
@form_at(HOME)
@nothing_typed
def take() -> AnyResponse | tuple[str, int]:
    """Look at a file: what is wrong with it, or a page of what it asks for. Nothing is made."""
    t, file = texts(), uploaded("file")
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    if file is None:
        return _page(wrong=t.gettext("Choose a file.")), 422
    if len(file.data) > import_file.LARGEST:
        return _page(wrong=import_words.too_large(t)), 422
    try:
        row = import_previews.take(context(), merchant_id(), file.data, file.name)
    except WrongFile as error:
        return _page(listed=import_view.errors(error.errors, error.found)), 422
    if row.preview_until is None:
        now = imports.progress(context(), merchant_id(), row.id)
        at, made = t.moment(row.created_at, visitor().merchant.time_zone), t.number(now.created)
        flash(
            t.gettext("This file was imported already, on %(time)s. Orders made: %(number)s", time=at, number=made),
            "message",
        )
    return redirect(f"{HOME}/{row.id}", 303)


take.largest_body = lambda: import_file.LARGEST + BESIDE if session.get(guard.SESSION_KEY) else None  # type: ignore[attr-defined]  # of request_guard


@order_imports.errorhandler(RequestEntityTooLarge)
def too_large(_error: Exception) -> AnyResponse | tuple[str, int]:
    """Nothing of the request was read, so its form is empty."""
    request.form = ImmutableMultiDict()
    try:
        return guard.check() or (_page(wrong=import_words.too_large(texts())), 422)
    except Forbidden as refusal:
        return errors.page(refusal.status)


@order_imports.get("/template.csv")
@permits(Permission.ORDERS_CREATE)
def template() -> Response:
    """An empty file to fill in."""
    answer = Response(
        import_view.template(declarations.get(context(), merchant_id())), content_type="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return answer


@order_imports.get("/<import_id>")
@permits(Permission.ORDERS_CREATE)
def show(import_id: str) -> str:
    """What a file asks for, until somebody says that it is right; from then on, how far its orders have come."""
    try:
        found = import_previews.shown(context(), merchant_id(), import_id)
    except NotFound:
        return render_template("office/order_imports/show.html", **_progress(import_id))
    file = import_view.preview(found, declarations.get(context(), merchant_id()))
    return render_template("office/order_imports/preview.html", form=forms.Confirm(), file=file)


@order_imports.post("/<import_id>/confirm")
@permits(Permission.ORDERS_CREATE)
@form_at(f"{HOME}/{{import_id}}")
@nothing_typed
def confirm(import_id: str) -> AnyResponse:
    """Have its orders made by the worker; once, however often this is posted."""
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    import_previews.confirm(context(), merchant_id(), import_id)
    return redirect(f"{HOME}/{import_id}", 303)


@order_imports.get("/<import_id>/live")
@permits(Permission.ORDERS_CREATE)
def live(import_id: str) -> AnyResponse | str:
    """How far it has come; 204 while it has come no further, which swaps nothing."""
    found = _progress(import_id)
    if request.args.get("revision") == found["file"].revision:
        return Response(status=204)
    return render_template("office/order_imports/_live.html", **found)


def _progress(import_id: str) -> dict[str, Any]:
    now = imports.progress(context(), merchant_id(), import_id)
    found = imports.failures(context(), merchant_id(), import_id) if now.failed else ()
    return {
        "file": import_view.way(now, imports.names(context(), [now.row])),
        "errors": import_view.errors(found, now.failed) if found else None,
    }


def _page(wrong: str = "", listed: import_view.Errors | None = None) -> str:
    recent, t = imports.recent(context(), merchant_id(), RECENT), texts()
    names = imports.names(context(), [each.row for each in recent])
    return render_template(
        "office/order_imports/index.html",
        form=forms.Confirm(),
        wrong=wrong,
        errors=listed,
        most=import_file.LARGEST,
        over=import_words.too_large(t),
        limits=t.gettext(
            "A CSV file in UTF-8, at most %(lines)s lines and %(number)s MB",
            lines=t.number(import_file.MOST_LINES),
            number=import_words.MEGABYTES,
        ),
        columns=import_words.columns(t, declarations.get(context(), merchant_id())),
        recent=[import_view.way(each, names) for each in recent],
    )
