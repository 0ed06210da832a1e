"""A shop's keys at its gateway and at WhatsApp: tested, and changed after a fresh login. No secret is ever shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template
from wtforms import PasswordField, StringField
from wtforms.validators import Length

from webapp.domain.errors import Changed, Invalid
from webapp.gateways.base import KeyField
from webapp.office import forms
from webapp.office.ended import form_at
from webapp.office.guard import merchant_id
from webapp.office.permissions import Permission, fresh, permits
from webapp.services.merchants import declarations, settings
from webapp.services.monitoring import doctor
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from werkzeug.wrappers import Response

    from webapp.db.models import Merchant
    from webapp.services.monitoring.findings import Finding

connections = Blueprint("connections", __name__, url_prefix="/office/settings/connections")

PLACE = "/office/settings/connections"
LONGEST = 500
SECRETS = ("secret_key", "webhook_secrets", "access_token", "app_secret", "verify_token")
WHATSAPP = (
    *(KeyField(name, secret=False, several=False) for name in ("number", "phone_number_id", "business_account_id")),
    *(KeyField(name, secret=True, several=False) for name in ("access_token", "app_secret", "verify_token")),
)


class KeysForm(forms.VersionedForm):
    """Keys: a field for each; one that is secret is empty when it is shown, and keeps what there is when it is posted so."""

    def __init__(self, merchant: Merchant, keys: Sequence[KeyField], present: Mapping[str, str]) -> None:
        super().__init__()
        self.keys = keys
        posted = self.meta.wrap_formdata(self, {})
        for each in keys:
            kind = PasswordField if each.secret else StringField
            unbound = kind(filters=[forms.tidied], validators=[Length(max=LONGEST)])
            self._fields[each.name] = unbound.bind(form=self, name=each.name, prefix="")  # type: ignore[attr-defined]  # it is none yet
            self[each.name].process(posted, present.get(each.name, ""))
        if self.is_empty():
            self.version.data = str(merchant.version)

    def given(self) -> dict[str, object]:
        """What was typed; of what is empty nothing."""
        typed = {each: self[each.name].data or "" for each in self.keys}
        return {
            each.name: text.replace(",", " ").split() if each.several else text for each, text in typed.items() if text
        }

    def refuse(self, faults: Mapping[str, str]) -> None:
        """Say under each field why it cannot be, in the gateway's or Meta's own words, which are English."""
        cannot = texts().gettext("This cannot be used.")
        for name, why in faults.items():
            field = self[name] if name in {each.name for each in self.keys} else self.version
            field.errors = [f"{cannot} {why}"]


@connections.get("")
@permits(Permission.SETTINGS_VIEW)
def index() -> str:
    """What there is, without secrets."""
    return _index([])


@connections.post("/test")
@permits(Permission.SETTINGS_CHANGE)
def test() -> str:
    """Ask the gateway and WhatsApp whether the keys work."""
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    return _index([*doctor.connections(context(), merchant_id())])


@connections.get("/gateway")
@permits(Permission.SETTINGS_CHANGE)
@fresh
def gateway() -> str:
    """The form of the gateway's keys."""
    return _page("gateway", _gateway_form())


@connections.post("/gateway")
@permits(Permission.SETTINGS_CHANGE)
@fresh
@form_at(f"{PLACE}/gateway", never=SECRETS)
def change_gateway() -> Response | tuple[str, int]:
    """Other keys at the gateway."""
    form = _gateway_form()
    return _save("gateway", form, lambda: settings.change_gateway(context(), merchant_id(), form.given(), form.seen()))


@connections.get("/whatsapp")
@permits(Permission.SETTINGS_CHANGE)
@fresh
def whatsapp() -> str:
    """The form of WhatsApp's keys."""
    return _page("whatsapp", _whatsapp_form())


@connections.post("/whatsapp")
@permits(Permission.SETTINGS_CHANGE)
@fresh
@form_at(f"{PLACE}/whatsapp", never=SECRETS)
def change_whatsapp() -> Response | tuple[str, int]:
    """Another number, or other keys of it."""
    form = _whatsapp_form()
    given = {name: str(value) for name, value in form.given().items()}
    return _save("whatsapp", form, lambda: settings.change_whatsapp(context(), merchant_id(), given, form.seen()))


def _gateway_form() -> KeysForm:
    merchant = declarations.get(context(), merchant_id())
    present = {"publishable_key": merchant.publishable_key, "account": merchant.gateway_account or ""}
    return KeysForm(merchant, context().provider(merchant).key_fields, present)


def _whatsapp_form() -> KeysForm:
    merchant = declarations.get(context(), merchant_id())
    present = {each.name: getattr(merchant, each.name) or "" for each in WHATSAPP if not each.secret}
    return KeysForm(merchant, WHATSAPP, present)


def _save(name: str, form: KeysForm, change: Callable[[], None]) -> Response | tuple[str, int]:
    if not form.validate():
        return _page(name, form), 422
    try:
        change()
    except Changed as error:
        flash(form.refuse_changed(error), "error")
        return _page(name, form), 409
    except Invalid as error:
        form.refuse(_faults(error))
        return _page(name, form), 422
    flash(texts().gettext("Saved. Test the connection now."), "message")
    return redirect(PLACE, 303)


def _faults(error: Invalid) -> Mapping[str, str]:
    """What is wrong by the names of fields; a provider says so in lines."""
    fields = error.details.get("fields")
    if isinstance(fields, dict):
        return {str(name): str(why) for name, why in fields.items()}
    found = re.findall(r"gateway\.(\w+)(?:: | )(.*)", str(error))
    return dict(found) or {"number": str(error)}


def _index(findings: Sequence[Finding]) -> str:
    merchant = declarations.get(context(), merchant_id())
    return render_template(
        "office/settings/connections.html",
        merchant=merchant,
        provider=context().provider(merchant),
        locked=settings.locked(merchant),
        findings=findings,
        confirm=forms.Confirm(),
    )


def _page(name: str, form: KeysForm) -> str:
    locked = name in settings.locked(declarations.get(context(), merchant_id()))
    return render_template("office/settings/keys.html", form=form, name=name, locked=locked)
