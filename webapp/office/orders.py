"""Orders: list, new, and one order live, with what can be done with it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.errors import Conflict
from webapp.office import forms
from webapp.office.ended import form_at
from webapp.office.guard import merchant_id
from webapp.office.permissions import Permission, permits
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle, merchant_view
from webapp.web.services import context

orders = Blueprint("orders", __name__, url_prefix="/office/orders")


@orders.get("/new")
@permits(Permission.ORDERS_CREATE)
def new() -> str:
    """The form of a new order; of one `like` another it is filled in as that one was."""
    form, like = forms.order_form(declarations.get(context(), merchant_id())), request.args.get("like", "")
    if like and form.is_empty():
        seen = merchant_view.one(context(), merchant_id(), like)
        form.fill(seen.order, seen.buyer)
    return render_template("office/orders/new.html", form=form)


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
