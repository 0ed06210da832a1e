"""What is asked about by buttons before a command of an operator is carried out, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from webapp.db import messages
from webapp.db import orders as rows
from webapp.domain import money, phone
from webapp.domain.states import FINAL, State
from webapp.services import aliases, answers, orders, refunds
from webapp.whatsapp import grammar, inbound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db import models
    from webapp.domain.money import Money
    from webapp.services.talk import Talk

LATE = timedelta(hours=1)
AGAIN = timedelta(minutes=2)
HARMLESS = grammar.Help | grammar.Stop | grammar.Status | grammar.List | grammar.Link | grammar.Language


def of(talk: Talk, command: grammar.Command, order: models.Order | None) -> Iterator[str]:
    """Every reason to ask first. Raises `Invalid` and `Conflict` for what need not be asked, because it cannot be done."""
    if isinstance(command, HARMLESS):
        return
    if isinstance(command, grammar.CreateOrder):
        orders.must_be_able(talk.kit, talk.merchant, command.action)
    elif isinstance(command, grammar.Charge):
        aliases.must_be_able(talk.kit, talk.merchant)
    if isinstance(talk.heard, inbound.Text) and talk.kit.now() - talk.heard.timestamp > LATE:
        yield answers.old(talk.t, talk.heard.body)
    match command:
        case grammar.CreateOrder():
            yield from _large(talk, command.amount)
            yield from _far(talk, command.phone)
        case grammar.Charge() if order is not None:
            yield from _large(talk, command.amount)
            yield from _again(talk, command.amount, order)
        case grammar.Cancel() if order is not None and order.state not in FINAL | {State.AUTHORISED}:
            yield talk.t.gettext("Cancel this order? Its link then stops working.")
        case grammar.Refund() if order is not None:
            money = refunds.refundable(talk.session, talk.kit, order, command.amount)
            yield talk.t.gettext("Give %(amount)s back to the buyer?", amount=talk.t.money(money))


def settled(talk: Talk, command: grammar.Command, order: models.Order | None) -> grammar.Command:
    """The command that a question's button stands for: a refund of all that is left is one of the amount that the question shows, for
    more may be left by the time of the tap. Raises as `of` does."""
    if isinstance(command, grammar.Refund) and command.amount is None and order is not None:
        return replace(command, amount=refunds.refundable(talk.session, talk.kit, order, None))
    return command


def is_old(talk: Talk, command: grammar.Command, question: models.Message) -> bool:
    """Whether a question was asked so long ago that a tap on it is asked about again: the tap may have been on its way for days, and
    what was known then may not be true any more."""
    return talk.kit.now() - question.created_at > LATE and not isinstance(command, HARMLESS)


def _large(talk: Talk, amount: Money | None) -> Iterator[str]:
    """The limit is in the merchant's currency. In another one it is worth as much by the decimals alone, for no rate is known here:
    500 EUR, 500 USD, 50,000 JPY."""
    if amount is None:
        return
    shift = money.exponent(talk.merchant.currency) - money.exponent(amount.currency)
    if amount.to_decimal() > Decimal(talk.merchant.confirm_above).scaleb(shift):
        yield talk.t.gettext("That is a large amount: %(amount)s.", amount=talk.t.money(amount))


def _far(talk: Talk, number: str | None) -> Iterator[str]:
    """A phone neither of the merchant's country nor of one that a link was sent to before: more often a slip than a guest."""
    if number is None or phone.region_of(number) == talk.merchant.country:
        return
    if not messages.ever_sent(talk.session, talk.merchant.id, phone.area(number)):
        yield talk.t.gettext("You have never sent anything to that country: %(phone)s.", phone=phone.spaced(number))


def _again(talk: Talk, amount: Money, order: models.Order) -> Iterator[str]:
    """The same charge a moment ago may be a finger that slipped."""
    alias = order.alias_id or order.charges_alias_id
    if alias and rows.charged_since(talk.session, alias, amount.amount, talk.kit.now() - AGAIN):
        yield answers.charge_again(talk.t, amount)
