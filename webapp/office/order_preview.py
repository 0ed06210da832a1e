"""What a new order's buyer gets, beside its form: the message or letter, and the payment page in small, in the buyer's own language."""

from __future__ import annotations

from flask import render_template
from markupsafe import Markup

from webapp.domain import colours
from webapp.domain.actions import Action
from webapp.office.guard import merchant_id
from webapp.office.new_order import OrderForm
from webapp.services.conversation import order_preview as service
from webapp.services.notifications import merchant_texts
from webapp.web import headers
from webapp.web.locale import speaking
from webapp.web.services import context

NOTED = ("amount", "currency", "phone", "email", "description", "reference", "days", "tax")
"""The fields under which a mistake is said while others are filled in."""


def shown(form: OrderForm, *, alone: bool = False) -> Markup:
    """The preview of a form that was validated, whatever is wrong with it. `alone`: it goes into the page that stands, with what is to be said
    under the fields."""
    request = form.request()
    found = service.preview(context(), merchant_id(), request, form.way)
    order, t = found.order, found.t
    amount = merchant_texts.amount(t, order) or (service.UNKNOWN if request.action is not Action.REGISTER else "")
    until = t.moment(order.expires_at, found.merchant.time_zone)
    with speaking(t):
        sent = render_template("office/orders/preview_sent.html", found=found)
        told = {"amount": amount, "until": until, "tax": t.percent(order.tax) if order.tax is not None else ""}
        page = render_template("office/orders/preview_page.html", found=found, order=order, **told)
    sent, page = Markup(sent), Markup(page)  # noqa: S704  # nosec B704  # templates'
    noted = NOTED if alone else ()
    made = render_template("office/orders/preview.html", form=form, found=found, sent=sent, page=page, noted=noted)
    return Markup(made)  # noqa: S704  # nosec B704  # a template's


def sheet(colour: str | None) -> Markup:
    """The style sheet of the shop's colour on that page, which the answer of this request may have in itself."""
    own = colours.parse(colour) if colour else colours.OURS
    light, dark = (_shades(own, grounds) for grounds in (colours.LIGHT, colours.DARK))
    made = f".buyer-page {{ {light} }}\n@media (prefers-color-scheme: dark) {{ .buyer-page {{ {dark} }} }}\n"
    headers.allow_style(made)
    return Markup(made)  # noqa: S704  # nosec B704  # colours, and nothing that anybody wrote


def _shades(colour: colours.Colour, grounds: colours.Grounds) -> str:
    made = colours.shades(colour, grounds)
    own = f"--brand: {made.brand}; --on-brand: {made.on_brand}; --tint: {made.tint};"
    return f"{own} --page: {colours.write(grounds.page)}; --sheet: {colours.write(grounds.sheet)};"
