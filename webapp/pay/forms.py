"""What the buyer's page posts. Its CSRF token is an HMAC of the link, so that the page needs no session cookie."""

from __future__ import annotations

from typing import Any

from wtforms import StringField, ValidationError
from wtforms.csrf.core import CSRF
from wtforms.validators import AnyOf, DataRequired, Length, Optional, Regexp

from webapp.web.forms import Form
from webapp.web.kit import kit


class LinkCSRF(CSRF):
    """A token that belongs to one link."""

    def setup_form(self, form: Any) -> Any:
        self.link = form.link
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: Any) -> str:  # noqa: ARG002  # WTForms' own signature
        return kit().links.form_token(self.link)

    def validate_csrf_token(self, form: Any, field: Any) -> None:  # noqa: ARG002  # WTForms' own signature
        if not kit().links.is_form_token(self.link, field.data or ""):
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


class PayForm(LinkForm):
    """The gateway's one-time token, and whether the card is to be saved (ASK only)."""

    confirmation_token = StringField(validators=[DataRequired(), Length(max=80), Regexp(r"^[A-Za-z0-9_]+$")])
    consent_version = StringField(validators=[Length(max=20)])
    save = StringField(validators=[Optional(), AnyOf(["y"])])
