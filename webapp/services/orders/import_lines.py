"""A line of a CSV file as an order that is asked for: what each column means, and what is wrong with a cell."""

from __future__ import annotations

import functools
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from webapp import i18n
from webapp.domain import amounts, cards, cells, characters, phone
from webapp.domain.actions import Action
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Invalid
from webapp.domain.money import Money
from webapp.services.orders import import_cells, lifecycle
from webapp.services.orders.import_file import METADATA, Line, LineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webapp.db import models
    from webapp.services.runtime.context import ServiceContext

COLUMNS = (
    "reference",
    "action",
    "amount",
    "currency",
    "buyer.phone",
    "buyer.email",
    "description",
    "channel",
    "language",
    "expires_in_days",
    "manual_capture",
    "collects_details",
    "tax_rate",
    "return_url",
)
"""By the API's names of the fields; besides, one column for each key of `metadata`."""
KNOWN = {**{name: name for name in COLUMNS}, "phone": "buyer.phone", "email": "buyer.email"}
"""Which column a name is of."""
ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
# What is wrong with an order as a whole, by the column where it is mended.
PLACES = {
    "amount_needed": ("amount", "an amount is needed, such as 12.50"),
    "no_amount": ("amount", "saving a card takes nothing: leave the amount and manual_capture empty"),
    "email_needed": ("buyer.email", "an e-mail address is needed to save a card, or to send the link by e-mail"),
    "phone_needed": (
        "buyer.phone",
        "a phone is needed to send the link by WhatsApp; or write none into the column channel",
    ),
    "cannot_email": ("channel", "this installation sends no e-mail"),
    "bad_return_url": ("return_url", "this is not one of return_urls in the merchant's file, written exactly so"),
    "bad_days": ("expires_in_days", import_cells.DAYS),
    "cannot_save_cards": ("action", "this shop's payment provider saves no cards"),
    "cannot_hold": ("manual_capture", "this shop's payment provider cannot only hold money"),
    "reference_exists": ("reference", "there is already an order with this reference"),
}
AMOUNTS = {
    amounts.Fault.TOO_MANY_DECIMALS: "has more decimals than the currency",
    amounts.Fault.ZERO_AMOUNT: "is zero",
    amounts.Fault.NEGATIVE: "is negative",
    amounts.Fault.TOO_LARGE: "is too large",
    amounts.Fault.NOT_FIELD_CURRENCY: "names another currency than the column currency, or the shop's own where that is empty",
    "currency_not_chargeable": "is in a currency that the payment provider does not take",
    "amount_not_chargeable": "cannot be taken by the payment provider exactly so: round it",
}


@dataclass
class Reading:
    """A line while it is read: what its cells say, and what is wrong with them."""

    number: int
    cells: Mapping[str, str]
    errors: list[LineError] = field(default_factory=list)

    def wrong(self, column: str, code: str, message: str) -> None:
        """Note what is wrong with a cell."""
        self.errors.append(LineError(self.number, column, code, message))

    def read(self, column: str, reader: Callable[[str], Any]) -> Any:
        """What a cell says; None for an empty one, and for one that is wrong."""
        cell = self.cells.get(column)
        if cell is None:
            return None
        try:
            return reader(cell)
        except Invalid as error:
            self.wrong(column, error.code, str(error))
        return None


