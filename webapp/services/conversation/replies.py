"""What an operator is answered in the chat: refusals with an example, questions above buttons, lists and the syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.domain import phone
from webapp.gateways.base import Capability
from webapp.services.notifications.merchant_texts import action, saved_card, state, subject
from webapp.services.payments.questions import Doubt
from webapp.whatsapp.grammar import Charge, CreateOrder, Refund, Verb, difference, verbs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.models import Order
    from webapp.i18n import Texts
    from webapp.services.payments.questions import Question
    from webapp.whatsapp.grammar import Command, Context


def help_(t: Texts, example_phone: str, currency: str, can: frozenset[Capability]) -> str:
    """The whole syntax, by examples, with the verbs of the reader's language. What the gateway cannot do (`can`) is left out."""
    verb = {each.lower(): written for each, written in verbs(t.language).items()}
    money = f"10 {currency}"
    saves = {
        f"{money} {example_phone} {verb['register']} buyer@example.com": t.gettext("a payment that saves the card"),
        f"{example_phone} {verb['register']} buyer@example.com": t.gettext("saves the card, takes nothing"),
        f"{money} {example_phone} {verb['ask']} buyer@example.com": t.gettext("the buyer decides whether to save it"),
    }
    examples = {
        f"{money} {example_phone}": t.gettext("a payment"),
        **(saves if Capability.SAVED_CARDS in can else {}),
        money: t.gettext("only the link, which you forward yourself"),
    }
    alone = {
        verb["list"]: t.gettext("today's orders"),
        verb["link"]: t.gettext("a form instead of a message"),
        f"{verb['language']} {t.language}": t.gettext("the language of this chat"),
    }
    lines = [
        t.gettext("Write an order in one message, words in any order:"),
        *(f"• {t.apart(example)}\n  {meaning}" for example, meaning in examples.items()),
        t.gettext('You may add "2 pizzas" in quotes, ORDER=A12, TAX=8 (percent) and DELAY=30 (days).'),
        t.gettext("You may share a contact instead of writing its number."),
        _about_orders(t, verb | {"extend": f"{verb['extend']} 3", "charge": f"{verb['charge']} 5"}, can),
        *(f"• {t.apart(word)}: {meaning}" for word, meaning in alone.items()),
    ]
    return "\n".join(lines)


def _about_orders(t: Texts, verb: dict[str, str], can: frozenset[Capability]) -> str:
    if Capability.MERCHANT_INITIATED not in can:
        return t.gettext(
            "As a reply to an order's message: %(status)s, %(cancel)s, %(resend)s, %(revoke)s, %(extend)s, %(refund)s.",
            **verb,
        )
    return t.gettext(
        "As a reply to an order's message: %(status)s, %(cancel)s, %(resend)s, %(revoke)s, %(extend)s, %(refund)s, %(charge)s.",
        **verb,
    )


def line(t: Texts, order: Order, zone: str) -> str:
    """An order in the list of today's."""
    return f"{t.hour(order.created_at, zone)} · {subject(t, order)} · {state(t, order.state)}"


def listed(t: Texts, lines: Sequence[str], *, more: bool) -> str:
    """To the operator: today's orders. `more`: there are others that do not fit."""
    if not lines:
        return t.gettext("No orders today.")
    rest = t.gettext("Those before are in the back office.") if more else ""
    return "\n".join(filter(None, (t.gettext("Today's orders, newest first:"), *lines, rest)))


def extended(t: Texts, order: Order, until: str, *, again: bool) -> str:
    """To the operator: how long the link is valid now. `again`: it had expired, and was sent once more."""
    words = t.gettext("The link is valid until %(date)s.", date=until)
    if again:
        words = t.gettext("The order is open again until %(date)s, and its link is being sent.", date=until)
    return f"{words}\n{subject(t, order)}"


def link_revoked(t: Texts, order: Order, url: str, *, reachable: bool) -> str:
    """To the operator who took a link back: the new one, and how the buyer gets it, if there is a phone."""
    lines = [subject(t, order), t.gettext("The old link no longer works. The new one: %(url)s", url=url)]
    if reachable:
        lines.append(t.gettext("%(resend)s sends it to the buyer.", resend=verbs(t.language)[Verb.RESEND]))
    return "\n".join(lines)


def form_link(t: Texts, url: str) -> str:
    """To the operator who wrote LINK."""
    words = t.gettext("Here you make one order by a form. The link works once, for ten minutes: keep it to yourself.")
    return f"{words}\n{url}"


def how_much(t: Texts, number: str, name: str, currency: str) -> str:
    """To the operator who shared a contact."""
    who = " ".join(filter(None, (t.apart(name[:40]), t.apart(phone.spaced(number)))))
    return t.gettext(
        "How much for %(who)s? Reply to this message with the amount: %(example)s", who=who, example=f"10 {currency}"
    )


