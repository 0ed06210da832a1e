"""The buyer's side of the chat: paying in one tap, a new link, "not me", the receipt, the saved card, STOP and START. Any other text is
passed on to the shop.

Who writes from a phone has it in hand: an inbound message proves the number, which possession of a link does not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import buyers, limits, messages, models
from webapp.db import orders as rows
from webapp.domain import phone as phones
from webapp.domain.errors import Conflict
from webapp.domain.states import FINAL, SUCCESSFUL, UNSUCCESSFUL, State
from webapp.services import buyer_wording, not_mine, notify, one_tap, wording
from webapp.services.talk import Talk
from webapp.whatsapp import inbound, replies
from webapp.whatsapp import messages as shapes
from webapp.whatsapp.replies import Wish

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.kit import Kit

OFFER = "offer"
YES, ANOTHER = "yes", "another"
LATE = timedelta(hours=1)  # a tap that comes later is asked about again
ONCE_A_DAY = timedelta(hours=24)
PASSED_A_DAY = 10  # texts of one phone that the shop is sent
PASSED_LENGTH = 300  # characters


def concerns(session: Session, merchant: models.Merchant, heard: inbound.Heard, phone: str) -> bool:
    """Whether an operator, whose phone may be a buyer's too, speaks as the buyer: the answer to an offer, or a wish that names an
    order of that phone's."""
    buyer = buyers.by_sender(session, merchant.id, phone)
    match heard:
        case inbound.Tap(context=str(context)):
            asked = messages.by_wamid(session, merchant.id, context)
            return asked is not None and asked.purpose == OFFER
        case inbound.Text() if buyer is not None:
            asked_for = replies.read(heard.body)
            return bool(asked_for and asked_for.reference and _named(session, buyer, asked_for.reference))
    return False


def hear(session: Session, kit: Kit, merchant: models.Merchant, heard: inbound.Heard, phone: str) -> None:
    """Act on what a phone said that is no operator's."""
    buyer = buyers.by_sender(session, merchant.id, phone)
    order = _meant(session, merchant, buyer, heard)
    if buyer is not None and order is not None:
        language = notify.buyer_language(merchant, order, buyer)
    else:
        language = i18n.choose([notify.phone_language(phone), merchant.language])
    talk = Talk(session, kit, merchant, heard, phone, language)
    stranger_at = messages.last_outbound(session, merchant.id, phone, "stranger")
    talk.keep()
    if buyer is None:
        if stranger_at is None or kit.now() - stranger_at > ONCE_A_DAY:
            talk.answer(wording.stranger(talk.t, merchant.name, merchant.contact), purpose="stranger")
        return
    match heard:
        case inbound.Tap():
            _tapped(talk, buyer, heard)
        case inbound.Text():
            _read(talk, buyer, order, heard.body)
        case _:
            _once_a_day(talk, "text_only", buyer_wording.text_only(talk.t, merchant.name, merchant.contact))


def _read(talk: Talk, buyer: models.Buyer, order: models.Order | None, text: str) -> None:
    asked = replies.read(text)
    named = _named(talk.session, buyer, asked.reference) if asked and asked.reference else None
    if asked is None or (asked.reference and named is None):
        _pass_on(talk, order, text)
        return
    order = named or order
    if order is not None:
        talk.about(order)
    match asked.wish:
        case Wish.PAY:
            _pay(talk, order)
        case Wish.LINK:
            _link(talk, order)
        case Wish.NOT_ME:
            _not_me(talk, order)
        case Wish.RECEIPT:
            _receipt(talk, buyer, named or (order if talk.heard.context else None))
        case Wish.FORGET:
            _forget(talk, buyer)
        case Wish.STOP:
            buyer.stopped_at = talk.kit.now()
            talk.answer(wording.stopped(talk.t, talk.merchant.name))
        case Wish.START:
            buyer.stopped_at = None
            talk.answer(wording.started(talk.t, talk.merchant.name))


def _meant(
    session: Session, merchant: models.Merchant, buyer: models.Buyer | None, heard: inbound.Heard
) -> models.Order | None:
    """The order that a message is about: the one that it replies to, else the newest that can be paid, else the newest."""
    if buyer is None:
        return None
    if heard.context:
        replied = rows.by_message(session, merchant.id, heard.context)
        if replied is not None and replied.buyer_id == buyer.id:
            return replied
    return rows.newest_of_buyer(session, buyer.id, {State.OPEN, State.PROCESSING}) or rows.newest_of_buyer(
        session, buyer.id
    )


def _named(session: Session, buyer: models.Buyer, reference: str) -> models.Order | None:
    """The buyer's own order of that reference: of another's, nobody learns that it exists."""
    order = rows.by_reference(session, buyer.merchant_id, reference)
    return order if order is not None and order.buyer_id == buyer.id else None


def _pay(talk: Talk, order: models.Order | None) -> None:
    """Offer the saved card, else show the way to the page."""
    if order is None:
        talk.answer(buyer_wording.no_order(talk.t, talk.merchant.name))
        return
    if order.state != State.OPEN or order.closing or order.expires_at <= talk.kit.now():
        _stands(talk, order)
        return
    alias = one_tap.offered(talk.session, talk.kit, order)
    if alias is None:
        _page(talk, order, buyer_wording.no_offer(talk.t) + f"\n{wording.subject(talk.t, order)}")
        return
    labels = (
        (YES, talk.t.gettext("Pay %(amount)s", amount=wording.amount(talk.t, order))),
        (ANOTHER, talk.t.gettext("Another card")),
    )
    talk.answer(
        shapes.Choices(buyer_wording.offer(talk.t, order, alias), labels),
        purpose=OFFER,
        order=order,
        choices={"order": order.id, "alias": alias.id},
    )


