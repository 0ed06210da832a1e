"""The conversation: what a phone says becomes orders and answers, in the transaction that ends the stored event."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, messages, models
from webapp.db import orders as rows
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.money import Money
from webapp.domain.states import FINAL
from webapp.services import aliases, buyer_chat, notify, operators, orders, wording
from webapp.services.talk import Talk
from webapp.whatsapp import grammar, inbound
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.kit import Kit

LATE = timedelta(hours=1)
AGAIN = timedelta(minutes=2)
VERBS: dict[type[grammar.Command], grammar.Verb] = {
    grammar.Charge: grammar.Verb.CHARGE,
    grammar.Cancel: grammar.Verb.CANCEL,
    grammar.Status: grammar.Verb.STATUS,
}
KEEP_CHOICE, DROP_CHOICE = "1", "0"


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
        case _:
            talk.answer(wording.text_only(talk.t))


def _welcome(talk: Talk, operator: models.Operator) -> None:
    """An operator has just sent the code in: the syntax follows, as from HELP."""
    operator.seen_at = talk.kit.now()
    talk.keep()
    talk.answer(wording.welcome(talk.t, operator.name, talk.merchant.name))
    _help(talk)


def _help(talk: Talk) -> None:
    example = grammar.example("phone_needed", talk.context).split()[-1]
    talk.answer(wording.help_(talk.t, example, talk.merchant.currency))


def _read(talk: Talk, operator: models.Operator, text: str) -> None:
    reading = grammar.read(text, talk.context)
    match reading:
        case grammar.Refused():
            talk.refuse(reading.code, reading.word, reading.suggestion, reading.verb)
        case grammar.Ambiguous():
            _ask(talk, reading.readings)
        case grammar.Help() | grammar.Status() | grammar.Stop():
            _do(talk, operator, reading)
        case _ if talk.kit.now() - talk.heard.timestamp > LATE:
            _confirm(talk, wording.old(talk.t, text), reading)
        case _:
            _do(talk, operator, reading)


def _confirm(talk: Talk, text: str, command: grammar.Command) -> None:
    """Ask before a command is done."""
    options = {KEEP_CHOICE: grammar.render(command, talk.context), DROP_CHOICE: ""}
    labels = ((KEEP_CHOICE, talk.t.gettext("Yes, do it")), (DROP_CHOICE, talk.t.gettext("No")))
    talk.answer(
        shapes.Choices(text, labels),
        purpose="question",
        choices={"options": options, "reply_to": talk.heard.context},
    )


def _ask(talk: Talk, readings: tuple[grammar.Command, ...]) -> None:
    """Two readings: a button for each. More than three do not fit, so the operator is asked to write it another way."""
    if len(readings) > 3:
        talk.refuse("ambiguous")
        return
    options = {str(number): grammar.render(reading, talk.context) for number, reading in enumerate(readings, start=1)}
    titles = [grammar.difference(reading, readings, talk.context) for reading in readings]
    talk.answer(
        shapes.Choices(wording.question(talk.t), tuple(zip(options, titles, strict=True))),
        purpose="question",
        choices={"options": options, "reply_to": talk.heard.context},
    )


def _tapped(talk: Talk, operator: models.Operator, tap: inbound.Tap) -> None:
    """A button under a question of ours: do what it stands for, once."""
    question = messages.by_wamid(talk.session, talk.merchant.id, tap.context or "")
    if question is None or question.phone != talk.phone or question.purpose != "question" or question.choices is None:
        talk.refuse("tapped")
        return
    chosen = question.choices["options"].get(tap.button)
    reply_to = question.choices.get("reply_to")
    question.choices = None
    if not chosen:
        talk.answer(talk.t.gettext("All right, nothing was done."))
        return
    command = grammar.read(chosen, talk.context)
    if isinstance(command, grammar.Refused | grammar.Ambiguous):
        talk.refuse("ambiguous")
        return
    _do(talk, operator, command, reply_to=reply_to, sure=True)


def _do(
    talk: Talk, operator: models.Operator, command: grammar.Command, reply_to: str | None = None, *, sure: bool = False
) -> None:
    """Carry a command out. `reply_to` is the message that the command was a reply to, when it came by a button; `sure` says
    that it did, so it was asked about already."""
    try:
        match command:
            case grammar.CreateOrder():
                _create(talk, operator, command)
            case grammar.Help():
                _help(talk)
            case grammar.Stop():
                _stop(talk)
            case grammar.Charge() | grammar.Status() | grammar.Cancel():
                order = _which(talk, command, reply_to)
                if order is not None:
                    _about_order(talk, operator, command, order, sure=sure)
    except (Invalid, Conflict) as error:
        talk.refuse(error.code, _word(talk.t, error), verb=VERBS.get(type(command)))


def _word(t: Texts, error: Invalid | Conflict) -> str:
    limit = error.details.get("limit")
    if isinstance(limit, Money):
        return t.money(limit)
    return str(error.details.get("reference") or error.details.get("currency") or "")


def _stop(talk: Talk) -> None:
    """An operator's STOP: the phone may be a buyer's too; as an operator it is taken off by an administrator."""
    buyer = buyers.by_sender(talk.session, talk.merchant.id, talk.phone)
    if buyer is not None:
        buyer.stopped_at = talk.kit.now()
    talk.answer(wording.stop_of_operator(talk.t, talk.merchant.name))


def _start(talk: Talk) -> bool:
    """START of a phone that is a buyer's: it gets messages again. Whether it was one."""
    buyer = buyers.by_sender(talk.session, talk.merchant.id, talk.phone)
    if buyer is None:
        return False
    buyer.stopped_at = None
    talk.answer(wording.started(talk.t, talk.merchant.name))
    return True


