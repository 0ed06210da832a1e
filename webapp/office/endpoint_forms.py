"""What the pages of endpoints post."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.domain.callback_types import CHOSEN, CallbackType
from webapp.office.forms import IdempotentForm, VersionedForm, tidied
from webapp.services.webhooks import endpoints
from webapp.web.locale import texts

USUAL, SOME = "usual", "some"
OVERLAPS = (24, 1, 72, 168, 0)
"""Hours, the usual first."""


class Boxes(SelectMultipleField):
    """Several answers to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ChoosesTypes:
    """What an endpoint is told: the usual types, or those that are ticked."""

    which = RadioField(default=USUAL)
    types = Boxes()

    def offer(self: Any) -> None:
        """What there is to choose from."""
        t = texts()
        self.which.choices = [
            (USUAL, t.gettext("The usual: what becomes of orders, their money and saved cards")),
            (SOME, t.gettext("Only what is ticked here")),
        ]
        self.types.choices = [(each.value, each.value) for each in CallbackType if each in CHOSEN]

    def validate_types(self: Any, field: Any) -> None:
        if self.which.data == SOME and not field.data:
            raise ValidationError(texts().gettext("Tick one at least. To be told nothing, disable the endpoint."))

    def wanted(self: Any) -> list[str] | None:
        """As the service takes it."""
        return list(self.types.data) if self.which.data == SOME else None


class EndpointForm(ChoosesTypes, IdempotentForm):
    """A new endpoint."""

    url = StringField(filters=[tidied], validators=[DataRequired(), Length(max=endpoints.LONGEST_URL)])

    def __init__(self) -> None:
        super().__init__()
        self.offer()


class TypesForm(ChoosesTypes, VersionedForm):
    """What an endpoint is told from now on."""

    def __init__(self, types: list[str] | None, version: int) -> None:
        super().__init__(
            data={"which": USUAL if types is None else SOME, "types": types or [], "version": str(version)}
        )
        self.offer()


class RotateForm(IdempotentForm):
    """A new secret, and for how many hours the one before signs too."""

    overlap = SelectField(default=str(OVERLAPS[0]))

    def __init__(self) -> None:
        super().__init__()
        t = texts()
        self.overlap.choices = [
            (str(hours), t.gettext("%(number)s hours", number=hours) if hours else t.gettext("Not at all"))
            for hours in OVERLAPS
        ]

    def lasts(self) -> timedelta:
        """The overlap."""
        return timedelta(hours=int(self.overlap.data))
