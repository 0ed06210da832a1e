"""Every text that goes into a chat, by what happened. Messages are extracted and translated like those of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.domain import phone
from webapp.domain.actions import Action
from webapp.domain.channels import ChannelName
from webapp.domain.money import Money
from webapp.domain.outcome import Decline
from webapp.domain.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.db.models import Alias, Order
    from webapp.db.pages import PageOrder
    from webapp.i18n import Texts
    from webapp.whatsapp.grammar import CreateOrder

BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "CB",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}


WALLETS = {"apple_pay": "Apple Pay", "google_pay": "Google Pay", "samsung_pay": "Samsung Pay"}


def brand(name: str) -> str:
    """A kind of card as people call it: `Visa`."""
    return BRANDS.get(name, name.capitalize())


def card(shown: dict[str, Any], digits: int = 2) -> str:
    """`Visa ••42`: the brand and the last `digits` of the number; `Visa ••42 (Apple Pay)` for one that a wallet gave."""
    wallet = shown.get("wallet")
    named = f"{brand(str(shown['brand']))} ••{str(shown['last4'])[-digits:]}"
    return f"{named} ({WALLETS.get(wallet, wallet.replace('_', ' ').title())})" if wallet else named


def saved_card(alias: Alias, digits: int = 2) -> str:
    """`card`, of a saved one."""
    return card({"brand": alias.brand, "last4": alias.last4, "wallet": alias.wallet}, digits)


def amount(t: Texts, order: Order | PageOrder) -> str:
    """What the buyer pays or has paid, in words of that language; empty for a registration."""
    if order.amount is None:
        return ""
    return t.money(Money(order.amount if order.captured is None else order.captured, order.currency))


def left(t: Texts, order: Order) -> str:
    """How much of it was refunded, and how much is left; empty where nothing was."""
    if not order.refunded:
        return ""
    rest = Money(max(0, order.paid - order.refunded), order.currency)
    back = t.money(Money(order.refunded, order.currency))
    return t.gettext("%(refunded)s refunded, %(left)s left", refunded=back, left=t.money(rest))


def balance(t: Texts, order: Order) -> str:
    """The order's amount and what was refunded of it: `€10.00 (€3.00 refunded, €7.00 left)`; empty for a registration."""
    back = left(t, order)
    return f"{amount(t, order)} ({back})" if back else amount(t, order)


def hold(t: Texts, order: Order) -> str:
    """That the money will only be held; empty for an order that takes it, and once it is held."""
    if not order.manual_capture or order.state not in {State.OPEN, State.PROCESSING}:
        return ""
    return t.gettext("The money is only held at first: you take it or release it later, on the order's page.")


def captured(t: Texts, order: Order) -> str:
    """How much was taken of what was held, where that is not all of it; else empty."""
    if order.captured is None or order.amount is None:
        return ""
    held = t.money(Money(order.amount, order.currency))
    return t.gettext("%(taken)s was taken of the %(held)s that was held.", taken=amount(t, order), held=held)


def subject(t: Texts, order: Order) -> str:
    """What an order is, on one line: `€10.00, 2 pizzas (A12)`, and what was refunded of it."""
    what = balance(t, order) or t.gettext("card registration")
    if order.description:
        what = f"{what}, {t.apart(order.description)}"
    return f"{what} ({t.apart(order.reference)})"


def action(t: Texts, order: Order | CreateOrder) -> str:
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


def confirmation(
    t: Texts, order: Order, buyer_phone: str | None, url: str, extras: str, *, sent: str | None
) -> str:  # what a confirmation is made of
    """To the operator, once for each order: what was understood, and the link to forward. `sent` is the address that it goes to."""
    if sent and "@" in sent:
        words = t.gettext("Sent by e-mail to %(email)s. To forward it another way:", email=sent)
    elif buyer_phone is None:
        words = t.gettext("Nobody was sent anything. Forward the link yourself:")
    elif sent:
        words = t.gettext("Sent to %(phone)s. To forward it another way:", phone=phone.spaced(buyer_phone))
    else:
        words = t.gettext(
            "%(phone)s has asked for no more messages, so nothing was sent. Forward the link yourself:",
            phone=phone.spaced(buyer_phone),
        )
    parts = (subject(t, order), f"{action(t, order)}.", hold(t, order), extras, words, url)
    return "\n".join(filter(None, parts))


