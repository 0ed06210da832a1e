"""The operator's side of the conversation: what is written, tapped or shared becomes commands and answers, in the transaction that
ends the stored event. What there is any doubt about is asked first, by buttons; `deeds` carries out the rest."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, messages, models
from webapp.domain import phone
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.money import Money
from webapp.services import answers, buyer_chat, deeds, doubts, operators, wording
from webapp.services.talk import Talk
from webapp.whatsapp import grammar, inbound
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.kit import Kit

CARD_COUNTS = timedelta(minutes=10)  # for an order without a phone that is no reply
KEEP_CHOICE, DROP_CHOICE = "1", "0"
MOST_BUTTONS = 3


def hear(session: Session, kit: Kit, merchant: models.Merchant, heard: inbound.Heard) -> None:
    """Act on what somebody wrote, tapped or shared, and answer."""
    if isinstance(heard, inbound.Unsupported) and not heard.wants_answer:
        return
    phone = f"+{heard.sender}" if heard.sender else (heard.user_id or "")
    operator = merchants.operator(session, merchant.id, phone, heard.user_id)
    if operator is None and isinstance(heard, inbound.Text):
        joined = operators.enrol(session, kit, merchant, heard.body, phone, heard.user_id)
        if joined is not None:
            _welcome(Talk(session, kit, merchant, heard, phone, joined.language), joined)
            return
    if operator is None or buyer_chat.concerns(session, merchant, heard, phone):
        buyer_chat.hear(session, kit, merchant, heard, phone)
        return
    operator.seen_at = kit.now()
    operators.known_by(session, operator, heard.user_id)
    talk = Talk(session, kit, merchant, heard, phone, operator.language)
    talk.keep()
    match heard:
        case inbound.Text() if heard.body.strip().casefold() == "start" and _start(talk):
            pass
        case inbound.Text():
            _read(talk, operator, heard.body)
        case inbound.Tap():
            _tapped(talk, operator, heard)
        case inbound.SharedContact():
            _shared(talk, heard)
        case _:
            talk.answer(wording.text_only(talk.t))


def _welcome(talk: Talk, operator: models.Operator) -> None:
    """An operator has just sent the code in: the syntax follows, as from HELP."""
    operator.seen_at = talk.kit.now()
    talk.keep()
    talk.answer(wording.welcome(talk.t, operator.name, talk.merchant.name))
    deeds.explain(talk)


def _read(talk: Talk, operator: models.Operator, text: str) -> None:
    reading = grammar.read(text, replace(talk.context, phone=_shared_phone(talk)))
    if isinstance(reading, grammar.Refused):
        talk.refuse(reading.code, reading.word, reading.suggestion, reading.verb)
        return
    readings = reading.readings if isinstance(reading, grammar.Ambiguous) else (reading,)
    alone = [each for each in readings if isinstance(each, grammar.CreateOrder) and each.phone is None]
    card = _card_just_shared(talk) if len(alone) == len(readings) else None
    if card is not None:
        _ask(talk, [*(replace(each, phone=card) for each in alone), *alone])
    elif isinstance(reading, grammar.Ambiguous):
        _choose(talk, operator, readings)
    else:
        _do(talk, operator, reading)


def _choose(talk: Talk, operator: models.Operator, readings: Sequence[grammar.Command]) -> None:
    """Only a reading that can be carried out is one: an order that it names is there. A single one that is left is asked about
    all the same, for it may not be what was meant."""
    possible = [each for each in readings if not isinstance(each, grammar.AboutOrder) or deeds.which(talk, each)]
    if not possible:
        _do(talk, operator, readings[0])
    elif len(possible) == 1:
        _do(talk, operator, possible[0], why=answers.question(talk.t))
    else:
        _ask(talk, possible)


def _ask(talk: Talk, readings: Sequence[grammar.Command]) -> None:
    """Two readings: a button for each, under all that there is to doubt in them. More than three do not fit, so the operator is asked
    to write it another way."""
    if len(readings) > MOST_BUTTONS:
        talk.refuse("ambiguous")
        return
    commands = enumerate((_settled(talk, reading) for reading in readings), start=1)
    options = {str(number): grammar.render(command, talk.context) for number, command in commands}
    titles = [answers.title(talk.t, reading, readings, talk.context) for reading in readings]
    text = "\n".join((answers.question(talk.t), *_reasons(talk, readings)))
    _question(talk, text, options, titles)


def _settled(talk: Talk, reading: grammar.Command) -> grammar.Command:
    order = deeds.which(talk, reading) if isinstance(reading, grammar.AboutOrder) else None
    with contextlib.suppress(Invalid, Conflict):  # as below
        return doubts.settled(talk, reading, order)
    return reading


def _reasons(talk: Talk, readings: Sequence[grammar.Command]) -> Sequence[str]:
    found: dict[str, None] = {}
    for reading in readings:
        order = deeds.which(talk, reading) if isinstance(reading, grammar.AboutOrder) else None
        with contextlib.suppress(Invalid, Conflict):  # a reading that cannot be done says so when it is chosen
            found |= dict.fromkeys(doubts.of(talk, reading, order))
    return list(found)


def _confirm(talk: Talk, command: grammar.Command, why: str, order: models.Order | None, reply_to: str | None) -> None:
    """Ask before a command is carried out."""
    options = {KEEP_CHOICE: grammar.render(doubts.settled(talk, command, order), talk.context), DROP_CHOICE: ""}
    text = f"{why}\n{answers.wish(talk.t, command, order)}"
    _question(talk, text, options, [talk.t.gettext("Yes, do it"), talk.t.gettext("No")], order, reply_to)


def _question(  # what a question is made of
    talk: Talk,
    text: str,
    options: dict[str, str],
    titles: Sequence[str],
    order: models.Order | None = None,
    reply_to: str | None = None,
) -> None:
    talk.answer(
        shapes.Choices(text, tuple(zip(options, titles, strict=True))),
        purpose="question",
        order=order,
        choices={"options": options, "reply_to": reply_to or talk.heard.context},
    )


def _tapped(talk: Talk, operator: models.Operator, tap: inbound.Tap) -> None:
    """A button under a question of ours: do what it stands for, once."""
    question = messages.by_wamid(talk.session, talk.merchant.id, tap.context or "")
    if question is None or question.phone != talk.phone or question.purpose != "question" or question.choices is None:
        talk.refuse("tapped")
        return
    choices, question.choices = question.choices, None
    chosen = choices["options"].get(tap.button)
    if not chosen:
        talk.answer(talk.t.gettext("All right, nothing was done."))
        return
    if choices.get("phones"):
        _ask_amount(talk, chosen, "")
        return
    command = grammar.read(chosen, talk.context)
    if isinstance(command, grammar.Refused | grammar.Ambiguous):
        talk.refuse("ambiguous")
        return
    again = answers.question(talk.t) if doubts.is_old(talk, command, question) else ""
    _do(talk, operator, command, reply_to=choices.get("reply_to"), why=again, sure=not again)


def _do(  # what there is to know about a command
    talk: Talk,
    operator: models.Operator,
    command: grammar.Command,
    *,
    reply_to: str | None = None,
    why: str = "",
    sure: bool = False,
) -> None:
    """Carry a command out, or ask about it first: when there is a doubt, or a `why` to ask. `reply_to` is the message that the
    command was a reply to, when it came by a button; `sure` says that it did, so it was asked about already."""
    try:
        order = None
        if isinstance(command, grammar.AboutOrder):
            order = deeds.which(talk, command, reply_to)
            if order is None:
                missing = not (command.reference or reply_to or talk.heard.context)
                talk.refuse("reference_needed" if missing else "no_order", verb=grammar.VERBS[type(command)])
                return
        doubt = "" if sure else "\n".join(doubts.of(talk, command, order)) or why
        if doubt:
            _confirm(talk, command, doubt, order, reply_to)
        else:
            deeds.carry_out(talk, operator, command, order)
    except (Invalid, Conflict) as error:
        talk.refuse(error.code, _word(talk.t, error), verb=grammar.VERBS.get(type(command)))


def _word(t: Texts, error: Invalid | Conflict) -> str:
    limit = error.details.get("limit") or error.details.get("rest")
    if isinstance(limit, Money):
        return t.money(limit)
    return str(error.details.get("reference") or error.details.get("currency") or "")


def _shared(talk: Talk, card: inbound.SharedContact) -> None:
    """A card of the address book is a phone number: it asks for an amount, after a choice where there are several."""
    phones = list(
        dict.fromkeys(number for written in card.phones if (number := _number(written, talk.merchant.country)))
    )
    if not phones:
        talk.refuse("bad_phone", card.phones[0] if card.phones else card.name)
    elif len(phones) == 1:
        _ask_amount(talk, phones[0], card.name)
    elif len(phones) <= MOST_BUTTONS:
        options = {str(number): each for number, each in enumerate(phones, start=1)}
        titles = [phone.dialled(each, talk.merchant.country) for each in phones]
        talk.answer(
            shapes.Choices(talk.t.gettext("Which number?"), tuple(zip(options, titles, strict=True))),
            purpose="question",
            choices={"options": options, "phones": True},
        )
    else:
        talk.refuse("two_phones")


def _number(written: str, region: str) -> str | None:
    try:
        return phone.parse(written, region)
    except Invalid:
        return None


def _ask_amount(talk: Talk, number: str, name: str) -> None:
    """A reply to the card, or to this question, then makes an order for that phone."""
    choices = {"phone": number}
    if talk.received is not None:
        talk.received.choices = choices
    talk.answer(answers.how_much(talk.t, number, name, talk.merchant.currency), purpose="contact", choices=choices)


def _shared_phone(talk: Talk) -> str | None:
    """The phone of the card that the message replies to."""
    replied = messages.by_wamid(talk.session, talk.merchant.id, talk.heard.context or "")
    if replied is None or replied.phone != talk.phone or replied.choices is None:
        return None
    number = replied.choices.get("phone")
    return number if isinstance(number, str) else None


def _card_just_shared(talk: Talk) -> str | None:
    """The phone of a card that this operator shared a moment ago and has not written about, where the message is no reply."""
    if talk.heard.context is not None:
        return None
    asked = messages.open_question(talk.session, talk.merchant.id, talk.phone, "contact", talk.kit.now() - CARD_COUNTS)
    if asked is None or asked.choices is None:
        return None
    number, asked.choices = str(asked.choices["phone"]), None
    return number


def _start(talk: Talk) -> bool:
    """START of a phone that is a buyer's: it gets messages again. Whether it was one."""
    buyer = buyers.by_sender(talk.session, talk.merchant.id, talk.phone)
    if buyer is None:
        return False
    buyer.stopped_at = None
    talk.answer(wording.started(talk.t, talk.merchant.name))
    return True
