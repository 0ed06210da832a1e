"""What the buyer's page posts. Its CSRF token is an HMAC of the link, so that the page needs no session cookie."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import BadRequest
from wtforms import SelectField, StringField, ValidationError
from wtforms.csrf.core import CSRF
from wtforms.validators import AnyOf, DataRequired, Length, Optional, Regexp

from webapp.domain import cards, characters
from webapp.web.forms import Form
from webapp.web.locale import texts
from webapp.web.services import context

DETAILS = {"name": 80, "line1": 100, "line2": 100, "postal_code": 20, "city": 80, "country": 2}
"""What is asked for, and how long it may be, in characters."""
WRITTEN = ("name", "line1", "line2", "city")
MAY_BE_EMPTY = {"line2", "postal_code"}  # not every country has postal codes


def _typed(value: str | None) -> str:
    return " ".join(characters.visible(value or "").split())


class LinkCSRF(CSRF):
    """A token that belongs to one link."""

    def setup_form(self, form: Any) -> Any:
        self.link = form.link
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: Any) -> str:  # noqa: ARG002  # WTForms' own signature
        return context().links.form_token(self.link)

    def validate_csrf_token(self, form: Any, field: Any) -> None:  # noqa: ARG002  # WTForms' own signature
        if not context().links.is_form_token(self.link, field.data or ""):
            raise ValidationError("this form belongs to another page")


class LinkForm(Form):
    """Any post of the page."""

    class Meta:
        csrf = True
        csrf_class = LinkCSRF
        csrf_field_name = "csrf_token"

    def __init__(self, link: str) -> None:
        self.link = link
        super().__init__()

    def no_card(self) -> str:
        """As in every form, in words for a buyer."""
        return texts().gettext("Please do not write a card number here. Your card is asked for in the next step.")


class DetailsForm(LinkForm):
    """The buyer's name and address. Their names are those of the callback's fields (docs/integrator/callbacks.md)."""

    name = StringField(filters=[_typed])
    line1 = StringField(filters=[_typed])
    line2 = StringField(filters=[_typed])
    postal_code = StringField(filters=[_typed])
    city = StringField(filters=[_typed])
    country = SelectField(validate_choice=False)

    def __init__(self, link: str, country: str) -> None:
        super().__init__(link)
        self.countries = dict(texts().countries())
        self.country.choices = list(self.countries.items())
        if not self.is_submitted():
            self.country.data = country

    def validate(self, extra_validators: Any = None) -> bool:
        """Says what is wrong under its field. Raises `BadRequest` for a form of another link."""
        super().validate(extra_validators)
        if self.csrf_token.errors:
            raise BadRequest("the form is out of date")
        for name, longest in DETAILS.items():
            if fault := self._fault(name, longest):
                self[name].errors = [fault]
        self._look_over_lines()
        return not any(self[name].errors for name in DETAILS)

    def _look_over_lines(self) -> None:
        """A card number may stand in several fields where there is none in one."""
        written = {name: self[name].data or "" for name in WRITTEN}
        if not any(map(cards.found_in, written.values())) and cards.found_in(" ".join(written.values())):
            for name, text in written.items():
                if any(map(str.isdigit, text)):
                    self[name].errors = [self.no_card()]

    def given(self) -> dict[str, str]:
        """What was typed, without what was left empty."""
        return {name: self[name].data for name in DETAILS if self[name].data}

    def _fault(self, name: str, longest: int) -> str:
        t, value = texts(), self[name].data or ""
        if name == "country":
            return "" if value in self.countries else t.gettext("Please choose your country.")
        if not value and name not in MAY_BE_EMPTY:
            return t.gettext("Please fill this in.")
        if len(value) > longest:
            return t.gettext("This is too long: %(most)s characters at most.", most=longest)
        return ""


class PayForm(LinkForm):
    """The gateway's one-time token for the card that was typed on the page, and whether the card is to be saved (ASK only)."""

    confirmation_token = StringField(validators=[DataRequired(), Length(max=80), Regexp(r"^[A-Za-z0-9_]+$")])
    consent_version = StringField(validators=[Length(max=20)])
    save = StringField(validators=[Optional(), AnyOf(["y"])])

    def __init__(self, link: str, *, card_fields: bool) -> None:
        super().__init__(link)
        if not card_fields:
            self.confirmation_token.validators = [Length(max=0)]
