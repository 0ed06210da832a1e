"""The form of a new order: what a visitor who is logged in posts, and an operator who came by LINK."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import Length, NumberRange, Optional

from webapp import i18n
from webapp.domain import amounts, characters, email, money, phone, references
from webapp.domain.actions import Action
from webapp.domain.channels import LINKS_BY, ChannelName, OrderChannel
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.money import Money
from webapp.gateways.base import Capability
from webapp.office.forms import IdempotentForm, complaint, read_amount, tidied
from webapp.services.orders import import_cells, lifecycle
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.db import models

WHATSAPP, EMAIL, NOBODY = "whatsapp", "email", "link"
BACK = "y"


class OrderForm(IdempotentForm):
    """A new order. What is given and what the action needs is checked here, so that each message stands under its field. `can`: what
    the merchant's gateway cannot do is not asked for. `cannot_send` says of a channel why nothing goes by it. `answered` are the answers to
    what was asked (`payments.questions`), parted by spaces; `back`: the form is only shown again."""

    action = RadioField(default=Action.PAYMENT)
    amount = StringField(filters=[tidied], validators=[Length(max=amounts.LONGEST_FIELD)])
    currency = SelectField()
    channel = RadioField()
    phone = StringField(filters=[tidied], validators=[Length(max=40)])
    email = StringField(filters=[tidied], validators=[Length(max=254)])
    description = StringField(filters=[tidied], validators=[Length(max=80)])
    reference = StringField(filters=[tidied], validators=[Length(max=64)])
    language = SelectField()
    days = IntegerField(validators=[Optional(), NumberRange(1, 90)])
    tax = StringField(filters=[tidied], validators=[Length(max=10)])
    manual_capture = BooleanField()
    collects_details = BooleanField()
    answered = HiddenField(validators=[Length(max=400)])
    back = HiddenField(validators=[Length(max=1)])

    def __init__(
        self,
        merchant: models.Merchant,
        can: frozenset[Capability],
        check_amount: Callable[[Money], None],
        *,
        mails: bool,
    ) -> None:
        self.merchant, self.check_amount = merchant, check_amount
        self.money: Money | None = None
        self.meant: dict[str, Any] = {}  # of fields that may be written in several ways; what was typed stays in them
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
        own = list(dict.fromkeys((merchant.currency, *(merchant.currencies or ()))))
        others = sorted(set(money.currencies()) - set(own))
        self.currency.choices = {
            t.gettext("Your currencies"): [(code, code) for code in own],
            t.gettext("Others"): [(code, code) for code in others],
        }
        self.language.choices = [
            ("", t.gettext("The buyer's own")),
            *((code, i18n.NAMES[code]) for code in i18n.LANGUAGES),
        ]
        self.channel.choices = [
            (WHATSAPP, t.gettext("WhatsApp")),
            (EMAIL, t.gettext("E-mail")),
            (NOBODY, t.gettext("Nobody: I pass the link on myself")),
        ]
        self.cannot_send: dict[str, str] = {}
        if not merchant.number:
            self.cannot_send[WHATSAPP] = t.gettext("No WhatsApp number is connected.")
        if not mails:
            self.cannot_send[EMAIL] = t.gettext("No e-mail can be sent from here: nothing is set up for it.")
        if self.is_empty():
            self.currency.data, self.days.data = merchant.currency, merchant.link_days
            self.channel.data = next(each for each in (WHATSAPP, EMAIL, NOBODY) if each not in self.cannot_send)

    def fill(self, order: models.Order, buyer: models.Buyer) -> None:
        """What another order had, but for its reference; nothing of a buyer who was erased."""
        self.action.data, self.currency.data = order.action, order.currency
        if order.amount is not None:
            self.amount.data = texts().money(Money(order.amount, order.currency))
        self.phone.data, self.email.data, self.description.data = buyer.phone, order.email, order.description
        self.language.data, self.collects_details.data = order.language or "", order.collects_details
        self.channel.data = WHATSAPP if buyer.phone else NOBODY
        if order.channel is OrderChannel.EMAIL:
            self.channel.data = EMAIL
        if order.tax is not None:
            self.tax.data = f"{Decimal(order.tax) / 100}"
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
        if not money.known(self.currency.data or ""):
            return  # which is said under that field
        try:
            self.money = read_amount(field.data, self.currency.data)
            self.check_amount(self.money)
        except Invalid as error:
            self.money = None
            raise ValidationError(complaint(error, self.currency.data)) from error

    def validate_manual_capture(self, field: Any) -> None:
        if field.data and self.action.data == Action.REGISTER:
            raise ValidationError(texts().gettext("Saving a card takes nothing, so there is nothing to hold."))

    def validate_channel(self, field: Any) -> None:
        if field.data in self.cannot_send:
            raise ValidationError(self.cannot_send[field.data])

    def validate_phone(self, field: Any) -> None:
        t = texts()
        if not field.data:
            if self.channel.data == WHATSAPP:
                raise ValidationError(t.gettext("Write the phone that the link goes to, or choose another way above."))
            return
        try:
            self.meant["phone"] = phone.parse(field.data, self.merchant.country)
        except Invalid as error:
            example = phone.example(self.merchant.country)
            raise ValidationError(
                t.gettext("This is not a whole phone number. For example: %(phone)s", phone=example)
            ) from error

    def validate_reference(self, field: Any) -> None:
        if not field.data:
            return
        try:
            self.meant["reference"] = references.tidy(field.data)
        except Invalid as error:
            raise ValidationError(
                texts().gettext("A reference has letters or digits, and no quotation marks.")
            ) from error

    def validate_tax(self, field: Any) -> None:
        if not field.data:
            return
        try:
            self.meant["tax"] = import_cells.tax(characters.plain(field.data))
        except Invalid as error:
            wrong = texts().gettext("A tax rate is from 0 to 100 percent, such as 5.5.")
            raise ValidationError(wrong) from error

    def validate_email(self, field: Any) -> None:
        t = texts()
        if not field.data:
            if self.action.data != Action.PAYMENT:
                raise ValidationError(t.gettext("To save a card, the buyer's e-mail address is needed."))
            if self.channel.data == EMAIL:
                raise ValidationError(
                    t.gettext("Write the address that the link goes to, or choose another way above.")
                )
            return
        try:
            self.meant["email"] = email.parse(field.data)
        except Invalid as error:
            wrong = t.gettext("This is not an e-mail address.")
            if error.code == "odd_email":
                wrong = t.gettext(
                    "No mail can be sent to “%(word)s”: before the @ only the letters a to z are taken everywhere, and "
                    "behind it no letters that look like others.",
                    word=error.details["part"],
                )
            raise ValidationError(wrong) from error

    def look_through(self) -> None:
        """Check what is in it although nobody has posted it, so that `request` tells it."""
        for name, field in self._fields.items():
            if name != self.meta.csrf_field_name:
                own = getattr(type(self), f"validate_{name}", None)
                field.validate(self, [own] if own else [])
        self.forget_errors()

    @property
    def way(self) -> ChannelName | None:
        """By what the link is to go first; None: nobody is sent it."""
        return {WHATSAPP: ChannelName.WHATSAPP, EMAIL: ChannelName.EMAIL}.get(self.channel.data or "")

    @property
    def sends(self) -> bool:
        """Whether the buyer is sent the link."""
        return self.way is not None

    def answers(self) -> tuple[str, ...]:
        """What is answered."""
        return tuple((self.answered.data or "").split())

    def goes_back(self) -> bool:
        """Whether the form is only to be shown again, by who was asked and thought better of it."""
        return self.back.data == BACK

    def typed(self) -> Iterator[tuple[str, str]]:
        """What was posted, by names, for a form without fields that posts the same again."""
        ours = {self.meta.csrf_field_name, "idempotency_key", "answered", "back"}
        for field in self:
            if field.name not in ours:
                yield from ((field.name, value) for value in field.raw_data or ())

    def request(self) -> lifecycle.Request:
        """What was typed; of what is not valid, nothing. To be asked after `validate`."""
        good = {field.name: None if field.errors else self.meant.get(field.name, field.data or None) for field in self}
        action = Action(good["action"] or Action.PAYMENT)
        return lifecycle.Request(
            action=action,
            amount=self.money if action is not Action.REGISTER and not self.amount.errors else None,
            phone=good["phone"],
            email=good["email"],
            description=good["description"],
            reference=good["reference"],
            language=good["language"],
            days=good["days"],
            tax=good["tax"],
            manual_capture=action is not Action.REGISTER and bool(good.get("manual_capture")),
            collects_details=bool(good["collects_details"]),
            channel=self._channel(),
            idempotency_key=self.idempotency_key.data,
        )

    def _channel(self) -> OrderChannel | None:
        """None, so that what fails goes by the shop's next channel, where the chosen one is its first; and for a link that the shop passes
        on itself and can still send to a phone later."""
        if self.way is None:
            return None if self.phone.data else OrderChannel.NONE
        first = ChannelName((self.merchant.links_by or LINKS_BY)[0])
        if self.way is first and self.phone.data:
            return None
        return OrderChannel(self.way)

    def holds_card(self) -> bool:
        """Whether some field holds a card number."""
        return any(self.no_card() in field.errors for field in self)

    def forget_errors(self) -> None:
        """Say nothing of fields that are still to be filled in."""
        for field in self:
            if not field.data:
                field.errors = []

    def refuse(self, error: Conflict) -> None:
        """Say under its field why the order cannot be made; an `error` that is not about a field is raised again."""
        if error.code != "reference_exists":
            raise error
        self.reference.errors = [texts().gettext("There is already an order with this reference.")]


def order_form(merchant: models.Merchant) -> OrderForm:
    """A new order's form, as this merchant takes them."""
    ours = context()
    check_amount, can = ours.gateway(merchant).validate_amount, ours.provider(merchant).capabilities
    return OrderForm(
        merchant, can, lambda money: check_amount(money.amount, money.currency), mails=ours.mailer is not None
    )
