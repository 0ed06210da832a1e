"""Operators: the phones that may order payments in the chat; invited by a code, dismissed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template
from werkzeug.wrappers import Response

from webapp.domain.errors import Conflict, Invalid
from webapp.office import forms, present
from webapp.office.ended import form_at
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.accounts import operators as service
from webapp.web.locale import texts
from webapp.web.services import context

operators = Blueprint("operators", __name__, url_prefix="/office/operators")
PLACE = "/office/operators"


@operators.get("")
@permits(Permission.OPERATORS_MANAGE)
def index() -> str:
    """Who may order, and who is invited."""
    return _page(forms.OperatorForm(visitor().merchant.language))


@operators.post("")
@permits(Permission.OPERATORS_MANAGE)
@form_at(PLACE)
def create() -> Response | tuple[str, int]:
    """Invite somebody."""
    form = forms.OperatorForm(visitor().merchant.language)
    if not form.validate():
        return _page(form), 422
    service.invite(context(), merchant_id(), form.name.data or "", form.language.data)
    return redirect(PLACE, 303)


@operators.post("/<operator_id>/invite")
@permits(Permission.OPERATORS_MANAGE)
def invite(operator_id: str) -> Response:
    """A new code."""
    return _do(lambda: service.invite_again(context(), merchant_id(), operator_id))


@operators.post("/<operator_id>/dismiss")
@permits(Permission.OPERATORS_MANAGE)
def dismiss(operator_id: str) -> Response:
    """This phone orders nothing any more."""
    return _do(lambda: service.dismiss(context(), merchant_id(), operator_id))


def _page(form: forms.OperatorForm) -> str:
    rows = [present.operator(each, visitor()) for each in service.listed(context(), merchant_id())]
    return render_template("office/operators/index.html", rows=rows, form=form, confirm=forms.Confirm())


def _do(action: Callable[[], None]) -> Response:
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    try:
        action()
    except Conflict:
        flash(texts().gettext("The merchant's file names this operator: take the line out there."), "error")
    return redirect(PLACE, 303)
