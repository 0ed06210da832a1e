"""What every form of ours is: fields of the posted form alone, and none that holds a card number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from webapp.domain import cards
from webapp.web.locale import texts


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Reads fields only: a file that is posted under a field's name is not taken for its text, as Flask-WTF would."""

    class Meta:
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """WTForms' own hook: what the fields are read from."""
            if form.is_submitted() and formdata is not None:
                return request.form
            return formdata if isinstance(formdata, MultiDict) else g.get("typed")

    def is_empty(self) -> bool:
        """Whether nobody has typed anything: neither now, nor before the page was shown again (office/ended)."""
        return not self.is_submitted() and g.get("typed") is None

    def validate(self, extra_validators: Any = None) -> bool:
        """No field holds a card number, the hidden ones and those of choices neither; that of the CSRF token is kept nowhere."""
        valid: bool = super().validate(extra_validators)
        for field in self:
            posted = field.raw_data or () if field.name != self.meta.csrf_field_name else ()
            if any(cards.found_in(each) for each in posted):
                field.errors = [self.no_card()]
                valid = False
        return valid

    def no_card(self) -> str:
        """What is said under a field that holds one."""
        return texts().gettext("Never write a card number here: the buyer types it on the payment page.")


@dataclass(frozen=True)
class Upload:
    """A file that was chosen in a form, and what it is called there, which anybody may have written."""

    data: bytes
    name: str


def uploaded(name: str) -> Upload | None:
    """The file that was chosen in the form, None where none was. The one place where files come in by a form (tests/doors/test_registry.py)."""
    file = request.files.get(name)
    return Upload(file.read(), file.filename) if file is not None and file.filename else None
