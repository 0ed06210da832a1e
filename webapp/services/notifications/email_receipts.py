"""E-mail as a channel: writes notices as one letter when it is sent, and hands it over: again when it may go better."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import merchants, models, orders, work
from webapp.domain.statuses import MailState
from webapp.mail.letter import Letter, Part, Quote
from webapp.mail.smtp import Envelope, MailFailed
from webapp.services.notifications import notices
from webapp.services.notifications.channels import EMAIL, PURPOSES, RECEIPT
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.domain.timeline import EventKind
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

NO_SERVER = timedelta(hours=1)
Carried = notices.PaymentReceipt | notices.ConsentReceipt | notices.OrderUpdate


def carry_out(context: ServiceContext, mail: models.Mail, lease: work.Lease) -> None:
    """Send a claimed letter once, and keep what it said."""
    with context.database.read() as session:
        merchant = merchants.get(session, mail.merchant_id)
    content = _content(context, merchant, mail)
    try:
        _hand_over(context, merchant, mail, content)
    except MailFailed as failure:
        _not_sent(context, mail, lease, failure)
        return
    with context.database.write() as session:
        order = orders.lock(session, mail.order_id)
        if work.finish(session, models.Mail, mail.id, lease, state=MailState.SENT, **content):
            timeline.note(session, context, order, _told(mail)[MailState.SENT])


def _content(context: ServiceContext, merchant: models.Merchant, mail: models.Mail) -> dict[str, str]:
    """Subject, text and HTML, by those names."""
    if mail.notices is None:  # written by a release that composed letters when it queued them
        return {"subject": mail.subject or "", "text": mail.text or "", "html": mail.html or ""}
    told = [carried(notices.read(each)) for each in mail.notices]
    made = letter(context, told, i18n.texts(mail.language, merchant.country), merchant.contact)
    return {"subject": made.subject, "text": made.text(), "html": made.html()}


def _hand_over(context: ServiceContext, merchant: models.Merchant, mail: models.Mail, content: dict[str, str]) -> None:
    if context.mailer is None:
        raise MailFailed("no SMTP_URL is set any more", mend=True)
    envelope = Envelope(
        id=mail.id,
        to=mail.address,
        name=merchant.name,
        reply_to=merchant.contact,
        language=mail.language,
        at=mail.created_at,
        **content,
    )
    context.mailer.send(envelope)


def _not_sent(context: ServiceContext, mail: models.Mail, lease: work.Lease, failure: MailFailed) -> None:
    """Again, more and more slowly; an address that is refused, or two days, end it. What the settings are to blame for is an error in
    the log, and `doctor` finds it."""
    why = str(failure)
    if failure.mend:
        log.error("mail %s was not taken, and the settings are to blame: %s", mail.id, why)
    with context.database.write() as session:
        order = orders.lock(session, mail.order_id)
        if failure.final or mail.tries >= EMAIL.max_tries:
            if work.finish(session, models.Mail, mail.id, lease, state=MailState.FAILED, error=why[:300]):
                timeline.note(session, context, order, _told(mail)[MailState.FAILED], why=why[:200])
            return
        wait = NO_SERVER if context.mailer is None else EMAIL.wait(mail.tries)
        work.finish(session, models.Mail, mail.id, lease, due_at=context.now() + wait, error=why[:300])


def _told(mail: models.Mail) -> Mapping[str, EventKind]:
    """What the order's timeline calls the letter's states, by what the letter is for."""
    purpose = PURPOSES[notices.read(mail.notices[0]).kind] if mail.notices else RECEIPT
    return EMAIL.timeline.get(purpose, EMAIL.timeline[RECEIPT])


def carried(notice: notices.Notice) -> Carried:
    """The notice, if e-mail carries it. Raises ValueError for another."""
    match notice:
        case notices.PaymentReceipt() | notices.ConsentReceipt() | notices.OrderUpdate():
            return notice
        case notices.PaymentRequest() | notices.PaymentReminder() | notices.BuyerNotice() | notices.ShopNotice():
            raise ValueError(f"e-mail carries no {notice.kind}")


def letter(context: ServiceContext, told: Sequence[Carried], t: Texts, contact: str) -> Letter:
    """One letter that says it all, headed by the first. `contact` is where the shop answers."""
    parts = [_part(context, receipt, t) for receipt in told]
    parts.append(Part(t.gettext("Questions? The shop answers here: %(contact)s", contact=contact)))
    return Letter(_subject(told[0], t), tuple(parts), t.language, t.direction)


def _subject(receipt: Carried, t: Texts) -> str:
    match receipt:
        case notices.PaymentReceipt(merchant=merchant, amount=amount):
            return t.gettext("Receipt of %(merchant)s: %(amount)s", merchant=merchant, amount=amount)
        case notices.ConsentReceipt(merchant=merchant):
            return t.gettext("%(merchant)s has saved your card", merchant=merchant)
        case notices.OrderUpdate(merchant=merchant, title=title):
            return f"{t.apart(merchant)}: {title}"


def _part(context: ServiceContext, receipt: Carried, t: Texts) -> Part:
    match receipt:
        case notices.PaymentReceipt():
            return _paid(context, receipt, t)
        case notices.ConsentReceipt():
            return _agreed(context, receipt, t)
        case notices.OrderUpdate():
            facts = ((t.gettext("Payment request"), receipt.order),)
            return Part(receipt.text, facts, link=(t.gettext("Open the page"), receipt.url))


def _paid(context: ServiceContext, receipt: notices.PaymentReceipt, t: Texts) -> Part:
    said = t.gettext("Thank you. %(merchant)s has received your payment.", merchant=receipt.merchant)
    if receipt.merchant_initiated:
        said = t.gettext("%(merchant)s has charged the card that you saved, as you agreed.", merchant=receipt.merchant)
    facts = (
        (t.gettext("Amount"), receipt.amount),
        (t.gettext("For"), receipt.description),
        (t.gettext("Reference"), receipt.reference),
        (t.gettext("Card"), receipt.card),
        (t.gettext("Date"), receipt.paid_at),
    )
    return Part(said, _known(facts), link=(t.gettext("Your receipt"), context.links.address(receipt.token)))


def _agreed(context: ServiceContext, consent: notices.ConsentReceipt, t: Texts) -> Part:
    facts = (
        (t.gettext("Card"), consent.card),
        (t.gettext("Agreed"), consent.agreed_at),
        (t.gettext("Wording"), consent.version),
    )
    said = t.gettext(
        "%(merchant)s has saved your card for your next payments. You agreed to this:", merchant=consent.merchant
    )
    if consent.wording_language is not None:
        said = t.gettext(
            "%(merchant)s has saved your card for your next payments. You agreed to this, in %(language)s:",
            merchant=consent.merchant,
            language=t.language_name(consent.wording_language),
        )
    return Part(
        said,
        _known(facts),
        quote=Quote(consent.wording, consent.wording_language or t.language),
        link=(t.gettext("Remove the card, at any time"), context.links.address(consent.token)),
    )


def _known(facts: tuple[tuple[str, str | None], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in facts if value)
