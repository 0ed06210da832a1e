"""How one order stands, for whoever the shop gives the link to: staff without a login, a screen at the counter. Nothing of the buyer."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from webapp import i18n
from webapp.office.permissions import ANYBODY, permits
from webapp.services.notifications import merchant_texts
from webapp.services.orders import public_view
from webapp.web.locale import asked, speak, texts, wishes
from webapp.web.services import context

public_status = Blueprint("public_status", __name__, url_prefix="/office/status")


@public_status.get("/<token>")
@permits(ANYBODY)
def show(token: str) -> str:
    """The page."""
    return _page("show", token)


@public_status.get("/<token>/live")
@permits(ANYBODY)
def live(token: str) -> Response:
    """The part that changes; 204 while it has not."""
    if request.args.get("revision") == str(public_view.one(context(), token).revision):
        return Response(status=204)
    return make_response(_page("_live", token))


def _page(name: str, token: str) -> str:
    found = public_view.one(context(), token)
    speak(i18n.choose([*asked(), *wishes(), found.language]), found.country)
    t = texts()
    return render_template(
        f"office/status/{name}.html",
        order=found,
        token=token,
        amount=t.money(found.amount) if found.amount else None,
        refunded=t.money(found.refunded) if found.refunded else None,
        state=merchant_texts.state(t, found.state),
        at=t.moment(found.state_at, found.time_zone),
    )
