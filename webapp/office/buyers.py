"""Buyers: the list, one buyer with orders, saved cards and messages, and erasing one."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain import email, phone
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.pages import Place
from webapp.office import buyer_view, forms
from webapp.office.guard import may, merchant_id, visitor
from webapp.office.permissions import Permission, fresh, permits
from webapp.services.notifications import buyer_messages
from webapp.services.orders import buyers as service
from webapp.services.payments import alias_view, erasure
from webapp.web import pages
from webapp.web.locale import texts
from webapp.web.services import context

buyers = Blueprint("buyers", __name__, url_prefix="/office/buyers")

PAGE, ORDERS, MESSAGES = 30, 10, 10
KINDS: pages.Kinds = (datetime, str)


@buyers.get("")
@permits(Permission.BUYERS_VIEW)
def index() -> str:
    """The newest buyers, those who were erased too; or those of a phone or an e-mail address."""
    text, zone = request.args.get("q", "").strip()[:254], visitor().merchant.time_zone
    search = _search(text)
    previous, following, rows = None, None, []
    if search is not None:
        found = service.paged(context(), merchant_id(), search, pages.place(KINDS), PAGE)
        previous, following = pages.links(found)
        rows = [buyer_view.buyer(each, zone) for each in found.rows]
    return render_template(
        "office/buyers/index.html",
        rows=rows,
        text=text,
        readable=search is not None,
        example=phone.example(visitor().merchant.country),
        previous=previous,
        following=following,
    )


@buyers.get("/<buyer_id>")
@permits(Permission.BUYERS_VIEW)
def show(buyer_id: str) -> str:
    """One buyer."""
    found, zone = service.get(context(), merchant_id(), buyer_id), visitor().merchant.time_zone
    written = buyer_messages.page(context(), merchant_id(), buyer_id, Place(), MESSAGES)
    cards = alias_view.of_buyer(context(), merchant_id(), buyer_id)
    return render_template(
        "office/buyers/show.html",
        buyer=buyer_view.buyer(found, zone),
        erased=buyer_view.erased(found.erasure, zone) if found.erasure else None,
        orders=[buyer_view.order(each, zone) for each in service.newest_orders(context(), found, ORDERS)],
        more_orders=found.orders > ORDERS,
        cards=[buyer_view.card(each, zone) for each in cards],
        messages=buyer_view.messages(written.rows, zone),
        more_messages=written.has_next,
        sees_cards=may(Permission.CARDS_CHARGE) or may(Permission.CARDS_END),
    )


@buyers.get("/<buyer_id>/messages")
@permits(Permission.BUYERS_VIEW)
def messages(buyer_id: str) -> str:
    """All messages of one buyer, page by page."""
    found, zone = service.get(context(), merchant_id(), buyer_id), visitor().merchant.time_zone
    written = buyer_messages.page(context(), merchant_id(), buyer_id, pages.place(KINDS), PAGE)
    previous, following = pages.links(written)
    return render_template(
        "office/buyers/messages.html",
        buyer=buyer_view.buyer(found, zone),
        messages=buyer_view.messages(written.rows, zone),
        previous=previous,
        following=following,
    )


@buyers.get("/<buyer_id>/erase")
@permits(Permission.BUYERS_ERASE)
@fresh
def ask_to_erase(buyer_id: str) -> AnyResponse | str:
    """What goes and what stays, before it is done."""
    found = service.get(context(), merchant_id(), buyer_id)
    if found.erasure is not None:
        return redirect(f"/office/buyers/{buyer_id}", 303)
    return _erase_page(found)


@buyers.post("/<buyer_id>/erase")
@permits(Permission.BUYERS_ERASE)
@fresh
def erase(buyer_id: str) -> AnyResponse | tuple[str, int]:
    """Erase the buyer; the worker does what is left."""
    found = service.get(context(), merchant_id(), buyer_id)
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    try:
        erasure.erase(context(), merchant_id(), buyer_id)
    except Conflict as error:
        if error.code != "money_in_flight":
            raise
        moving = error.details.get("orders")
        return _erase_page(found, moving if isinstance(moving, list) else []), 409
    flash(texts().gettext("The buyer is erased."), "message")
    return redirect(f"/office/buyers/{buyer_id}", 303)


def _erase_page(found: service.ListedBuyer, moving: list[str] | None = None) -> str:
    zone = visitor().merchant.time_zone
    return render_template(
        "office/buyers/erase.html",
        buyer=buyer_view.buyer(found, zone),
        moving=[buyer_view.order(each, zone) for each in service.of_ids(context(), found, moving or [])],
        confirm=forms.Confirm(),
    )


def _search(text: str) -> service.Search | None:
    """What the list is narrowed to; None for what is neither a whole phone nor an e-mail address."""
    if not text:
        return service.Search()
    try:
        if "@" in text:
            return service.Search(email=email.parse(text))
        return service.Search(phone=phone.parse(text, visitor().merchant.country))
    except Invalid:
        return None
