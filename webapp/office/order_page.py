"""One order: its page, live, and what can be done with it. Whatever cannot be done comes back on the page, in the form that asked for it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.errors import Conflict, Invalid
from webapp.domain.money import Money
from webapp.office import action_forms, ended, forms, order_view, present
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.conversation import replies
from webapp.services.notifications import receipts
from webapp.services.orders import lifecycle, merchant_view, notes
from webapp.services.payments import aliases, questions, refunds
from webapp.services.payments.questions import Unanswered
from webapp.services.webhooks import replay
from webapp.web.forms import Form
from webapp.web.locale import texts
from webapp.web.services import context

order_page = Blueprint("order_page", __name__, url_prefix="/office/orders/<order_id>")


@order_page.get("")
@permits(Permission.ORDERS_VIEW)
def show(order_id: str) -> str:
    """One order: the money, what led to it, the buyer, and what the order backend was told."""
    return _page(_order(order_id))


@order_page.get("/live")
@permits(Permission.ORDERS_VIEW)
def live(order_id: str) -> Response:
    """The part of the page that changes; 204 while it has not, which swaps nothing."""
    now = merchant_view.revision(context(), merchant_id(), order_id)
    if request.args.get("revision") == now.text:
        return Response(status=204)
    return make_response(_page(_order(order_id), "_live"))


@order_page.post("/charge")
@permits(Permission.CARDS_CHARGE)
def charge(order_id: str) -> AnyResponse | tuple[str, int]:
    """Charge the saved card again, without the buyer: a new order, which the worker carries out; or ask first."""
    form, order, t = forms.AmountForm(), _order(order_id), texts()
    try:
        amount, once = form.money(order.currency), form.idempotency_key.data
        made = aliases.charge(context(), merchant_id(), order_id, amount, idempotency_key=once, answered=form.answers())
    except Unanswered as error:
        return _ask(order, form, "charge", error)
    except Invalid as error:
        return _wrong(order, "charge", form, form.amount, forms.complaint(error, order.currency))
    except Conflict:
        flash(t.gettext("No card that can be charged was saved with this order."), "error")
        return _back(order_id)
    return redirect(f"/office/orders/{made.id}", 303)


@order_page.post("/refund")
@permits(Permission.MONEY_REFUND)
def refund(order_id: str) -> AnyResponse | tuple[str, int]:
    """Send money back, which the worker carries out; or ask first."""
    form, order, t = action_forms.RefundForm(), _order(order_id), texts()
    try:
        amount, once = form.money(order.currency), form.idempotency_key.data
        refunds.request(
            context(),
            merchant_id(),
            order_id,
            amount,
            idempotency_key=once,
            answered=form.answers(),
            reason=form.reason.data,
        )
    except Unanswered as error:
        return _ask(order, form, "refund", error)
    except Invalid as error:
        return _wrong(order, "refund", form, form.amount, forms.complaint(error, order.currency))
    except Conflict as error:
        rest, left = error.details.get("rest"), error.details.get("left")
        if isinstance(left, Money):
            said = t.gettext(
                "A clerk may give back %(amount)s more today: ask an admin for the rest.", amount=t.money(left)
            )
        elif isinstance(rest, Money):
            said = t.gettext("At most %(amount)s can be refunded.", amount=t.money(rest))
        else:
            return _moved(order_id, error)
        return _wrong(order, "refund", form, form.amount, said)
    flash(t.gettext("The refund is on its way."), "message")
    return _back(order_id)


@order_page.post("/capture")
@permits(Permission.MONEY_TAKE)
def capture(order_id: str) -> AnyResponse | tuple[str, int]:
    """Take the money that is held, or a part of it: the rest is released."""
    form, order, t = forms.AmountForm(), _order(order_id), texts()
    try:
        lifecycle.capture(context(), merchant_id(), order_id, form.money(order.currency))
    except Invalid as error:
        return _wrong(order, "capture", form, form.amount, forms.complaint(error, order.currency))
    except Conflict as error:
        rest = error.details.get("rest")
        if not isinstance(rest, Money):
            return _moved(order_id, error)
        said = t.gettext("At most %(amount)s can be taken.", amount=t.money(rest))
        return _wrong(order, "capture", form, form.amount, said)
    flash(t.gettext("The money is being taken."), "message")
    return _back(order_id)


@order_page.post("/void")
@permits(Permission.MONEY_TAKE)
def void(order_id: str) -> AnyResponse:
    """Release the money that is held."""
    said = texts().gettext("The money is being released.")
    return _do(order_id, lambda: lifecycle.void(context(), merchant_id(), order_id), said)


@order_page.post("/extend")
@permits(Permission.ORDERS_ACT)
def extend(order_id: str) -> AnyResponse | tuple[str, int]:
    """Make the link good for longer."""
    form, order, t = action_forms.ExtendForm(), _order(order_id), texts()
    if not form.validate():
        return _wrong(order, "extend", form, form.days, t.gettext("Write a number of days from 1 to 90."))
    try:
        lifecycle.extend(context(), merchant_id(), order_id, form.days.data or 0)
    except Invalid:
        return _wrong(order, "extend", form, form.days, t.gettext("Write a number of days from 1 to 90."))
    except Conflict as error:
        return _moved(order_id, error)
    flash(t.gettext("The link is good for longer."), "message")
    return _back(order_id)


@order_page.post("/reactivate")
@permits(Permission.ORDERS_ACT)
def reactivate(order_id: str) -> AnyResponse:
    """Open an order again that brought nothing, and send its link."""
    said = texts().gettext("The order is open again, and its link is being sent.")
    return _do(order_id, lambda: lifecycle.reactivate(context(), merchant_id(), order_id, send=True), said)


@order_page.post("/renew")
@permits(Permission.CARDS_CHARGE)
def renew(order_id: str) -> AnyResponse:
    """Ask the buyer for another card behind the alias: the new order is the registration."""
    form, order = forms.IdempotentForm(), _order(order_id)
    if not form.validate() or order.alias_id is None:
        raise Invalid("out_of_date")
    made = aliases.renew(context(), merchant_id(), order.alias_id, idempotency_key=form.idempotency_key.data)
    return redirect(f"/office/orders/{made.id}", 303)


@order_page.post("/revoke")
@permits(Permission.CARDS_END)
def revoke(order_id: str) -> AnyResponse:
    """End the alias: its card is never charged again."""
    order, said = _order(order_id), texts().gettext("The card is no longer saved.")
    return _do(order_id, lambda: aliases.revoke(context(), merchant_id(), order.alias_id or ""), said)


@order_page.post("/resend")
@permits(Permission.ORDERS_ACT)
def resend(order_id: str) -> AnyResponse:
    """Send the link to the buyer again."""
    said = texts().gettext("The link is being sent again.")
    return _do(order_id, lambda: lifecycle.resend(context(), merchant_id(), order_id), said)


@order_page.post("/resend-receipt")
@permits(Permission.ORDERS_ACT)
def resend_receipt(order_id: str) -> AnyResponse:
    """Send the buyer the receipt again."""
    said = texts().gettext("The receipt is being sent again.")
    return _do(order_id, lambda: receipts.resend(context(), merchant_id(), order_id), said)


@order_page.post("/revoke-link")
@permits(Permission.ORDERS_ACT)
def revoke_link(order_id: str) -> AnyResponse:
    """Take the link back, which is in wrong hands; the page shows the new one."""
    said = texts().gettext("The old link no longer works. Send the new one, or hand it on.")
    return _do(order_id, lambda: lifecycle.revoke_link(context(), merchant_id(), order_id), said)


@order_page.post("/cancel")
@permits(Permission.ORDERS_ACT)
def cancel(order_id: str) -> AnyResponse:
    """Cancel the order; its link then says so."""
    said = texts().gettext("The order is being cancelled.")
    return _do(order_id, lambda: lifecycle.cancel(context(), merchant_id(), order_id), said)


@order_page.post("/note")
@permits(Permission.ORDERS_ACT)
def note(order_id: str) -> AnyResponse | tuple[str, int]:
    """Write a note, for the people of the shop alone."""
    form, order, t = action_forms.NoteForm(), _order(order_id), texts()
    said = t.gettext("Write a note of at most %(number)s characters.", number=notes.LONGEST)
    if not form.validate():
        return _wrong(order, "note", form, form.note, form.note.errors[0] if form.note.errors else said)
    try:
        notes.add(context(), merchant_id(), order_id, form.note.data or "", idempotency_key=form.idempotency_key.data)
    except Invalid:
        return _wrong(order, "note", form, form.note, said)
    return _back(order_id)


@order_page.post("/callbacks/<callback_id>/again")
@permits(Permission.CALLBACKS_MANAGE)
def send_again(order_id: str, callback_id: str) -> AnyResponse:
    """Send one of the order's callbacks to the order backend again."""
    if not any(each.id == callback_id for each in _order(order_id).callbacks):
        raise Invalid("out_of_date")
    t = texts()
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    try:
        replay.one(context(), merchant_id(), callback_id)
        flash(t.gettext("The callback is being sent again."), "message")
    except Conflict:
        flash(t.gettext("Its endpoint was removed: nothing is sent there any more."), "error")
    return _back(order_id)


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
    return _back(order_id)


