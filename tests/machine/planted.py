"""Bugs to plant, one at a time: changes to the services' own code that somebody might make, and that the machine is to find.

Runs until it was found, each time by other dice; the rules' weights changed in between:

| bug | runs |
|---|---|
| expired without a cancel at the gateway | 4, 4, 8 |
| cancelled without a cancel at the gateway | 4, 5, 12 |
| voided without asking the gateway | 6 |
| a card saved by a plain payment | 10 |
| each try opens an intent of its own | 6, 14, 15 |
| paid in full though a part was taken | as "paid though another amount was taken" before: 34, 79, 98, then 9 |
| cancelled though the gateway says paid | 44, 126, then 54 |
| refunds above the rest | not in 138, then 2, 12, 35 |
| a callback queued after the move | not in 153, then 16 |

Not found within 188 runs: the consent of the newest try kept, whichever succeeded.
"""

from __future__ import annotations
import __future__

import contextlib
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webapp.services.orders import lifecycle
from webapp.services.payments import checkout, outcomes, recovery, refunds

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Bug:
    """`changes`: in which function which code is replaced by which."""

    name: str
    changes: tuple[tuple[Any, str, str], ...]

    def __str__(self) -> str:
        return self.name

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        """The functions' code is exchanged in place, for whoever holds them. Raises LookupError when the code to change is no
        longer there, once."""
        was = {function: function.__code__ for function, _, _ in self.changes}
        try:
            for function in was:
                function.__code__ = self._changed(function)
            yield
        finally:
            for function, code in was.items():
                function.__code__ = code

    def _changed(self, function: Any) -> Any:
        source = inspect.getsource(function)
        for changed, old, new in self.changes:
            if changed is function:
                if source.count(old) != 1:
                    raise LookupError(f"{function.__name__} has {source.count(old)} times: {old}")
                source = source.replace(old, new)
        code = compile(source, inspect.getfile(function), "exec", __future__.annotations.compiler_flag)
        made: dict[str, Any] = {}
        exec(code, function.__globals__, made)  # noqa: S102  # our own source
        return made[function.__name__].__code__


_QUEUE_LATER = """\
    if was not in SUCCESSFUL and order.state == State.PAID:
        with context.database.write() as session:
            lifecycle.outbox.queue(session, context, merchant, orders.lock(session, order_id))
"""

QUICKEST = 5
BUGS = (
    Bug(
        "expired without a cancel at the gateway",
        (
            (
                recovery._end_intent,
                "else gateway.cancel(intent)",
                "else (Cancelled(intent) if event is Event.EXPIRED else gateway.cancel(intent))",
            ),
        ),
    ),
    Bug(
        "cancelled without a cancel at the gateway",
        (
            (
                lifecycle.cancel_in,
                "order.intent is None and order.state == states.State.OPEN",
                "order.state == states.State.OPEN",
            ),
        ),
    ),
    Bug(
        "voided without asking the gateway",
        (
            (
                recovery._end_intent,
                "else gateway.cancel(intent)",
                "else (Cancelled(intent) if event is Event.VOIDED else gateway.cancel(intent))",
            ),
        ),
    ),
    Bug("a card saved by a plain payment", ((checkout._saves, "return False", "return submission.save"),)),
    Bug(
        "each try opens an intent of its own",
        (
            (checkout._submit, "order.intent or open_intent", "open_intent"),
            (checkout.purchase, "generation=order.generation", "generation=order.generation + 100 * order.declines"),
        ),
    ),
    Bug(
        "paid in full though a part was taken",
        ((outcomes._is_as_asked, "order.captured = done.amount", "return True"),),
    ),
    Bug(
        "cancelled though the gateway says paid",
        ((recovery._ended, "isinstance(outcome, Cancelled) and", "not isinstance(outcome, Unknown) and"),),
    ),
    Bug(
        "a try used up by who did not confirm at the bank",
        ((outcomes._declined, "order.declines += not unconfirmed", "order.declines += 1"),),
    ),
    Bug("refunds above the rest", ((refunds.refundable, "wanted > rest or not rest.amount", "not rest.amount"),)),
    Bug(
        "a callback queued after the move",
        (
            (
                lifecycle.move,
                "outbox.queue(",
                "event is states.Event.PAID and before not in states.MONEY or outbox.queue(",
            ),
            (outcomes.apply_outcome, "attempt = ", "was = order.state; attempt = "),
            (outcomes.apply_outcome, "    if unwanted", _QUEUE_LATER + "    if unwanted"),
        ),
    ),
)
