"""What a command of an operator does, once there is no doubt about it."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from webapp import i18n
from webapp.db import buyers
from webapp.db import orders as rows
from webapp.domain import phone
from webapp.domain.money import Money
from webapp.domain.states import FINAL, State
from webapp.services import aliases, answers, notify, order_forms, orders, refunds, wording
from webapp.whatsapp import grammar

if TYPE_CHECKING:
    from webapp.db import models
    from webapp.services.talk import Talk

MOST_LISTED = 30


def which(talk: Talk, command: grammar.AboutOrder, reply_to: str | None = None) -> models.Order | None:
    """The order that a command names, or is a reply to."""
    replied = reply_to or talk.heard.context
    if command.reference is not None:
        return rows.by_reference(talk.session, talk.merchant.id, command.reference)
    return rows.by_message(talk.session, talk.merchant.id, replied) if replied else None


def carry_out(
    talk: Talk, operator: models.Operator, command: grammar.Command, order: models.Order | None = None
) -> None:
    """Do it and answer. `order` is the one that the command is about. Raises `Invalid` and `Conflict` as the services do."""
    match command:
        case grammar.CreateOrder():
            create(talk, operator, command)
        case grammar.Help():
            explain(talk)
        case grammar.Stop():
            _stop(talk)
        case grammar.List():
            _list(talk)
        case grammar.Link():
            talk.answer(answers.form_link(talk.t, order_forms.url(talk.kit, operator)), purpose="form")
        case grammar.Language():
            operator.language = command.language
            talk.t = i18n.texts(command.language, talk.merchant.country)
            talk.answer(talk.t.gettext("From now on I write to you in English."))
        case _ if order is not None:
            about = rows.lock(talk.session, order.id)
            talk.about(about)
            _about(talk, operator, command, about)


def explain(talk: Talk) -> None:
    """The whole syntax, as far as the merchant's gateway can do it, in the operator's language."""
    can = talk.kit.provider(talk.merchant).capabilities
    talk.answer(answers.help_(talk.t, phone.example(talk.merchant.country), talk.merchant.currency, can))


def create(talk: Talk, operator: models.Operator, command: grammar.CreateOrder) -> None:
    """A new order: its link goes to the buyer, and to the operator with the confirmation."""
    request = orders.Request(
        action=command.action,
        amount=command.amount,
        phone=command.phone,
        email=command.email,
        description=command.text,
        reference=command.reference,
        language=command.language,
        days=command.days,
        tax=command.tax,
        asks=command.asks,
    )
    order = orders.place(talk.session, talk.kit, talk.merchant, request, orders.By("whatsapp", operator.id))
    talk.about(order)
    sent = notify.request(talk.session, talk.kit, talk.merchant, order)
    url = talk.kit.links.url(order.id, order.link_version)
    extras = wording.extras(talk.t, order, talk.merchant.time_zone, told=command.days is not None)
    text = wording.confirmation(talk.t, order, command.phone, url, extras, sent=sent)
    talk.answer(text, purpose="confirmation", order=order)


def _stop(talk: Talk) -> None:
    """An operator's STOP: the phone may be a buyer's too; as an operator it is taken off by an administrator."""
    buyer = buyers.by_sender(talk.session, talk.merchant.id, talk.phone)
    if buyer is not None:
        buyer.stopped_at = talk.kit.now()
    talk.answer(wording.stop_of_operator(talk.t, talk.merchant.name))


def _list(talk: Talk) -> None:
    """Today's orders, by the merchant's clock."""
    zone = ZoneInfo(talk.merchant.time_zone)
    midnight = datetime.combine(talk.kit.now().astimezone(zone).date(), time(), zone)
    found = rows.since(talk.session, talk.merchant.id, midnight, limit=MOST_LISTED + 1)
    lines = [answers.line(talk.t, order, talk.merchant.time_zone) for order in found[:MOST_LISTED]]
    talk.answer(answers.listed(talk.t, lines, more=len(found) > MOST_LISTED))


def _about(talk: Talk, operator: models.Operator, command: grammar.Command, order: models.Order) -> None:
    t = talk.t
    match command:
        case grammar.Status():
            talk.answer(wording.status(t, order), order=order)
        case grammar.Cancel():
            orders.cancel_in(talk.session, talk.kit, order)
            if order.state not in FINAL:
                talk.answer(t.gettext("I am cancelling it with the bank and will tell you."), order=order)
        case grammar.Resend():
            orders.resend_in(talk.session, talk.kit, order)
            words = t.gettext("The link is on its way again.")
            talk.answer(f"{words}\n{wording.subject(t, order)}", order=order)
        case grammar.Extend():
            expired = order.state == State.EXPIRED
            orders.extend_in(talk.session, talk.kit, order, command.days)
            until = t.moment(order.expires_at, talk.merchant.time_zone)
            talk.answer(answers.extended(t, order, until, again=expired), order=order)
        case grammar.Refund():
            refund = refunds.request_in(talk.session, talk.kit, order, command.amount, "whatsapp")
            amount = t.money(Money(refund.amount, order.currency))
            text = t.gettext("The refund of %(amount)s is on its way.", amount=amount)
            talk.answer(f"{text}\n{wording.subject(t, order)}", order=order)
        case grammar.Charge():
            by = orders.By("whatsapp", operator.id)
            talk.about(aliases.charge_in(talk.session, talk.kit, talk.merchant, order, command.amount, by))
