"""The log of callbacks: what order backends were told, what each try was answered, and sent again."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from wtforms import HiddenField
from wtforms.validators import Length

from webapp.domain.callback_types import CallbackType
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.statuses import CallbackState
from webapp.office import callback_view, connect_words, days, forms, statuses
from webapp.office.ended import form_at
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.webhooks import endpoints, log, replay
from webapp.web import pages
from webapp.web.forms import Form
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

callbacks = Blueprint("callbacks", __name__, url_prefix="/office/callbacks")

PLACE = "/office/callbacks"
PAGE = 50
KINDS: pages.Kinds = (datetime, str)


class AgainForm(Form):
    """Which callbacks are sent again: those whose ids are named, parted by spaces; else all of a list that were given up."""

    ids = HiddenField(validators=[Length(max=41 * PAGE)])
    type = HiddenField(validators=[Length(max=40)])
    endpoint = HiddenField(validators=[Length(max=40)])
    since = HiddenField(validators=[Length(max=10)])
    until = HiddenField(validators=[Length(max=10)])

    def search(self) -> log.Search:
        """What is meant."""
        ids = tuple((self.ids.data or "").split())
        if ids:
            return log.Search(ids=ids)
        said = {name: self[name].data or "" for name in ("type", "endpoint", "since", "until")}
        return _search({**said, "state": CallbackState.FAILED})


@callbacks.get("")
@permits(Permission.CALLBACKS_VIEW)
def index() -> str:
    """The newest callbacks, by how they stand, what they tell, to whom, about what and when."""
    t = texts()
    return render_template(
        "office/callbacks/index.html",
        types=connect_words.types(t),
        states=statuses.callback_states(t),
        endpoints=[(row.id, callback_view.host(row.url)) for row in endpoints.listed(context(), merchant_id())],
        asked=request.args,
        **_list(),
    )


@callbacks.get("/live")
@permits(Permission.CALLBACKS_VIEW)
@form_at(PLACE)
def live() -> str:
    """The list alone, which changes by itself."""
    return render_template("office/callbacks/_list.html", **_list())


@callbacks.get("/again")
@permits(Permission.CALLBACKS_MANAGE)
def ask() -> str:
    """Before several are sent again: how many, and where to."""
    form = AgainForm(formdata=None)
    form.ids.data = " ".join(each[:40] for each in request.args.getlist("id")[:PAGE])
    for name in ("type", "endpoint", "since", "until"):
        form[name].data = request.args.get(name, "")[:40]
    chosen = bool(request.args.get("chosen"))
    nothing = chosen and not form.ids.data
    found = {} if nothing else replay.asked(context(), merchant_id(), form.search())
    count = sum(found.values())
    return render_template(
        "office/callbacks/again.html",
        form=form,
        nothing=nothing or not count,
        chosen=chosen,
        count=texts().number(count),
        more=count >= replay.MOST,
        told=[(row.url, texts().number(number), row.is_open) for row, number in found.items()],
    )


@callbacks.post("/again")
@permits(Permission.CALLBACKS_MANAGE)
@form_at(PLACE)
def again() -> Response:
    """Send them again."""
    form, t = AgainForm(), texts()
    if not form.validate():
        raise Invalid("out_of_date")
    steps = itertools.islice(replay.every(context(), merchant_id(), form.search()), replay.MOST // replay.STEP)
    count = sum(steps)
    flash(t.gettext("Sent again: %(number)s", number=t.number(count)), "message")
    return redirect(PLACE, 303)


@callbacks.get("/<callback_id>")
@permits(Permission.CALLBACKS_VIEW)
def show(callback_id: str) -> str:
    """One callback: what it says, and what came of each try."""
    return _page("show", callback_id)


@callbacks.get("/<callback_id>/live")
@permits(Permission.CALLBACKS_VIEW)
@form_at("/office/callbacks/{callback_id}")
def show_live(callback_id: str) -> str:
    """The part of its page that changes by itself."""
    return _page("_live", callback_id)


@callbacks.post("/<callback_id>/again")
@permits(Permission.CALLBACKS_MANAGE)
@form_at("/office/callbacks/{callback_id}")
def send_again(callback_id: str) -> Response:
    """Send one again."""
    t = texts()
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    try:
        replay.one(context(), merchant_id(), callback_id)
        flash(t.gettext("The callback is being sent again."), "message")
    except Conflict:
        flash(t.gettext("Its endpoint was removed: nothing is sent there any more."), "error")
    return redirect(f"{PLACE}/{callback_id}", 303)


def _page(name: str, callback_id: str) -> str:
    found = log.one(context(), merchant_id(), callback_id)
    shown = callback_view.one(texts(), found, visitor().merchant.time_zone, context().now())
    return render_template(f"office/callbacks/{name}.html", callback=shown, confirm=forms.Confirm())


def _list() -> dict[str, object]:
    about = forms.tidied(request.args.get("q", "")[:80])
    found = log.turned(context(), merchant_id(), _search(request.args), about, pages.place(KINDS), PAGE)
    rows = callback_view.lines(texts(), found, visitor().merchant.time_zone)
    previous, following = pages.links(found.page, PLACE)
    return {
        "rows": rows,
        "previous": previous,
        "following": following,
        "watched": any(row.watched for row in rows),
        "query": request.query_string.decode("ascii", "ignore"),
    }


def _search(args: Mapping[str, str]) -> log.Search:
    """What an address narrows the log to; what cannot be read there narrows nothing."""
    state, kind = args.get("state", ""), args.get("type", "")
    return log.Search(
        state=CallbackState(state) if state in set(CallbackState) else None,
        type=kind if kind in set(CallbackType) else None,
        endpoint=args.get("endpoint", "")[:40] or None,
        since=days.midnight(args.get("since", "")),
        until=days.midnight(args.get("until", ""), days=1),
    )
