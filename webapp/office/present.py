"""Orders as the merchant's pages show them: words, amounts and times in the reader's language."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import segno
from markupsafe import Markup

from webapp import i18n
from webapp.domain import phone
from webapp.domain.states import State
from webapp.domain.timeline import EventKind
from webapp.office import timeline
from webapp.services.notifications import merchant_texts
from webapp.web.locale import texts

if TYPE_CHECKING:
    from webapp.db.order_lists import Listed as ListedOrder
    from webapp.domain.errors import Conflict
    from webapp.services.accounts.operators import Listed
    from webapp.services.accounts.sessions import Visitor


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    id: str
    reference: str
    what: str
    amount: str
    left: str
    phone: str
    state: str
    state_text: str
    created: str


@dataclass(frozen=True)
class OperatorRow:
    """An operator; `code`, `chat_url` and `qr` while an invitation waits to be sent in."""

    id: str
    name: str
    phone: str
    language: str
    seen: str
    in_file: bool
    suspended: str
    code: str = field(repr=False)
    code_until: str
    chat_url: str = field(repr=False)
    qr: Markup = field(repr=False)


def states() -> list[tuple[str, str]]:
    """Every state with its name, for a filter."""
    return [(str(state), merchant_texts.state(texts(), state)) for state in State]


def row(line: ListedOrder, zone: str) -> Row:
    """A line of the list, its times in that zone."""
    t, order = texts(), line.order
    return Row(
        id=order.id,
        reference=order.reference,
        what=order.description or merchant_texts.action(t, order),
        amount=merchant_texts.amount(t, order) or "–",
        left=merchant_texts.left(t, order),
        phone=line.phone or "–",
        state=order.state,
        state_text=merchant_texts.state(t, order.state),
        created=t.moment(order.created_at, zone),
    )


def operator(listed: Listed, visitor: Visitor) -> OperatorRow:
    """An operator as the list shows it."""
    t, row, zone, invitation = texts(), listed.operator, visitor.merchant.time_zone, listed.invitation
    return OperatorRow(
        id=row.id,
        name=row.name,
        phone=phone.spaced(row.phone) if row.phone else "",
        language=i18n.NAMES[row.language],
        seen=t.clock(row.seen_at, zone) if row.seen_at else "",
        in_file=row.source == "file",
        suspended=t.moment(row.suspended_at, zone) if row.suspended_at else "",
        code=invitation.code if invitation else "",
        code_until=t.moment(invitation.until, zone) if invitation else "",
        chat_url=invitation.url if invitation else "",
        qr=qr(invitation.url) if invitation and invitation.url else Markup(),
    )


@functools.lru_cache(maxsize=64)
def qr(text: str) -> Markup:
    # 9 ms of a processor: a page that is watched shows the same one again and again.
    return Markup(segno.make(text, micro=False).svg_inline(omitsize=True, border=2))  # noqa: S704  # nosec B704  # segno's own drawing


def moved(error: Conflict) -> str:
    """Why something can no longer be done with an order: what has become of it since."""
    t, state, pending = texts(), str(error.details.get("state") or ""), error.details.get("pending")
    words = t.gettext("The order has moved on since: that can no longer be done.")
    if pending in {State.PAID, State.VOIDED}:
        asked = EventKind.CAPTURE_REQUESTED if pending == State.PAID else EventKind.VOID_REQUESTED
        return f"{words} {timeline.texts(t)[asked]}."
    return f"{words} {merchant_texts.state(t, state)}." if state else words
