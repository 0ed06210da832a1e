"""What a buyer reads in the chat besides the templates, by what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.domain import phone
from webapp.domain.actions import Action
from webapp.domain.outcome import Decline
from webapp.domain.states import FINAL, SUCCESSFUL, State
from webapp.services.notifications import merchant_texts

if TYPE_CHECKING:
    from webapp.db.models import Alias, Order
    from webapp.domain.money import Money
    from webapp.i18n import Texts


def terms(t: Texts, order: Order) -> str | None:
    """What paying means besides, said before it is agreed to; None for a payment that is just that. What a registration means is said by
    its own request."""
    parts = [_hold(t)] if order.manual_capture else []
    match Action(order.action):
        case Action.REGISTER_PAY:
            parts.append(
                t.gettext("Your card is saved for your next payments to this shop; the page says what you agree to.")
            )
        case Action.ASK_REGISTER_PAY:
            parts.append(
                t.gettext("On the page you may choose to have your card saved for your next payments to this shop.")
            )
    return " ".join(parts) or None


def _hold(t: Texts) -> str:
    return t.gettext(
        "The amount is held on your card at first, and not taken yet. The shop takes it later, or lets it go."
    )


def offer(t: Texts, order: Order, alias: Alias) -> str:
    """Above the buttons of one-tap pay."""
    asked = t.gettext("Pay %(amount)s with %(card)s?", amount=merchant_texts.amount(t, order), card=saved(alias))
    return "\n".join((asked, merchant_texts.subject(t, order), *([_hold(t)] if order.manual_capture else [])))


def no_offer(t: Texts) -> str:
    """Above the button to the page, for who has no card to pay with in one tap."""
    return t.gettext("No card is saved for this payment. You can pay it on this page.")


def not_charged(t: Texts, why: Decline, *, over: bool) -> str:
    """The saved card brought nothing. `over`: the order takes no more tries."""
    declined, nothing = t.gettext("Your bank declined the saved card."), t.gettext("Nothing was taken.")
    reasons = {
        Decline.INSUFFICIENT_FUNDS: t.gettext("There is not enough money available on the saved card."),
        Decline.EXPIRED_CARD: t.gettext("The saved card has expired."),
        Decline.PROCESSING_ERROR: t.gettext("The saved card could not be charged just now."),
        Decline.AUTHENTICATION_FAILED: t.gettext("The payment was not confirmed at your bank."),
        Decline.NOT_SAVED: t.gettext("That card is no longer saved."),
    }
    parts = [reasons.get(why, declined), nothing]
    if over:
        parts.append(t.gettext("Please ask the shop for another way to pay."))
    return " ".join(parts)


@dataclass(frozen=True)
class News:
    """What became of an order, as a letter's subject and in full."""

    title: str
    text: str


def refunded(t: Texts, order: Order, money: Money) -> News:
    """So much went back, of an order that is paid."""
    went, slowly = t.money(money), t.gettext("Depending on your bank, it takes up to 10 days until you see it.")
    if money.amount == order.paid:
        said = t.gettext("%(amount)s was refunded to your card, all that you had paid.", amount=went)
    else:
        total = merchant_texts.amount(t, order)
        said = t.gettext("%(amount)s of %(total)s was refunded to your card.", amount=went, total=total)
    return News(t.gettext("Refund: %(amount)s", amount=went), f"{said} {slowly}")


def refund_came_back(t: Texts, money: Money) -> News:
    """A refund that was told did not arrive."""
    amount = t.money(money)
    return News(
        t.gettext("The refund of %(amount)s did not go through.", amount=amount),
        t.gettext(
            "The refund of %(amount)s did not go through: your bank did not take it. The shop has been told; please ask it how you get your money.",
            amount=amount,
        ),
    )


def cancelled(t: Texts) -> News:
    """The shop has cancelled its request."""
    return News(
        t.gettext("Your payment request was cancelled"),
        t.gettext("The shop has cancelled this payment request. Nothing was taken, and there is nothing left to do."),
    )


def released(t: Texts, order: Order) -> News:
    """The money that was held is the buyer's again."""
    amount = merchant_texts.amount(t, order)
    return News(
        t.gettext("No longer held: %(amount)s", amount=amount),
        t.gettext(
            "The %(amount)s that was held on your card was let go. Nothing was taken. Depending on your bank, it takes some days until you can use it again.",
            amount=amount,
        ),
    )


def held(t: Texts, order: Order) -> str:
    """The money is held, not taken yet."""
    return t.gettext(
        "%(amount)s is held on your card. The shop takes it later, or lets it go.",
        amount=merchant_texts.amount(t, order),
    )


def saved(alias: Alias) -> str:
    """`Visa ••42`."""
    return merchant_texts.saved_card(alias)


def no_order(t: Texts, merchant: str) -> str:
    """Nothing of the kind is open for this phone."""
    return t.gettext("There is no open payment request of %(merchant)s for this phone.", merchant=merchant)