def question(t: Texts) -> str:
    """Above the buttons, when a message has two readings."""
    return t.gettext("I want to be sure that I read this right. Do you mean this?")


def wish(t: Texts, command: Command, order: Order | None) -> str:
    """What a command would do, in words: above its button."""
    match command:
        case CreateOrder():
            return _order(t, command)
        case Charge() if order is not None:
            charge = t.gettext("Charge %(amount)s", amount=t.money(command.amount))
            return f"{charge} · {subject(t, order)}"
    return subject(t, order) if order is not None else ""


def _order(t: Texts, command: CreateOrder) -> str:
    """All that was understood."""
    what = t.money(command.amount) if command.amount else t.gettext("card registration")
    to = phone.spaced(command.phone) if command.phone else t.gettext("only the link")
    parts = (what, command.text, command.reference, command.email, command.language, to)
    tax = t.gettext("Tax included: %(rate)s.", rate=t.percent(command.tax)) if command.tax is not None else ""
    valid = t.gettext("Days that the link is valid")
    days = f"{valid}: {command.days}" if command.days else ""
    first = " · ".join(t.apart(part) for part in parts if part)
    asks = t.gettext("The buyer is asked for a name and an address first.") if command.collects_details else ""
    return "\n".join(filter(None, (first, f"{action(t, command)}.", tax, days, asks)))


def title(t: Texts, command: Command, among: Sequence[Command], context: Context) -> str:
    """The title of a button: what tells the command from the others."""
    told = difference(command, among, context)
    if told:
        return told
    return t.gettext("All of it") if isinstance(command, Refund) else t.gettext("Only the link")


def old(t: Texts, text: str) -> str:
    """Above the buttons, when a command arrives more than an hour late."""
    return t.gettext("This message arrived late: “%(text)s”. Shall I still do it?", text=text[:200])


def stands(t: Texts, order: Order) -> str:
    """To the operator who edited or deleted a message that was worked on."""
    words = t.gettext("What you sent was done already, and stands: a message cannot be changed afterwards.")
    return f"{words}\n{subject(t, order)}\n{state(t, order.state)}"


def edit_not_read(t: Texts) -> str:
    """To the operator who edited a message of which nothing came."""
    return t.gettext("I do not read changes of a message. Please send it anew.")


def to_whom(t: Texts) -> str:
    """Above the buttons, when the reply to a buyer's words is a command as well."""
    return t.gettext("Is this for the buyer, or shall I do it?")


def doubt(t: Texts, question: Question) -> str:
    """What is asked before money moves or is asked for, in whichever door."""
    amount = t.money(question.amount) if question.amount else ""
    match question.about:
        case Doubt.LARGE:
            return t.gettext("That is a large amount: %(amount)s.", amount=amount)
        case Doubt.REPEATED:
            return t.gettext("The same card was charged %(amount)s a moment ago. Charge it once more?", amount=amount)
        case Doubt.CHARGED:
            return t.gettext("Since you looked, this card was charged %(amount)s.", amount=amount)
        case Doubt.CARD:
            card = saved_card(question.alias) if question.alias else ""
            return t.gettext("Since you looked, another card was saved in its place: %(card)s.", card=card)
        case Doubt.REFUNDED:
            left = t.money(question.left) if question.left else ""
            return t.gettext(
                "Since you looked, the refunds of this order have changed: %(amount)s is refunded or on its way, %(left)s is left.",
                amount=amount,
                left=left,
            )
        case Doubt.FAR | Doubt.AGAIN:
            return _doubt_of_order(t, question)


def _doubt_of_order(t: Texts, question: Question) -> str:
    if question.about is Doubt.FAR:
        number = phone.spaced(question.known)
        return t.gettext("You have never sent anything to that country: %(phone)s.", phone=number)
    made = subject(t, question.order) if question.order else ""
    return t.gettext("The same order was made a moment ago: %(order)s. Make it once more?", order=made)


def _bad_email(t: Texts, word: str) -> str:
    if word.isascii() and "xn--" not in word.lower():
        return t.gettext("“%(word)s” is not an e-mail address.", word=word)
    return t.gettext(
        "No mail can be sent to “%(word)s”: before the @ only the letters a to z are taken everywhere, and behind it no "
        "letters that look like others.",
        word=word,
    )


