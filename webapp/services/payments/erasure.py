"""Erasing a buyer: the person goes, the books stay (docs/adr/0026).

`erase` makes, in one transaction, that nobody is known by the buyer any more, that nothing more is sent to them and nothing can be charged;
what is left is work with a row of its own, done in steps of which each may be the last of a process that dies: each is harmless to repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db import buyers, erasures, merchants, models, orders, retention, work
from webapp.domain import phone as phones
from webapp.domain.actors import Actor
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.errors import Conflict
from webapp.domain.mentions import Mentions
from webapp.domain.statuses import ErasureStage
from webapp.services.orders import imports, lifecycle
from webapp.services.payments import aliases
from webapp.services.runtime import audit, idempotency

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

ORDERS, ROWS = 50, 10_000  # at once
SOON = timedelta(seconds=30)
LOOK_AGAIN = timedelta(days=30)  # of a buyer with whom something lasts
MARGIN = timedelta(seconds=20)  # of a lease: the longest that a step takes
NEXT = dict(zip(ErasureStage, [*list(ErasureStage)[1:], ErasureStage.DONE], strict=True))


def erase(context: ServiceContext, merchant_id: str, buyer_id: str) -> models.Erasure:
    """Erase a buyer of the merchant's. Open orders are cancelled and saved cards revoked. Repeating it is harmless, and who writes or is sent an
    order from here on is a new buyer.

    Raises `NotFound`; `Conflict` (money_in_flight, with `orders`: which) while a payment is on its way, held, going back or disputed: what
    becomes of it has to be told to the person, or proved.
    """
    with context.database.write() as session:
        buyers.of_merchant(session, merchant_id, buyer_id)
        erasures.lock_open_orders(session, buyer_id)  # before the buyer, as who records an outcome does
        buyer = buyers.lock(session, buyer_id)
        open_orders = erasures.lock_open_orders(
            session, buyer_id
        )  # those of that very moment too; from here on there are no new ones
        made = erasures.get(session, buyer_id)
        if made is not None:
            return made
        moving = erasures.in_flight(session, buyer_id)
        if moving:
            why = _moving(moving)
            raise Conflict("money_in_flight", why, moving=why, orders=[each.order for each in moving])
        person = _person(session, buyer)
        made = _noted(session, context, buyer, person)
        made.sought = context.sealer.seal(person.document(), _place(buyer.id))
        for order_id in open_orders:
            order = orders.lock(session, order_id)
            if not order.pending_transition:
                lifecycle.cancel_in(session, context, order)
        _revoke_cards(session, context, buyer)
        idempotency.erase(session, merchant_id)
        audit.record(session, context, merchant_id, AuditAction.BUYER_ERASED, AuditSubject.BUYER, buyer_id)
        return made


def erase_idle(context: ServiceContext, buyer_id: str, before: datetime) -> bool:
    """Erase a buyer if there was nothing to do with them since then, and nothing lasts. Texts that name the person without being of their
    orders are not looked for: those of that time were kept for long enough themselves. Else it is kept when there was; False."""
    with context.database.write() as session:
        buyer = buyers.lock(session, buyer_id)
        person = _person(session, buyer)
        contact = retention.contact(session, buyer, person.names, before)
        if buyer.erased_at is not None:
            return False
        if contact.lasts or contact.last >= before:
            buyer.active_at = max(contact.last, before + LOOK_AGAIN) if contact.lasts else contact.last
            return False
        _noted(session, context, buyer, person)
        erasures.erase_chat(session, buyer.merchant_id, person.names)
        _revoke_cards(session, context, buyer)
        return True


def asked(context: ServiceContext, merchant_id: str | None) -> Iterator[tuple[str, str]]:
    """The merchant's buyers who were erased, or every merchant's, in the order in which it was asked for: the merchant's id and the buyer's."""
    with context.database.read() as session:
        for each in erasures.asked(session, merchant_id):
            yield each.merchant_id, each.id


def _revoke_cards(session: Session, context: ServiceContext, buyer: models.Buyer) -> None:
    cards = [alias.id for alias in buyers.aliases(session, buyer.id)]
    for alias_id in cards:
        aliases.revoke_in(session, context, buyer.merchant_id, alias_id)


def _noted(session: Session, context: ServiceContext, buyer: models.Buyer, person: _Person) -> models.Erasure:
    """The row that is the work; from here on the buyer's own rows say nothing of the person."""
    now, actor = context.now(), context.actor
    erasures.hide(session, buyer, person.names)
    buyer.erased_at = now
    session.flush()
    made = models.Erasure(
        id=buyer.id,
        merchant_id=buyer.merchant_id,
        asked_at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        stage=ErasureStage.ORDERS,
        due_at=now,
    )
    session.add(made)
    return made


