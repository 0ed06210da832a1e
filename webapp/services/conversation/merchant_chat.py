"""The operator's side of the conversation: what is written, tapped or shared becomes commands and answers, in the transaction that
ends the stored event. What there is any doubt about is asked first, by buttons; `commands` carries out the rest."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, messages, models, orders
from webapp.domain import actors
from webapp.domain import phone as phones
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.money import Money
from webapp.services.accounts import operators
from webapp.services.conversation import (
    account_changes,
    buyer_chat,
    changed_messages,
    commands,
    confirmations,
    replies,
    shared_contacts,
    shop_replies,
)
from webapp.services.conversation.turn import ChatTurn
from webapp.services.notifications import merchant_texts
from webapp.services.payments.questions import Unanswered
from webapp.whatsapp import grammar, inbound
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext

KEEP_CHOICE, DROP_CHOICE = "1", "0"


def hear(session: Session, context: ServiceContext, merchant: models.Merchant, heard: inbound.Heard) -> None:
    """Act on what somebody wrote, tapped or shared, and answer."""
    if isinstance(heard, inbound.AccountChanged):
        account_changes.hear(session, context, merchant, heard)
        return
    if isinstance(heard, inbound.Unsupported) and not heard.wants_answer:
        return
    account_changes.written(session, context, merchant, heard)
    phone = heard.phone
    operator = merchants.lock_operator_of(session, merchant.id, phone, heard.user_id)
    if operator is None and isinstance(heard, inbound.Text):
        joined = operators.enrol(session, context, merchant, heard.body, phone, heard.user_id)
        if joined is not None:
            context = context.acting_as(actors.operator(joined.id))
            _welcome(ChatTurn(session, context, merchant, heard, phone, joined.language), joined)
            return
    if operator is None or buyer_chat.concerns(session, merchant, heard, phone):
        _hear_others(session, context, merchant, heard)
        return
    operator.seen_at = context.now()
    operators.known_by(session, operator, heard.user_id)
    context = context.acting_as(actors.operator(operator.id))
    own = operator.phone if operator.phone and phones.same(operator.phone, phone) else phone
    turn = ChatTurn(session, context, merchant, heard, own, operator.language)
    turn.keep()
    _hear_operator(turn, operator)


def _hear_operator(turn: ChatTurn, operator: models.Operator) -> None:
    match turn.heard:
        case inbound.Text() as heard if heard.body.strip().casefold() == "start" and _start(turn):
            pass
        case inbound.Text() as heard:
            _read(turn, operator, heard.body)
        case inbound.Tap() as heard:
            _tapped(turn, operator, heard)
        case inbound.SharedContact() as heard:
            shared_contacts.hear(turn, heard)
        case inbound.Changed() as heard:
            changed_messages.hear(turn, heard)
        case _:
            turn.answer(merchant_texts.text_only(turn.t))


def _hear_others(session: Session, context: ServiceContext, merchant: models.Merchant, heard: inbound.Heard) -> None:
    """Who is no operator: a buyer, a stranger, or who was an operator until the phone had another account. What they change of their
    messages stands, and nobody waits for an answer to it."""
    if isinstance(heard, inbound.Changed):
        return
    former = merchants.suspended(session, merchant.id, heard.phone)
    if former is not None and buyers.by_sender(session, merchant.id, heard.phone) is None:
        turn = ChatTurn(session, context, merchant, heard, heard.phone, former.language)
        turn.keep()
        turn.answer_once_a_day("invitation", merchant_texts.new_invitation(turn.t, merchant.name))
        return
    buyer_chat.hear(session, context, merchant, heard, heard.phone)


def _welcome(turn: ChatTurn, operator: models.Operator) -> None:
    """An operator has just sent the code in: the syntax follows, as from HELP."""
    operator.seen_at = turn.context.now()
    turn.keep()
    turn.answer(merchant_texts.welcome(turn.t, operator.name, turn.merchant.name))
    commands.explain(turn)


def _read(turn: ChatTurn, operator: models.Operator, text: str) -> None:
    named = orders.references_among(turn.session, turn.merchant.id, grammar.references_in(text))
    heard = replace(turn.grammar_context, phone=shared_contacts.replied_to(turn), references=named)
    reading = grammar.read(text, heard)
    notice = shop_replies.replied_to(turn, turn.heard.context)
    if notice is None:
        if not (isinstance(reading, grammar.Refused) and shop_replies.offer(turn, reading, text)):
            _act(turn, operator, reading)
    elif not isinstance(reading, grammar.Refused):
        shop_replies.ask(turn, notice, text)
    elif reading.code in shop_replies.NEVER:
        _act(turn, operator, reading)
    else:
        shop_replies.pass_on(turn, operator, notice, text)


def _act(turn: ChatTurn, operator: models.Operator, reading: grammar.Reading, reply_to: str | None = None) -> None:
    """On what a message means, whose reply it is, if not that of the message heard."""
    if isinstance(reading, grammar.Refused):
        turn.refuse(reading.code, reading.word, reading.suggestion, reading.verb)
        return
    readings = reading.readings if isinstance(reading, grammar.Ambiguous) else (reading,)
    alone = [each for each in readings if isinstance(each, grammar.CreateOrder) and each.phone is None]
    card = shared_contacts.just_shared(turn) if len(alone) == len(readings) else None
    if card is not None:
        _ask(turn, [*(replace(each, phone=card) for each in alone), *alone])
    elif isinstance(reading, grammar.Ambiguous):
        _choose(turn, operator, readings)
    else:
        _do(turn, operator, reading, reply_to=reply_to)


def _choose(turn: ChatTurn, operator: models.Operator, readings: Sequence[grammar.Command]) -> None:
    """Only a reading that can be carried out is one: an order that it names is there. A single one that is left is asked about
    all the same, for it may not be what was meant."""
    possible = [each for each in readings if not isinstance(each, grammar.AboutOrder) or commands.which(turn, each)]
    if not possible:
        _do(turn, operator, readings[0])
    elif len(possible) == 1:
        harmless = isinstance(possible[0], confirmations.HARMLESS)
        _do(turn, operator, possible[0], why="" if harmless else replies.question(turn.t))
    else:
        _ask(turn, possible)


def _ask(turn: ChatTurn, readings: Sequence[grammar.Command]) -> None:
    """Two readings: a button for each, under all that there is to doubt in them. More than three do not fit, so the operator is asked
    to write it another way."""
    if len(readings) > shapes.MOST_BUTTONS:
        turn.refuse("ambiguous")
        return
    commands = enumerate((_with_amount(turn, reading) for reading in readings), start=1)
    options = {str(number): grammar.render(command, turn.grammar_context) for number, command in commands}
    titles = [replies.title(turn.t, reading, readings, turn.grammar_context) for reading in readings]
    told = [replies.wish(turn.t, each, None) for each in readings] if _with_texts(readings) else []
    text = "\n".join((replies.question(turn.t), *told, *_of_each(turn, readings, confirmations.of)))
    turn.ask(
        text, options, titles, reply_to=turn.heard.context, answered=_of_each(turn, readings, confirmations.answers)
    )


def _with_texts(readings: Sequence[grammar.Command]) -> bool:
    """Whether a text belongs to a reading, of which a button shows too little."""
    return any(isinstance(each, grammar.CreateOrder) and each.text for each in readings)


def _with_amount(turn: ChatTurn, reading: grammar.Command) -> grammar.Command:
    order = commands.which(turn, reading) if isinstance(reading, grammar.AboutOrder) else None
    with contextlib.suppress(Invalid, Conflict):  # as below
        return confirmations.with_amount(turn, reading, order)
    return reading


def _of_each(
    turn: ChatTurn,
    readings: Sequence[grammar.Command],
    find: Callable[[ChatTurn, grammar.Command, models.Order | None], Iterable[str]],
) -> Sequence[str]:
    """What `find` finds of any of the readings, each once."""
    found: dict[str, None] = {}
    for reading in readings:
        order = commands.which(turn, reading) if isinstance(reading, grammar.AboutOrder) else None
        with contextlib.suppress(Invalid, Conflict):  # a reading that cannot be done says so when it is chosen
            found |= dict.fromkeys(find(turn, reading, order))
    return list(found)


def _confirm(
    turn: ChatTurn, command: grammar.Command, why: str, order: models.Order | None, reply_to: str | None
) -> None:
    """Ask before a command is carried out."""
    options = {
        KEEP_CHOICE: grammar.render(confirmations.with_amount(turn, command, order), turn.grammar_context),
        DROP_CHOICE: "",
    }
    text = f"{why}\n{replies.wish(turn.t, command, order)}"
    titles = [turn.t.gettext("Yes, do it"), turn.t.gettext("No")]
    answered = list(confirmations.answers(turn, command, order))
    turn.ask(text, options, titles, order, reply_to=reply_to or turn.heard.context, answered=answered)


def _tapped(turn: ChatTurn, operator: models.Operator, tap: inbound.Tap) -> None:
    """A button under a question of ours: do what it stands for, once."""
    question = messages.by_wamid(turn.session, turn.merchant.id, tap.context or "")
    if (
        question is None
        or not phones.same(question.phone, turn.phone)
        or question.purpose != "question"
        or question.choices is None
    ):
        turn.refuse("tapped")
        return
    choices, question.choices = question.choices, None
    turn.command = changed_messages.asked_about(turn, question)
    chosen = choices["options"].get(tap.button)
    if not chosen:
        turn.answer(turn.t.gettext("All right, nothing was done."))
        return
    if choices.get("for_buyer"):
        _for_buyer(turn, operator, tap, chosen, choices["reply_to"])
        return
    if choices.get("phones"):
        shared_contacts.ask_amount(turn, chosen, "")
        return
    command = grammar.read(chosen, turn.grammar_context)
    if isinstance(command, grammar.Refused | grammar.Ambiguous):
        turn.refuse("ambiguous")
        return
    if confirmations.is_old(turn, command, question):
        _do(turn, operator, command, reply_to=choices.get("reply_to"), why=replies.question(turn.t))
    else:
        _do(turn, operator, command, reply_to=choices.get("reply_to"), answered=choices.get("answered", ()))


def _for_buyer(turn: ChatTurn, operator: models.Operator, tap: inbound.Tap, text: str, reply_to: str) -> None:
    """A reply to a buyer's words that is a command as well: the operator has said which it is."""
    notice = shop_replies.replied_to(turn, reply_to)
    if tap.button == shop_replies.SAY and notice is not None:
        shop_replies.pass_on(turn, operator, notice, text)
    else:
        _act(turn, operator, grammar.read(text, turn.grammar_context), reply_to)


