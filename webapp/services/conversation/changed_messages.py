"""Messages that an operator edits or deletes after they were worked on: what came of them stands, and is said, with a button that undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import messages, models, orders
from webapp.domain import phone as phones
from webapp.domain.states import FINAL, State
from webapp.services.conversation import replies
from webapp.whatsapp import grammar

if TYPE_CHECKING:
    from webapp.services.conversation.turn import ChatTurn
    from webapp.whatsapp import inbound

QUESTION = "question"
MOST_QUESTIONS = 4  # one upon another


def hear(turn: ChatTurn, changed: inbound.Changed) -> None:
    """Say what stands. Of a message of which nothing came, an edit is said not to be read, and a deletion needs no word."""
    original = _own(turn, changed.original)
    if original is None or original.order_id is None:
        if not changed.revoked:
            turn.answer(replies.edit_not_read(turn.t))
        return
    order = orders.lock(turn.session, original.order_id)
    turn.about(order)
    text = replies.stands(turn.t, order)
    if _made(turn, original) and order.state not in FINAL | {State.AUTHORISED} and not order.pending_transition:
        cancel = {"1": grammar.render(grammar.Cancel(), turn.grammar_context)}
        turn.ask(text, cancel, [turn.t.gettext("Cancel the order")], order, reply_to=original.wamid)
    else:
        turn.answer(text, order=order)


def asked_about(turn: ChatTurn, question: models.Message) -> models.Message | None:
    """The message that a question is about, through the questions between."""
    found = _own(turn, question.reply_to)
    for _ in range(MOST_QUESTIONS):
        before = messages.by_wamid(turn.session, turn.merchant.id, found.reply_to or "") if found else None
        if before is None or before.purpose != QUESTION:
            break
        found = _own(turn, before.reply_to)
    return found


def _own(turn: ChatTurn, wamid: str | None) -> models.Message | None:
    """The message of that id, if this person sent it."""
    found = messages.by_wamid(turn.session, turn.merchant.id, wamid or "")
    own = found is not None and found.direction == "in" and phones.same(found.phone, turn.phone)
    return found if own else None


def _made(turn: ChatTurn, original: models.Message) -> bool:
    """Whether the message made the order, as opposed to one about an order that was there."""
    said = str((original.body or {}).get("text", ""))
    return not isinstance(grammar.read(said, turn.grammar_context), grammar.AboutOrder)