def refusal(t: Texts, code: str, word: str, example: str, suggestion: str = "") -> str:
    """To the operator: what could not be read, and a message that can. At most 20 characters of the input come back."""
    reasons = {
        "empty": t.gettext("The message is empty."),
        "too_long": t.gettext("The message is too long: 512 characters at most."),
        "unknown_word": t.gettext("I do not understand “%(word)s”.", word=word),
        "unexpected_word": t.gettext("“%(word)s” does not belong here.", word=word),
        "unclosed_quote": t.gettext("A quotation mark is missing at the end of the quoted text."),
        "two_commands": t.gettext("There are two commands: which one?"),
        "two_amounts": t.gettext("There are two amounts: which one?"),
        "two_phones": t.gettext("There are two phone numbers: which one?"),
        "two_emails": t.gettext("There are two e-mail addresses: which one?"),
        "two_currencies": t.gettext("There are two currencies: which one?"),
        "two_texts": t.gettext("There are two quoted texts: which one?"),
        "two_references": t.gettext("There are two order references: which one?"),
        "two_languages": t.gettext("There are two languages: which one?"),
        "two_options": t.gettext("“%(word)s” says a second time what was said already.", word=word),
        "bad_phone": t.gettext("“%(word)s” is not a whole phone number.", word=word),
        "bad_email": _bad_email(t, word),
        "bad_amount": t.gettext("“%(word)s” is not an amount.", word=word),
        "bad_reference": t.gettext("“%(word)s” is not an order reference: up to 64 letters and digits.", word=word),
        "bad_text": t.gettext("The quoted text is too long: 80 characters at most."),
        "bad_tax": t.gettext("“%(word)s” is not a tax rate: from 0 to 100 percent.", word=word),
        "bad_days": t.gettext("A link is valid for 1 to 90 days."),
        "other_shop": t.gettext(
            "“%(word)s” is not this shop. Leave it out: this number is of one shop only.", word=word
        ),
        "live_shop": t.gettext("This shop takes real money: it has no test links."),
        "language_needed": t.gettext("Which language?"),
        "odd_digits": t.gettext("Some digits of the message are written in a way that I cannot read."),
        "too_many_decimals": t.gettext("“%(word)s” has more decimals than the currency.", word=word),
        "amount_too_small": t.gettext("The least that the payment provider takes is %(word)s.", word=word),
        "amount_not_chargeable": t.gettext(
            "The payment provider cannot take exactly this amount in that currency. Try a rounder one."
        ),
        "amount_not_refundable": t.gettext(
            "The payment provider cannot give back exactly this amount in that currency. Try a rounder one."
        ),
        "currency_not_chargeable": t.gettext("The payment provider does not take the currency “%(word)s”.", word=word),
        "zero_amount": t.gettext("The amount is zero."),
        "negative": t.gettext("The amount is negative."),
        "too_large": t.gettext("The amount is too large.")
        + (" " + t.gettext("At most %(word)s can be taken.", word=word) if word else ""),
        "unknown_currency": t.gettext("I do not know the currency “%(word)s”.", word=word),
        "ambiguous_currency": t.gettext(
            "“%(word)s” is the sign of several currencies: write its code, such as EUR.", word=word
        ),
        "ambiguous": t.gettext("I can read this in several ways. Please write it another way."),
        "email_needed": t.gettext("To save a card, the buyer's e-mail address is needed."),
        "amount_needed": t.gettext("The amount is missing."),
        "no_amount": t.gettext("A registration alone takes no amount."),
        "reference_needed": t.gettext("Which order? Reply to its message, or name it."),
        "reference_exists": t.gettext(
            "There is already an order %(word)s. Give this one another reference.", word=word
        ),
        "no_order": t.gettext("I find no such order."),
        "card_number": t.gettext(
            "Never write a card number in a chat. Delete that message: the buyer types the card on the payment page."
        ),
        "wrong_state": t.gettext("The order is over: that can no longer be done."),
        "not_sent": t.gettext("Nothing was sent: the buyer wants no messages, or has no phone here."),
        "more_than_rest": t.gettext("At most %(amount)s can be refunded.", amount=word),
        "no_alias": t.gettext("No card was saved with that order."),
        "other_currency": t.gettext("The card is charged in %(word)s only.", word=word),
        "tapped": t.gettext("That was answered already."),
        "cannot_save_cards": t.gettext("This shop's payment provider cannot save cards."),
        "cannot_hold": t.gettext("This shop's payment provider cannot only hold money: it takes it at once."),
        "cannot_charge_saved": t.gettext("This shop's payment provider cannot charge a card without the buyer."),
        "whole_refund_only": t.gettext(
            "This shop's payment provider gives back whole payments only: %(amount)s.", amount=word
        ),
    }
    text = reasons.get(code) or t.gettext("I could not read that.")
    if suggestion:
        text += " " + t.gettext("Did you mean %(word)s?", word=suggestion)
    return f"{text}\n" + t.gettext("For example: %(example)s", example=example) if example else text
