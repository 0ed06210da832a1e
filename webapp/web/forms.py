"""What every form of ours is: fields of the posted form alone, and none that the database would refuse."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_wtf import FlaskForm


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Reads fields only: a file that is posted under a field's name is not taken for its text, as Flask-WTF would."""

    class Meta:
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """WTForms' own hook: what the fields are read from."""
            return request.form if form.is_submitted() and formdata is not None else None