def _do(  # what there is to know about a command
    turn: ChatTurn,
    operator: models.Operator,
    command: grammar.Command,
    *,
    reply_to: str | None = None,
    why: str = "",
    answered: Sequence[str] | None = None,
) -> None:
    """Carry a command out, or ask about it first: when there is a doubt, or a `why` to ask. `reply_to` is the message that the
    command was a reply to, when it came by a button; `answered` is what that button said yes to. What has changed since is asked about
    again."""
    try:
        order = None
        if isinstance(command, grammar.AboutOrder):
            order = commands.which(turn, command, reply_to)
            if order is None:
                missing = not (command.reference or reply_to or turn.heard.context)
                turn.refuse("reference_needed" if missing else "no_order", verb=grammar.VERBS[type(command)])
                return
        doubt = "" if answered is not None else "\n".join(confirmations.of(turn, command, order)) or why
        if doubt:
            _confirm(turn, command, doubt, order, reply_to)
            return
        try:
            commands.carry_out(turn, operator, command, order, answered or ())
        except Unanswered as error:
            changed = "\n".join(replies.doubt(turn.t, each) for each in error.questions)
            _confirm(turn, command, changed, order, reply_to)
    except (Invalid, Conflict) as error:
        turn.refuse(error.code, _word(turn.t, error), verb=grammar.VERBS.get(type(command)))


def _word(t: Texts, error: Invalid | Conflict) -> str:
    limit = error.details.get("limit") or error.details.get("rest")
    if isinstance(limit, Money):
        return t.money(limit)
    return str(error.details.get("reference") or error.details.get("currency") or "")


def _start(turn: ChatTurn) -> bool:
    """START of a phone that is a buyer's: it gets messages again. Whether it was one."""
    buyer = buyers.by_sender(turn.session, turn.merchant.id, turn.phone)
    if buyer is None:
        return False
    buyer.stopped_at = None
    turn.answer(merchant_texts.started(turn.t, turn.merchant.name))
    return True