class Reader:
    """Reads the lines of one merchant's file."""

    def __init__(self, context: ServiceContext, merchant: models.Merchant) -> None:
        self._context, self._merchant = context, merchant
        self._t = i18n.texts("en", merchant.country)

    def request(self, line: Line) -> tuple[lifecycle.Request | None, list[LineError]]:
        """What the line asks for, or what is wrong with it."""
        given = {name: text for name, cell in line.cells.items() if (text := cells.plain(cell).strip())}
        reading = Reading(line.number, given)
        for name, cell in line.cells.items():
            _check_cell(reading, name, cell)
        if reading.errors:
            return None, reading.errors
        if "reference" not in given:
            reading.wrong("reference", "missing", "a reference is needed: by it no order is made twice")
        currency = reading.read("currency", import_cells.currency) or (
            None if "currency" in given else self._merchant.currency
        )
        money_ = reading.read("amount", functools.partial(self._amount, currency=currency)) if currency else None
        made = lifecycle.Request(
            action=reading.read("action", import_cells.action) or Action.PAYMENT,
            amount=money_,
            phone=reading.read("buyer.phone", self._phone),
            email=reading.read("buyer.email", import_cells.email),
            description=reading.read("description", import_cells.description),
            reference=reading.read("reference", import_cells.reference),
            language=reading.read("language", import_cells.language),
            days=reading.read("expires_in_days", import_cells.days),
            manual_capture=reading.read("manual_capture", import_cells.yes_or_no) or False,
            tax=reading.read("tax_rate", import_cells.tax),
            collects_details=reading.read("collects_details", import_cells.yes_or_no) or False,
            channel=reading.read("channel", import_cells.channel),
            return_url=given.get("return_url"),
            metadata={name.removeprefix(METADATA): cell for name, cell in given.items() if name.startswith(METADATA)},
        )
        if not reading.errors:
            self._check(reading, made)
        return (None, reading.errors) if reading.errors else (made, [])

    def _check(self, reading: Reading, made: lifecycle.Request) -> None:
        if made.channel is None and made.phone is None:
            reading.wrong("buyer.phone", "phone_needed", PLACES["phone_needed"][1])
            return
        try:
            lifecycle.check(self._context, self._merchant, made)
        except Invalid as error:
            column, message = place(error)
            reading.wrong(column, error.code, message)

    def _phone(self, cell: str) -> str:
        if ROUNDED.fullmatch(cell):
            raise Invalid(
                "bad_phone", "the spreadsheet has rounded this phone: format the column as text and type it again"
            )
        try:
            return phone.parse(cell, self._merchant.country)
        except Invalid as error:
            example = phone.example(self._merchant.country)
            raise Invalid(error.code, f"this is not a whole phone number, such as {example}") from None

    def _amount(self, cell: str, *, currency: str) -> Money:
        try:
            return amounts.in_field(
                cell, currency, signs=i18n.signs(currency, self._merchant.country), prints=self._t.money
            )
        except Invalid as error:
            readings = error.details.get("readings")
            if isinstance(readings, tuple):
                both = " or ".join(map(str, readings))
                raise Invalid(error.code, f"is that {both}? Write it without a sign between the thousands") from None
            raise Invalid(
                error.code, AMOUNTS.get(error.code, f"is not an amount in {currency}, such as 12.50")
            ) from None


def place(error: Invalid) -> tuple[str, str]:
    """The column where an order that is refused is mended, and what to do."""
    if error.code in PLACES:
        return PLACES[error.code]
    if error.code in {"bad_metadata", "card_number"}:
        return str(error.details.get("field", "metadata")), str(error)
    limit = error.details.get("limit")
    words = AMOUNTS.get(error.code, str(error))
    return "amount", f"{words}: the limit is {limit}" if isinstance(limit, Money) else words


def document(request: lifecycle.Request) -> dict[str, Any]:
    """A request as a row keeps it."""
    return {name: value for name, value in asdict(request).items() if value is not None}


def request_of(kept: Mapping[str, Any], idempotency_key: str, import_id: str) -> lifecycle.Request:
    """What `document` kept."""
    given = dict(kept) | {"idempotency_key": idempotency_key, "import_id": import_id}
    given["action"] = Action(given["action"])
    given["amount"] = Money(**given["amount"]) if "amount" in given else None
    given["channel"] = OrderChannel(given["channel"]) if "channel" in given else None
    return lifecycle.Request(**given)


def _check_cell(reading: Reading, name: str, cell: str) -> None:
    if cards.found_in(cell):
        reading.wrong(name, "card_number", "a card number stands here, which is kept nowhere: take it out of the file")
    elif not characters.is_storable(cell):
        reading.wrong(name, "bad_text", "holds NUL or half a character")
    elif cells.is_formula(cell):
        reading.wrong(name, "formula", "is a formula: have the spreadsheet write what comes of it")
