"""What the page of one order posts, besides amounts."""

from __future__ import annotations

from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange

from webapp.office.forms import AmountForm, IdempotentForm
from webapp.services.orders import notes


class RefundForm(AmountForm):
    """How much goes back, and why: the shop's own words, which the buyer does not see."""

    reason = StringField(validators=[Length(max=200)])


class ExtendForm(IdempotentForm):
    """For how many days from now the link is to be good."""

    days = IntegerField(default=7, validators=[DataRequired(), NumberRange(1, 90)])


class NoteForm(IdempotentForm):
    """A note on the order, for the people of the shop."""

    note = TextAreaField(validators=[DataRequired(), Length(max=notes.LONGEST)])
