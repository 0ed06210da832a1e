"""The first five minutes: which step a newcomer has done, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.outage import Outage
    from sandbox.phones.bubbles import Bubble


@dataclass(frozen=True)
class Step:
    """`word` names it in the row of steps, `say` is the line that guides."""

    word: str
    say: str
    done: bool
    now: bool


def steps(
    shop: Sequence[Bubble],
    buyer: Sequence[Bubble],
    callbacks: Sequence[dict[str, Any]],
    outage: Outage,
    *,
    running: bool,
) -> list[Step]:
    """The six steps. The first one that is not done is the one for now; a later one may be done before it. `running`: the
    order backend does."""
    ended = any(c.get("state") in ("paid", "registered") for c in callbacks)
    charged = any(c.get("charged_alias") for c in callbacks)
    opened = any(b.opened for b in (*shop, *buyer))
    table = (
        ("Order", "Tap the first message on the shop's phone. It is what a shopkeeper would write.", bool(shop)),
        ("Link", "The buyer has a message. Tap its button: the payment page opens beside the phone.", opened or ended),
        ("Pay", "Copy the card that works into the page, and pay. Or try one that is declined first.", ended),
        (
            "Again",
            "The shop is told, the order backend too. Tap “Charge 5 EUR again” under the shop's receipt.",
            charged,
        ),
        ("Outage", _of_an_outage(outage, running=running), outage.arrived > 0),
        ("Merchant", "That was the way of a payment. “View as merchant” shows each order's timeline.", False),
    )
    current = next(i for i, (_, _, done) in enumerate(table) if not done)
    return [Step(word, say, done, i == current) for i, (word, say, done) in enumerate(table)]


def _of_an_outage(outage: Outage, *, running: bool) -> str:
    match running, outage.waiting > 0:
        case True, False:
            return "Stop the order backend, pay once more, start it again: nothing is lost, nothing counts twice."
        case False, False:
            return "The order backend is stopped. Now order and pay once more."
        case False, True:
            return "A callback waits. Start the order backend again: it arrives by itself."
    return "The order backend runs again, and a callback waits: it arrives by itself, applied once."
