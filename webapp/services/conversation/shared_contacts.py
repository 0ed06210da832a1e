"""Contacts that an operator shares: each is a phone number, and asks for an amount. What the operator writes next is the order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import messages
from webapp.domain import phone as phones
from webapp.domain.errors import Invalid
from webapp.services.conversation import replies
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.services.conversation.turn import ChatTurn
    from webapp.whatsapp import inbound

COUNTS = timedelta(minutes=10)  # for an order without a phone that is no reply


def hear(turn: ChatTurn, shared: inbound.SharedContact) -> None:
    """Ask how much, after a choice where the contact has several phones, or where its text and WhatsApp name two people."""
    found = {
        phones.identity(number): number for each in shared.phones for number in _named(each, turn.merchant.country)
    }
    numbers = list(found.values())
    if not numbers:
        turn.refuse("bad_phone", shared.phones[0].written if shared.phones else shared.name)
    elif len(numbers) == 1:
        ask_amount(turn, numbers[0], shared.name)
    elif len(numbers) <= shapes.MOST_BUTTONS:
        options = {str(number): each for number, each in enumerate(numbers, start=1)}
        titles = [phones.dialled(each, turn.merchant.country) for each in numbers]
        turn.ask(turn.t.gettext("Which number?"), options, titles, phones=True)
    else:
        turn.refuse("two_phones")


def ask_amount(turn: ChatTurn, number: str, name: str) -> None:
    """A reply to the card, or to this question, then makes an order for that phone."""
    choices = {"phone": number}
    if turn.received is not None:
        turn.received.choices = choices
    turn.answer(replies.how_much(turn.t, number, name, turn.merchant.currency), purpose="contact", choices=choices)


def replied_to(turn: ChatTurn) -> str | None:
    """The phone of the card that the message replies to."""
    if turn.heard.context is None:
        return None
    replied = messages.by_wamid(turn.session, turn.merchant.id, turn.heard.context)
    if replied is None or not phones.same(replied.phone, turn.phone) or replied.choices is None:
        return None
    number = replied.choices.get("phone")
    return number if isinstance(number, str) else None


def just_shared(turn: ChatTurn) -> str | None:
    """The phone of a card that this operator shared a moment ago and has not written about, where the message is no reply."""
    if turn.heard.context is not None:
        return None
    asked = messages.open_question(turn.session, turn.merchant.id, turn.phone, "contact", turn.context.now() - COUNTS)
    if asked is None or asked.choices is None:
        return None
    number, asked.choices = str(asked.choices["phone"]), None
    return number


def _named(shared: inbound.SharedPhone, region: str) -> Iterator[str]:
    """Whom a line of a contact means. Where WhatsApp has resolved it, that decides: the text beside it is as its writer dials it, in
    whichever country. Only a text that can be nobody but another is asked about too."""
    if shared.wa_id is None:
        try:
            yield phones.parse(shared.written, region)
        except Invalid:
            return
    else:
        number = phones.of_whatsapp(shared.wa_id)
        yield number
        other = phones.named_beside(shared.written, number, region)
        if other is not None:
            yield other
