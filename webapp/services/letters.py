"""E-mail as a channel: writes notices as one letter when it is sent, and hands it over: again when it may go better."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import merchants, models, work
from webapp.db import orders as rows
from webapp.mail.letter import Letter, Part
from webapp.mail.smtp import Envelope, MailFailed
from webapp.services import notices
from webapp.services.channels import EMAIL, RECEIPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.i18n import Texts
    from webapp.services.kit import Kit

log = logging.getLogger(__name__)

NO_SERVER = timedelta(hours=1)
Receipt = notices.PaymentReceipt | notices.ConsentReceipt


def carry_out(kit: Kit, mail: models.Mail, lease: work.Lease) -> None:
    """Send a claimed letter once, and keep what it said."""
    with kit.database.read() as session:
        merchant = merchants.get(session, mail.merchant_id)
    content = _content(kit, merchant, mail)
    try:
        _hand_over(kit, merchant, mail, content)
    except MailFailed as failure:
        _not_sent(kit, mail, lease, failure)
        return
    with kit.database.write() as session:
        order = rows.lock(session, mail.order_id)
        if work.finish(session, models.Mail, mail.id, lease, state="sent", **content):
            rows.note(session, order, EMAIL.timeline[RECEIPT]["sent"], kit.now())


def _content(kit: Kit, merchant: models.Merchant, mail: models.Mail) -> dict[str, str]:
    """Subject, text and HTML, by those names."""
    if mail.notices is None:  # written by a release that composed letters when it queued them
        return {"subject": mail.subject or "", "text": mail.text or "", "html": mail.html or ""}
    told = [carried(notices.read(each)) for each in mail.notices]
    made = letter(kit, told, i18n.texts(mail.language, merchant.country), merchant.contact)
    return {"subject": made.subject, "text": made.text(), "html": made.html()}


def _hand_over(kit: Kit, merchant: models.Merchant, mail: models.Mail, content: dict[str, str]) -> None:
    if kit.mailer is None:
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
    kit.mailer.send(envelope)


def _not_sent(kit: Kit, mail: models.Mail, lease: work.Lease, failure: MailFailed) -> None:
    """Again, more and more slowly; an address that is refused, or two days, end it. What the settings are to blame for is an error in
    the log, and `doctor` finds it."""
    why = str(failure)
    if failure.mend:
        log.error("mail %s was not taken, and the settings are to blame: %s", mail.id, why)
    with kit.database.write() as session:
        order = rows.lock(session, mail.order_id)
        if failure.final or mail.tries >= EMAIL.max_tries:
            if work.finish(session, models.Mail, mail.id, lease, state="failed", error=why[:300]):
                rows.note(session, order, EMAIL.timeline[RECEIPT]["failed"], kit.now(), why=why[:200])
            return
        wait = NO_SERVER if kit.mailer is None else EMAIL.wait(mail.tries)
        work.finish(session, models.Mail, mail.id, lease, due_at=kit.now() + wait, error=why[:300])


def carried(notice: notices.Notice) -> Receipt:
    """The notice, if e-mail carries it. Raises ValueError for another."""
    match notice:
        case notices.PaymentReceipt() | notices.ConsentReceipt():
            return notice
        case notices.PaymentRequest() | notices.PaymentReminder() | notices.BuyerNotice() | notices.ShopNotice():
            raise ValueError(f"e-mail carries no {notice.kind}")


def letter(kit: Kit, told: Sequence[Receipt], t: Texts, contact: str) -> Letter:
    """One letter that says it all, headed by the first. `contact` is where the shop answers."""
    parts = [_part(kit, receipt, t) for receipt in told]
    parts.append(Part(t.gettext("Questions? The shop answers here: %(contact)s", contact=contact)))
    return Letter(_subject(told[0], t), tuple(parts), t.language, t.direction)


def _subject(receipt: Receipt, t: Texts) -> str:
    match receipt:
        case notices.PaymentReceipt(merchant=merchant, amount=amount):
            return t.gettext("Receipt of %(merchant)s: %(amount)s", merchant=merchant, amount=amount)
        case notices.ConsentReceipt(merchant=merchant):
            return t.gettext("%(merchant)s has saved your card", merchant=merchant)


def _part(kit: Kit, receipt: Receipt, t: Texts) -> Part:
    match receipt:
        case notices.PaymentReceipt():
            return _paid(kit, receipt, t)
        case notices.ConsentReceipt():
            return _agreed(kit, receipt, t)


def _paid(kit: Kit, receipt: notices.PaymentReceipt, t: Texts) -> Part:
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
    return Part(said, _known(facts), link=(t.gettext("Your receipt"), kit.links.address(receipt.token)))


def _agreed(kit: Kit, consent: notices.ConsentReceipt, t: Texts) -> Part:
    facts = (
        (t.gettext("Card"), consent.card),
        (t.gettext("Agreed"), consent.agreed_at),
        (t.gettext("Wording"), consent.version),
    )
    return Part(
        t.gettext(
            "%(merchant)s has saved your card for your next payments. You agreed to this:", merchant=consent.merchant
        ),
        _known(facts),
        quote=consent.wording,
        link=(t.gettext("Remove the card, at any time"), kit.links.address(consent.token)),
    )


def _known(facts: tuple[tuple[str, str | None], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in facts if value)
