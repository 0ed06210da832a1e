"""What is asked about by buttons before a command of an operator is carried out, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from webapp.db import messages, orders
from webapp.domain import money, phone
from webapp.domain.states import FINAL, State
from webapp.services.conversation import replies
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, refunds
from webapp.whatsapp import grammar, inbound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db import models
    from webapp.domain.money import Money
    from webapp.services.conversation.turn import ChatTurn

LATE = timedelta(hours=1)
AGAIN = timedelta(minutes=2)
HARMLESS = grammar.Help | grammar.Stop | grammar.Status | grammar.List | grammar.Link | grammar.Language


def of(turn: ChatTurn, command: grammar.Command, order: models.Order | None) -> Iterator[str]:
    """Every reason to ask first. Raises `Invalid` and `Conflict` for what need not be asked, because it cannot be done."""
    if isinstance(command, HARMLESS):
        return
    if isinstance(command, grammar.CreateOrder):
        lifecycle.must_be_able(turn.context, turn.merchant, command.action)
    elif isinstance(command, grammar.Charge):
        aliases.must_be_able(turn.context, turn.merchant)
    if isinstance(turn.heard, inbound.Text) and abs(turn.context.now() - turn.heard.timestamp) > LATE:
        yield replies.old(turn.t, turn.heard.body)
    match command:
        case grammar.CreateOrder():
            yield from _large(turn, command.amount)
            yield from _far(turn, command.phone)
            yield from _order_again(turn, command)
        case grammar.Charge() if order is not None:
            yield from _large(turn, command.amount)
            yield from _again(turn, command.amount, order)
        case grammar.Cancel() if order is not None and order.state not in FINAL | {State.AUTHORISED}:
            yield turn.t.gettext("Cancel this order? Its link then stops working.")
        case grammar.Refund() if order is not None:
            money = refunds.refundable(turn.session, turn.context, order, command.amount)
            yield turn.t.gettext("Give %(amount)s back to the buyer?", amount=turn.t.money(money))


def with_amount(turn: ChatTurn, command: grammar.Command, order: models.Order | None) -> grammar.Command:
    """The command that a question's button stands for: a refund of all that is left is one of the amount that the question shows, for
    more may be left by the time of the tap. Raises as `of` does."""
    if isinstance(command, grammar.Refund) and command.amount is None and order is not None:
        return replace(command, amount=refunds.refundable(turn.session, turn.context, order, None))
    return command


def is_old(turn: ChatTurn, command: grammar.Command, question: models.Message) -> bool:
    """Whether a question was asked so long ago that a tap on it is asked about again: the tap may have been on its way for days, and
    what was known then may not be true any more."""
    return turn.context.now() - question.created_at > LATE and not isinstance(command, HARMLESS)


def _large(turn: ChatTurn, amount: Money | None) -> Iterator[str]:
    """The limit is in the merchant's currency. In another one it is worth as much by the decimals alone, for no rate is known here:
    500 EUR, 500 USD, 50,000 JPY."""
    if amount is None:
        return
    shift = money.exponent(turn.merchant.currency) - money.exponent(amount.currency)
    if amount.to_decimal() > Decimal(turn.merchant.confirm_above).scaleb(shift):
        yield turn.t.gettext("That is a large amount: %(amount)s.", amount=turn.t.money(amount))


def _far(turn: ChatTurn, number: str | None) -> Iterator[str]:
    """A phone neither of the merchant's country nor of one that a link was sent to before: more often a slip than a guest."""
    if number is None or phone.region_of(number) == turn.merchant.country:
        return
    if not messages.ever_sent(turn.session, turn.merchant.id, phone.area(number)):
        yield turn.t.gettext("You have never sent anything to that country: %(phone)s.", phone=phone.spaced(number))


def _order_again(turn: ChatTurn, command: grammar.CreateOrder) -> Iterator[str]:
    """The same order a moment ago, by this operator or for the same buyer, may be a message that was sent twice. One with a reference of its
    own is another."""
    if command.reference is not None:
        return
    amount = command.amount
    like = orders.Likeness(
        action=command.action,
        amount=amount.amount if amount else None,
        currency=amount.currency if amount else turn.merchant.currency,
        description=command.text,
        phone=command.phone,
        operator=turn.context.actor.id,
    )
    made = orders.made_since(turn.session, turn.merchant.id, like, turn.context.now() - AGAIN)
    if made is not None:
        yield replies.order_again(turn.t, made)


def _again(turn: ChatTurn, amount: Money, order: models.Order) -> Iterator[str]:
    """The same charge a moment ago may be a finger that slipped."""
    alias = order.alias_id or order.charges_alias_id
    if alias and orders.charged_since(turn.session, alias, amount.amount, turn.context.now() - AGAIN):
        yield replies.charge_again(turn.t, amount)
