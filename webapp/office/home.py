"""Home: what somebody has to look at, and what the last days came to."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.domain.errors import Conflict, Invalid
from webapp.office import forms, home_view
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.monitoring import attention
from webapp.services.orders import summaries
from webapp.web.locale import texts
from webapp.web.services import context

home = Blueprint("home", __name__, url_prefix="/office")
USUAL = 7


@home.get("")
@home.get("/")
@permits(Permission.HOME_VIEW)
def index() -> str:
    """The day's figures; another period by `days`."""
    days = request.args.get("days", USUAL, type=int)
    days = days if days in summaries.PERIODS else USUAL
    merchant = visitor().merchant
    return render_template(
        "office/home.html",
        attention=home_view.attention(attention.of_merchant(context(), merchant_id()), merchant.time_zone),
        summary=home_view.summary(summaries.of_last(context(), merchant_id(), days)),
        periods=home_view.periods(days),
        confirm=forms.Confirm(),
    )


@home.post("/orders/<order_id>/looked-at")
@permits(Permission.ORDERS_ACT)
def looked_at(order_id: str) -> Response:
    """Nobody has to look at this order any more."""
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    try:
        attention.looked_at(context(), merchant_id(), order_id)
    except Conflict:
        flash(texts().gettext("Somebody has looked at it already."), "message")
    return redirect("/office", 303)