def _tapped(talk: Talk, buyer: models.Buyer, tap: inbound.Tap) -> None:
    """The answer to an offer, once. One that comes late, or to an offer that no longer holds, is told how it stands."""
    offer = messages.by_wamid(talk.session, talk.merchant.id, tap.context or "")
    if offer is None or offer.phone != talk.phone or offer.purpose != OFFER or offer.order_id is None:
        _pass_on(talk, None, tap.title)
        return
    order = rows.lock(talk.session, offer.order_id)
    talk.about(order)
    choices, offer.choices = offer.choices, None
    if tap.button == ANOTHER and order.state == State.OPEN:
        _page(talk, order, buyer_wording.stands(talk.t, order))
    elif choices is None or talk.kit.now() - tap.timestamp > LATE or order.buyer_id != buyer.id:
        _pay(talk, order)
    else:
        try:
            one_tap.pay(talk.session, talk.kit, order, choices["alias"])
        except Conflict:
            _pay(talk, order)


def _link(talk: Talk, order: models.Order | None) -> None:
    """The link of an order that can still be paid; for one that is over the shop is asked, once a day."""
    if order is None:
        talk.answer(buyer_wording.no_order(talk.t, talk.merchant.name))
    elif order.state not in UNSUCCESSFUL and (order.state in FINAL or order.expires_at > talk.kit.now()):
        _stands(talk, order)
    else:
        if _few(talk, f"link:{order.id}", 1):
            rows.note(talk.session, order, "link_asked", talk.kit.now())
            _tell_shop(talk, order, buyer_wording.to_shop_link)
        talk.answer(buyer_wording.link_asked(talk.t), order=order)


def _not_me(talk: Talk, order: models.Order | None) -> None:
    """The request went to the wrong person: it is stopped, unless money was taken."""
    if order is None:
        talk.answer(buyer_wording.no_order(talk.t, talk.merchant.name))
        return
    order = rows.lock(talk.session, order.id)
    if not_mine.stop_in(talk.session, talk.kit, talk.merchant, order):
        talk.answer(buyer_wording.stopped_order(talk.t, order), order=order)
        return
    _say(talk, order, _said(talk))
    _stands(talk, order)


def _receipt(talk: Talk, buyer: models.Buyer, order: models.Order | None) -> None:
    order = order or rows.newest_of_buyer(talk.session, buyer.id, SUCCESSFUL)
    if order is None:
        talk.answer(buyer_wording.no_receipt(talk.t, talk.merchant.name))
    else:
        _stands(talk, order)


def _forget(talk: Talk, buyer: models.Buyer) -> None:
    """The page of the order that saved a card has the button that removes it; its link is signed."""
    kept = buyers.aliases(talk.session, buyer.id)
    for alias in kept:
        order = rows.latest(talk.session, alias.id)
        if order is not None:
            url = talk.kit.links.url(order.id, order.link_version)
            text = buyer_wording.cards(talk.t, alias, talk.merchant.name)
            talk.answer(shapes.LinkButton(text, talk.t.gettext("Remove the card"), url), order=order)
    if not kept:
        talk.answer(buyer_wording.no_cards(talk.t, talk.merchant.name))


def _pass_on(talk: Talk, order: models.Order | None, text: str) -> None:
    """For the shop to read."""
    if order is None:
        _once_a_day(talk, "stranger", wording.stranger(talk.t, talk.merchant.name, talk.merchant.contact))
        return
    talk.about(order)
    if _say(talk, rows.lock(talk.session, order.id), text):
        _once_a_day(talk, "passed_on", buyer_wording.passed_on(talk.t, talk.merchant.name))


def _say(talk: Talk, order: models.Order, text: str) -> bool:
    """Tell the shop what was written, with the order's reference, on a locked order. False for a phone that writes very much: it is
    heard no further that day."""
    if not _few(talk, f"passed:{talk.phone}", PASSED_A_DAY):
        return False
    said = shapes.clipped(shapes.flat(text), PASSED_LENGTH)
    rows.note(talk.session, order, "buyer_wrote", talk.kit.now(), detail=said)
    _tell_shop(talk, order, lambda t, order, phone: buyer_wording.to_shop_wrote(t, order, phone, said))
    return True


def _stands(talk: Talk, order: models.Order) -> None:
    """Where the order stands, over the button to its page."""
    _page(talk, order, buyer_wording.stands(talk.t, order))


def _page(talk: Talk, order: models.Order, text: str) -> None:
    url = talk.kit.links.url(order.id, order.link_version)
    talk.answer(shapes.LinkButton(text, buyer_wording.page_label(talk.t, order), url), order=order)


def _tell_shop(talk: Talk, order: models.Order, text: Callable[[Texts, models.Order, str], str]) -> None:
    """The order's operator; of an order from the back office, the operators who wrote last."""
    notify.tell_shop(talk.session, talk.kit, talk.merchant, order, lambda t: text(t, order, phones.spaced(talk.phone)))


def _once_a_day(talk: Talk, purpose: str, text: str) -> None:
    last = messages.last_outbound(talk.session, talk.merchant.id, talk.phone, purpose)
    if last is None or talk.kit.now() - last > ONCE_A_DAY:
        talk.answer(text, purpose=purpose)


def _few(talk: Talk, what: str, most: int) -> bool:
    """Whether this merchant has heard that not more often than that since a day."""
    key = f"chat:{talk.merchant.id}:{talk.kit.vault.blind(what, 'limits/chat')}"
    return limits.count(talk.session, key, talk.kit.now(), ONCE_A_DAY).count <= most


def _said(talk: Talk) -> str:
    return talk.heard.body if isinstance(talk.heard, inbound.Text) else ""
