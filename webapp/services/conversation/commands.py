"""What a command of an operator does, once there is no doubt about it."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from webapp import i18n
from webapp.db import buyers, orders
from webapp.domain import phone
from webapp.domain.money import Money
from webapp.domain.states import FINAL, State
from webapp.services.conversation import order_forms, replies
from webapp.services.notifications import merchant_texts, notify
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, refunds
from webapp.whatsapp import grammar

if TYPE_CHECKING:
    from collections.abc import Collection

    from webapp.db import models
    from webapp.services.conversation.turn import ChatTurn

MOST_LISTED = 30


def which(turn: ChatTurn, command: grammar.AboutOrder, reply_to: str | None = None) -> models.Order | None:
    """The order that a command names, or is a reply to."""
    replied = reply_to or turn.heard.context
    if command.reference is not None:
        return orders.by_reference(turn.session, turn.merchant.id, command.reference)
    return orders.by_message(turn.session, turn.merchant.id, replied) if replied else None


def carry_out(
    turn: ChatTurn,
    operator: models.Operator,
    command: grammar.Command,
    order: models.Order | None = None,
    answered: Collection[str] = (),
) -> None:
    """Do it and answer. `order` is the one that the command is about, `answered` what its operator has said yes to (`confirmations.answers`).
    Raises `Invalid` and `Conflict` as the services do."""
    match command:
        case grammar.CreateOrder():
            create(turn, command)
        case grammar.Help():
            explain(turn)
        case grammar.Stop():
            _stop(turn)
        case grammar.List():
            _list(turn)
        case grammar.Link():
            turn.answer(replies.form_link(turn.t, order_forms.url(turn.context, operator)), purpose="form")
        case grammar.Language():
            operator.language = command.language
            turn.t = i18n.texts(command.language, turn.merchant.country)
            turn.answer(turn.t.gettext("From now on I write to you in English."))
        case _ if order is not None:
            about = orders.lock(turn.session, order.id)
            turn.about(about)
            _about(turn, command, about, answered)


def explain(turn: ChatTurn) -> None:
    """The whole syntax, as far as the merchant's gateway can do it, in the operator's language."""
    can = turn.context.provider(turn.merchant).capabilities
    turn.answer(replies.help_(turn.t, phone.example(turn.merchant.country), turn.merchant.currency, can))


def create(turn: ChatTurn, command: grammar.CreateOrder) -> None:
    """A new order: its link goes to the buyer, and to the operator with the confirmation."""
    order = lifecycle.place(turn.session, turn.context, turn.merchant, requested(command))
    turn.about(order)
    sent = notify.request(turn.session, turn.context, turn.merchant, order)
    url = turn.context.links.url(order.id, order.link_version)
    extras = merchant_texts.extras(turn.t, order, turn.merchant.time_zone, told=command.days is not None)
    text = merchant_texts.confirmation(turn.t, order, command.phone, url, extras, sent=sent)
    turn.answer(text, purpose="confirmation", order=order)


def requested(command: grammar.CreateOrder) -> lifecycle.Request:
    """What an order's words ask for."""
    return lifecycle.Request(
        action=command.action,
        amount=command.amount,
        phone=command.phone,
        email=command.email,
        description=command.text,
        reference=command.reference,
        language=command.language,
        days=command.days,
        tax=command.tax,
        collects_details=command.collects_details,
    )


def _stop(turn: ChatTurn) -> None:
    """An operator's STOP: the phone may be a buyer's too; as an operator it is taken off by an administrator."""
    buyer = buyers.by_sender(turn.session, turn.merchant.id, turn.phone)
    if buyer is not None:
        buyer.stopped_at = turn.context.now()
    turn.answer(merchant_texts.stop_of_operator(turn.t, turn.merchant.name))


def _list(turn: ChatTurn) -> None:
    """Today's orders, by the merchant's clock."""
    zone = ZoneInfo(turn.merchant.time_zone)
    midnight = datetime.combine(turn.context.now().astimezone(zone).date(), time(), zone)
    found = orders.since(turn.session, turn.merchant.id, midnight, limit=MOST_LISTED + 1)
    lines = [replies.line(turn.t, order, turn.merchant.time_zone) for order in found[:MOST_LISTED]]
    turn.answer(replies.listed(turn.t, lines, more=len(found) > MOST_LISTED))


def _about(turn: ChatTurn, command: grammar.Command, order: models.Order, answered: Collection[str]) -> None:
    t = turn.t
    match command:
        case grammar.Status():
            turn.answer(merchant_texts.status(t, order, turn.merchant.time_zone), order=order)
        case grammar.Cancel():
            lifecycle.cancel_in(turn.session, turn.context, order)
            if order.state not in FINAL:
                turn.answer(t.gettext("I am cancelling it with the bank and will tell you."), order=order)
        case grammar.Resend():
            lifecycle.resend_in(turn.session, turn.context, order)
            words = t.gettext("The link is on its way again.")
            turn.answer(f"{words}\n{merchant_texts.subject(t, order)}", order=order)
        case grammar.Revoke():
            lifecycle.revoke_link_in(turn.session, turn.context, order)
            url = turn.context.links.url(order.id, order.link_version)
            reachable = buyers.get(turn.session, order.buyer_id).phone is not None
            turn.answer(replies.link_revoked(t, order, url, reachable=reachable), order=order)
        case grammar.Extend():
            expired = order.state == State.EXPIRED
            lifecycle.extend_in(turn.session, turn.context, order, command.days)
            until = t.moment(order.expires_at, turn.merchant.time_zone)
            turn.answer(replies.extended(t, order, until, again=expired), order=order)
        case grammar.Refund():
            refund = refunds.request_in(turn.session, turn.context, order, command.amount, answered=answered)
            amount = t.money(Money(refund.amount, order.currency))
            text = t.gettext("The refund of %(amount)s is on its way.", amount=amount)
            turn.answer(f"{text}\n{merchant_texts.subject(t, order)}", order=order)
        case grammar.Charge():
            made = aliases.charge_in(
                turn.session, turn.context, turn.merchant, order, command.amount, answered=answered
            )
            turn.about(made)
