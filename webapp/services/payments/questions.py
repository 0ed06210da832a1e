"""What is asked before money moves or is asked for, by the same rules in every door: an amount that is large, a charge or an order that is
made again, a phone far away, and what has changed since somebody looked.

A verb that moves money works its questions out in its own transaction, and raises `Unanswered` while there is one to which its caller
brings no answer. The answer to a question is its `key`, and in that stands what was known when it was asked: once that has changed, the
answer is none. What a door has shown without a question (a form, the text above a button) is such a key too (`seen_of_refund`,
`seen_of_charge`). Who has seen nothing, as at a console, is asked of nothing that has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.db import buyers, messages, models, orders, refunds
from webapp.domain import money, phone
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Conflict
from webapp.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from webapp.db.session import Session
    from webapp.services.orders.lifecycle import Request
    from webapp.services.runtime.context import ServiceContext

AGAIN = timedelta(minutes=2)


class Doubt(StrEnum):
    """What a question is about. LARGE: the amount is above the merchant's limit; REPEATED: the same card was charged the same a moment ago.
    Changed since it was looked at: what the card was charged (CHARGED), which card it is (CARD), what went back of the order (REFUNDED).
    Of a new order: the phone is of a country that nothing was ever sent to (FAR), the same order was made a moment ago (AGAIN)."""

    LARGE = "large"
    REPEATED = "repeated"
    CHARGED = "charged"
    CARD = "card"
    REFUNDED = "refunded"
    FAR = "far"
    AGAIN = "again"


OF_MONEY = (Doubt.LARGE, Doubt.REPEATED, Doubt.CHARGED, Doubt.CARD, Doubt.REFUNDED)
"""Those that a charge or a refund is asked about."""


@dataclass(frozen=True)
class Question:
    """`known` is what it was asked on: of FAR the phone. `amount` is the one in doubt, or what was charged or refunded meanwhile; `left` what
    is left then, of a refund; `alias` the card, of CARD; `order` the one before, of AGAIN."""

    about: Doubt
    known: str
    amount: Money | None = None
    left: Money | None = None
    alias: models.Alias | None = None
    order: models.Order | None = None

    @property
    def key(self) -> str:
        """The answer to it."""
        return _key(self.about, self.known)


class Unanswered(Conflict):
    """Nothing was done: first the caller has to answer these questions, all of them by `answers`."""

    def __init__(self, questions: Sequence[Question], answered: Collection[str]) -> None:
        super().__init__("unanswered", ", ".join(each.key for each in questions))
        self.questions = tuple(questions)
        others = set(Doubt) - {each.about for each in questions}
        kept = [key for key in answered if key.partition(":")[0] in others]
        self.answers = (*kept, *(each.key for each in questions))


def of_charge(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    alias: models.Alias,
    amount: Money,
    answered: Collection[str],
) -> list[Question]:
    """What is to be asked before that much is charged to a saved card, and is not `answered`."""
    return _open(_of_charge(session, context, merchant, alias, amount, answered), answered)


def of_refund(session: Session, order: models.Order, amount: Money, answered: Collection[str]) -> list[Question]:
    """The same, before that much of an order goes back."""
    back, before = refunds.spoken_for(session, order.id), _seen(answered, Doubt.REFUNDED)
    if before is None or not before.isdecimal() or back <= int(before):
        return []  # where less is on its way than was seen, the amount that was seen can go back all the more
    left = Money(order.paid - back, order.currency)
    return [Question(Doubt.REFUNDED, str(back), Money(back, amount.currency), left)]


def of_order(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    request: Request,
    answered: Collection[str],
    *,
    send: bool,
) -> list[Question]:
    """The same, before a new order is made; `send`: its link is sent."""
    return _open(_of_order(session, context, merchant, request, send=send), answered)


def before_order(
    context: ServiceContext, request: Request, answered: Collection[str], *, send: bool
) -> Callable[[Session, models.Merchant], None]:
    """Asks that in the transaction that makes the order (`lifecycle.create`): raises `Unanswered`."""

    def ask(session: Session, merchant: models.Merchant) -> None:
        asked = of_order(session, context, merchant, request, answered, send=send)
        for each in asked:
            if each.order is not None:
                session.expunge(
                    each.order
                )  # else it could not be read any more once nothing has come of the transaction
        must_be_answered(asked, answered)

    return ask


def must_be_answered(questions: Sequence[Question], answered: Collection[str]) -> None:
    """Raises `Unanswered` where there are any."""
    if questions:
        raise Unanswered(questions, answered)


def seen_of_charge(session: Session, alias: models.Alias) -> tuple[str, ...]:
    """What whoever looks at a saved card now knows of it, as answers."""
    last = orders.last_charge(session, alias.id)
    return _key(Doubt.CHARGED, last.id if last else ""), _key(Doubt.CARD, _face(alias))


def seen_of_refund(session: Session, order: models.Order) -> tuple[str, ...]:
    """What whoever looks at an order now knows of its refunds, as answers."""
    return (_key(Doubt.REFUNDED, str(refunds.spoken_for(session, order.id))),)


@dataclass(frozen=True)
class Seen:
    """What a page that shows an order lets be known, as answers: for its form of a refund, and for that of a charge of the card that the order
    saved."""

    refund: tuple[str, ...]
    charge: tuple[str, ...]


def seen(context: ServiceContext, merchant_id: str, order_id: str) -> Seen:
    """What is known of an order now: to be read before the order is, so that it is never newer than what the page shows. Raises `NotFound`."""
    with context.database.read() as session:
        order = orders.of_merchant(session, merchant_id, order_id)
        alias_id = order.alias_id or order.charges_alias_id
        alias = buyers.alias(session, merchant_id, alias_id) if alias_id else None
        return Seen(seen_of_refund(session, order), seen_of_charge(session, alias) if alias else ())


def is_large(merchant: models.Merchant, amount: Money) -> bool:
    """Whether an amount is above the merchant's limit, which is in its own currency. In another one it is worth as much by the decimals
    alone, for no rate is known here: 500 EUR, 500 USD, 50,000 JPY."""
    shift = money.exponent(merchant.currency) - money.exponent(amount.currency)
    return amount.to_decimal() > Decimal(merchant.confirm_above).scaleb(shift)


def _of_charge(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    alias: models.Alias,
    amount: Money,
    answered: Collection[str],
) -> Iterator[Question]:
    if is_large(merchant, amount):
        yield Question(Doubt.LARGE, f"{amount.amount}{amount.currency}", amount)
    same = orders.charged_since(session, alias.id, amount, context.now() - AGAIN)
    if same is not None:
        yield Question(Doubt.REPEATED, same.id, amount)
    before = _seen(answered, Doubt.CHARGED)
    if before is not None and same is None:
        last = orders.last_charge(session, alias.id)
        new = last is not None and last.id != before
        charged = orders.charged_after(session, alias.id, before, amount.currency) if new else 0
        if last is not None and charged:
            yield Question(Doubt.CHARGED, last.id, Money(charged, amount.currency))
    if _seen(answered, Doubt.CARD) not in {None, _face(alias)}:
        yield Question(Doubt.CARD, _face(alias), amount, alias=alias)


def _of_order(
    session: Session, context: ServiceContext, merchant: models.Merchant, request: Request, *, send: bool
) -> Iterator[Question]:
    if request.amount is not None and is_large(merchant, request.amount):
        yield Question(Doubt.LARGE, f"{request.amount.amount}{request.amount.currency}", request.amount)
    number = request.phone if send and request.channel is not OrderChannel.EMAIL else None
    # More often a slip than a guest.
    far = number is not None and phone.region_of(number) != merchant.country
    if number is not None and far and not messages.ever_sent(session, merchant.id, phone.area(number)):
        yield Question(Doubt.FAR, number)
    made = None if request.reference else _made_before(session, context, merchant, request)
    if made is not None:
        yield Question(Doubt.AGAIN, made.id, order=made)


def _made_before(
    session: Session, context: ServiceContext, merchant: models.Merchant, request: Request
) -> models.Order | None:
    """The same order a moment ago, by the same person or for the same buyer, may be one that was sent twice. One with a reference of its own
    is another."""
    amount = request.amount
    like = orders.Likeness(
        action=request.action,
        amount=amount.amount if amount else None,
        currency=amount.currency if amount else merchant.currency,
        description=request.description,
        phone=request.phone,
        email=request.email,
        made_by=context.actor.id,
    )
    return orders.made_since(session, merchant.id, like, context.now() - AGAIN)


def _face(alias: models.Alias) -> str:
    """The card as people know it."""
    return f"{alias.brand}-{alias.last4}"


def _key(about: Doubt, known: str) -> str:
    return f"{about}:{known}"


def _seen(answered: Collection[str], about: Doubt) -> str | None:
    """What the caller knows of this, if anything."""
    return next((known for key in answered for kind, _, known in [key.partition(":")] if kind == about), None)


def _open(questions: Iterable[Question], answered: Collection[str]) -> list[Question]:
    return [each for each in questions if each.key not in answered]
