"""An order's life as data: state × event → state. WhatsApp's delivery and the page's opening are timeline events, not states."""

from __future__ import annotations

from enum import StrEnum

from webapp.domain.errors import Conflict


class State(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    PROCESSING = "processing"
    AUTHORISED = "authorised"
    PAID = "paid"
    REGISTERED = "registered"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    VOIDED = "voided"


class Event(StrEnum):
    """What moves an order.

    ATTEMPT_ABANDONED: the try is over without a decline (it never arrived, or the buyer takes another card). ATTEMPTS_EXHAUSTED: the last
    allowed try was declined, or a charge without the buyer was. AUTHORISED: the money is held and not taken yet. VOIDED:
    what was held was let go. REACTIVATED: the merchant opens an order again that brought nothing. The events named for a
    state of the money (PAID to DISPUTED) say what the gateway's records of the payment come to now, so a refund that fails leads back.
    """

    SUBMITTED = "submitted"
    DECLINED = "declined"
    ATTEMPT_ABANDONED = "attempt_abandoned"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    AUTHORISED = "authorised"
    PAID = "paid"
    REGISTERED = "registered"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    VOIDED = "voided"
    REACTIVATED = "reactivated"


MONEY = {
    State.PAID: Event.PAID,
    State.PARTIALLY_REFUNDED: Event.PARTIALLY_REFUNDED,
    State.REFUNDED: Event.REFUNDED,
    State.DISPUTED: Event.DISPUTED,
}
"""What became of money that was taken; the gateway's records lead from each to each other."""

SUCCESSFUL = frozenset({State.REGISTERED, *MONEY})
UNSUCCESSFUL = frozenset({State.REFUSED, State.EXPIRED, State.CANCELLED})
FINAL = SUCCESSFUL | UNSUCCESSFUL | {State.VOIDED}
"""The order takes no payment any more. What is not final is being paid, or waits to be captured."""

# The gateway's word about money wins: a success is recorded from every state that has not succeeded yet. Expiry and
# cancellation of an order whose intent exists are asked for only after the gateway has confirmed its own cancel.
STEPS: dict[tuple[State, Event], State] = {
    (State.OPEN, Event.SUBMITTED): State.PROCESSING,
    (State.OPEN, Event.EXPIRED): State.EXPIRED,
    (State.OPEN, Event.CANCELLED): State.CANCELLED,
    (State.PROCESSING, Event.DECLINED): State.OPEN,
    (State.PROCESSING, Event.ATTEMPT_ABANDONED): State.OPEN,
    (State.PROCESSING, Event.ATTEMPTS_EXHAUSTED): State.REFUSED,
    (State.PROCESSING, Event.EXPIRED): State.EXPIRED,
    (State.PROCESSING, Event.CANCELLED): State.CANCELLED,
    (State.AUTHORISED, Event.VOIDED): State.VOIDED,
    **{(state, Event.REACTIVATED): State.OPEN for state in UNSUCCESSFUL},
    **{
        (state, event): target
        for state in State
        if state not in SUCCESSFUL
        for event, target in ((Event.PAID, State.PAID), (Event.REGISTERED, State.REGISTERED))
    },
    **{
        (state, Event.AUTHORISED): State.AUTHORISED
        for state in State
        if state not in SUCCESSFUL | {State.AUTHORISED, State.VOIDED}
    },
    **{
        (state, event): target
        for state in MONEY
        for target, event in MONEY.items()
        if state is not target or target is State.PARTIALLY_REFUNDED
    },
}


def standing(*, paid: int, refunded: int, disputed: bool) -> State:
    """What an order that was paid comes to. `paid` and `refunded` are in minor units; `disputed` while the bank holds the
    money back, and for good when the dispute was lost."""
    if disputed:
        return State.DISPUTED
    if refunded >= paid:
        return State.REFUNDED
    return State.PARTIALLY_REFUNDED if refunded else State.PAID


def step(state: State, event: Event) -> State:
    """The state that follows. Raises Conflict (`wrong_state`) for a pair that the table does not know."""
    try:
        return STEPS[state, event]
    except KeyError:
        raise Conflict("wrong_state", f"{event} does not apply to an order that is {state}", state=state) from None
