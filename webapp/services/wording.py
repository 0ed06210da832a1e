"""Every text that goes into a chat, by what happened. Messages are extracted and translated like those of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.domain import phone
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.domain.outcome import Decline
from webapp.domain.states import State
from webapp.whatsapp.grammar import Verb, verbs

if TYPE_CHECKING:
    from webapp.db.models import Alias, Order
    from webapp.i18n import Texts

BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "CB",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}


def card(shown: dict[str, Any], digits: int = 2) -> str:
    """`Visa ••42`: the brand and the last `digits` of the number."""
    brand = str(shown["brand"])
    return f"{BRANDS.get(brand, brand.capitalize())} ••{str(shown['last4'])[-digits:]}"


def amount(t: Texts, order: Order) -> str:
    """The order's amount in words of that language, empty for a registration."""
    return t.money(Money(order.amount, order.currency)) if order.amount is not None else ""


def subject(t: Texts, order: Order) -> str:
    """What an order is, on one line: `€10.00, 2 pizzas (A12)`."""
    what = amount(t, order) or t.gettext("card registration")
    if order.description:
        what = f"{what}, {order.description}"
    return f"{what} ({order.reference})"


def action(t: Texts, order: Order) -> str:
    """What the buyer's page will do."""
    match Action(order.action):
        case Action.PAYMENT:
            return t.gettext("Payment")
        case Action.REGISTER:
            return t.gettext("Card registration, nothing is taken")
        case Action.REGISTER_PAY:
            return t.gettext("Payment, and the card is saved")
        case Action.ASK_REGISTER_PAY:
            return t.gettext("Payment, and the buyer is asked whether to save the card")


def confirmation(t: Texts, order: Order, buyer_phone: str, url: str, *, stopped: bool) -> str:
    """To the operator, once for each order: what was understood, and the link to forward."""
    if stopped:
        sent = t.gettext(
            "%(phone)s has asked for no more messages, so nothing was sent. Forward the link yourself:",
            phone=phone.spaced(buyer_phone),
        )
    else:
        sent = t.gettext("Sent to %(phone)s. To forward it another way:", phone=phone.spaced(buyer_phone))
    return f"{subject(t, order)}\n{action(t, order)}.\n{sent}\n{url}"


def news(t: Texts, order: Order, *, saved: bool, why: str) -> str:
    """To the operator: what became of the order. `why` is the reason of a refusal."""
    return f"{_headline(t, order, saved=saved, why=why)}\n{subject(t, order)}"


def _headline(t: Texts, order: Order, *, saved: bool, why: str) -> str:
    shown = card(order.card) if order.card else ""
    if order.state == State.PAID and shown:
        return t.gettext("Paid, %(card)s saved.", card=shown) if saved else t.gettext("Paid, %(card)s.", card=shown)
    returned = t.money(Money(order.refunded, order.currency))
    return {
        State.AUTHORISED: t.gettext(
            "Authorised, %(card)s. The money is held: take it or let it go on the order's page.", card=shown
        ),
        State.PAID: t.gettext("Paid."),
        State.REGISTERED: t.gettext("%(card)s saved, nothing taken.", card=shown),
        State.PARTIALLY_REFUNDED: t.gettext("%(amount)s refunded.", amount=returned),
        State.REFUNDED: t.gettext("Refunded in full."),
        State.DISPUTED: t.gettext(
            "The buyer's bank disputes this payment. Answer it in the payment provider's back office."
        ),
        State.REFUSED: t.gettext("Refused: %(why)s. Nothing was taken.", why=reason(t, why)),
        State.EXPIRED: t.gettext("Expired, not paid."),
        State.CANCELLED: t.gettext("Cancelled. The link no longer works."),
        State.VOIDED: t.gettext("The money that was held was let go. Nothing was taken."),
    }[State(order.state)]


def alias(t: Texts, order: Order, saved: Alias, kind: str) -> str:
    """To the operator: what has happened to a saved card."""
    shown = card({"brand": saved.brand, "last4": saved.last4})
    words = {
        "alias.revoked": t.gettext("%(card)s is no longer saved: it cannot be charged again.", card=shown),
        "alias.updated": t.gettext("%(card)s has a new expiry date.", card=shown),
        "alias.expiring": t.gettext(
            "%(card)s expires soon. The buyer was sent a link to save another card.", card=shown
        ),
    }
    return f"{words[kind]}\n{subject(t, order)}"


def refund_failed(t: Texts, order: Order, money: Money) -> str:
    """To the operator: the money did not go back."""
    return t.gettext("The refund of %(amount)s did not go through.", amount=t.money(money)) + f"\n{subject(t, order)}"


def reason(t: Texts, value: str) -> str:
    """Why a card was declined, for the shop."""
    words = {
        Decline.INSUFFICIENT_FUNDS: t.gettext("not enough money on the card"),
        Decline.EXPIRED_CARD: t.gettext("the card has expired"),
        Decline.INCORRECT_CVC: t.gettext("the security code is wrong"),
        Decline.AUTHENTICATION_FAILED: t.gettext("the buyer did not confirm at the bank"),
        Decline.AUTHENTICATION_REQUIRED: t.gettext("the bank wants the buyer to confirm"),
        Decline.PROCESSING_ERROR: t.gettext("the card could not be processed"),
    }
    return words.get(
        Decline(value) if value in set(Decline) else Decline.GENERIC, t.gettext("the bank declined the card")
    )


