"""What is asked about by buttons before a command of an operator is carried out, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.domain.states import FINAL, State
from webapp.services.conversation import commands, replies
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, questions, refunds
from webapp.whatsapp import grammar, inbound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db import models
    from webapp.services.conversation.turn import ChatTurn

LATE = timedelta(hours=1)
HARMLESS = grammar.Help | grammar.Stop | grammar.Status | grammar.List | grammar.Link | grammar.Language


def of(turn: ChatTurn, command: grammar.Command, order: models.Order | None) -> Iterator[str]:
    """Every reason to ask first. Raises `Invalid` and `Conflict` for what need not be asked, because it cannot be done."""
    if isinstance(command, HARMLESS):
        return
    if isinstance(command, grammar.CreateOrder):
        lifecycle.must_be_able(turn.context, turn.merchant, command.action)
    doubts = _of_money(turn, command, order)
    if isinstance(turn.heard, inbound.Text) and abs(turn.context.now() - turn.heard.timestamp) > LATE:
        yield replies.old(turn.t, turn.heard.body)
    match command:
        case grammar.CreateOrder():
            asked = commands.requested(command)
            of_order = questions.of_order(turn.session, turn.context, turn.merchant, asked, (), send=True)
            yield from (replies.doubt(turn.t, each) for each in of_order)
        case grammar.Charge():
            yield from (replies.doubt(turn.t, each) for each in doubts)
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


def answers(turn: ChatTurn, command: grammar.Command, order: models.Order | None) -> tuple[str, ...]:
    """What a yes to the question about a command answers of what the payments' services would ask, and what it shows them to be known
    (`payments.questions`)."""
    match command:
        case grammar.Refund() if order is not None:
            return questions.seen_of_refund(turn.session, order)
        case grammar.Charge() if order is not None:
            alias = aliases.chargeable(turn.session, turn.context, turn.merchant, order)
            seen = questions.seen_of_charge(turn.session, alias)
            return (*seen, *(each.key for each in _of_money(turn, command, order)))
    return ()


def _of_money(turn: ChatTurn, command: grammar.Command, order: models.Order | None) -> list[questions.Question]:
    """What the payments' services would ask before a charge."""
    if not isinstance(command, grammar.Charge) or order is None:
        return []
    alias = aliases.chargeable(turn.session, turn.context, turn.merchant, order)
    return questions.of_charge(turn.session, turn.context, turn.merchant, alias, command.amount, ())
