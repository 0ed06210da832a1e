"""A shop's settings: who it is and how its pages look, and its rules. What its file names is shown and locked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain import colours
from webapp.domain.errors import Changed, Invalid
from webapp.office import audit_words
from webapp.office.ended import form_at
from webapp.office.guard import merchant_id
from webapp.office.permissions import Permission, permits
from webapp.office.settings_forms import RulesForm, SettingsForm, ShopForm
from webapp.services.merchants import declarations
from webapp.services.merchants import settings as service
from webapp.web.locale import texts
from webapp.web.services import context

settings = Blueprint("settings", __name__, url_prefix="/office/settings")


@dataclass(frozen=True)
class Shown:
    """The shop's colour on one ground: as buttons and links have it, and the ratios of contrast (WCAG 1.4.3), which are kept at 4.5 at least."""

    page: str
    sheet: str
    brand: str
    on_brand: str
    button: str
    text: str


@settings.get("")
@permits(Permission.SETTINGS_VIEW)
def shop() -> str:
    """Who the shop is, and how its pages look."""
    return _page("shop", ShopForm(declarations.get(context(), merchant_id())))


@settings.post("")
@permits(Permission.SETTINGS_CHANGE)
@form_at("/office/settings")
def change_shop() -> AnyResponse | tuple[str, int]:
    """Save it."""
    return _save("shop", ShopForm(declarations.get(context(), merchant_id())))


@settings.get("/rules")
@permits(Permission.SETTINGS_VIEW)
def rules() -> str:
    """How payments are asked for."""
    return _page("rules", RulesForm(declarations.get(context(), merchant_id())))


@settings.post("/rules")
@permits(Permission.SETTINGS_CHANGE)
@form_at("/office/settings/rules")
def change_rules() -> AnyResponse | tuple[str, int]:
    """Save it."""
    return _save("rules", RulesForm(declarations.get(context(), merchant_id())))


@settings.get("/logo")
@permits(Permission.SETTINGS_VIEW)
def logo() -> Response:
    """The shop's logo as it is now."""
    return Response(declarations.logo(context(), merchant_id()), content_type="image/png")


@settings.get("/preview")
@permits(Permission.SETTINGS_VIEW)
def preview() -> str:
    """How the payment page looks in that colour."""
    return render_template("office/settings/_preview.html", looks=looks(request.args.get("colour", "")))


def looks(colour: str) -> tuple[Shown, Shown] | None:
    """On a light and on a dark screen; None for what is no colour."""
    try:
        own = colours.parse(colour.strip().lower()) if colour.strip() else colours.OURS
    except Invalid:
        return None
    light, dark = (_look(own, grounds) for grounds in (colours.LIGHT, colours.DARK))
    return light, dark


def _look(colour: colours.Colour, grounds: colours.Grounds) -> Shown:
    made, t = colours.shades(colour, grounds), texts()
    brand, upon = colours.parse(made.brand), colours.parse(made.on_brand)
    button = t.ratio(colours.contrast(brand, upon))
    text = t.ratio(colours.contrast(brand, grounds.sheet))
    return Shown(colours.write(grounds.page), colours.write(grounds.sheet), made.brand, made.on_brand, button, text)


def _page(name: str, form: SettingsForm) -> str:
    colour = form.colour.data or "" if isinstance(form, ShopForm) else ""
    merchant = form.merchant
    return render_template(
        f"office/settings/{name}.html",
        form=form,
        names=audit_words.fields(texts()),
        hints=form.hints(),
        locked=form.locked,
        looks=looks(colour),
        merchant=merchant,
        logo=f"/office/settings/logo?{merchant.logo_digest}" if merchant.logo_digest else "",
    )


def _save(name: str, form: SettingsForm) -> AnyResponse | tuple[str, int]:
    t = texts()
    if not form.validate():
        return _page(name, form), 422
    try:
        service.change(context(), merchant_id(), form.wanted(), form.seen())
    except Changed as error:
        flash(form.refuse_changed(error), "error")
        return _page(name, form), 409
    except Invalid as error:
        if error.code == "bad_settings":
            form.refuse(error)
        else:
            flash(t.gettext("The logo must be a PNG, JPEG or WebP picture of at most 2 MB."), "error")
        return _page(name, form), 422
    flash(t.gettext("Saved."), "message")
    return redirect("/office/settings" if name == "shop" else f"/office/settings/{name}", 303)
