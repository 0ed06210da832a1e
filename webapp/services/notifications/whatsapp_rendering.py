"""A notice as WhatsApp shows it: to buyers templates, even in an open 24-hour window, which may close on the way (a utility template costs
nothing inside it, docs/adr/0010); news in free text while the window is open."""

from __future__ import annotations

from typing import Any

from webapp import i18n
from webapp.services.notifications import notices
from webapp.whatsapp import messages as shapes
from webapp.whatsapp import templates

Always = notices.PaymentRequest | notices.PaymentReminder | notices.PaymentReceipt | notices.ConsentReceipt


def body(notice: notices.Notice, *, is_open: bool) -> dict[str, Any] | None:
    """Meta's JSON without the recipient. `is_open`: the recipient may be written to freely now. None for what cannot be said otherwise."""
    match notice:
        case notices.BuyerNotice():
            return shapes.LinkButton(notice.text, notice.label, notice.url).payload() if is_open else None
        case notices.OrderUpdate():
            return _update(notice, is_open=is_open).payload()
        case notices.ShopNotice():
            return _news(notice, is_open=is_open).payload()
    return _template(notice).payload()


def said(notice: Always) -> templates.Said:
    """A notice that is always a template, as its reader sees it."""
    return templates.said(_template(notice))


def _news(notice: notices.ShopNotice, *, is_open: bool) -> shapes.Message:
    if not is_open:
        return templates.notice(notice.language, merchant=notice.merchant, text=notice.text)
    return shapes.Text(notice.text) if notice.qr is None else shapes.QrPicture(notice.text, notice.qr)


def _update(notice: notices.OrderUpdate, *, is_open: bool) -> shapes.Message:
    if is_open:
        label = i18n.texts(notice.language, "001").gettext("Open the page")
        return shapes.LinkButton(f"{notice.text}\n{notice.order}", label, notice.url)
    return update_template(notice)


def update_template(notice: notices.OrderUpdate) -> shapes.Template:
    """The news for a chat that is not open."""
    token = notice.url.rpartition("/")[2]
    return templates.update(
        notice.language, merchant=notice.merchant, news=notice.text, order=notice.order, token=token
    )


def _template(notice: Always) -> shapes.Template:
    match notice:
        case notices.PaymentRequest():
            return templates.request(
                notice.language,
                merchant=notice.merchant,
                amount=notice.amount,
                what=notice.what,
                terms=notice.terms,
                token=notice.token,
            )
        case notices.PaymentReminder():
            return templates.reminder(
                notice.language, merchant=notice.merchant, what=notice.what, until=notice.until, token=notice.token
            )
        case notices.PaymentReceipt(consent=notices.ConsentReceipt() as given):
            return templates.SAVING_RECEIPT.filled(
                notice.language,
                (
                    notice.merchant,
                    notice.amount,
                    notice.card or _a_card(notice.language),
                    notice.reference,
                    given.agreed_at,
                    _version(given),
                    given.wording,
                ),
                notice.token,
            )
        case notices.PaymentReceipt():
            return templates.receipt(
                notice.language,
                merchant=notice.merchant,
                amount=notice.amount,
                card=notice.card_in_short or _a_card(notice.language),
                reference=notice.reference,
                token=notice.token,
                merchant_initiated=notice.merchant_initiated,
            )
        case notices.ConsentReceipt():
            return templates.consent(
                notice.language,
                merchant=notice.merchant,
                card=notice.card or _a_card(notice.language),
                agreed=notice.agreed_at,
                version=_version(notice),
                wording=notice.wording,
                token=notice.token,
            )


def _version(notice: notices.ConsentReceipt) -> str:
    """`2026-11.1a2b3c4d`, with the language of a wording that is not in the message's."""
    if notice.wording_language is None:
        return notice.version
    return f"{notice.version} ({i18n.texts(notice.language, '001').language_name(notice.wording_language)})"


def _a_card(language: str) -> str:
    return i18n.texts(language, "001").gettext("card")  # wherever in the world it is read
