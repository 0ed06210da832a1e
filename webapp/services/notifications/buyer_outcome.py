"""What a buyer is told in the chat of a payment with a saved card that was agreed to there. The receipt of one that succeeds is
`notify`'s, as that of every payment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, models
from webapp.domain.outcome import Decline
from webapp.domain.states import FINAL
from webapp.services.notifications import buyer_texts, channels, compose, merchant_texts, notices

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext


def asked_by_bank(session: Session, context: ServiceContext, order: models.Order) -> None:
    """The bank wants to see its customer: the order's page is where that is done."""
    words = lambda t: t.gettext("Your bank asks you to confirm this payment.")  # noqa: E731
    _tell(session, context, order, words, lambda t: t.gettext("Confirm"))


def not_charged(session: Session, context: ServiceContext, order: models.Order, why: Decline) -> None:
    """The saved card brought nothing: why, and the way to pay with another card, while there is one."""
    over = order.state in FINAL
    words = lambda t: buyer_texts.not_charged(t, why, over=over)  # noqa: E731
    _tell(session, context, order, words, lambda t: t.gettext("See the order") if over else t.gettext("Another card"))


def held(session: Session, context: ServiceContext, order: models.Order) -> None:
    """The money is held; the shop takes it later."""
    _tell(session, context, order, lambda t: buyer_texts.held(t, order), lambda t: t.gettext("See the order"))


def _tell(
    session: Session,
    context: ServiceContext,
    order: models.Order,
    text: Callable[[Texts], str],
    label: Callable[[Texts], str],
) -> None:
    """A text over a link to the order's page. The buyer has just written and waits for an answer, so it goes out even to one who wrote
    STOP meanwhile."""
    merchant, buyer = merchants.get(session, order.merchant_id), buyers.get(session, order.buyer_id)
    t = compose.texts(session, merchant, order)
    notice = notices.BuyerNotice(
        language=t.language,
        text=f"{text(t)}\n{merchant_texts.subject(t, order)}",
        label=label(t),
        url=context.links.url(order.id, order.link_version),
    )
    channels.queue(session, context, merchant, channels.Recipient(buyer.phone), [notice], order=order)
