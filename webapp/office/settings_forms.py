"""The forms of a shop's settings. What a setting must be is the service's to say; here it gets its words, and under which field they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Length

from webapp import i18n
from webapp.domain import money
from webapp.domain.retention import MOST, RULES, Kept, fault
from webapp.office.forms import VersionedForm, tidied
from webapp.services.merchants import settings
from webapp.web.forms import uploaded
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.db.models import Merchant
    from webapp.domain.errors import Changed, Invalid


def _line(most: int = 80) -> StringField:
    return StringField(filters=[tidied], validators=[Length(max=most)])


class SettingsForm(VersionedForm):
    """Some of a shop's settings. `locked` are those that its file names: they are shown, and neither posted nor changed here."""

    def __init__(self, merchant: Merchant) -> None:
        super().__init__()
        self.merchant = merchant
        self.locked = settings.locked(merchant)
        self.choices()
        fill = self.is_empty()
        for name in self.names():
            if fill or self.is_locked(name):
                self[name].data = self.shown(name)
            if self.is_locked(name):
                self[name].render_kw = {"disabled": True}
                self[name].validators = []
        if fill:
            self.version.data = str(merchant.version)

    @classmethod
    def names(cls) -> list[str]:
        """The settings that it has, by the names of their columns."""
        return [
            name
            for name in dir(cls)
            if hasattr(getattr(cls, name), "field_class") and name not in {"version", "no_logo"}
        ]

    def is_locked(self, name: str) -> bool:
        """Whether the shop's file has that field."""
        return name in self.locked

    def choices(self) -> None:
        """What can be chosen."""

    def hints(self) -> Mapping[str, str]:
        """What is said under fields, before and with an error."""
        return {}

    def shown(self, name: str) -> Any:
        """A setting as its field has it."""
        return self.written(getattr(self.merchant, name))

    @staticmethod
    def written(value: Any) -> str:
        """A value as fields have it."""
        return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)

    def refuse_changed(self, error: Changed) -> str:
        """A field that was left as it had been shown has what it is now, so that to save again takes nothing back."""
        for name, (before, after) in self.changed(error).items():
            if name in self and not self.is_locked(name) and (self[name].data or "") == self.written(before):
                self[name].data = self.written(after)
        return super().refuse_changed(error)

    def changed(self, error: Changed) -> dict[str, tuple[Any, Any]]:
        """What each setting was when the form was shown, and what it is."""
        found = error.details.get("fields")
        return found if isinstance(found, dict) else {}

    def wanted(self) -> dict[str, Any]:
        """What is to be, of the settings that are changed here."""
        return {name: self.value(name, self[name].data or "") for name in self.names() if not self.is_locked(name)}

    def value(self, name: str, typed: str) -> Any:
        """What was typed, as the service takes it; what cannot be read goes there as it is, and is refused."""
        return typed or None if name else typed

    def refuse(self, error: Invalid) -> None:
        """Say under its field what cannot be."""
        faults, hints, why = error.details.get("fields"), self.hints(), texts().gettext("This cannot be used.")
        for name in faults if isinstance(faults, dict) else {}:
            if name in self:
                self[name].errors = [f"{why} {hints.get(name, '')}".strip()]


class ShopForm(SettingsForm):
    """Who the shop is, and how its pages look."""

    name = _line()
    contact = _line(200)
    language = SelectField()
    country = _line(2)
    currency = SelectField()
    currencies = _line(120)
    time_zone = _line(40)
    colour = _line(7)
    legal_identity = _line(400)
    terms_url = _line(300)
    no_logo = BooleanField()

    def choices(self) -> None:
        """Languages and currencies."""
        self.language.choices = [(code, i18n.NAMES[code]) for code in i18n.LANGUAGES]
        self.currency.choices = [(code, code) for code in sorted(money.currencies())]

    def hints(self) -> Mapping[str, str]:
        """Mostly examples."""
        t = texts()
        return {
            "contact": t.gettext("A phone, address or e-mail; shown to buyers"),
            "country": t.gettext("Two letters, such as FR"),
            "currencies": t.gettext("Such as USD, GBP"),
            "time_zone": t.gettext("Such as Europe/Paris"),
            "colour": t.gettext("Such as #09604a; left empty, ours"),
            "legal_identity": t.gettext("Company, number and address in one line, shown on the page and on receipts"),
            "terms_url": t.gettext("Begins with https://; linked on the page and on receipts"),
        }

    def value(self, name: str, typed: str) -> Any:
        """Codes of currencies in any spelling."""
        if name == "currencies":
            return typed.upper().replace(",", " ").split()
        if name in {"country", "colour"}:
            return (typed.upper() if name == "country" else typed.lower()) or None
        return typed if name in {"name", "contact", "time_zone"} else typed or None

    def wanted(self) -> dict[str, Any]:
        """With the picture that was chosen as logo, or that there is to be none."""
        picture = uploaded("logo")
        more: dict[str, Any] = {"logo": picture.data} if picture is not None else {}
        if self.no_logo.data and picture is None:
            more = {"logo": None}
        return super().wanted() | (more if "logo" not in self.locked else {})


