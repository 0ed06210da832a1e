"""The buyer's side of the chat: paying in one tap, a new link, "not me", the receipt, the saved card, STOP and START. Any other text is
passed on to the shop.

Who writes from a phone has it in hand: an inbound message proves the number, which possession of a link does not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import buyers, limits, messages, models, orders
from webapp.domain import actors
from webapp.domain import phone as phones
from webapp.domain.errors import Conflict
from webapp.domain.states import FINAL, SUCCESSFUL, UNSUCCESSFUL, State
from webapp.domain.timeline import EventKind
from webapp.gateways.base import Capability
from webapp.services.conversation import buyer_help
from webapp.services.conversation.turn import ONCE_A_DAY, ChatTurn
from webapp.services.notifications import buyer_texts, compose, merchant_texts, notify
from webapp.services.orders import wrong_recipient
from webapp.services.payments import saved_card_pay
from webapp.services.runtime import timeline
from webapp.whatsapp import inbound, replies
from webapp.whatsapp import messages as shapes
from webapp.whatsapp.replies import Wish

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext

OFFER = "offer"
YES, ANOTHER = "yes", "another"
LATE = timedelta(hours=1)  # a tap that comes later is asked about again
PASSED_A_DAY = 10  # texts of one phone that the shop is sent
PASSED_LENGTH = 300  # characters
NAME_LENGTH = 40


def concerns(session: Session, merchant: models.Merchant, heard: inbound.Heard, phone: str) -> bool:
    """Whether an operator, whose phone may be a buyer's too, speaks as the buyer: the answer to an offer, or a wish that names an
    order of that phone's."""
    match heard:
        case inbound.Tap(context=str(context)):
            asked = messages.by_wamid(session, merchant.id, context)
            return asked is not None and asked.purpose == OFFER
        case inbound.Text():
            asked_for = replies.read(heard.body)
            if asked_for and asked_for.reference:
                buyer = buyers.by_sender(session, merchant.id, phone)
                return buyer is not None and bool(_named(session, buyer, asked_for.reference))
    return False


def hear(
    session: Session, context: ServiceContext, merchant: models.Merchant, heard: inbound.Heard, phone: str
) -> None:
    """Act on what a phone said that is no operator's."""
    buyer = buyers.by_sender(session, merchant.id, phone)
    order = _meant(session, merchant, buyer, heard)
    guessed = i18n.choose([compose.phone_language(phone), merchant.language])
    language = compose.buyer_language(merchant, order, buyer) if buyer is not None else guessed
    context = context.acting_as(actors.buyer(buyer.id if buyer else None))
    if buyer is not None and buyer.phone is not None and heard.sender is not None:
        phone = buyer.phone  # in the form that it was kept in, so that what is said to a phone is found under one name
    if heard.sender is not None:
        buyers.learn(session, merchant.id, phone, wa_id=heard.sender, user_id=heard.user_id)
    turn = ChatTurn(session, context, merchant, heard, phone, language, compose.phone_country(phone))
    known = messages.was_sent(session, merchant.id, phone, "stranger", context.now() - ONCE_A_DAY)
    turn.keep()
    if buyer is None:
        if not known:
            turn.answer(merchant_texts.stranger(turn.t, merchant.name, merchant.contact), purpose="stranger")
        return
    match heard:
        case inbound.Tap():
            _tapped(turn, buyer, heard)
        case inbound.Text():
            _read(turn, buyer, order, heard.body)
        case _:
            turn.answer_once_a_day("text_only", buyer_texts.text_only(turn.t, merchant.name, merchant.contact))


def _read(turn: ChatTurn, buyer: models.Buyer, order: models.Order | None, text: str) -> None:
    asked = replies.read(text)
    named = _named(turn.session, buyer, asked.reference) if asked and asked.reference else None
    if asked is None or (asked.reference and named is None):
        _pass_on(turn, order, text)
        return
    order = named or order
    if order is not None:
        turn.about(order)
    _answer(turn, buyer, asked.wish, named, order)