def stands(t: Texts, order: Order) -> str:
    """Where an order stands, to its buyer."""
    words = {
        State.OPEN: t.gettext("This payment request is open."),
        State.PROCESSING: t.gettext("This payment is being checked. Please do not pay again."),
        State.AUTHORISED: t.gettext("The money is held on your card. The shop takes it later, or lets it go."),
        State.PAID: t.gettext("This is paid."),
        State.REGISTERED: t.gettext("Your card is saved. Nothing was taken."),
        State.PARTIALLY_REFUNDED: t.gettext("This is paid, and a part was refunded."),
        State.REFUNDED: t.gettext("This was refunded in full."),
        State.DISPUTED: t.gettext("This payment is disputed at your bank."),
        State.REFUSED: t.gettext("This payment was declined. Nothing was taken."),
        State.EXPIRED: t.gettext("This payment request has expired. Nothing was taken."),
        State.CANCELLED: t.gettext("This payment request was cancelled. Nothing was taken."),
        State.VOIDED: t.gettext("The money that was held was let go. Nothing was taken."),
    }
    return f"{words[State(order.state)]}\n{merchant_texts.subject(t, order)}"


def page_label(t: Texts, order: Order) -> str:
    """On the button to the order's page; at most 20 characters."""
    if order.state in SUCCESSFUL:
        return t.gettext("See receipt")
    return (
        t.gettext("See the order") if order.state in FINAL or order.state != State.OPEN else t.gettext("Open the page")
    )


def link_asked(t: Texts) -> str:
    """The link is over: the shop was asked for another."""
    return t.gettext("I have asked the shop for a new link.")


def stopped_order(t: Texts, order: Order) -> str:
    """Who got a request that was for somebody else."""
    return (
        t.gettext("Thank you for telling us. The request was stopped and the shop was told. Nothing was taken.")
        + f"\n{merchant_texts.subject(t, order)}"
    )


def cards(t: Texts, alias: Alias, merchant: str) -> str:
    """Above the button to the page on which a saved card is removed."""
    return t.gettext(
        "%(merchant)s keeps %(card)s for your next payments. The page has a button that removes it.",
        merchant=merchant,
        card=saved(alias),
    )


def no_cards(t: Texts, merchant: str) -> str:
    """Nothing to forget."""
    return t.gettext("%(merchant)s keeps no card of yours.", merchant=merchant)


def no_receipt(t: Texts, merchant: str) -> str:
    """Nothing paid."""
    return t.gettext("There is no payment of yours to %(merchant)s here yet.", merchant=merchant)


def passed_on(t: Texts, merchant: str) -> str:
    """The text went to the shop."""
    return t.gettext("I have passed your message on to %(merchant)s.", merchant=merchant)


def text_only(t: Texts, merchant: str, contact: str) -> str:
    """To a buyer who sent a picture or a voice message."""
    return t.gettext("I can only read text. To reach %(merchant)s: %(contact)s", merchant=merchant, contact=contact)


def to_shop_wrote(t: Texts, order: Order, phone: str, text: str) -> str:
    """To the operator: what the buyer wrote."""
    said = t.gettext("%(phone)s writes: “%(text)s”", phone=phone, text=text)
    answer = t.gettext("A reply to this message goes to the buyer.")
    return f"{said}\n{merchant_texts.subject(t, order)}\n{answer}"


def from_shop(t: Texts, order: Order, name: str, merchant: str, text: str) -> str:
    """To the buyer: what the shop's operator replied."""
    said = t.gettext(
        "%(name)s of %(merchant)s writes: “%(text)s”", name=t.apart(name), merchant=t.apart(merchant), text=text
    )
    return f"{said}\n{merchant_texts.subject(t, order)}"


def to_shop_link(t: Texts, order: Order, phone: str) -> str:
    """To the operator: the buyer would still pay."""
    return (
        t.gettext("%(phone)s asks for a new link. Open the order again on its page, or make a new one.", phone=phone)
        + f"\n{merchant_texts.subject(t, order)}"
    )


def to_shop_other_account(t: Texts, order: Order, number: str) -> str:
    """To the operator: the buyer's phone may be somebody else's."""
    return (
        t.gettext(
            "%(phone)s has another WhatsApp account now, perhaps somebody else's. Nothing more is sent there about earlier orders, and no saved "
            "card is offered there. Ask this buyer for the number; a new order for it begins anew.",
            phone=t.apart(phone.spaced(number)),
        )
        + f"\n{merchant_texts.subject(t, order)}"
    )


def to_shop_not_me(t: Texts, order: Order, phone: str) -> str:
    """To the operator: the request went to the wrong person."""
    return (
        t.gettext("%(phone)s says that this request is for somebody else, so it was stopped.", phone=phone)
        + f"\n{merchant_texts.subject(t, order)}"
    )


def to_shop_not_me_link(t: Texts, order: Order) -> str:
    """To the operator: the same, said on the order's page, by whoever opened it there."""
    return (
        t.gettext(
            "Somebody who has the link says that this request is not for them, so it was stopped. You can open the order again on its page."
        )
        + f"\n{merchant_texts.subject(t, order)}"
    )
