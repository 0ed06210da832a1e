"""Endpoints: where order backends are told. Those that the merchant's file names are shown, and changed there alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template

from webapp.domain.errors import Changed, Conflict, Invalid
from webapp.office import callback_view, connect_words, forms, once
from webapp.office.ended import form_at
from webapp.office.endpoint_forms import EndpointForm, RotateForm, TypesForm
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, fresh, permits
from webapp.services.webhooks import endpoints as service
from webapp.services.webhooks import log
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from webapp.db.models import Delivery, Endpoint

endpoints = Blueprint("endpoints", __name__, url_prefix="/office/endpoints")
PLACE = "/office/endpoints"


@dataclass(frozen=True)
class Shown:
    """An endpoint. `types` are pairs of a type and its words, None for the usual ones; `failure` is when a try failed last and why;
    `overlap` is until when a former secret signs too."""

    id: str
    url: str
    state: str
    state_text: str
    why: str
    on: bool
    locked: bool
    types: tuple[tuple[str, str], ...] | None
    failure: tuple[str, str] | None
    overlap: str


@endpoints.get("")
@permits(Permission.CALLBACKS_MANAGE)
def index() -> str:
    """Where the shop's order backends are told."""
    failures = log.last_failures(context(), merchant_id())
    rows = [_shown(row, failures.get(row.id)) for row in service.listed(context(), merchant_id())]
    return render_template("office/endpoints/index.html", rows=rows)


@endpoints.get("/new")
@permits(Permission.CALLBACKS_MANAGE)
@fresh
def new() -> str:
    """The form of a new one."""
    return _new(EndpointForm())


@endpoints.post("/new")
@permits(Permission.CALLBACKS_MANAGE)
@fresh
@form_at("/office/endpoints/new")
def create() -> str | tuple[str, int]:
    """Make it, and show its secret, once."""
    form, t = EndpointForm(), texts()
    if not form.validate():
        return _new(form), 422
    try:
        with once.request_of(form) as key:
            made = service.create(context(), merchant_id(), form.url.data or "", form.wanted(), idempotency_key=key)
        return _secret(*made)
    except Conflict as error:
        known = t.gettext("There is already an endpoint with this address.")
        many = t.gettext("A shop has at most %(number)s endpoints.", number=service.MOST)
        form.url.errors = [known if error.code == "endpoint_exists" else many]
    except Invalid as error:
        if error.code != "bad_url":
            raise
        form.url.errors = [t.gettext("Write a public address that begins with https://, at port 443 or 8443.")]
    return _new(form), 422


@endpoints.get("/<endpoint_id>")
@permits(Permission.CALLBACKS_MANAGE)
def show(endpoint_id: str) -> str:
    """One endpoint, and what can be done with it."""
    row = service.get(context(), merchant_id(), endpoint_id)
    return _page(row, TypesForm(row.types, service.version(row)))


@endpoints.post("/<endpoint_id>/types")
@permits(Permission.CALLBACKS_MANAGE)
@fresh
@form_at("/office/endpoints/{endpoint_id}")
def choose(endpoint_id: str) -> Response | tuple[str, int]:
    """Choose what it is told from now on."""
    row = service.get(context(), merchant_id(), endpoint_id)
    form = TypesForm(row.types, service.version(row))
    if not form.validate():
        return _page(row, form), 422
    try:
        service.choose(context(), merchant_id(), endpoint_id, form.wanted(), seen=form.seen())
    except Changed as error:
        flash(form.refuse_changed(error), "error")
        return _page(row, form), 409
    except Conflict:
        return _locked(endpoint_id)
    flash(texts().gettext("Saved."), "message")
    return _back(endpoint_id)


@endpoints.post("/<endpoint_id>/rotate")
@permits(Permission.CALLBACKS_MANAGE)
@fresh
@form_at("/office/endpoints/{endpoint_id}")
def rotate(endpoint_id: str) -> Response | str | tuple[str, int]:
    """A new secret, which is shown once."""
    form, t = RotateForm(), texts()
    row = service.get(context(), merchant_id(), endpoint_id)
    if not form.validate():
        return _page(row, TypesForm(row.types, service.version(row)), form), 422
    try:
        with once.request_of(form) as key:
            made = service.rotate(context(), merchant_id(), endpoint_id, form.lasts(), idempotency_key=key)
        return _secret(*made)
    except Conflict as error:
        if error.code != "too_many_secrets":
            return _locked(endpoint_id)
        form.overlap.errors = [
            t.gettext("Former secrets still sign. Wait until that is over, or let the new one sign alone at once.")
        ]
        return _page(row, TypesForm(row.types, service.version(row)), form), 422


