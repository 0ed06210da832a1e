"""Keys of the API: who may act for the shop by its order backend. A token is shown once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template
from wtforms import DateField, StringField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from webapp.domain.errors import Conflict, Invalid
from webapp.domain.scopes import Scope
from webapp.office import connect_words, days, forms, once
from webapp.office.ended import form_at
from webapp.office.endpoint_forms import Boxes
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, fresh, permits
from webapp.services.accounts import api_keys as service
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.wrappers import Response

    from webapp.db.models import ApiKey

api_keys = Blueprint("api_keys", __name__, url_prefix="/office/api_keys")
PLACE = "/office/api_keys"


@dataclass(frozen=True)
class Shown:
    """A key; `scopes` are pairs of a scope and its words."""

    id: str
    name: str
    hint: str
    scopes: tuple[tuple[str, str], ...]
    made: str
    used: str
    expires: str
    state: str
    state_text: str
    good: bool


class KeyForm(forms.IdempotentForm):
    """A new key."""

    name = StringField(filters=[forms.tidied], validators=[DataRequired(), Length(max=service.LONGEST_NAME)])
    scopes = Boxes()
    expires = DateField(validators=[Optional()])

    def __init__(self) -> None:
        super().__init__()
        self.scopes.choices = [(each.value, each.value) for each in Scope]

    def validate_scopes(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(texts().gettext("Tick one at least: a key without any could do nothing."))

    def validate_expires(self, field: Any) -> None:
        at = self.until()
        if field.data and (at is None or at <= context().now()):
            raise ValidationError(texts().gettext("Choose a day that is not over."))

    def until(self) -> datetime | None:
        """When it expires: at the end of that day by the shop's clock."""
        return days.midnight(self.expires.data.isoformat(), days=1) if self.expires.data else None


@api_keys.get("")
@permits(Permission.KEYS_MANAGE)
def index() -> str:
    """The shop's keys, those that are good first."""
    rows = [_shown(each) for each in reversed(service.listed(context(), merchant_id()))]
    good, over = [row for row in rows if row.good], [row for row in rows if not row.good]
    return render_template("office/api_keys/index.html", good=good, over=over)


@api_keys.get("/new")
@permits(Permission.KEYS_MANAGE)
@fresh
def new() -> str:
    """The form of a new one."""
    return _new(KeyForm())


@api_keys.post("/new")
@permits(Permission.KEYS_MANAGE)
@fresh
@form_at("/office/api_keys/new")
def create() -> Response | str | tuple[str, int]:
    """Make it, and show its token, once."""
    form, t = KeyForm(), texts()
    if not form.validate():
        return _new(form), 422
    scopes = [Scope(each) for each in form.scopes.data or ()]
    try:
        with once.request_of(form) as key:
            made, token = service.create(
                context(), merchant_id(), form.name.data or "", scopes, form.until(), idempotency_key=key
            )
    except Invalid as error:
        if error.code != "bad_name":
            raise
        form.name.errors = [t.gettext("Write a name of up to 80 letters.")]
        return _new(form), 422
    except Conflict:
        flash(t.gettext("This key was made already, and its token was shown once."), "error")
        return redirect(PLACE, 303)
    return render_template("office/api_keys/made.html", key=_shown(made), token=token)


@api_keys.post("/<key_id>/end")
@permits(Permission.KEYS_MANAGE)
@fresh
@form_at("/office/api_keys")
def end(key_id: str) -> Response:
    """It is good for nothing from now on."""
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    service.end(context(), merchant_id(), key_id)
    flash(texts().gettext("The key is ended."), "message")
    return redirect(PLACE, 303)


def _new(form: KeyForm) -> str:
    return render_template("office/api_keys/new.html", form=form, words=connect_words.scopes(texts()))


def _shown(row: ApiKey) -> Shown:
    t, zone, words = texts(), visitor().merchant.time_zone, connect_words.scopes(texts())
    expired = row.expires_at is not None and row.expires_at <= context().now()
    state, text = ("expired", t.gettext("Expired")) if expired else ("ok", t.gettext("In use"))
    if row.ended_at is not None:
        state, text = "cancelled", t.gettext("Ended")
    return Shown(
        id=row.id,
        name=row.name,
        hint=row.hint,
        scopes=tuple((each, words[Scope(each)]) for each in row.scopes if each in set(Scope)),
        made=t.day(row.created_at, zone),
        used=t.moment(row.used_at, zone) if row.used_at else "",
        expires=t.moment(row.expires_at, zone) if row.expires_at else "",
        state=state,
        state_text=text,
        good=state == "ok",
    )