def _create(talk: Talk, operator: models.Operator, command: grammar.CreateOrder) -> None:
    request = orders.Request(
        action=command.action,
        amount=command.amount,
        phone=command.phone,
        email=command.email,
        description=command.text,
        reference=command.reference,
        language=command.language,
    )
    by = orders.By("whatsapp", operator.id)
    order = orders.place(talk.session, talk.kit, talk.merchant, request, by)
    talk.about(order)
    sent = notify.request(talk.session, talk.kit, talk.merchant, order)
    url = talk.kit.links.url(order.id, order.link_version)
    text = wording.confirmation(talk.t, order, command.phone, url, stopped=not sent)
    talk.answer(text, purpose="confirmation", order=order)


def _which(
    talk: Talk, command: grammar.Charge | grammar.Status | grammar.Cancel, reply_to: str | None
) -> models.Order | None:
    """The order that a command names, or is a reply to; else the operator is told what is missing."""
    replied = reply_to or talk.heard.context
    if command.reference is not None:
        order = rows.by_reference(talk.session, talk.merchant.id, command.reference)
    elif replied is not None:
        order = rows.by_message(talk.session, talk.merchant.id, replied)
    else:
        talk.refuse("reference_needed", verb=VERBS[type(command)])
        return None
    if order is None:
        talk.refuse("no_order")
    return order


def _about_order(
    talk: Talk,
    operator: models.Operator,
    command: grammar.Charge | grammar.Status | grammar.Cancel,
    order: models.Order,
    *,
    sure: bool,
) -> None:
    match command:
        case grammar.Status():
            talk.about(order)
            talk.answer(wording.status(talk.t, order), order=order)
        case grammar.Cancel():
            talk.about(order)
            order = orders.cancel_in(talk.session, talk.kit, rows.lock(talk.session, order.id))
            if order.state not in FINAL:
                talk.answer(talk.t.gettext("I am cancelling it with the bank and will tell you."), order=order)
        case grammar.Charge():
            _charge(talk, operator, command, order, sure=sure)


def _charge(talk: Talk, operator: models.Operator, command: grammar.Charge, order: models.Order, *, sure: bool) -> None:
    """Charge the card that the order saved. The same charge a moment ago may be a finger that slipped: asked first."""
    alias = order.alias_id or order.charges_alias_id
    since = talk.kit.now() - AGAIN
    if not sure and alias and rows.charged_since(talk.session, alias, command.amount.amount, since):
        text = wording.charge_again(talk.t, command.amount)
        _confirm(talk, text, grammar.Charge(command.amount, order.reference))
        return
    by = orders.By("whatsapp", operator.id)
    talk.about(aliases.charge_in(talk.session, talk.kit, talk.merchant, order, command.amount, by))