@dataclass(frozen=True)
class _Person:
    """By what somebody is found: `phones` (E.164 or WhatsApp's digits) and `words`, and `names`, under which their messages come in and go out.
    What is another's too, an operator's or a new buyer's, is not among them."""

    phones: Sequence[str]
    words: Sequence[str]
    names: Sequence[str]

    def document(self) -> dict[str, list[str]]:
        return {"phones": list(self.phones), "words": list(self.words), "names": list(self.names)}


def _person(session: Session, buyer: models.Buyer) -> _Person:
    known = {each for each in (buyer.phone, buyer.former_phone, buyer.wa_id and f"+{buyer.wa_id}") if each}
    own = known - erasures.of_others(session, buyer.merchant_id, buyer.id, known)
    numbers = sorted({form for number in own for form in phones.forms(number)})
    ids = [buyer.user_id] if buyer.user_id else []
    words = erasures.told(session, buyer.id) | {each for each in (buyer.email, buyer.user_id) if each}
    return _Person(numbers, sorted(words), [*numbers, *ids])


def _moving(moving: Sequence[erasures.MoneyInFlight]) -> str:
    named = ", ".join(f"{each.reference} ({each.why})" for each in moving)
    return f"money is on its way, held, going back or disputed: {named}. Erase the buyer once that is over"


def _place(buyer: str) -> str:
    return f"{buyer}/erasure"


# --- the work


def carry_out(context: ServiceContext, erasure: models.Erasure, lease: work.Lease) -> None:
    """Go on with a claimed erasure until all is done, something has to be waited for, or the lease is about to end."""
    steps = {
        ErasureStage.ORDERS: _orders,
        ErasureStage.INBOX: _inbox,
        ErasureStage.MESSAGES: _messages,
        ErasureStage.FILE: _file,
        ErasureStage.GATEWAY: _gateway,
    }
    wait: timedelta | None = None
    while erasure.stage != ErasureStage.DONE and wait is None and context.now() < lease.until - MARGIN:
        wait = steps[erasure.stage](context, erasure, lease)
    done = erasure.stage == ErasureStage.DONE
    now = context.now()
    with context.database.write() as session:
        work.finish(
            session,
            models.Erasure,
            erasure.id,
            lease,
            due_at=None if done else now + (wait or timedelta(0)),
            done_at=now if done else None,
            tries=0,
        )


def _orders(context: ServiceContext, erasure: models.Erasure, lease: work.Lease) -> timedelta | None:
    with context.database.write() as session:
        batch = erasures.orders_after(session, erasure.id, erasure.cursor, ORDERS)
        if erasures.are_busy(session, batch, context.now()):
            return SOON
        if batch:
            erasures.erase_orders(session, erasure.merchant_id, batch)
        _advance(session, erasure, lease, batch[-1] if batch else None)
    return None


def _inbox(context: ServiceContext, erasure: models.Erasure, lease: work.Lease) -> timedelta | None:
    """Of stored webhooks, the person's own go; of those of others, the operators' for the most part, which name the person, what they say,
    once they are worked on."""
    person, mentions = _sought(context, erasure)
    digits = [number.removeprefix("+") for number in person.names]
    with context.database.read() as session:
        window = erasures.events_after(
            session, erasure.merchant_id, int(erasure.cursor or 0), erasure.asked_at, digits, ROWS
        )
    found = window.found
    own = [row.id for row in found if _is_of(row.said[1], digits) or mentions.within(row.said[0])]
    others = [row for row in found if row.id not in own and mentions.within(*row.said)]
    waits = not all(row.is_done for row in others)
    with context.database.write() as session:
        erasures.forget_events(session, own)
        erasures.empty_events(session, [row.id for row in others])
        if not waits:
            _advance(session, erasure, lease, str(window.last) if window.last is not None else None)
    return SOON if waits else None


