"""What an operator replies to a buyer's words that were passed on: it goes to the buyer, while WhatsApp takes a message for the buyer. The
buyer sees names, no number."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import buyers, messages, models, orders
from webapp.domain import phone as phones
from webapp.domain.timeline import EventKind
from webapp.services.conversation import replies
from webapp.services.notifications import buyer_texts, compose, merchant_texts, whatsapp_delivery
from webapp.services.runtime import timeline
from webapp.whatsapp import messages as shapes
from webapp.whatsapp.grammar import Refusal

if TYPE_CHECKING:
    from webapp.services.conversation.turn import ChatTurn
    from webapp.whatsapp.grammar import Refused

SAY, DO = "say", "do"
NEVER = {Refusal.CARD_NUMBER, Refusal.TOO_LONG, Refusal.EMPTY}
"""Why a text is refused that is not passed on either."""
ANSWERED_WITHIN = timedelta(minutes=10)
NOTED = 300  # characters on the timeline


def replied_to(turn: ChatTurn, wamid: str | None) -> models.Message | None:
    """The message of that id, if it told this operator what a buyer wrote."""
    notice = messages.by_wamid(turn.session, turn.merchant.id, wamid) if wamid else None
    if notice is None or notice.order_id is None or not phones.same(notice.phone, turn.phone):
        return None
    return notice if (notice.choices or {}).get("asker") else None


def ask(turn: ChatTurn, notice: models.Message, text: str) -> None:
    """The reply is a command as well: for whom is it?"""
    titles = [turn.t.gettext("For the buyer"), turn.t.gettext("Do it")]
    turn.ask(replies.to_whom(turn.t), {SAY: text, DO: text}, titles, reply_to=notice.wamid, for_buyer=True)


def offer(turn: ChatTurn, refused: Refused, text: str) -> bool:
    """A text that is nothing else, and no reply, a moment after a buyer's words: it may be the answer to them. Whether that was asked."""
    if turn.heard.context is not None or refused.code in NEVER:
        return False
    since = turn.context.now() - ANSWERED_WITHIN
    notice = messages.open_question(turn.session, turn.merchant.id, turn.phone, "notice", since)
    if notice is None or replied_to(turn, notice.wamid) is None:
        return False
    why = turn.refusal(refused.code, refused.word, refused.suggestion, refused.verb)
    turn.ask(why, {SAY: text}, [turn.t.gettext("For the buyer")], reply_to=notice.wamid, for_buyer=True)
    return True


def pass_on(turn: ChatTurn, operator: models.Operator, notice: models.Message, text: str) -> None:
    """To the buyer, or say why not, with the buyer's number."""
    order = orders.lock(turn.session, notice.order_id or "")
    turn.about(order)
    asker = (notice.choices or {})["asker"]
    buyer = buyers.get(turn.session, order.buyer_id)
    number = phones.spaced(buyer.phone or buyer.former_phone or asker["phone"])
    present = buyers.by_sender(turn.session, turn.merchant.id, asker["phone"])
    if present is None or present.id != buyer.id:
        turn.answer(merchant_texts.buyer_gone(turn.t, order, number), order=order)
    elif buyer.stopped_at is not None:
        turn.answer(merchant_texts.buyer_stopped(turn.t, order, number), order=order)
    elif not whatsapp_delivery.is_open(turn.session, turn.context, turn.merchant.id, asker["phone"]):
        turn.answer(merchant_texts.buyer_silent(turn.t, order, number), order=order)
    else:
        t = compose.texts(turn.session, turn.merchant, order)
        said = shapes.Text(buyer_texts.from_shop(t, order, operator.name, turn.merchant.name, shapes.clean(text)))
        whatsapp_delivery.queue(
            turn.session,
            turn.context,
            turn.merchant,
            asker["phone"],
            whatsapp_delivery.SHOP_REPLY,
            said,
            order=order,
            reply_to=asker["wamid"],
        )
        noted = shapes.clipped(shapes.flat(text), NOTED)
        timeline.note(turn.session, turn.context, order, EventKind.SHOP_WROTE, detail=noted)
        turn.answer(turn.t.gettext("I have passed it on to the buyer."), order=order)
