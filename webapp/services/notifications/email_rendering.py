"""A notice as a letter: its subject and its parts, in words made when it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.mail.letter import Letter, Part, Quote
from webapp.services.notifications import notices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db import models
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext

Carried = (
    notices.PaymentRequest
    | notices.PaymentReminder
    | notices.PaymentReceipt
    | notices.ConsentReceipt
    | notices.OrderUpdate
)


def carried(notice: notices.Notice) -> Carried:
    """The notice, if e-mail carries it. Raises ValueError for another."""
    if isinstance(notice, notices.BuyerNotice | notices.ShopNotice):
        raise ValueError(f"e-mail carries no {notice.kind}")  # noqa: TRY004  # a kind, not a type of ours
    return notice


def letter(
    context: ServiceContext, told: Sequence[Carried], t: Texts, contact: str, by_law: Sequence[str] = ()
) -> Letter:
    """One letter that says it all, headed by the first. `contact` is where the shop answers, `by_law` who it is and where its terms are."""
    merchant = told[0].merchant
    why = t.gettext(
        "%(merchant)s sends you this e-mail because of a payment between you and this shop.", merchant=merchant
    )
    never = t.gettext("Never send a card number by e-mail: it is asked for on the page only.")
    return Letter(
        _subject(told[0], t),
        tuple(_part(context, notice, t) for notice in told),
        t.gettext("Questions? The shop answers here: %(contact)s", contact=contact),
        " ".join((*by_law, why, never)),
        t.language,
        t.direction,
    )


def by_law(t: Texts, merchant: models.Merchant) -> list[str]:
    """Who the shop is by law, and where its terms are, as far as it says so."""
    terms = t.gettext("Terms of the shop")
    who = [f"{t.apart(merchant.legal_identity)}."] if merchant.legal_identity else []
    return who + ([f"{terms}: {merchant.terms_url}"] if merchant.terms_url else [])


def _subject(notice: Carried, t: Texts) -> str:
    match notice:
        case notices.PaymentRequest(merchant=merchant, amount=None):
            return t.gettext("%(merchant)s asks you to save your card", merchant=merchant)
        case notices.PaymentRequest(merchant=merchant, amount=str(amount)):
            return t.gettext("Payment request of %(merchant)s: %(amount)s", merchant=merchant, amount=amount)
        case notices.PaymentReminder(merchant=merchant):
            return t.gettext("Reminder: a request of %(merchant)s waits for you", merchant=merchant)
        case notices.PaymentReceipt(merchant=merchant, amount=amount):
            return t.gettext("Receipt of %(merchant)s: %(amount)s", merchant=merchant, amount=amount)
        case notices.ConsentReceipt(merchant=merchant):
            return t.gettext("%(merchant)s has saved your card", merchant=merchant)
        case notices.OrderUpdate(merchant=merchant, title=title):
            return f"{t.apart(merchant)}: {title}"
    raise AssertionError(notice)  # pragma: no cover  # mypy names a kind that is missing


def _part(context: ServiceContext, notice: Carried, t: Texts) -> Part:
    match notice:
        case notices.PaymentRequest():
            return _asked(context, notice, t)
        case notices.PaymentReminder():
            return _reminded(context, notice, t)
        case notices.PaymentReceipt():
            return _paid(context, notice, t)
        case notices.ConsentReceipt():
            return _agreed(context, notice, t)
        case notices.OrderUpdate():
            facts = ((t.gettext("Payment request"), notice.order),)
            return Part(notice.text, facts=facts, link=(t.gettext("Open the page"), notice.url))


def _asked(context: ServiceContext, request: notices.PaymentRequest, t: Texts) -> Part:
    if request.amount is None:
        said = t.gettext(
            "%(merchant)s would like to save your card for later payments. Nothing is taken now.",
            merchant=request.merchant,
        )
        label = t.gettext("Save my card")
    else:
        said = t.gettext("%(merchant)s sends you this payment request.", merchant=request.merchant)
        label = t.gettext("Open payment page")
    words = " ".join(filter(None, (said, request.terms)))
    headline, facts = _amount(t, request.amount), ((t.gettext("For"), request.what),)
    return Part(words, headline, facts, link=(label, context.links.address(request.token)))


def _reminded(context: ServiceContext, reminder: notices.PaymentReminder, t: Texts) -> Part:
    said = t.gettext("A short reminder: a request of %(merchant)s still waits for you.", merchant=reminder.merchant)
    facts = ((t.gettext("Payment request"), reminder.what), (t.gettext("The link works until"), reminder.until))
    return Part(said, facts=facts, link=(t.gettext("Open the page"), context.links.address(reminder.token)))


def _paid(context: ServiceContext, receipt: notices.PaymentReceipt, t: Texts) -> Part:
    said = t.gettext("Thank you. %(merchant)s has received your payment.", merchant=receipt.merchant)
    if receipt.merchant_initiated:
        said = t.gettext("%(merchant)s has charged the card that you saved, as you agreed.", merchant=receipt.merchant)
    facts = (
        (t.gettext("For"), receipt.description),
        (t.gettext("Reference"), receipt.reference),
        (t.gettext("Card"), receipt.card),
        (t.gettext("Date"), receipt.paid_at),
    )
    headline = _amount(t, receipt.amount)
    return Part(said, headline, _known(facts), link=(t.gettext("Your receipt"), context.links.address(receipt.token)))


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
        facts=_known(facts),
        quote=Quote(consent.wording, consent.wording_language or t.language),
        link=(t.gettext("Remove the card, at any time"), context.links.address(consent.token)),
    )


def _amount(t: Texts, amount: str | None) -> tuple[str, str] | None:
    return (t.gettext("Amount"), amount) if amount else None


def _known(facts: tuple[tuple[str, str | None], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in facts if value)