def _answer(
    turn: ChatTurn, buyer: models.Buyer, wish: Wish, named: models.Order | None, order: models.Order | None
) -> None:
    match wish:
        case Wish.PAY:
            _pay(turn, order)
        case Wish.LINK:
            _link(turn, order)
        case Wish.NOT_ME:
            _not_me(turn, order)
        case Wish.RECEIPT:
            _receipt(turn, buyer, named or (order if turn.heard.context else None))
        case Wish.FORGET:
            _forget(turn, buyer)
        case Wish.HELP:
            _help(turn)
        case Wish.STOP:
            buyer.stopped_at = turn.context.now()
            turn.answer(merchant_texts.stopped(turn.t, turn.merchant.name))
        case Wish.START:
            buyer.stopped_at = None
            turn.answer(merchant_texts.started(turn.t, turn.merchant.name))


def _meant(
    session: Session, merchant: models.Merchant, buyer: models.Buyer | None, heard: inbound.Heard
) -> models.Order | None:
    """The order that a message is about: the one that it replies to, else the newest that can be paid, else the newest."""
    if buyer is None:
        return None
    if heard.context:
        replied = orders.by_message(session, merchant.id, heard.context)
        if replied is not None and replied.buyer_id == buyer.id:
            return replied
    return orders.newest_of_buyer(session, buyer.id, {State.OPEN, State.PROCESSING}) or orders.newest_of_buyer(
        session, buyer.id
    )


def _named(session: Session, buyer: models.Buyer, reference: str) -> models.Order | None:
    """The buyer's own order of that reference: of another's, nobody learns that it exists."""
    order = orders.by_reference(session, buyer.merchant_id, reference)
    return order if order is not None and order.buyer_id == buyer.id else None


def _pay(turn: ChatTurn, order: models.Order | None) -> None:
    """Offer the saved card, else show the way to the page."""
    if order is None:
        turn.answer(buyer_texts.no_order(turn.t, turn.merchant.name))
        return
    if order.state != State.OPEN or order.pending_transition or order.expires_at <= turn.context.now():
        _stands(turn, order)
        return
    alias = saved_card_pay.offered(turn.session, turn.context, order)
    if alias is None:
        _page(turn, order, buyer_texts.no_offer(turn.t) + f"\n{merchant_texts.subject(turn.t, order)}")
        return
    labels = (
        (YES, turn.t.gettext("Pay %(amount)s", amount=merchant_texts.amount(turn.t, order))),
        (ANOTHER, turn.t.gettext("Another card")),
    )
    turn.answer(
        shapes.Choices(buyer_texts.offer(turn.t, order, alias), labels),
        purpose=OFFER,
        order=order,
        choices={"order": order.id, "alias": alias.id},
    )


def _tapped(turn: ChatTurn, buyer: models.Buyer, tap: inbound.Tap) -> None:
    """The answer to an offer, once. One that comes late, or to an offer that no longer holds, is told how it stands."""
    offer = messages.by_wamid(turn.session, turn.merchant.id, tap.context or "")
    if offer is None or not phones.same(offer.phone, turn.phone) or offer.purpose != OFFER or offer.order_id is None:
        _pass_on(turn, None, tap.title)
        return
    order = orders.lock(turn.session, offer.order_id)
    turn.about(order)
    choices, offer.choices = offer.choices, None
    if tap.button == ANOTHER and order.state == State.OPEN:
        _page(turn, order, buyer_texts.stands(turn.t, order))
    elif choices is None or turn.context.now() - tap.timestamp > LATE or order.buyer_id != buyer.id:
        _pay(turn, order)
    else:
        try:
            saved_card_pay.pay(turn.session, turn.context, order, choices["alias"])
        except Conflict:
            _pay(turn, order)


def _link(turn: ChatTurn, order: models.Order | None) -> None:
    """The link of an order that can still be paid; for one that is over the shop is asked, once a day."""
    if order is None:
        turn.answer(buyer_texts.no_order(turn.t, turn.merchant.name))
    elif order.state not in UNSUCCESSFUL and (order.state in FINAL or order.expires_at > turn.context.now()):
        _stands(turn, order)
    else:
        if _few(turn, f"link:{order.id}", 1):
            timeline.note(turn.session, turn.context, order, EventKind.LINK_ASKED)
            _tell_shop(turn, order, buyer_texts.to_shop_link)
        turn.answer(buyer_texts.link_asked(turn.t), order=order)


def _not_me(turn: ChatTurn, order: models.Order | None) -> None:
    """The request went to the wrong person: it is stopped, unless money was taken."""
    if order is None:
        turn.answer(buyer_texts.no_order(turn.t, turn.merchant.name))
        return
    order = orders.lock(turn.session, order.id)
    if wrong_recipient.stop_in(turn.session, turn.context, turn.merchant, order):
        turn.answer(buyer_texts.stopped_order(turn.t, order), order=order)
        return
    _say(turn, order, _said(turn))
    _stands(turn, order)