def _messages(context: ServiceContext, erasure: models.Erasure, lease: work.Lease) -> timedelta | None:
    """The same of messages that belong to no order."""
    person, mentions = _sought(context, erasure)
    with context.database.read() as session:
        window = erasures.messages_after(session, erasure.merchant_id, erasure.cursor or "", erasure.asked_at, ROWS)
    theirs = [row for row in window.found if row.said[0] in person.names or mentions.within(*row.said)]
    if not all(row.is_done for row in theirs):
        return SOON
    with context.database.write() as session:
        erasures.erase_messages(session, erasure.merchant_id, erasures.named([row.id for row in theirs]))
        if window.last is None:
            erasures.forget_quotas(session, erasure.merchant_id, person.names)
            imports.forget(session, erasure.merchant_id, {*person.phones, *person.words}, mentions)
            idempotency.erase(session, erasure.merchant_id)  # what was being answered as the buyer was erased
        _advance(session, erasure, lease, window.last)
    return None


def _file(context: ServiceContext, erasure: models.Erasure, lease: work.Lease) -> timedelta | None:
    """What stood in former rows is overwritten, and by what the person was found is forgotten before."""
    with context.database.write() as session:
        if not erasures.advance(session, erasure, lease, sought=None):
            raise Conflict("lease_lost")
    if not context.database.purge():
        return SOON
    with context.database.write() as session:
        _advance(session, erasure, lease, None)
    return None


def _gateway(context: ServiceContext, erasure: models.Erasure, lease: work.Lease) -> timedelta | None:
    """The customer goes once no order waits for the gateway and every card is forgotten there; one that was saved meanwhile is revoked."""
    asker = context.acting_as(Actor(erasure.actor_kind, erasure.actor_id))
    with context.database.read() as session:
        merchant = merchants.get(session, erasure.merchant_id)
        cards = [alias.id for alias in buyers.aliases(session, erasure.id)]
    for card in cards:
        aliases.revoke(asker, erasure.merchant_id, card)
    with context.database.read() as session:
        if erasures.waits_for_gateway(session, erasure.id):
            return SOON
        customers = erasures.customers(session, erasure.id)
    for customer in customers:
        context.gateway(merchant).delete_customer(customer)
    with context.database.write() as session:
        _advance(session, erasure, lease, None)
    return None


def _advance(session: Session, erasure: models.Erasure, lease: work.Lease, cursor: str | None) -> None:
    """The step is done; without a cursor, the stage. Raises `Conflict` (lease_lost): then nothing of the step was done by this worker."""
    stage = erasure.stage if cursor is not None else _after(erasure)
    if not erasures.advance(session, erasure, lease, stage=stage, cursor=cursor):
        raise Conflict("lease_lost")
    erasure.stage, erasure.cursor = stage, cursor


def _after(erasure: models.Erasure) -> ErasureStage:
    """The stage that follows: no texts are looked through where there is nothing to find the person by (`erase_idle`)."""
    at_once = erasure.stage == ErasureStage.ORDERS and erasure.sought is None
    return ErasureStage.GATEWAY if at_once else NEXT[erasure.stage]


def _sought(context: ServiceContext, erasure: models.Erasure) -> tuple[_Person, Mentions]:
    person = _Person(**context.sealer.open(erasure.sought or "", _place(erasure.id)))
    return person, Mentions(person.phones, person.words)


def _is_of(payload: Any, names: Sequence[str]) -> bool:
    """Whether a stored webhook is a message of the person, or says what became of one to them."""
    match payload:
        case {"message": {"from": str(name)}} | {"message": {"from_user_id": str(name)}}:
            return name in names
        case {"status": {"recipient_id": str(name)}} | {"status": {"recipient_user_id": str(name)}}:
            return name in names
    return False
