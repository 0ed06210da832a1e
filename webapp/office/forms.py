"""What the back office's pages post."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, Regexp

from webapp import i18n
from webapp.domain import amounts, characters, email, ids, money, phone, references
from webapp.domain.actions import Action
from webapp.domain.errors import Changed, Conflict, Invalid
from webapp.domain.money import Money
from webapp.domain.roles import Role
from webapp.gateways.base import Capability
from webapp.office import guard, timeline
from webapp.services.conversation import replies
from webapp.services.orders import lifecycle
from webapp.web.forms import Form
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.db import models
    from webapp.domain.actors import ActorKind
    from webapp.i18n import Texts

SEND, COPY = "whatsapp", "link"


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
        return t.gettext(
            "%(who)s changed this at %(time)s, after you had opened it. Look at your text below, then save again.",
            who=who or "–",
            time=when,
        )


class OrderForm(IdempotentForm):
    """A new order. What is given and what the action needs is checked here, so that each message stands under its field. `can`: what
    the merchant's gateway cannot do is not asked for."""

    action = RadioField(default=Action.PAYMENT)
    amount = StringField(filters=[tidied], validators=[Length(max=amounts.LONGEST_FIELD)])
    currency = SelectField()
    phone = StringField(validators=[DataRequired(), Length(max=40)])
    email = StringField(filters=[tidied], validators=[Length(max=254)])
    description = StringField(filters=[tidied], validators=[Length(max=80)])
    reference = StringField(filters=[tidied], validators=[Length(max=64)])
    language = SelectField()
    days = IntegerField(validators=[Optional(), NumberRange(1, 90)])
    manual_capture = BooleanField()
    collects_details = BooleanField()
    channel = RadioField(default=SEND)

    def __init__(
        self, merchant: models.Merchant, can: frozenset[Capability], check_amount: Callable[[Money], None]
    ) -> None:
        self.country = merchant.country
        self.check_amount = check_amount
        self.money: Money | None = None
        super().__init__()
        t = texts()
        if Capability.MANUAL_CAPTURE not in can:
            del self.manual_capture
        saves = [
            (Action.REGISTER_PAY, t.gettext("Take a payment and save the card")),
            (Action.ASK_REGISTER_PAY, t.gettext("Take a payment and ask the buyer whether to save the card")),
            (Action.REGISTER, t.gettext("Save a card, take nothing")),
        ]
        self.action.choices = [
            (Action.PAYMENT, t.gettext("Take a payment")),
            *(saves if Capability.SAVED_CARDS in can else []),
        ]
        self.currency.choices = [(code, code) for code in sorted(money.currencies())]
        self.language.choices = [
            ("", t.gettext("The buyer's own")),
            *((code, i18n.NAMES[code]) for code in i18n.LANGUAGES),
        ]
        self.channel.choices = [
            (SEND, t.gettext("Send it by WhatsApp")),
            (COPY, t.gettext("Only make the link; I send it myself")),
        ]
        if self.is_empty():
            self.currency.data, self.days.data = merchant.currency, merchant.link_days

    def fill(self, order: models.Order, buyer: models.Buyer) -> None:
        """What another order had, but for its reference; nothing of a buyer who was erased."""
        self.action.data, self.currency.data = order.action, order.currency
        if order.amount is not None:
            self.amount.data = texts().money(Money(order.amount, order.currency))
        self.phone.data, self.email.data, self.description.data = buyer.phone, order.email, order.description
        self.language.data, self.collects_details.data = order.language or "", order.collects_details
        self.channel.data = SEND if buyer.phone else COPY
        if "manual_capture" in self:
            self.manual_capture.data = order.manual_capture

    def validate_amount(self, field: Any) -> None:
        t = texts()
        if self.action.data == Action.REGISTER:
            if field.data:
                raise ValidationError(t.gettext("Saving a card takes nothing: leave the amount empty."))
            return
        if not field.data:
            raise ValidationError(t.gettext("Write the amount, such as 12.50."))
        try:
            self.money = read_amount(field.data, self.currency.data)
            self.check_amount(self.money)
        except Invalid as error:
            raise ValidationError(complaint(error, self.currency.data)) from error

    def validate_manual_capture(self, field: Any) -> None:
        if field.data and self.action.data == Action.REGISTER:
            raise ValidationError(texts().gettext("Saving a card takes nothing, so there is nothing to hold."))

    def validate_phone(self, field: Any) -> None:
        try:
            field.data = phone.parse(field.data, self.country)
        except Invalid as error:
            raise ValidationError(
                texts().gettext(
                    "This is not a whole phone number. For example: %(phone)s", phone=phone.example(self.country)
                )
            ) from error

    def validate_reference(self, field: Any) -> None:
        if not field.data:
            return
        try:
            field.data = references.tidy(field.data)
        except Invalid as error:
            raise ValidationError(
                texts().gettext("A reference has letters or digits, and no quotation marks.")
            ) from error

    def validate_email(self, field: Any) -> None:
        t = texts()
        if not field.data:
            if self.action.data != Action.PAYMENT:
                raise ValidationError(t.gettext("To save a card, the buyer's e-mail address is needed."))
            return
        try:
            field.data = email.parse(field.data)
        except Invalid as error:
            wrong = t.gettext("This is not an e-mail address.")
            if error.code == "odd_email":
                wrong = t.gettext(
                    "No mail can be sent to “%(word)s”: before the @ only the letters a to z are taken everywhere, and "
                    "behind it no letters that look like others.",
                    word=error.details["part"],
                )
            raise ValidationError(wrong) from error

    def request(self) -> lifecycle.Request:
        """What was typed, once it is valid."""
        return lifecycle.Request(
            action=Action(self.action.data),
            amount=self.money,
            phone=self.phone.data or "",
            email=self.email.data or None,
            description=self.description.data or None,
            reference=self.reference.data or None,
            language=self.language.data or None,
            days=self.days.data,
            manual_capture="manual_capture" in self and self.manual_capture.data,
            collects_details=self.collects_details.data,
            idempotency_key=self.idempotency_key.data,
        )

    def refuse(self, error: Conflict) -> None:
        """Say under its field why the order cannot be made; an `error` that is not about a field is raised again."""
        if error.code != "reference_exists":
            raise error
        self.reference.errors = [texts().gettext("There is already an order with this reference.")]


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


def order_form(merchant: models.Merchant) -> OrderForm:
    """A new order's form, as this merchant takes them."""
    check_amount, can = context().gateway(merchant).validate_amount, context().provider(merchant).capabilities
    return OrderForm(merchant, can, lambda money: check_amount(money.amount, money.currency))


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
    sort = HiddenField()


class Confirm(Form):
    """A button."""
