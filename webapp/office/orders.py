"""Orders: list, new, and one order live, with what can be done with it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.errors import Conflict
from webapp.domain.states import State
from webapp.office import forms, present
from webapp.office.ended import form_at
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle, merchant_view
from webapp.web.services import context

orders = Blueprint("orders", __name__, url_prefix="/office/orders")

PAGE = 30


@orders.get("")
@permits(Permission.ORDERS_VIEW)
def index() -> str:
    """The newest orders, searched and filtered; more on demand."""
    state = request.args.get("state", "")
    search = merchant_view.Search(
        text=request.args.get("q", "").strip()[:80],
        states=(state,) if state in set(State) else (),
        after=_place(request.args.get("after", "")),
    )
    found = merchant_view.listed(context(), merchant_id(), search, PAGE + 1)
    last = found[PAGE - 1].order if len(found) > PAGE else None
    more = f"{last.created_at.isoformat()} {last.id}" if last is not None else None
    rows = [present.row(line, visitor().merchant.time_zone) for line in found[:PAGE]]
    return render_template(
        "office/orders/index.html", rows=rows, search=search, state=state, states=present.states(), more=more
    )


@orders.get("/new")
@permits(Permission.ORDERS_CREATE)
def new() -> str:
    """The form of a new order."""
    return render_template("office/orders/new.html", form=forms.order_form(declarations.get(context(), merchant_id())))


@orders.post("")
@permits(Permission.ORDERS_CREATE)
@form_at("/office/orders/new")
def create() -> AnyResponse | tuple[str, int]:
    """Write a new order and go to its page; an invalid form comes back with what to mend."""
    form = forms.order_form(declarations.get(context(), merchant_id()))
    if form.validate():
        try:
            order = lifecycle.create(context(), merchant_id(), form.request(), send=form.channel.data == forms.SEND)
            return redirect(f"/office/orders/{order.id}", 303)
        except Conflict as error:
            form.refuse(error)
    return render_template("office/orders/new.html", form=form), 422


def _place(text: str) -> tuple[datetime, str] | None:
    """The last line of the page before, as the link to the next one names it."""
    moment, _, order = text.partition(" ")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), order
    except (ValueError, OverflowError):
        return None
