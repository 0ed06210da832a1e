"""What the pages of one order and of a saved card post, besides amounts."""

from __future__ import annotations

from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange

from webapp.office.forms import AmountForm, IdempotentForm, tidied
from webapp.services.orders import notes


class RefundForm(AmountForm):
    """How much goes back, and why: the shop's own words, which the buyer does not see."""

    reason = StringField(validators=[Length(max=200)])


class ChargeForm(AmountForm):
    """How much a saved card is charged, and what for: the buyer reads that on the receipt."""

    description = StringField(filters=[tidied], validators=[Length(max=80)])


class ExtendForm(IdempotentForm):
    """For how many days from now the link is to be good."""

    days = IntegerField(default=7, validators=[DataRequired(), NumberRange(1, 90)])


class NoteForm(IdempotentForm):
    """A note on the order, for the people of the shop."""

    note = TextAreaField(validators=[DataRequired(), Length(max=notes.LONGEST)])
