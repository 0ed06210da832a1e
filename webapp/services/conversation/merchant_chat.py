"""The operator's side of the conversation: what is written, tapped or shared becomes commands and answers, in the transaction that
ends the stored event. What there is any doubt about is asked first, by buttons; `commands` carries out the rest."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, messages, models
from webapp.domain import actors, phone
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.money import Money
from webapp.services.accounts import operators
from webapp.services.conversation import buyer_chat, commands, confirmations, replies
from webapp.services.conversation.turn import ChatTurn
from webapp.services.notifications import merchant_texts
from webapp.services.payments.questions import Unanswered
from webapp.whatsapp import grammar, inbound
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext

CARD_COUNTS = timedelta(minutes=10)  # for an order without a phone that is no reply
KEEP_CHOICE, DROP_CHOICE = "1", "0"
MOST_BUTTONS = 3


def hear(session: Session, context: ServiceContext, merchant: models.Merchant, heard: inbound.Heard) -> None:
    """Act on what somebody wrote, tapped or shared, and answer."""
    if isinstance(heard, inbound.Unsupported) and not heard.wants_answer:
        return
    phone = f"+{heard.sender}" if heard.sender else (heard.user_id or "")
    operator = merchants.operator(session, merchant.id, phone, heard.user_id)
    if operator is None and isinstance(heard, inbound.Text):
        joined = operators.enrol(session, context, merchant, heard.body, phone, heard.user_id)
        if joined is not None:
            context = context.acting_as(actors.operator(joined.id))
            _welcome(ChatTurn(session, context, merchant, heard, phone, joined.language), joined)
            return
    if operator is None or buyer_chat.concerns(session, merchant, heard, phone):
        buyer_chat.hear(session, context, merchant, heard, phone)
        return
    operator.seen_at = context.now()
    operators.known_by(session, operator, heard.user_id)
    context = context.acting_as(actors.operator(operator.id))
    turn = ChatTurn(session, context, merchant, heard, phone, operator.language)
    turn.keep()
    match heard:
        case inbound.Text() if heard.body.strip().casefold() == "start" and _start(turn):
            pass
        case inbound.Text():
            _read(turn, operator, heard.body)
        case inbound.Tap():
            _tapped(turn, operator, heard)
        case inbound.SharedContact():
            _shared(turn, heard)
        case _:
            turn.answer(merchant_texts.text_only(turn.t))


def _welcome(turn: ChatTurn, operator: models.Operator) -> None:
    """An operator has just sent the code in: the syntax follows, as from HELP."""
    operator.seen_at = turn.context.now()
    turn.keep()
    turn.answer(merchant_texts.welcome(turn.t, operator.name, turn.merchant.name))
    commands.explain(turn)


def _read(turn: ChatTurn, operator: models.Operator, text: str) -> None:
    reading = grammar.read(text, replace(turn.grammar_context, phone=_shared_phone(turn)))
    if isinstance(reading, grammar.Refused):
        turn.refuse(reading.code, reading.word, reading.suggestion, reading.verb)
        return
    readings = reading.readings if isinstance(reading, grammar.Ambiguous) else (reading,)
    alone = [each for each in readings if isinstance(each, grammar.CreateOrder) and each.phone is None]
    card = _card_just_shared(turn) if len(alone) == len(readings) else None
    if card is not None:
        _ask(turn, [*(replace(each, phone=card) for each in alone), *alone])
    elif isinstance(reading, grammar.Ambiguous):
        _choose(turn, operator, readings)
    else:
        _do(turn, operator, reading)


def _choose(turn: ChatTurn, operator: models.Operator, readings: Sequence[grammar.Command]) -> None:
    """Only a reading that can be carried out is one: an order that it names is there. A single one that is left is asked about
    all the same, for it may not be what was meant."""
    possible = [each for each in readings if not isinstance(each, grammar.AboutOrder) or commands.which(turn, each)]
    if not possible:
        _do(turn, operator, readings[0])
    elif len(possible) == 1:
        _do(turn, operator, possible[0], why=replies.question(turn.t))
    else:
        _ask(turn, possible)


def _ask(turn: ChatTurn, readings: Sequence[grammar.Command]) -> None:
    """Two readings: a button for each, under all that there is to doubt in them. More than three do not fit, so the operator is asked
    to write it another way."""
    if len(readings) > MOST_BUTTONS:
        turn.refuse("ambiguous")
        return
    commands = enumerate((_with_amount(turn, reading) for reading in readings), start=1)
    options = {str(number): grammar.render(command, turn.grammar_context) for number, command in commands}
    titles = [replies.title(turn.t, reading, readings, turn.grammar_context) for reading in readings]
    text = "\n".join((replies.question(turn.t), *_reasons(turn, readings)))
    _question(turn, text, options, titles, answered=_answers(turn, readings))


def _with_amount(turn: ChatTurn, reading: grammar.Command) -> grammar.Command:
    order = commands.which(turn, reading) if isinstance(reading, grammar.AboutOrder) else None
    with contextlib.suppress(Invalid, Conflict):  # as below
        return confirmations.with_amount(turn, reading, order)
    return reading


def _answers(turn: ChatTurn, readings: Sequence[grammar.Command]) -> Sequence[str]:
    found: dict[str, None] = {}
    for reading in readings:
        order = commands.which(turn, reading) if isinstance(reading, grammar.AboutOrder) else None
        with contextlib.suppress(Invalid, Conflict):  # as below
            found |= dict.fromkeys(confirmations.answers(turn, reading, order))
    return list(found)


def _reasons(turn: ChatTurn, readings: Sequence[grammar.Command]) -> Sequence[str]:
    found: dict[str, None] = {}
    for reading in readings:
        order = commands.which(turn, reading) if isinstance(reading, grammar.AboutOrder) else None
        with contextlib.suppress(Invalid, Conflict):  # a reading that cannot be done says so when it is chosen
            found |= dict.fromkeys(confirmations.of(turn, reading, order))
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
    _question(turn, text, options, titles, order, reply_to, answered=confirmations.answers(turn, command, order))


def _question(  # what a question is made of
    turn: ChatTurn,
    text: str,
    options: dict[str, str],
    titles: Sequence[str],
    order: models.Order | None = None,
    reply_to: str | None = None,
    *,
    answered: Sequence[str] = (),
) -> None:
    turn.answer(
        shapes.Choices(text, tuple(zip(options, titles, strict=True))),
        purpose="question",
        order=order,
        choices={"options": options, "reply_to": reply_to or turn.heard.context, "answered": list(answered)},
    )


def _tapped(turn: ChatTurn, operator: models.Operator, tap: inbound.Tap) -> None:
    """A button under a question of ours: do what it stands for, once."""
    question = messages.by_wamid(turn.session, turn.merchant.id, tap.context or "")
    if question is None or question.phone != turn.phone or question.purpose != "question" or question.choices is None:
        turn.refuse("tapped")
        return
    choices, question.choices = question.choices, None
    chosen = choices["options"].get(tap.button)
    if not chosen:
        turn.answer(turn.t.gettext("All right, nothing was done."))
        return
    if choices.get("phones"):
        _ask_amount(turn, chosen, "")
        return
    command = grammar.read(chosen, turn.grammar_context)
    if isinstance(command, grammar.Refused | grammar.Ambiguous):
        turn.refuse("ambiguous")
        return
    if confirmations.is_old(turn, command, question):
        _do(turn, operator, command, reply_to=choices.get("reply_to"), why=replies.question(turn.t))
    else:
        _do(turn, operator, command, reply_to=choices.get("reply_to"), answered=choices.get("answered", ()))


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


def _shared(turn: ChatTurn, card: inbound.SharedContact) -> None:
    """A card of the address book is a phone number: it asks for an amount, after a choice where there are several."""
    phones = list(
        dict.fromkeys(number for written in card.phones if (number := _number(written, turn.merchant.country)))
    )
    if not phones:
        turn.refuse("bad_phone", card.phones[0] if card.phones else card.name)
    elif len(phones) == 1:
        _ask_amount(turn, phones[0], card.name)
    elif len(phones) <= MOST_BUTTONS:
        options = {str(number): each for number, each in enumerate(phones, start=1)}
        titles = [phone.dialled(each, turn.merchant.country) for each in phones]
        turn.answer(
            shapes.Choices(turn.t.gettext("Which number?"), tuple(zip(options, titles, strict=True))),
            purpose="question",
            choices={"options": options, "phones": True},
        )
    else:
        turn.refuse("two_phones")


def _number(written: str, region: str) -> str | None:
    try:
        return phone.parse(written, region)
    except Invalid:
        return None


def _ask_amount(turn: ChatTurn, number: str, name: str) -> None:
    """A reply to the card, or to this question, then makes an order for that phone."""
    choices = {"phone": number}
    if turn.received is not None:
        turn.received.choices = choices
    turn.answer(replies.how_much(turn.t, number, name, turn.merchant.currency), purpose="contact", choices=choices)


def _shared_phone(turn: ChatTurn) -> str | None:
    """The phone of the card that the message replies to."""
    replied = messages.by_wamid(turn.session, turn.merchant.id, turn.heard.context or "")
    if replied is None or replied.phone != turn.phone or replied.choices is None:
        return None
    number = replied.choices.get("phone")
    return number if isinstance(number, str) else None


def _card_just_shared(turn: ChatTurn) -> str | None:
    """The phone of a card that this operator shared a moment ago and has not written about, where the message is no reply."""
    if turn.heard.context is not None:
        return None
    asked = messages.open_question(
        turn.session, turn.merchant.id, turn.phone, "contact", turn.context.now() - CARD_COUNTS
    )
    if asked is None or asked.choices is None:
        return None
    number, asked.choices = str(asked.choices["phone"]), None
    return number


def _start(turn: ChatTurn) -> bool:
    """START of a phone that is a buyer's: it gets messages again. Whether it was one."""
    buyer = buyers.by_sender(turn.session, turn.merchant.id, turn.phone)
    if buyer is None:
        return False
    buyer.stopped_at = None
    turn.answer(merchant_texts.started(turn.t, turn.merchant.name))
    return True