def _moved(order_id: str, error: Conflict) -> AnyResponse:
    """Back to the page, whose order has become another meanwhile: the form that was posted may not stand there any more."""
    flash(present.moved(error), "error")
    return _back(order_id)


def _wrong(order: order_view.OrderPage, which: str, form: Form, field: object, said: str) -> tuple[str, int]:
    """The page with that form open, what was typed, and what is wrong under its field."""
    field.errors = [said]  # type: ignore[attr-defined]  # WTForms ships no types
    return _page(order, opened=which, form=form), 422


def _ask(order: order_view.OrderPage, form: forms.AmountForm, verb: str, error: Unanswered) -> tuple[str, int]:
    """The page that asks before money moves: its form posts the same again, with the answers."""
    t = texts()
    asked = [replies.doubt(t, each) for each in error.questions]
    amount, answers = t.money(form.money(order.currency)), " ".join(error.answers)
    page = render_template(
        "office/orders/confirm.html", order=order, form=form, verb=verb, asked=asked, amount=amount, answers=answers
    )
    return page, 409


def _back(order_id: str) -> AnyResponse:
    return redirect(f"/office/orders/{order_id}", 303)


def _page(order: order_view.OrderPage, name: str = "show", *, opened: str = "", form: Form | None = None) -> str:
    kinds: dict[str, type[Form]] = {
        "charge": forms.AmountForm,
        "capture": forms.AmountForm,
        "refund": action_forms.RefundForm,
        "extend": action_forms.ExtendForm,
        "note": action_forms.NoteForm,
    }
    came, typed = ended.typed_in("order_page")
    opened = opened or (came if came in kinds else "")
    shown = {
        which: form if form is not None and which == opened else kind(formdata=typed if which == came else None)
        for which, kind in kinds.items()
    }
    return render_template(
        f"office/orders/{name}.html", order=order, forms=shown, opened=opened, confirm=forms.Confirm()
    )


def _order(order_id: str) -> order_view.OrderPage:
    seen = questions.seen(context(), merchant_id(), order_id)
    return order_view.order(merchant_view.one(context(), merchant_id(), order_id), visitor(), seen)