class RulesForm(SettingsForm):
    """How payments are asked for."""

    max_tries = _line(3)
    link_days = _line(3)
    confirm_above = _line(12)
    reminders = _line(40)
    quiet_from = _line(2)
    quiet_until = _line(2)
    clerk_refund_limit = _line(12)
    webhook_days = _line(4)
    message_days = _line(4)
    letter_days = _line(4)
    callback_days = _line(4)
    import_days = _line(4)
    report_days = _line(4)
    order_days = _line(4)
    buyer_days = _line(4)

    def shown(self, name: str) -> Any:
        """Of the days of retention those that are the shop's own."""
        if name in set(Kept):
            return str((self.merchant.retention or {}).get(name, ""))
        return super().shown(name)

    def changed(self, error: Changed) -> dict[str, tuple[Any, Any]]:
        """The days are one setting."""
        found = super().changed(error)
        before, after = (each or {} for each in found.get("retention", ({}, {})))
        return found | {str(name): (before.get(name), after.get(name)) for name in Kept if "retention" in found}

    def is_locked(self, name: str) -> bool:
        """The days are one setting of the file."""
        return super().is_locked("retention" if name in set(Kept) else name)

    def wanted(self) -> dict[str, Any]:
        """With the days as the one setting that they are."""
        found = super().wanted()
        days = {name: found.pop(name) for name in set(Kept) & found.keys()}
        own = {name: value for name, value in days.items() if value is not None}
        if days and (own or self.merchant.retention):
            found["retention"] = own
        return found

    def refuse(self, error: Invalid) -> None:
        """Under the days that are wrong."""
        super().refuse(error)
        faults = error.details.get("fields")
        why = str(faults.get("retention", "")) if isinstance(faults, dict) else ""
        cannot = texts().gettext("This cannot be used.")
        for kept in Kept if why else ():
            typed = self[kept].data
            if typed and fault({str(kept): _number(typed)}) is not None:
                self[kept].errors = [f"{cannot} {self.hints()[kept]}"]

    def hints(self) -> Mapping[str, str]:
        """With the limits of each."""
        t = texts()
        whole = t.gettext("In whole %(currency)s", currency=self.merchant.currency)
        hour = t.gettext("An hour of the buyer’s day, 0 to 23")
        return {
            "max_tries": t.gettext("1 to 20, then the order is refused"),
            "link_days": t.gettext("1 to 90"),
            "confirm_above": whole,
            "reminders": t.gettext("At most three, such as 4, 24, 72; empty for none"),
            "quiet_from": hour,
            "quiet_until": hour,
            "clerk_refund_limit": t.gettext(
                "In whole %(currency)s; empty for no limit", currency=self.merchant.currency
            ),
            **{
                str(kept): t.gettext(
                    "Days: %(least)s to %(most)s; empty: %(days)s",
                    least=rule.least,
                    most=MOST,
                    days=context().kept[kept],
                )
                for kept, rule in RULES.items()
            },
        }

    def value(self, name: str, typed: str) -> Any:
        """Whole numbers; of the reminders several."""
        if name == "reminders":
            return [_number(each) for each in typed.replace(",", " ").split()]
        may_be_empty = name == "clerk_refund_limit" or name in set(Kept)
        return None if may_be_empty and not typed else _number(typed)


def _number(typed: str) -> int | str:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 12 else typed  # of the field
