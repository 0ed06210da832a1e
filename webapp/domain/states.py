"""An order's life as data: state × event → state. WhatsApp's delivery and the page's opening are timeline events, not states."""

from __future__ import annotations

from enum import StrEnum

from webapp.domain.errors import Conflict


class State(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    REGISTERED = "registered"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What moves an order.

    RELEASED: the try is over without a decline (it never arrived, or the buyer takes another card). SPENT: the last
    allowed try was declined, or a charge without the buyer was.
    """

    SUBMITTED = "submitted"
    DECLINED = "declined"
    RELEASED = "released"
    SPENT = "spent"
    PAID = "paid"
    REGISTERED = "registered"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


FINAL = frozenset({State.PAID, State.REGISTERED, State.REFUSED, State.EXPIRED, State.CANCELLED})
SUCCESSFUL = frozenset({State.PAID, State.REGISTERED})

# The gateway's word about money wins: a success is recorded from every state that has not succeeded yet. Expiry and
# cancellation of an order whose intent exists are asked for only after the gateway has confirmed its own cancel.
STEPS: dict[tuple[State, Event], State] = {
    (State.OPEN, Event.SUBMITTED): State.PROCESSING,
    (State.OPEN, Event.EXPIRED): State.EXPIRED,
    (State.OPEN, Event.CANCELLED): State.CANCELLED,
    (State.PROCESSING, Event.DECLINED): State.OPEN,
    (State.PROCESSING, Event.RELEASED): State.OPEN,
    (State.PROCESSING, Event.SPENT): State.REFUSED,
    (State.PROCESSING, Event.EXPIRED): State.EXPIRED,
    (State.PROCESSING, Event.CANCELLED): State.CANCELLED,
    **{
        (state, event): target
        for state in State
        if state not in SUCCESSFUL
        for event, target in ((Event.PAID, State.PAID), (Event.REGISTERED, State.REGISTERED))
    },
}


def step(state: State, event: Event) -> State:
    """The state that follows. Raises Conflict (`wrong_state`) for a pair that the table does not know."""
    try:
        return STEPS[state, event]
    except KeyError:
        raise Conflict("wrong_state", f"{event} does not apply to an order that is {state}", state=state) from None
