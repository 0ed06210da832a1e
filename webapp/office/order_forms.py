"""The form that LINK opens from the chat: one order by one operator, without a login (docs/adr/0011)."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from webapp import i18n
from webapp.domain.errors import Conflict, NotFound
from webapp.office.new_order import OrderForm, order_form
from webapp.office.orders import doubts
from webapp.office.permissions import ANYBODY, permits
from webapp.services.conversation import order_forms as service
from webapp.services.payments.questions import Unanswered
from webapp.web.locale import asked, speak, texts
from webapp.web.services import context
from webapp.whatsapp import grammar

order_forms = Blueprint("order_forms", __name__, url_prefix="/office/order_forms")


@order_forms.errorhandler(NotFound)
def over(_error: Exception) -> tuple[str, int]:
    """Forged, too old or used: the three look the same."""
    word = grammar.verbs(texts().language)[grammar.Verb.LINK]
    return render_template("office/order_forms/over.html", word=word), 404


@order_forms.get("/<token>")
@permits(ANYBODY)
def show(token: str) -> str:
    """The empty form. A preview of the address spends nothing."""
    return _page(_opened(token), None)


@order_forms.post("/<token>")
@permits(ANYBODY)
def create(token: str) -> Response | str | tuple[str, int]:
    """Make the order; an invalid form comes back with what to mend, and what is to be asked is asked first."""
    found = _opened(token)
    form = order_form(found.merchant)
    valid = form.validate()
    if form.goes_back():
        form.forget_errors()
        return _page(found, form)
    if valid:
        try:
            service.submit(context(), token, form.request(), send=form.sends, answered=form.answers())
            return render_template("office/order_forms/done.html")
        except Unanswered as error:
            page = render_template(
                "office/order_forms/confirm.html", merchant=found.merchant.name, **doubts(form, error)
            )
            return page, 409
        except Conflict as error:
            form.refuse(error)
    return _page(found, form), 422


def _opened(token: str) -> service.Form:
    found = service.opened(context(), token)
    speak(i18n.choose([*asked(), found.operator.language]), found.merchant.country)
    return found


def _page(found: service.Form, form: OrderForm | None) -> str:
    form = form or order_form(found.merchant)
    return render_template("office/order_forms/show.html", form=form, merchant=found.merchant.name)
