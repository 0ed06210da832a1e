"""The list of orders: searched while one types, filtered, sorted, page by page in both directions, and several orders at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Response, make_response, redirect, render_template, request

from webapp.domain import cards
from webapp.domain.actions import Action
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Invalid
from webapp.domain.states import State
from webapp.office import forms, order_rows
from webapp.office.ended import nothing_typed
from webapp.office.guard import merchant_id
from webapp.office.orders import orders
from webapp.office.permissions import Permission, permits
from webapp.services.orders import bulk, exports, order_list
from webapp.services.orders.order_list import Search, Sort
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from enum import StrEnum

    from werkzeug.wrappers import Response as AnyResponse

pages = orders
"""With those of this module."""

PAGE = 30
LONGEST = 80
YEARS = range(2000, 2100)
FILTERS = ("q", "state", "action", "since", "until", "by", "channel", "buyer", "import", "sort")


@orders.get("")
@permits(Permission.ORDERS_VIEW)
def index() -> AnyResponse | str:
    """A page of the list; of a request by script only the list."""
    typed = request.args.get("q", "")
    if cards.found_in(typed):  # it stands in the address: away with it
        return redirect(address(Search(), card="1"), 303)
    wanted, after, before = asked(request.args), request.args.get("after"), request.args.get("before")
    try:
        page = order_list.page(context(), merchant_id(), wanted, PAGE, after=after, before=before)
    except Invalid:
        page = order_list.page(context(), merchant_id(), wanted, PAGE)
    place = {name: value for name, value in (("after", after), ("before", before)) if value}
    shown = order_rows.listed(wanted, page, address, fields(wanted) | place)
    totals = order_list.totals(context(), merchant_id(), wanted) if request.args.get("sums") else None
    given = {"list": shown, "totals": totals and order_rows.totals(wanted, totals, address)}
    if request.headers.get("HX-Request") != "true":
        return render_template("office/orders/index.html", **given, card=bool(request.args.get("card")))
    answer = make_response(render_template("office/orders/_list.html", **given))
    answer.headers["HX-Replace-Url"] = address(wanted, **place)
    return answer


@orders.get("/totals")
@permits(Permission.ORDERS_VIEW)
def totals() -> str:
    """What the list comes to, and how many orders of each state it has."""
    wanted = asked(request.args)
    found = order_list.totals(context(), merchant_id(), wanted)
    return render_template("office/orders/_totals.html", totals=order_rows.totals(wanted, found, address))


@orders.get("/news")
@permits(Permission.ORDERS_VIEW)
def news() -> AnyResponse | str:
    """The list again; 204 while nothing has changed, which swaps nothing."""
    if request.args.get("revision") == order_list.revision(context(), merchant_id()):
        return Response(status=204)
    answer = make_response(index())
    answer.headers.pop("HX-Replace-Url", None)
    return answer


@orders.post("/bulk")
@permits(Permission.ORDERS_ACT)
@nothing_typed
def act() -> AnyResponse | str | tuple[str, int]:
    """Do the same to several orders: asked about first, and then told of each."""
    form = forms.BulkForm()
    verb, ids = form.verb.data or "", form.order.data or []
    if not form.validate() or verb not in set(bulk.Verb):
        raise Invalid("out_of_date")
    if not form.confirmed.data:
        chosen = bulk.named(context(), merchant_id(), ids)
        page = render_template("office/orders/bulk.html", form=form, verb=verb, chosen=chosen, most=bulk.MOST)
        return page if chosen else (page, 422)
    done = bulk.carry_out(context(), merchant_id(), bulk.Verb(verb), ids)
    return render_template("office/orders/bulk_done.html", verb=verb, done=order_rows.done(done))


@orders.post("/export")
@permits(Permission.EXPORTS_MAKE)
@nothing_typed
def export() -> AnyResponse:
    """The orders that are chosen, or all that the list has, as a file that comes while it is written."""
    form = forms.ExportForm()
    if not form.validate() or form.format.data not in set(exports.Format):
        raise Invalid("out_of_date")
    kind, ids = exports.Format(form.format.data), form.order.data or []
    mine = context(), merchant_id()
    give_back = context().export_slots.take(merchant_id())
    try:
        pieces = exports.of_orders(*mine, ids, kind) if ids else exports.of_list(*mine, asked(request.form), kind)
    except BaseException:
        give_back()
        raise
    media = "text/csv" if kind is exports.Format.CSV else "application/json"
    answer = Response(_read_out(pieces, give_back), content_type=f"{media}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="orders.{kind}"'
    answer.call_on_close(give_back)  # of one that broke off
    return answer


def _read_out(pieces: Iterator[bytes], end: Callable[[], None]) -> Iterator[bytes]:
    try:
        yield from pieces
    finally:
        end()


def asked(args: Mapping[str, str | None]) -> Search:
    """What an address, or a form, narrows the list to; what cannot be read narrows nothing."""
    states = [state for state in (args.get("state") or "").split() if state in set(State)]
    return Search(
        text=(args.get("q") or "").strip()[:LONGEST],
        states=tuple(dict.fromkeys(states)),
        action=_one(Action, args.get("action")),
        since=_day(args.get("since")),
        until=_day(args.get("until")),
        made_by=(args.get("by") or "")[:40] or None,
        channel=_one(OrderChannel, args.get("channel")),
        buyer=(args.get("buyer") or "")[:40] or None,
        import_id=(args.get("import") or "")[:40] or None,
        sort=Sort(_one(Sort, args.get("sort")) or Sort.NEWEST),
    )


def address(wanted: Search, path: str = "", **more: str | None) -> str:
    """The address of a list, with nothing that is not given."""
    given = fields(wanted) | {name: value for name, value in more.items() if value}
    return f"/office/orders{path}" + (f"?{urlencode(given)}" if given else "")


def fields(wanted: Search) -> dict[str, str]:
    """What an address or a form says of a list."""
    sort = "" if wanted.sort is Sort.NEWEST else wanted.sort
    values = (
        wanted.text,
        " ".join(wanted.states),
        wanted.action,
        wanted.since,
        wanted.until,
        wanted.made_by,
        wanted.channel,
        wanted.buyer,
        wanted.import_id,
        sort,
    )
    return {name: str(value) for name, value in zip(FILTERS, values, strict=True) if value}


def _one(words: type[StrEnum], given: str | None) -> str | None:
    return given if given in set(words) else None


def _day(given: str | None) -> date | None:
    try:
        day = date.fromisoformat(given or "")
    except ValueError:
        return None
    return day if day.year in YEARS else None