def alarm(t: Texts, order: Order, why: str) -> str:
    """To the operator: something that only a person can mend."""
    reasons = {
        "amount_differs": t.gettext(
            "The payment provider names another amount than this order. Ordo leaves the order as it is: please compare the two."
        ),
        "ledger": t.gettext(
            "The payment provider's books and Ordo's do not agree about this order. Please compare the two."
        ),
        "gateway_unknown": t.gettext(
            "The payment provider does not say what became of this payment. Do not ask the buyer to pay again."
        ),
        "gateway_refused": t.gettext(
            "The payment provider refuses this payment, so the buyer cannot pay. Nothing was taken."
        ),
        "whatsapp": t.gettext(
            "WhatsApp refuses Ordo's messages: the shop's administrator has to look at the account. The link is on the order's page, to be sent another way."
        ),
        "whatsapp_limit": t.gettext(
            "The shop's number has written to as many people today as WhatsApp allows. The message goes out later; the link is on the order's page, to be sent otherwise."
        ),
        "card_testing": t.gettext(
            "Very many cards were declined within half an hour: somebody may be trying out stolen ones. For half an hour at most, nobody can pay at your shop."
        ),
    }
    return (reasons.get(why) or t.gettext("This order needs your attention.")) + f"\n{subject(t, order)}"


def needs_buyer(t: Texts, order: Order) -> str:
    """To the operator: the card's bank wants its holder, who was sent a link."""
    return (
        t.gettext("The bank asks the card's holder to confirm, so the buyer was sent a link.")
        + f"\n{subject(t, order)}"
    )


def undelivered(t: Texts, order: Order, buyer_phone: str, url: str) -> str:
    """To the operator: WhatsApp could not deliver the link."""
    text = t.gettext(
        "WhatsApp could not deliver the request to %(phone)s. Send this link another way, by SMS for example:",
        phone=phone.spaced(buyer_phone),
    )
    return f"{text}\n{url}\n{subject(t, order)}"


def waits(t: Texts, order: Order, buyer_phone: str, url: str) -> str:
    """To the operator: WhatsApp has not delivered the link for hours."""
    text = t.gettext(
        "The request to %(phone)s has not arrived yet: the phone may be switched off. You can send this link another way, by SMS for example:",
        phone=phone.spaced(buyer_phone),
    )
    return f"{text}\n{url}\n{subject(t, order)}"


def endpoint_disabled(t: Texts, host: str, *, gone: bool) -> str:
    """To operators: the merchant's order backend is not told of orders for the time being."""
    if gone:
        return t.gettext(
            "%(host)s has asked for no more callbacks (410), so none are sent there. They are kept until it is switched on again.",
            host=host,
        )
    return t.gettext(
        "%(host)s has taken no callback for 5 days, so none are sent there any more. They are kept until it is switched on again.",
        host=host,
    )


def status(t: Texts, order: Order) -> str:
    """To the operator who asks where an order stands."""
    return f"{subject(t, order)}\n{state(t, order.state)}"


def state(t: Texts, value: str) -> str:
    """A state as a merchant reads it."""
    names = {
        State.OPEN: t.gettext("Waiting for the buyer"),
        State.PROCESSING: t.gettext("Being processed"),
        State.AUTHORISED: t.gettext("Authorised"),
        State.VOIDED: t.gettext("Let go"),
        State.PARTIALLY_REFUNDED: t.gettext("Partly refunded"),
        State.REFUNDED: t.gettext("Refunded"),
        State.DISPUTED: t.gettext("Disputed"),
        State.PAID: t.gettext("Paid"),
        State.REGISTERED: t.gettext("Card saved"),
        State.REFUSED: t.gettext("Refused"),
        State.EXPIRED: t.gettext("Expired"),
        State.CANCELLED: t.gettext("Cancelled"),
    }
    return names[State(value)]


def help_(t: Texts, example_phone: str, currency: str) -> str:
    """The whole syntax, by examples, with the verbs of the reader's language."""
    verb = verbs(t.language)
    money = f"10 {currency}"
    examples = {
        f"{money} {example_phone}": t.gettext("a payment"),
        f"{money} {example_phone} {verb[Verb.REGISTER]} buyer@example.com": t.gettext("a payment that saves the card"),
        f"{example_phone} {verb[Verb.REGISTER]} buyer@example.com": t.gettext("saves the card, takes nothing"),
        f"{money} {example_phone} {verb[Verb.ASK]} buyer@example.com": t.gettext(
            "the buyer decides whether to save it"
        ),
    }
    lines = [
        t.gettext("Write an order in one message, words in any order:"),
        *(f"• {example}\n  {meaning}" for example, meaning in examples.items()),
        t.gettext('You may add "2 pizzas" in quotes and ORDER=A12.'),
        t.gettext(
            "As a reply to an order's message: %(status)s, %(cancel)s, %(charge)s 5.",
            status=verb[Verb.STATUS],
            cancel=verb[Verb.CANCEL],
            charge=verb[Verb.CHARGE],
        ),
    ]
    return "\n".join(lines)


