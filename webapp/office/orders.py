"""Orders: list, new, and one order live, with what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.errors import Conflict, Invalid
from webapp.domain.money import Money
from webapp.domain.states import State
from webapp.office import forms, present
from webapp.office.ended import form_at
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.conversation import replies
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle, merchant_view
from webapp.services.payments import aliases, questions, refunds
from webapp.services.payments.questions import Unanswered
from webapp.web.locale import texts
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


@orders.get("/<order_id>")
@permits(Permission.ORDERS_VIEW)
def show(order_id: str) -> str:
    """One order: its state, link, timeline, callbacks and saved card."""
    return render_template(
        "office/orders/show.html", order=_order(order_id), charge=forms.AmountForm(), confirm=forms.Confirm()
    )


@orders.get("/<order_id>/live")
@permits(Permission.ORDERS_VIEW)
def live(order_id: str) -> Response:
    """The part of the page that changes; 204 while it has not, which swaps nothing."""
    now = merchant_view.revision(context(), merchant_id(), order_id)
    if request.args.get("revision") == now.text and now.moves:
        return Response(status=204)
    order = _order(order_id)
    body = render_template("office/orders/_live.html", order=order, charge=forms.AmountForm(), confirm=forms.Confirm())
    return make_response(body)


@orders.post("/<order_id>/charge")
@permits(Permission.CARDS_CHARGE)
def charge(order_id: str) -> AnyResponse | tuple[str, int]:
    """Charge the saved card again, without the buyer: a new order, which the worker carries out; or ask first."""
    form, order = forms.AmountForm(), _order(order_id)
    try:
        amount, once = form.money(order.currency), form.idempotency_key.data
        made = aliases.charge(context(), merchant_id(), order_id, amount, idempotency_key=once, answered=form.answers())
    except Unanswered as error:
        return _ask(order, form, "charge", error)
    except Invalid as error:
        flash(forms.complaint(error, order.currency), "error")
    except Conflict:
        flash(texts().gettext("No card that can be charged was saved with this order."), "error")
    else:
        return redirect(f"/office/orders/{made.id}", 303)
    return redirect(f"/office/orders/{order_id}", 303)


@orders.post("/<order_id>/refund")
@permits(Permission.MONEY_REFUND)
def refund(order_id: str) -> AnyResponse | tuple[str, int]:
    """Send money back, which the worker carries out; or ask first."""
    form, order, t = forms.AmountForm(), _order(order_id), texts()
    try:
        amount, once = form.money(order.currency), form.idempotency_key.data
        refunds.request(context(), merchant_id(), order_id, amount, idempotency_key=once, answered=form.answers())
        flash(t.gettext("The refund is on its way."), "message")
    except Unanswered as error:
        return _ask(order, form, "refund", error)
    except Invalid as error:
        flash(forms.complaint(error, order.currency), "error")
    except Conflict as error:
        rest, left = error.details.get("rest"), error.details.get("left")
        if isinstance(left, Money):
            most = t.gettext(
                "A clerk may give back %(amount)s more today: ask an admin for the rest.", amount=t.money(left)
            )
            flash(most, "error")
            return redirect(f"/office/orders/{order_id}", 303)
        more = t.gettext("At most %(amount)s can be refunded.", amount=t.money(rest)) if isinstance(rest, Money) else ""
        flash(more or present.moved(error), "error")
    return redirect(f"/office/orders/{order_id}", 303)


@orders.post("/<order_id>/capture")
@permits(Permission.MONEY_TAKE)
def capture(order_id: str) -> AnyResponse:
    """Take the money that is held."""
    return _do(
        order_id,
        lambda: lifecycle.capture(context(), merchant_id(), order_id),
        texts().gettext("The money is being taken."),
    )


@orders.post("/<order_id>/void")
@permits(Permission.MONEY_TAKE)
def void(order_id: str) -> AnyResponse:
    """Let go of the money that is held."""
    return _do(
        order_id,
        lambda: lifecycle.void(context(), merchant_id(), order_id),
        texts().gettext("The money is being released."),
    )


@orders.post("/<order_id>/reactivate")
@permits(Permission.ORDERS_ACT)
def reactivate(order_id: str) -> AnyResponse:
    """Open an order again that brought nothing, and send its link."""
    return _do(
        order_id,
        lambda: lifecycle.reactivate(context(), merchant_id(), order_id, send=True),
        texts().gettext("The order is open again, and its link is being sent."),
    )


@orders.post("/<order_id>/renew")
@permits(Permission.CARDS_CHARGE)
def renew(order_id: str) -> AnyResponse:
    """Ask the buyer for another card behind the alias: the new order is the registration."""
    form, order = forms.IdempotentForm(), _order(order_id)
    if not form.validate() or order.alias_id is None:
        raise Invalid("out_of_date")
    made = aliases.renew(context(), merchant_id(), order.alias_id, idempotency_key=form.idempotency_key.data)
    return redirect(f"/office/orders/{made.id}", 303)


@orders.post("/<order_id>/revoke")
@permits(Permission.CARDS_END)
def revoke(order_id: str) -> AnyResponse:
    """End the alias: its card is never charged again."""
    order = _order(order_id)
    return _do(
        order_id,
        lambda: aliases.revoke(context(), merchant_id(), order.alias_id or ""),
        texts().gettext("The card is no longer saved."),
    )


@orders.post("/<order_id>/resend")
@permits(Permission.ORDERS_ACT)
def resend(order_id: str) -> AnyResponse:
    """Send the link to the buyer again."""
    return _do(
        order_id,
        lambda: lifecycle.resend(context(), merchant_id(), order_id),
        texts().gettext("The link is being sent again."),
    )


@orders.post("/<order_id>/revoke-link")
@permits(Permission.ORDERS_ACT)
def revoke_link(order_id: str) -> AnyResponse:
    """Take the link back, which is in wrong hands; the page shows the new one."""
    return _do(
        order_id,
        lambda: lifecycle.revoke_link(context(), merchant_id(), order_id),
        texts().gettext("The old link no longer works. Send the new one, or hand it on."),
    )


@orders.post("/<order_id>/cancel")
@permits(Permission.ORDERS_ACT)
def cancel(order_id: str) -> AnyResponse:
    """Cancel the order; its link then says so."""
    return _do(
        order_id,
        lambda: lifecycle.cancel(context(), merchant_id(), order_id),
        texts().gettext("The order is being cancelled."),
    )


def _do(order_id: str, action: Callable[[], object], done: str) -> AnyResponse:
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    try:
        action()
        flash(done, "message")
    except Conflict as error:
        t = texts()
        unsent = t.gettext("Nothing was sent: the buyer wants no messages, or has no phone here.")
        flash(unsent if error.code == "not_sent" else present.moved(error), "error")
    return redirect(f"/office/orders/{order_id}", 303)


def _ask(order: present.OrderPage, form: forms.AmountForm, verb: str, error: Unanswered) -> tuple[str, int]:
    """The page that asks before money moves: its form posts the same again, with the answers."""
    t = texts()
    asked = [replies.doubt(t, each) for each in error.questions]
    amount, answers = t.money(form.money(order.currency)), " ".join(error.answers)
    page = render_template(
        "office/orders/confirm.html", order=order, form=form, verb=verb, asked=asked, amount=amount, answers=answers
    )
    return page, 409


def _order(order_id: str) -> present.OrderPage:
    seen = questions.seen(context(), merchant_id(), order_id)
    return present.order(merchant_view.one(context(), merchant_id(), order_id), visitor(), seen)


def _place(text: str) -> tuple[datetime, str] | None:
    """The last line of the page before, as the link to the next one names it."""
    moment, _, order = text.partition(" ")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), order
    except (ValueError, OverflowError):
        return None