def _receipt(turn: ChatTurn, buyer: models.Buyer, order: models.Order | None) -> None:
    order = order or orders.newest_of_buyer(turn.session, buyer.id, SUCCESSFUL)
    if order is None:
        turn.answer(buyer_texts.no_receipt(turn.t, turn.merchant.name))
    else:
        _stands(turn, order)


def _forget(turn: ChatTurn, buyer: models.Buyer) -> None:
    """The page of the order that saved a card has the button that removes it; its link is signed."""
    kept = buyers.kept_aliases(turn.session, buyer.id)
    for alias in kept:
        order = orders.latest(turn.session, alias.id)
        if order is not None:
            url = turn.context.links.url(order.id, order.link_version)
            text = buyer_texts.cards(turn.t, alias, turn.merchant.name)
            turn.answer(shapes.LinkButton(text, turn.t.gettext("Remove the card"), url), order=order)
    if not kept:
        turn.answer(buyer_texts.no_cards(turn.t, turn.merchant.name))


def _help(turn: ChatTurn) -> None:
    can = turn.context.provider(turn.merchant).capabilities
    one_tap, cards = Capability.CUSTOMER_INITIATED in can, Capability.SAVED_CARDS in can
    turn.answer(buyer_help.help_(turn.t, turn.merchant.name, one_tap=one_tap, cards=cards))


def _pass_on(turn: ChatTurn, order: models.Order | None, text: str) -> None:
    """For the shop to read."""
    if order is None:
        turn.answer_once_a_day("stranger", merchant_texts.stranger(turn.t, turn.merchant.name, turn.merchant.contact))
        return
    turn.about(order)
    if _say(turn, orders.lock(turn.session, order.id), text):
        turn.answer_once_a_day("passed_on", buyer_texts.passed_on(turn.t, turn.merchant.name))


def _say(turn: ChatTurn, order: models.Order, text: str) -> bool:
    """Tell the shop what was written, with the order's reference, on a locked order. False for a phone that writes very much: it is
    heard no further that day."""
    if not _few(turn, f"passed:{turn.phone}", PASSED_A_DAY):
        return False
    said = shapes.clipped(shapes.flat(text), PASSED_LENGTH)
    timeline.note(turn.session, turn.context, order, EventKind.BUYER_WROTE, detail=said)
    _tell_shop(turn, order, lambda t, order, phone: buyer_texts.to_shop_wrote(t, order, phone, said))
    return True


def _stands(turn: ChatTurn, order: models.Order) -> None:
    """Where the order stands, over the button to its page."""
    _page(turn, order, buyer_texts.stands(turn.t, order))


def _page(turn: ChatTurn, order: models.Order, text: str) -> None:
    url = turn.context.links.url(order.id, order.link_version)
    turn.answer(shapes.LinkButton(text, buyer_texts.page_label(turn.t, order), url), order=order)


def _tell_shop(turn: ChatTurn, order: models.Order, text: Callable[[Texts, models.Order, str], str]) -> None:
    """The order's operator; of an order from the back office, the operators who wrote last. What they reply goes to the buyer."""
    asker = {"phone": turn.phone, "wamid": turn.heard.wamid}
    who = _who(turn)
    notify.tell_shop(turn.session, turn.context, turn.merchant, order, lambda t: text(t, order, who(t)), asker=asker)


def _who(turn: ChatTurn) -> Callable[[Texts], str]:
    """The buyer's name at WhatsApp, if there is one, and the phone."""
    name = shapes.clipped(shapes.flat(turn.heard.profile), NAME_LENGTH) if turn.heard.profile.strip() else ""
    return lambda t: ", ".join(filter(None, (t.apart(name), t.apart(phones.spaced(turn.phone)))))


def _few(turn: ChatTurn, what: str, most: int) -> bool:
    """Whether this merchant has heard that not more often than that since a day."""
    key = f"chat:{turn.merchant.id}:{turn.context.sealer.blind(what, 'limits/chat')}"
    return limits.count(turn.session, key, turn.context.now(), ONCE_A_DAY).count <= most


def _said(turn: ChatTurn) -> str:
    return turn.heard.body if isinstance(turn.heard, inbound.Text) else ""
