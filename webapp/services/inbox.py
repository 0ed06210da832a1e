"""Stored webhooks, worked on after they were acknowledged: each exactly once, in one transaction with its effects."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.db import erasures, merchants, messages, models, turns, work
from webapp.domain import cards, characters
from webapp.domain.actors import GATEWAY
from webapp.domain.errors import Conflict, Invalid, Unfinished
from webapp.services.conversation import account_changes, merchant_chat
from webapp.services.notifications import account_watch, whatsapp_delivery
from webapp.services.payments import aliases, checkout, refunds
from webapp.whatsapp import inbound
from webapp.whatsapp.account_changes import AccountChange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.gateways.base import Notification
    from webapp.services.runtime.context import ServiceContext


MOST = 1000
"""How many events of one body are stored at once: as many as Meta sends (Graph API, webhooks/getting-started: "a maximum of 1000 updates").
A gateway sends one."""


def keep_whatsapp(context: ServiceContext, merchant_id: str, events: Sequence[inbound.Event]) -> int:
    """Store verified WhatsApp events; those that are there already are left alone. How many were new. Raises `Unfinished` when there are more
    than are stored at once.

    Events of another number or account are not stored: one Meta application signs for all of its numbers with one secret. Nor is what became of
    messages to a buyer who was erased since: the phone is in it once more.
    """
    for since in range(0, len(events), MOST):
        some, done = events[since:][:MOST], since + MOST
        with context.database.read() as session:
            to = messages.addressee(session, merchant_id, [_name(event.id) for event in some])
        new = [event for event in some if _is_to(event, to) and _name(event.id) not in to.known]
        stored = _keep(context, merchant_id, "whatsapp", _of_nobody_erased(context, merchant_id, new))
        if stored and done < len(events):
            raise Unfinished(f"{done} of {len(events)} events are stored: send the same body again")
        if stored:
            return stored
    return 0


def _is_to(event: inbound.Event, to: messages.Addressee) -> bool:
    return event.number == to.number if event.account is None else event.account == to.account


def _name(external: str) -> str:
    """An event's id as it is kept: card numbers go no further than this, wherever they stand."""
    return cards.hidden(external)[:250]


def _of_nobody_erased(
    context: ServiceContext, merchant_id: str, events: Sequence[inbound.Event]
) -> list[tuple[str, dict[str, Any]]]:
    about = {
        event.id: event.payload["status"].get("biz_opaque_callback_data")
        for event in events
        if "status" in event.payload
    }
    named = [each for each in about.values() if isinstance(each, str)]
    with context.database.read() as session:
        erased = erasures.erased_among(session, merchant_id, named)
    return [(event.id, event.payload) for event in events if about.get(event.id) not in erased]


def keep_gateway(context: ServiceContext, merchant_id: str, notification: Notification) -> int:
    """Store a verified gateway event: a hint of what to look up, nothing of its content is believed. Raises `Invalid` (bad_payload) for
    what no database can keep, and which no gateway's id is."""
    told = [each for each in dataclasses.astuple(notification) if isinstance(each, str)]
    if not all(map(characters.is_storable, told)):
        raise Invalid("bad_payload", "NUL, or half a surrogate pair")
    payload = {
        "type": notification.type,
        "intent": notification.intent,
        "account": notification.account,
        "after_payment": notification.after_payment,
        "payment_method": notification.payment_method_id,
    }
    with context.database.read() as session:
        if messages.stored(session, merchant_id, "gateway", [_name(notification.id)]):
            return 0
    return _keep(context, merchant_id, "gateway", [(notification.id, payload)])


def _keep(context: ServiceContext, merchant_id: str, source: str, events: Sequence[tuple[str, dict[str, Any]]]) -> int:
    """Store those that are new, in one statement. Who calls has left out what is known, so that a repeat only reads: a hundred copies at once
    do not queue for the one lock that SQLite has for writing."""
    new = {_name(external): cards.cleaned(payload, inbound.IDENTIFIERS) for external, payload in events}
    if not new:
        return 0
    with context.database.write() as session:
        begins = Counter(_begin(source, payload) for payload in new.values())
        turn = {each: turns.next_events(session, merchant_id, source, each, number) for each, number in begins.items()}
        return messages.store(
            session,
            [
                {
                    "merchant_id": merchant_id,
                    "source": source,
                    "external_id": external,
                    "payload": payload,
                    "turn": next(turn[_begin(source, payload)]),
                    "received_at": context.now(),
                    "due_at": context.now(),
                    "tries": 0,
                }
                for external, payload in new.items()
            ],
        )


def _begin(source: str, payload: dict[str, Any]) -> int:
    """How far a message got, and what Meta says of an account, waits until what people wrote and what was paid is worked on."""
    return turns.PEOPLE if source == "gateway" or "message" in payload else turns.MACHINES


def work_on(context: ServiceContext, event: models.InboxEvent, lease: work.Lease) -> None:
    """Work on a claimed event. Raises whatever goes wrong: the worker keeps the reason and tries again later."""
    if event.source == "gateway":
        _gateway(context, event, lease)
    else:
        _whatsapp(context, event, lease)


def _gateway(context: ServiceContext, event: models.InboxEvent, lease: work.Lease) -> None:
    context = context.acting_as(GATEWAY)
    intent, account = event.payload.get("intent"), event.payload.get("account")
    if account is None or account == _account(context, event.merchant_id):
        if intent:
            order = checkout.follow(context, event.merchant_id, intent)
            if order is not None and event.payload.get("after_payment"):
                refunds.follow(context, event.merchant_id, order)
        if event.payload.get("payment_method"):
            aliases.follow(context, event.merchant_id, event.payload["payment_method"])
    with context.database.write() as session:
        work.finish(session, models.InboxEvent, event.id, lease)


def _account(context: ServiceContext, merchant_id: str) -> str | None:
    with context.database.read() as session:
        return merchants.get(session, merchant_id).gateway_account


def _whatsapp(context: ServiceContext, event: models.InboxEvent, lease: work.Lease) -> None:
    heard = inbound.interpret(event.payload)
    with context.database.write() as session:
        if not work.finish(session, models.InboxEvent, event.id, lease):
            raise Conflict("lease_lost")
        if isinstance(heard, inbound.StatusChange):
            account_changes.reported(session, context, merchants.get(session, event.merchant_id), heard)
            whatsapp_delivery.follow(session, context, event.merchant_id, heard)
        elif isinstance(heard, AccountChange):
            account_watch.follow(session, context, event.merchant_id, heard)
        elif heard is not None:
            merchant_chat.hear(session, context, merchants.get(session, event.merchant_id), heard)