def extras(t: Texts, order: Order, zone: str, *, told: bool) -> str:
    """The tax, how long the link is valid where the operator has said (`told`), and what the buyer is asked for."""
    tax = t.gettext("Tax included: %(rate)s.", rate=t.percent(order.tax)) if order.tax is not None else ""
    days = t.gettext("The link is valid until %(date)s.", date=t.moment(order.expires_at, zone)) if told else ""
    asks = t.gettext("The buyer is asked for a name and an address first.") if order.collects_details else ""
    return "\n".join(filter(None, (tax, days, asks)))


def news(t: Texts, order: Order, *, saved: bool, why: str) -> str:
    """To the operator: what became of the order. `why` is the reason of a refusal."""
    lines = (_headline(t, order, saved=saved, why=why), captured(t, order), subject(t, order))
    return "\n".join(filter(None, lines))


def _headline(t: Texts, order: Order, *, saved: bool, why: str) -> str:
    shown = card(order.card) if order.card else ""
    if order.state == State.PAID and shown:
        return t.gettext("Paid, %(card)s saved.", card=shown) if saved else t.gettext("Paid, %(card)s.", card=shown)
    returned = t.money(Money(order.refunded, order.currency))
    return {
        State.AUTHORISED: t.gettext(
            "Authorised, %(card)s. The money is held: take it or release it on the order's page.", card=shown
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
        State.VOIDED: t.gettext("The money that was held was released. Nothing was taken."),
    }[State(order.state)]


def alias(t: Texts, order: Order, saved: Alias, kind: str) -> str:
    """To the operator: what has happened to a saved card."""
    shown = saved_card(saved)
    words = {
        "alias.revoked": t.gettext("%(card)s is no longer saved: it cannot be charged again.", card=shown),
        "alias.updated": t.gettext("%(card)s has a new expiry date.", card=shown),
        "alias.expiring": t.gettext("%(card)s expires soon: the buyer is to save another card.", card=shown),
    }
    return f"{words[kind]}\n{subject(t, order)}"


def refund_failed(t: Texts, order: Order, money: Money) -> str:
    """To the operator: the money did not go back."""
    return t.gettext("The refund of %(amount)s did not go through.", amount=t.money(money)) + f"\n{subject(t, order)}"


def reason(t: Texts, value: str) -> str:
    """Why nothing was taken, for the shop: a `Decline`, or the code of the error that ended the try."""
    words: dict[str, str] = {
        Decline.INSUFFICIENT_FUNDS: t.gettext("not enough money on the card"),
        Decline.EXPIRED_CARD: t.gettext("the card has expired"),
        Decline.INCORRECT_CVC: t.gettext("the security code is wrong"),
        Decline.AUTHENTICATION_FAILED: t.gettext("the buyer did not confirm at the bank"),
        Decline.AUTHENTICATION_REQUIRED: t.gettext("the bank wants the buyer to confirm"),
        Decline.PROCESSING_ERROR: t.gettext("the card could not be processed"),
        Decline.NOT_SAVED: t.gettext("the card is no longer saved at the payment provider"),
        Decline.NEVER_ARRIVED: t.gettext("the payment provider never got it"),
        "amount_refused": t.gettext("the payment provider does not take this amount"),
        "gateway_refused": t.gettext("the payment provider refuses it"),
        "unknown_customer": t.gettext("the payment provider refuses it"),
        "intent_cancelled": t.gettext("it was cancelled at the payment provider"),
    }
    return words.get(value, t.gettext("the bank declined the card"))


def alarm(t: Texts, order: Order, why: str) -> str:
    """To the operator: something that only a person can mend."""
    reasons = {
        "amount_differs": t.gettext(
            "The payment provider names another amount than this order. Ordo leaves the order as it is: please compare the two."
        ),
        "reconciliation": t.gettext(
            "The payment provider's books and Ordo's do not agree about this order. Please compare the two."
        ),
        "gateway_unknown": t.gettext(
            "The payment provider does not say what became of this payment. Do not ask the buyer to pay again."
        ),
        "gateway_refused": t.gettext(
            "The payment provider refuses this payment, so the buyer cannot pay. Nothing was taken."
        ),
        "capture_refused": t.gettext(
            "The payment provider did not take the money that is held. It is held still: try again on the order's page, or look there."
        ),
        "void_refused": t.gettext(
            "The payment provider did not release the money that is held. It is held still: try again on the order's page, or look there."
        ),
        "amount_refused": t.gettext(
            "The payment provider does not take this amount, so the buyer cannot pay it. Nothing was taken. Cancel the order, and agree on another amount."
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
    reasons["unknown_customer"] = reasons["gateway_refused"]
    return (reasons.get(why) or t.gettext("This order needs your attention.")) + f"\n{subject(t, order)}"


def forward(t: Texts, order: Order, url: str) -> str:
    """To the operator: the buyer is needed, and nothing can be sent to the buyer."""
    words = t.gettext("The buyer is needed, and nothing can be sent to the buyer. Forward this link yourself:")
    return f"{words}\n{url}\n{subject(t, order)}"


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


def undelivered_mail(t: Texts, order: Order, address: str, url: str) -> str:
    """To the operator: the letter with the link did not arrive."""
    text = t.gettext(
        "The e-mail with the request could not be sent to %(email)s. Send this link another way, by SMS for example:",
        email=address,
    )
    return f"{text}\n{url}\n{subject(t, order)}"


def another_way(t: Texts, order: Order, there: Mapping[ChannelName, str], failed: ChannelName, why: str) -> str:
    """To the operator: the link did not reach the buyer by the channel that failed, and goes by the other of those `there` are."""
    places = {"phone": phone.spaced(there[ChannelName.WHATSAPP]), "email": there[ChannelName.EMAIL]}
    if failed is ChannelName.EMAIL:
        text = t.gettext(
            "The e-mail with the request could not be sent to %(email)s, so it goes by WhatsApp to %(phone)s.", **places
        )
    else:
        text = {
            "refused": t.gettext(
                "WhatsApp refuses Ordo's messages, so the request for %(phone)s goes by e-mail to %(email)s. The shop's administrator has to look at the account.",
                **places,
            ),
            "waits": t.gettext(
                "The request to %(phone)s has not arrived by WhatsApp yet, so it goes by e-mail to %(email)s too.",
                **places,
            ),
        }.get(
            why,
            t.gettext(
                "WhatsApp could not deliver the request to %(phone)s, so it goes by e-mail to %(email)s.", **places
            ),
        )
    return f"{text}\n{subject(t, order)}"


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


def page_differs(t: Texts, url: str) -> str:
    """To operators: a buyer's page was fetched, and is not what this release sends."""
    return t.gettext(
        "Your payment page is not as it should be: somebody may have changed it. Please have it looked at now: %(url)s",
        url=url,
    )


def template_trouble(t: Texts, what: str) -> str:
    """To operators: Meta has stopped a message template, thinks little of it, or calls it another category. `what` is Meta's word."""
    return t.gettext(
        "WhatsApp has changed a message template, and messages by it may not arrive or may cost more: %(what)s. "
        "The shop's administrator has to look at it in WhatsApp Manager.",
        what=what,
    )


def number_trouble(t: Texts, what: str) -> str:
    """To operators: Meta thinks little of the number, lets it write to fewer people, or refuses its name."""
    return t.gettext(
        "WhatsApp limits the shop's number or has flagged it: %(what)s. The shop's administrator has to look at it in WhatsApp Manager.",
        what=what,
    )


def account_trouble(t: Texts, what: str) -> str:
    """To operators: Meta restricts the account."""
    return t.gettext(
        "WhatsApp has restricted the shop's account, so messages may not arrive: %(what)s. The shop's administrator has to look at the account at Meta.",
        what=what,
    )


def status(t: Texts, order: Order, zone: str) -> str:
    """To the operator who asks where an order stands, in that time zone."""
    lines = (subject(t, order), state(t, order.state), captured(t, order), hold(t, order) or held_until(t, order, zone))
    return "\n".join(filter(None, lines))


def held_until(t: Texts, order: Order, zone: str) -> str:
    """Until when the money is held; empty for any other order."""
    if order.state != State.AUTHORISED or order.capture_before is None:
        return ""
    date = t.moment(order.capture_before, zone)
    return t.gettext(
        "The money is held until %(date)s. If you do not take it, it is released shortly before.", date=date
    )


def state(t: Texts, value: str) -> str:
    """A state as a merchant reads it."""
    names = {
        State.OPEN: t.gettext("Waiting for the buyer"),
        State.PROCESSING: t.gettext("Being processed"),
        State.AUTHORISED: t.gettext("Authorised"),
        State.VOIDED: t.gettext("Released"),
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


def welcome(t: Texts, name: str, merchant_name: str) -> str:
    """To an operator who has just sent the invitation's code in."""
    return t.gettext(
        "Welcome, %(name)s. This phone now orders payments for %(merchant)s.", name=name, merchant=merchant_name
    )


def new_invitation(t: Texts, merchant_name: str) -> str:
    """To an operator whose phone has another WhatsApp account now."""
    return t.gettext(
        "WhatsApp says that your phone number or account has changed, so this phone orders no payments for %(merchant)s. "
        "Ask the shop's administrator for a new code (back office, “Operators”) and send it here.",
        merchant=merchant_name,
    )


def operator_suspended(t: Texts, name: str, number: str, url: str) -> str:
    """To the other operators: a colleague's phone has another WhatsApp account now."""
    return t.gettext(
        "The phone of %(name)s (%(phone)s) has another WhatsApp account now, perhaps somebody else's, so it orders no more payments. "
        "A new code lets a phone order again: %(url)s",
        name=t.apart(name),
        phone=t.apart(phone.spaced(number)),
        url=url,
    )


def buyer_silent(t: Texts, order: Order, number: str) -> str:
    """To the operator who replied to a buyer: WhatsApp's 24 hours are over."""
    words = t.gettext(
        "I cannot pass this on: the buyer has not written for 24 hours, and WhatsApp takes no message then. The buyer's number: %(phone)s",
        phone=t.apart(number),
    )
    return f"{words}\n{subject(t, order)}"


def buyer_stopped(t: Texts, order: Order, number: str) -> str:
    """To the operator who replied to a buyer who has written STOP since."""
    words = t.gettext(
        "I cannot pass this on: the buyer wants no more messages here. The buyer's number: %(phone)s",
        phone=t.apart(number),
    )
    return f"{words}\n{subject(t, order)}"


def buyer_gone(t: Texts, order: Order, number: str) -> str:
    """To the operator who replied to a buyer whose phone has another WhatsApp account since."""
    words = t.gettext(
        "I cannot pass this on: the buyer's phone %(phone)s has another WhatsApp account now.", phone=t.apart(number)
    )
    return f"{words}\n{subject(t, order)}"


def reply_failed(t: Texts, order: Order, number: str) -> str:
    """To the operator who replied to a buyer: WhatsApp did not deliver it."""
    words = t.gettext(
        "WhatsApp could not deliver your reply to the buyer. The buyer's number: %(phone)s", phone=t.apart(number)
    )
    return f"{words}\n{subject(t, order)}"


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


def stopped(t: Texts, merchant_name: str) -> str:
    """To a buyer who wrote STOP."""
    return t.gettext(
        "You will get no more messages from %(merchant)s here. Write START to get them again.", merchant=merchant_name
    )


def started(t: Texts, merchant_name: str) -> str:
    """To a buyer who wrote START."""
    return t.gettext("You will get payment requests from %(merchant)s here again.", merchant=merchant_name)
