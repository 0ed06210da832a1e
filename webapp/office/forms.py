"""What the back office's pages post."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from wtforms import (
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, Length, Regexp

from webapp import i18n
from webapp.domain import amounts, characters, ids, money
from webapp.domain.errors import Changed, Conflict, Invalid
from webapp.domain.money import Money
from webapp.domain.roles import Role
from webapp.office import audit_words, guard, timeline
from webapp.services.conversation import replies
from webapp.web.forms import Form
from webapp.web.locale import texts

if TYPE_CHECKING:
    from webapp.domain.actors import ActorKind
    from webapp.i18n import Texts


def read_amount(text: str, currency: str) -> Money:
    """An amount as people type it beside its currency, and as they are shown amounts. Raises as `amounts.in_field` does."""
    t = texts()
    return amounts.in_field(text, currency, signs=i18n.signs(currency, t.country), prints=t.money)


def complaint(error: Invalid, currency: str) -> str:
    """Why an amount cannot be taken, and one that can."""
    t = texts()
    readings = error.details.get("readings")
    limit = error.details.get("limit")
    if isinstance(readings, tuple) and readings:
        both = t.gettext(" or ").join(t.money(each) for each in readings)
        return t.gettext("Is that %(amounts)s? Write it without the sign between the thousands.", amounts=both)
    if isinstance(limit, Money):
        return replies.refusal(t, error.code, t.money(limit), "")
    if error.code == amounts.Fault.TOO_LARGE:
        return replies.refusal(t, error.code, t.money(Money(money.MAXIMUM, currency)), "")
    if error.code == amounts.Fault.NOT_FIELD_CURRENCY:
        return t.gettext("The amount here is in %(currency)s: write it in no other currency.", currency=currency)
    if error.code in {
        "amount_not_chargeable",
        "currency_not_chargeable",
        "amount_not_refundable",
        "zero_amount",
        "negative",
        "cannot_charge_saved",
    }:
        return replies.refusal(t, error.code, currency, "")
    return t.gettext("This is not an amount in %(currency)s. For example: 12.50", currency=currency)


def tidied(text: str | None) -> str:
    """A text without what nobody sees (marks of direction, controls) and without spaces around it."""
    return " ".join(characters.visible(text or "").split())


class IdempotentForm(Form):
    """A form that does one thing however often it is posted: `idempotency_key` is made with each form that is shown."""

    idempotency_key = HiddenField(default=lambda: ids.new("idem"), validators=[Length(max=40)])


class VersionedForm(Form):
    """A form of something that others may change meanwhile: `version` is what it was when the form was shown."""

    version = HiddenField(validators=[Regexp(r"[0-9]{1,9}")])

    def seen(self) -> int:
        """The version that was shown, once the form is valid."""
        return int(self.version.data or 0)

    def refuse_changed(self, error: Changed) -> str:
        """What changed meanwhile, and by whom. The form, posted again as it is then shown, counts."""
        self.version.data = str(error.version)
        self.version.raw_data = None
        t, told = texts(), error.details
        at = told.get("at")
        when = t.moment(at, guard.visitor().merchant.time_zone) if isinstance(at, datetime) else ""
        who = timeline.by(t, cast("ActorKind | None", told.get("actor_kind")), None, {}) if at else ""
        who = str(told.get("name") or who)
        if not when:
            return t.gettext("Somebody has changed this since you opened it. Look at your text below, then save again.")
        said = t.gettext(
            "%(who)s changed this at %(time)s, after you had opened it. Look at your text below, then save again.",
            who=who or "–",
            time=when,
        )
        fields = told.get("fields")
        changes = audit_words.changes(t, fields) if isinstance(fields, dict) else ""
        return f"{said} {changes}".strip()


class AmountForm(IdempotentForm):
    """How much to charge the saved card again, or to refund. `answered`: what the form's page showed, and what was asked on it
    (`payments.questions`), in words parted by spaces."""

    answered = HiddenField(validators=[Length(max=400)])
    amount = StringField(filters=[tidied], validators=[DataRequired(), Length(max=amounts.LONGEST_FIELD)])

    def money(self, currency: str) -> Money:
        """What was typed, in that currency. Raises `Invalid`."""
        if not self.validate():
            raise Invalid("bad_amount")
        return read_amount(self.amount.data or "", currency)

    def answers(self) -> tuple[str, ...]:
        """What is answered."""
        return tuple((self.answered.data or "").split())


class OperatorForm(Form):
    """Who is to order payments in the chat."""

    name = StringField(filters=[tidied], validators=[DataRequired(), Length(max=80)])
    language = SelectField()

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language.choices = [(code, i18n.NAMES[code]) for code in i18n.LANGUAGES]
        if self.is_empty():
            self.language.data = language


def roles(t: Texts) -> dict[Role, str]:
    """What each role is called, with what it is for."""
    return {
        Role.VIEWER: t.gettext("Viewer: looks"),
        Role.CLERK: t.gettext("Clerk: handles orders and money"),
        Role.ADMIN: t.gettext("Admin: changes settings and members too"),
    }


class RoleForm(Form):
    """A member's role. `shown` is the one that they have."""

    role = SelectField()

    def __init__(self, shown: str = "") -> None:
        super().__init__()
        self.role.choices = [(str(role), words) for role, words in roles(texts()).items()]
        if shown:
            self.role.process_data(shown)


class MemberForm(Form):
    """Who is to log in to the back office. `empty`: as it is shown once somebody is invited."""

    name = StringField(filters=[tidied], validators=[DataRequired(), Length(max=80)])
    email = StringField(filters=[tidied], validators=[DataRequired(), Length(max=254)])
    role = SelectField()

    def __init__(self, *, empty: bool = False) -> None:
        super().__init__()
        self.role.choices = [(str(role), words) for role, words in roles(texts()).items()]
        if empty or self.is_empty():
            self.role.data = str(Role.CLERK)
        if empty:
            self.name.data = self.email.data = ""

    def refuse(self, error: Conflict | Invalid) -> None:
        """Say under its field why nobody can be invited so."""
        t = texts()
        words = {
            "member_exists": t.gettext("This address is a member already."),
            "user_elsewhere": t.gettext("This address logs in to another shop here; one address logs in to one shop."),
            "bad_name": t.gettext("Write a name of up to 80 letters."),
        }
        field = self.name if error.code == "bad_name" else self.email
        field.errors = [words.get(error.code, t.gettext("This is not an e-mail address."))]


class ChosenForm(Form):
    """The orders that are ticked in a list."""

    order = SelectMultipleField(validate_choice=False)


class BulkForm(ChosenForm):
    """What is to be done to them, and whether that was asked about."""

    verb = HiddenField()
    confirmed = HiddenField()


class ExportForm(ChosenForm):
    """What they are written as, and what the list is narrowed to, as its address says it."""

    format = HiddenField()
    q = HiddenField()
    state = HiddenField()
    action = HiddenField()
    since = HiddenField()
    until = HiddenField()
    by = HiddenField()
    channel = HiddenField()
    buyer = HiddenField()
    import_ = HiddenField(name="import")
    sort = HiddenField()


class Confirm(Form):
    """A button."""