def welcome(t: Texts, name: str, merchant_name: str) -> str:
    """To an operator who has just sent the invitation's code in."""
    return t.gettext(
        "Welcome, %(name)s. This phone now orders payments for %(merchant)s.", name=name, merchant=merchant_name
    )


def text_only(t: Texts) -> str:
    """To who sent a picture, a voice message or a sticker."""
    return t.gettext("I can only read text. Write HELP to see how to order a payment.")


def stranger(t: Texts, merchant_name: str, contact: str) -> str:
    """To who is neither an operator nor says anything we act on."""
    return t.gettext(
        "This number sends payment requests for %(merchant)s and nobody reads the messages sent to it. "
        "To reach the shop: %(contact)s. Write STOP to get no more messages.",
        merchant=merchant_name,
        contact=contact,
    )


def stop_of_operator(t: Texts, merchant_name: str) -> str:
    """To an operator who wrote STOP."""
    return t.gettext(
        "No more payment requests of %(merchant)s come to this phone. To stop ordering payments here, ask the shop's administrator to take this number off.",
        merchant=merchant_name,
    )


def charge_again(t: Texts, money: Money) -> str:
    """Above the buttons, when the same charge was made a moment ago."""
    return t.gettext("The same card was charged %(amount)s a moment ago. Charge it once more?", amount=t.money(money))


def stopped(t: Texts, merchant_name: str) -> str:
    """To a buyer who wrote STOP."""
    return t.gettext(
        "You will get no more messages from %(merchant)s here. Write START to get them again.", merchant=merchant_name
    )


def started(t: Texts, merchant_name: str) -> str:
    """To a buyer who wrote START."""
    return t.gettext("You will get payment requests from %(merchant)s here again.", merchant=merchant_name)


def refusal(t: Texts, code: str, word: str, example: str, suggestion: str = "") -> str:
    """To the operator: what could not be read, and a message that can. At most 20 characters of the input come back."""
    reasons = {
        "empty": t.gettext("The message is empty."),
        "too_long": t.gettext("The message is too long: 512 characters at most."),
        "unknown_word": t.gettext("I do not understand “%(word)s”.", word=word),
        "unexpected_word": t.gettext("“%(word)s” does not belong here.", word=word),
        "unclosed_quote": t.gettext("A quotation mark is missing at the end of the quoted text."),
        "unsupported_option": t.gettext("I cannot do “%(word)s” yet.", word=word),
        "two_commands": t.gettext("There are two commands: which one?"),
        "two_amounts": t.gettext("There are two amounts: which one?"),
        "two_phones": t.gettext("There are two phone numbers: which one?"),
        "two_emails": t.gettext("There are two e-mail addresses: which one?"),
        "two_currencies": t.gettext("There are two currencies: which one?"),
        "two_texts": t.gettext("There are two quoted texts: which one?"),
        "two_references": t.gettext("There are two order references: which one?"),
        "two_languages": t.gettext("There are two languages: which one?"),
        "bad_phone": t.gettext("“%(word)s” is not a whole phone number.", word=word),
        "bad_email": t.gettext("“%(word)s” is not an e-mail address.", word=word),
        "bad_amount": t.gettext("“%(word)s” is not an amount.", word=word),
        "bad_reference": t.gettext("“%(word)s” is not an order reference: up to 64 letters and digits.", word=word),
        "bad_text": t.gettext("The quoted text is too long: 80 characters at most."),
        "odd_digits": t.gettext("Some digits of the message are written in a way that I cannot read."),
        "too_many_decimals": t.gettext("“%(word)s” has more decimals than the currency.", word=word),
        "amount_too_small": t.gettext("The least that the payment provider takes is %(word)s.", word=word),
        "amount_not_chargeable": t.gettext(
            "The payment provider cannot take exactly this amount in that currency. Try a rounder one."
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
        "phone_needed": t.gettext("The buyer's phone number is missing."),
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
        "no_alias": t.gettext("No card was saved with that order."),
        "other_currency": t.gettext("The card is charged in %(word)s only.", word=word),
        "tapped": t.gettext("That was answered already."),
    }
    text = reasons.get(code) or t.gettext("I could not read that.")
    if suggestion:
        text += " " + t.gettext("Did you mean %(word)s?", word=suggestion)
    return f"{text}\n" + t.gettext("For example: %(example)s", example=example) if example else text


def question(t: Texts) -> str:
    """Above the buttons, when a message has two readings."""
    return t.gettext("I want to be sure that I read this right. Do you mean this?")


def old(t: Texts, text: str) -> str:
    """Above the buttons, when a command arrives more than an hour late."""
    return t.gettext("This message arrived late: “%(text)s”. Shall I still do it?", text=text[:200])
