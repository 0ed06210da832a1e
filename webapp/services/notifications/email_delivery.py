"""E-mail as a channel: writes notices as one letter when it is sent, and hands it over: again when it may go better."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import buyers, merchants, models, orders, work
from webapp.domain.channels import ChannelName
from webapp.domain.states import State
from webapp.domain.statuses import MailState
from webapp.mail import letter_html
from webapp.mail.letter import Look
from webapp.mail.smtp import Envelope, MailFailed
from webapp.services.notifications import delivery_news, email_rendering, notices, notify, reminders
from webapp.services.notifications.channels import EMAIL, PURPOSES, RECEIPT, REMINDER, REQUEST
from webapp.services.notifications.delivery_news import MessageNews
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.db.session import Session
    from webapp.domain.timeline import EventKind
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

NO_SERVER = timedelta(hours=1)
LINK_TRIES = 6
"""Tries, in about an hour, of a letter that brings a link: then it goes another way, or the shop sends it."""


def carry_out(context: ServiceContext, mail: models.Mail, lease: work.Lease) -> None:
    """Send a claimed letter once, and keep what it said."""
    if _is_moot(context, mail, lease):
        return
    with context.database.read() as session:
        merchant = merchants.get(session, mail.merchant_id)
        logo = merchant.logo if merchant.logo_digest else None
    content = _content(context, merchant, mail)
    try:
        _hand_over(context, merchant, mail, content, logo)
    except MailFailed as failure:
        _not_sent(context, mail, lease, failure)
        return
    with context.database.write() as session:
        order = orders.lock(session, mail.order_id)
        if work.finish(session, models.Mail, mail.id, lease, state=MailState.SENT, **content):
            _note(session, context, order, mail, MailState.SENT)
            if _purpose(mail) == REQUEST:
                reminders.restart(session, context, order)


def _content(context: ServiceContext, merchant: models.Merchant, mail: models.Mail) -> dict[str, str]:
    """Subject, text and HTML, by those names."""
    if mail.notices is None:  # written by a release that composed letters when it queued them
        return {"subject": mail.subject or "", "text": mail.text or "", "html": mail.html or ""}
    told = [email_rendering.carried(notices.read(each)) for each in mail.notices]
    t = i18n.texts(mail.language, merchant.country)
    made = email_rendering.letter(context, told, t, merchant.contact, email_rendering.by_law(t, merchant))
    look = Look(told[0].merchant, merchant.colour, has_logo=merchant.logo_digest is not None)
    return {"subject": made.subject, "text": made.text(), "html": letter_html.html(made, look)}


def _hand_over(
    context: ServiceContext, merchant: models.Merchant, mail: models.Mail, content: dict[str, str], logo: bytes | None
) -> None:
    if context.mailer is None:
        raise MailFailed("no SMTP_URL is set any more", mend=True)
    envelope = Envelope(
        id=mail.id,
        to=mail.address,
        name=merchant.name,
        reply_to=merchant.contact,
        language=mail.language,
        at=mail.created_at,
        logo=logo,
        **content,
    )
    context.mailer.send(envelope)


def _not_sent(context: ServiceContext, mail: models.Mail, lease: work.Lease, failure: MailFailed) -> None:
    """Again, more and more slowly; an address that is refused, or two days, end it. What the settings are to blame for is an error in
    the log, and `doctor` finds it."""
    why = str(failure)
    if failure.mend:
        log.error("mail %s was not taken, and the settings are to blame: %s", mail.id, why)
    link = _purpose(mail) in {REQUEST, REMINDER}
    most = LINK_TRIES if link else EMAIL.max_tries
    with context.database.write() as session:
        order = orders.lock(session, mail.order_id)
        if failure.final or mail.tries >= most:
            if work.finish(session, models.Mail, mail.id, lease, state=MailState.FAILED, error=why[:300]):
                _note(session, context, order, mail, MailState.FAILED, why=why[:200])
                if link:
                    _give_up_link(session, context, order, mail)
            return
        wait = NO_SERVER if context.mailer is None else EMAIL.wait(mail.tries)
        work.finish(session, models.Mail, mail.id, lease, due_at=context.now() + wait, error=why[:300])


def _give_up_link(session: Session, context: ServiceContext, order: models.Order, mail: models.Mail) -> None:
    """The link goes by the next channel, or is the shop's to send."""
    reminders.stop(session, order)
    merchant = merchants.get(session, order.merchant_id)
    sent = notify.another_way(
        session, context, merchant, order, ChannelName.EMAIL, since=mail.created_at, why="undelivered"
    )
    if not sent and _purpose(mail) == REQUEST and order.state in {State.OPEN, State.PROCESSING}:
        notify.undelivered(session, context, merchant, order, ChannelName.EMAIL)


def _is_moot(context: ServiceContext, mail: models.Mail, lease: work.Lease) -> bool:
    """Whether what it tells is so no longer, or it brings a link to who has asked for no more messages; then it is dropped."""
    if not mail.notices:
        return False
    with context.database.read() as session:
        order = orders.get(session, mail.order_id)
        stopped = buyers.get(session, order.buyer_id).stopped_at is not None
    over = notify.is_over(order, notices.read(mail.notices[0]))
    if not over and not (stopped and _purpose(mail) in {REQUEST, REMINDER}):
        return False
    with context.database.write() as session:
        if work.finish(session, models.Mail, mail.id, lease, state=MailState.DROPPED):
            more = {"over": True} if over else {}
            order = orders.lock(session, mail.order_id)
            _note(session, context, order, mail, MailState.DROPPED, **more)
    return True


def _note(
    session: Session,
    context: ServiceContext,
    order: models.Order,
    mail: models.Mail,
    state: MailState,
    **data: str | bool,
) -> None:
    """A line on the timeline, and a callback, of how far the letter got."""
    kind = _told(mail)[state]
    timeline.note(session, context, order, kind, **data)
    why = data.get("why")
    letter = MessageNews(mail.id, ChannelName.EMAIL, _purpose(mail), mail.address, str(why) if why else None)
    delivery_news.tell(session, context, order, letter, kind)


def _purpose(mail: models.Mail) -> str:
    """What the letter is for: what its first notice is. One of a release that had no notices is a receipt."""
    return PURPOSES[notices.read(mail.notices[0]).kind] if mail.notices else RECEIPT


def _told(mail: models.Mail) -> Mapping[str, EventKind]:
    """What the order's timeline calls the letter's states."""
    return EMAIL.timeline.get(_purpose(mail), EMAIL.timeline[RECEIPT])
