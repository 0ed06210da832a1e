"""A new order: its form with what the buyer will get beside it, what is asked before it is made, and its link to pass on."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.errors import Conflict
from webapp.office import order_preview, order_view
from webapp.office.ended import form_at
from webapp.office.guard import merchant_id, visitor
from webapp.office.new_order import OrderForm, order_form
from webapp.office.permissions import Permission, permits
from webapp.services.conversation import replies
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle, merchant_view
from webapp.services.payments import questions
from webapp.services.payments.questions import Unanswered
from webapp.web.locale import texts
from webapp.web.services import context

orders = Blueprint("orders", __name__, url_prefix="/office/orders")


@orders.get("/new")
@permits(Permission.ORDERS_CREATE)
def new() -> str:
    """The form of a new order; of one `like` another it is filled in as that one was."""
    form, like = _form(), request.args.get("like", "")
    if like and form.is_empty():
        seen = merchant_view.one(context(), merchant_id(), like)
        form.fill(seen.order, seen.buyer)
    form.look_through()
    return _page(form)


@orders.get("/logo")
@permits(Permission.ORDERS_CREATE)
def logo() -> AnyResponse:
    """The shop's logo on that preview."""
    return Response(declarations.logo(context(), merchant_id()), content_type="image/png")


@orders.post("/preview")
@permits(Permission.ORDERS_CREATE)
@form_at("/office/orders/new")
def preview() -> str | tuple[str, int]:
    """What the buyer would get. To the page's script that part alone; else the page, with what is wrong in what is filled in."""
    form = _form()
    form.validate()
    status = 422 if form.holds_card() else 200
    form.forget_errors()
    part = request.headers.get("HX-Request") == "true"
    return (order_preview.shown(form, alone=True) if part else _page(form)), status


@orders.post("")
@permits(Permission.ORDERS_CREATE)
@form_at("/office/orders/new")
def create() -> AnyResponse | str | tuple[str, int]:
    """Write a new order and go to its page; an invalid form comes back with what to mend, and what is to be asked is asked first."""
    form = _form()
    valid = form.validate()
    if form.goes_back():
        form.forget_errors()
        return _page(form)
    if valid:
        asked, send = form.request(), form.sends
        first = questions.before_order(context(), asked, form.answers(), send=send)
        try:
            order = lifecycle.create(context(), merchant_id(), asked, send=send, first=first)
            return redirect(f"/office/orders/{order.id}" if send else f"/office/orders/{order.id}/link", 303)
        except Unanswered as error:
            return render_template("office/orders/confirm_new.html", **doubts(form, error)), 409
        except Conflict as error:
            form.refuse(error)
    return _page(form), 422


@orders.get("/<order_id>/link")
@permits(Permission.ORDERS_CREATE)
def link(order_id: str) -> AnyResponse | str:
    """The link of an order, to copy, to show and to print; the order's page once it takes no payment any more."""
    seen = merchant_view.one(context(), merchant_id(), order_id)
    order = order_view.order(seen, visitor(), questions.Seen((), ()))
    if order.link is None:
        return redirect(f"/office/orders/{order_id}")
    return render_template("office/orders/link.html", order=order)


def doubts(form: OrderForm, error: Unanswered) -> dict[str, object]:
    """What a page shows that asks before an order is made: its form posts the same again, with the answers."""
    t = texts()
    return {
        "form": form,
        "asked": [replies.doubt(t, each) for each in error.questions],
        "amount": t.money(form.money) if form.money else "",
        "answers": " ".join(error.answers),
    }


def _form() -> OrderForm:
    return order_form(declarations.get(context(), merchant_id()))


def _page(form: OrderForm) -> str:
    style = order_preview.sheet(form.merchant.colour)
    return render_template("office/orders/new.html", form=form, preview=order_preview.shown(form), style_of_page=style)