@endpoints.post("/<endpoint_id>/disable")
@permits(Permission.CALLBACKS_MANAGE)
@fresh
@form_at("/office/endpoints/{endpoint_id}")
def disable(endpoint_id: str) -> Response:
    """POST nothing there until it is enabled."""
    return _do(endpoint_id, lambda: service.disable(context(), merchant_id(), endpoint_id))


@endpoints.post("/<endpoint_id>/enable")
@permits(Permission.CALLBACKS_MANAGE)
@fresh
@form_at("/office/endpoints/{endpoint_id}")
def enable(endpoint_id: str) -> Response:
    """POST there again, what was kept too."""
    return _do(endpoint_id, lambda: service.enable(context(), merchant_id(), endpoint_id))


@endpoints.post("/<endpoint_id>/remove")
@permits(Permission.CALLBACKS_MANAGE)
@fresh
@form_at("/office/endpoints/{endpoint_id}")
def remove(endpoint_id: str) -> Response:
    """Tell it nothing more."""
    return _do(endpoint_id, lambda: service.remove(context(), merchant_id(), endpoint_id), PLACE)


@endpoints.post("/<endpoint_id>/test")
@permits(Permission.CALLBACKS_MANAGE)
@form_at("/office/endpoints/{endpoint_id}")
def test(endpoint_id: str) -> Response:
    """Send a test, and go to where one sees what comes of it."""
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    sent = service.send_test(context(), merchant_id(), endpoint_id)
    return redirect(f"/office/callbacks/{sent.id}", 303)


def _do(endpoint_id: str, action: Callable[[], object], there: str = "") -> Response:
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    try:
        action()
    except Conflict:
        return _locked(endpoint_id)
    return redirect(there, 303) if there else _back(endpoint_id)


def _locked(endpoint_id: str) -> Response:
    flash(texts().gettext("The shop’s settings file names this endpoint: it is changed there."), "error")
    return _back(endpoint_id)


def _back(endpoint_id: str) -> Response:
    return redirect(f"{PLACE}/{endpoint_id}", 303)


def _new(form: EndpointForm) -> str:
    return render_template("office/endpoints/new.html", form=form, words=connect_words.types(texts()))


def _secret(row: Endpoint, secret: str) -> str:
    return render_template("office/endpoints/secret.html", endpoint=_shown(row, None), secret=secret)


def _page(row: Endpoint, types: TypesForm, rotation: RotateForm | None = None) -> str:
    failure = log.last_failures(context(), merchant_id()).get(row.id)
    return render_template(
        "office/endpoints/show.html",
        endpoint=_shown(row, failure),
        form=types,
        rotation=rotation or RotateForm(),
        rotating=rotation is not None,
        words=connect_words.types(texts()),
        confirm=forms.Confirm(),
    )


def _shown(row: Endpoint, failure: Delivery | None) -> Shown:
    t, zone = texts(), visitor().merchant.time_zone
    state, text = "ok", t.gettext("Enabled")
    if row.disabled_at is not None:
        state, text = "bad", t.gettext("Disabled")
    elif row.failing_since is not None:
        state, text = "bad", t.gettext("Fails since %(time)s", time=t.clock(row.failing_since, zone))
    until = row.former_until
    return Shown(
        id=row.id,
        url=row.url,
        state=state,
        state_text=text,
        why=_why(row.disabled_why or "") if row.disabled_at is not None else "",
        on=row.disabled_at is None,
        locked=row.source == service.FILE,
        types=None if row.types is None else tuple((each, callback_view.type_words(t, each)) for each in row.types),
        failure=(t.moment(failure.at, zone), callback_view.said(failure)) if failure is not None else None,
        overlap=t.moment(until, zone) if until is not None and until > context().now() else "",
    )


def _why(why: str) -> str:
    """Why an endpoint is disabled, as services/webhooks note it."""
    t = texts()
    if why.startswith("by "):
        return t.gettext("Somebody has disabled it.")
    if "410" in why:
        return t.gettext("It answered 410: it wants no more callbacks.")
    return t.gettext("Nothing had arrived there for days.")
