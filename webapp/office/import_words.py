"""What is wrong with a file of orders, in the reader's words: one text for each code of `services/orders/import_*`; and what its columns mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp import i18n
from webapp.domain import metadata, phone
from webapp.domain.actions import Action
from webapp.domain.channels import OrderChannel
from webapp.gateways.base import Capability
from webapp.services.orders import import_file, import_lines
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webapp.db.models import Merchant
    from webapp.i18n import Texts

MEGABYTES = import_file.LARGEST // 1024**2


def errors(t: Texts, country: str) -> Mapping[str, str]:
    """What is wrong, by its code, and what to do."""
    return {**_of_files(t), **_of_cells(t, country), **_of_amounts(t), **_of_orders(t)}


def error(t: Texts, found: Mapping[str, str], each: import_file.LineError) -> str:
    """One of them, with the column that was perhaps meant."""
    if each.code == "too_large" and each.column is None:  # an amount may be too
        return too_large(t)
    words = found.get(each.code) or t.gettext("I could not read that.")
    near = import_file.near(each.column or "", import_lines.KNOWN) if each.code == "unknown_column" else None
    return " ".join([words, t.gettext("Did you mean %(word)s?", word=near)]) if near else words


def too_large(t: Texts) -> str:
    """Of a file that was not read at all."""
    return t.gettext("The file is larger than %(number)s MB. Send it in parts.", number=MEGABYTES)


def _of_files(t: Texts) -> Mapping[str, str]:
    most, columns = t.number(import_file.MOST_LINES), import_file.MOST_COLUMNS
    return {
        "not_utf8": t.gettext("The file is no CSV file in UTF-8. In your spreadsheet, save it as “CSV UTF-8”."),
        "empty": t.gettext("No order stands here. The first line names the columns, and each line below is an order."),
        "bad_quotes": t.gettext("A double quote is not closed, or text follows one that is."),
        "wrong_columns": t.gettext(
            "This line has more or fewer cells than the first. Put a text that holds the separator into double quotes."
        ),
        "too_many_columns": t.gettext("There are more than %(number)s columns.", number=columns),
        "too_many_lines": t.gettext("There are more than %(number)s lines. Send the file in parts.", number=most),
        "repeated_column": t.gettext("This column is there twice."),
        "unknown_column": t.gettext("There is no such column."),
        "bad_metadata": t.gettext(
            "This cannot be kept: at most %(number)s columns of metadata, with short names and texts.",
            number=metadata.MOST,
        ),
    }


def _of_cells(t: Texts, country: str) -> Mapping[str, str]:
    def one_of(words: Iterable[str]) -> str:
        return t.gettext("Write one of these: %(words)s", words=", ".join(words))

    bad_email, long = t.gettext("This is not an e-mail address."), 64
    return {
        "card_number": t.gettext("Never write a card number here: the buyer types it on the payment page."),
        "bad_text": t.gettext("There are characters here that cannot be kept."),
        "formula": t.gettext("This is a formula. Write what comes of it."),
        "missing": t.gettext("A reference is needed: by it no order is made twice."),
        "bad_reference": t.gettext("A reference has letters or digits, and no quotation marks."),
        "reference_too_long": t.gettext("This is too long: %(most)s characters at most.", most=long),
        "description_too_long": t.gettext("This is too long: %(most)s characters at most.", most=80),
        "bad_action": one_of(Action),
        "bad_channel": one_of(OrderChannel),
        "bad_language": one_of(i18n.LANGUAGES),
        "bad_choice": one_of(("true", "false")),
        "bad_days": t.gettext("A link is valid for 1 to 90 days."),
        "bad_tax": t.gettext("A tax rate is from 0 to 100 percent, such as 5.5."),
        "bad_phone": t.gettext(
            "This is not a whole phone number. For example: %(phone)s", phone=phone.example(country)
        ),
        "bad_email": bad_email,
        "odd_email": bad_email,
    }


def _of_amounts(t: Texts) -> Mapping[str, str]:
    return {
        "bad_amount": t.gettext("Write the amount, such as 12.50."),
        "amount_needed": t.gettext("Write the amount, such as 12.50."),
        "no_amount": t.gettext("Saving a card takes nothing: leave the amount empty."),
        "ambiguous": t.gettext("This can be read in two ways. Write no sign between the thousands."),
        "too_many_decimals": t.gettext("The amount has more decimals than the currency."),
        "zero_amount": t.gettext("The amount is zero."),
        "negative": t.gettext("The amount is negative."),
        "too_large": t.gettext("The amount is too large."),
        "amount_too_small": t.gettext("The payment provider does not take so small an amount."),
        "unknown_currency": t.gettext("This is not the code of a currency, such as EUR."),
        "ambiguous_currency": t.gettext("This is not the code of a currency, such as EUR."),
        "two_currencies": t.gettext("There are two currencies: which one?"),
        "not_field_currency": t.gettext("The amount is in another currency than the column “currency” says."),
        "currency_not_chargeable": t.gettext("The payment provider does not take this currency."),
        "amount_not_chargeable": t.gettext(
            "The payment provider cannot take exactly this amount in that currency. Try a rounder one."
        ),
    }


def _of_orders(t: Texts) -> Mapping[str, str]:
    return {
        "repeated_reference": t.gettext("Another line of the file has this reference already."),
        "reference_exists": t.gettext("There is already an order with this reference."),
        "phone_needed": t.gettext("A phone is needed, unless the column “channel” says email or none."),
        "email_needed": t.gettext("An e-mail address is needed to save a card, or to send the link by e-mail."),
        "cannot_email": t.gettext("No e-mail can be sent from here."),
        "bad_return_url": t.gettext("This is not one of your shop’s return addresses."),
        "cannot_save_cards": t.gettext("This shop's payment provider cannot save cards."),
        "cannot_hold": t.gettext("This shop's payment provider cannot only hold money: it takes it at once."),
        "buyer_erased": t.gettext("The buyer is erased."),
        "too_old": t.gettext("This line has waited for too long."),
    }


def columns(t: Texts, merchant: Merchant) -> list[tuple[str, str]]:
    """The columns that are of use to this shop, and what each means."""
    can = context().provider(merchant).capabilities
    saves, mails = Capability.SAVED_CARDS in can, context().mailer is not None
    channels = ", ".join(each for each in OrderChannel if mails or each is not OrderChannel.EMAIL)
    found = [
        ("reference", t.gettext("Needed: your number of the order. No two orders have the same.")),
        ("amount", t.gettext("Write the amount, such as 12.50.")),
        ("currency", t.gettext("Such as EUR; empty: %(currency)s", currency=merchant.currency)),
        ("phone", t.gettext("With the country's code, or as in your country")),
        ("email", t.gettext("Needed to save a card") if saves else ""),
        ("description", t.gettext("What for (the buyer reads it, may stay empty)")),
        ("channel", t.gettext("How the link goes: %(words)s; empty: as your shop sends links", words=channels)),
        ("language", t.gettext("Such as fr; empty: the buyer’s own")),
        ("expires_in_days", t.gettext("Days that the link is valid")),
        ("action", _actions(t) if saves else ""),
        ("manual_capture", _true(t.gettext("Only hold the money now: I take it or release it later"))),
        ("collects_details", _true(t.gettext("Ask the buyer for a name and an address first"))),
        ("tax_rate", t.gettext("The tax in percent that the amount has in it, such as 5.5")),
        ("return_url", t.gettext("Where the receipt leads: one of your shop’s return addresses")),
        ("metadata.…", t.gettext("For your order backend: a column for each thing, such as metadata.table")),
    ]
    left_out = {
        "email": not saves and not mails,
        "action": not saves,
        "manual_capture": Capability.MANUAL_CAPTURE not in can,
        "return_url": not merchant.return_urls,
    }
    return [(name, words) for name, words in found if not left_out.get(name)]


def _true(words: str) -> str:
    return f"true: {words}"


def _actions(t: Texts) -> str:
    words = {
        Action.PAYMENT: t.gettext("Take a payment"),
        Action.REGISTER_PAY: t.gettext("Take a payment and save the card"),
        Action.ASK_REGISTER_PAY: t.gettext("Take a payment and ask the buyer whether to save the card"),
        Action.REGISTER: t.gettext("Save a card, take nothing"),
    }
    return " · ".join(f"{name}: {text}" for name, text in words.items())
