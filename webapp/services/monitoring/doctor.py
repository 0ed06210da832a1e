"""What `flask doctor` looks at: each finding says what is well, or what to mend and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import account_notices, merchants, migrate
from webapp.domain.errors import OrdoError
from webapp.mail.smtp import MailFailed
from webapp.services.monitoring import csp_reports, page_monitor, shop_check, work_check
from webapp.services.monitoring.findings import Finding
from webapp.whatsapp import templates
from webapp.whatsapp.client import SendFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.db.models import Merchant
    from webapp.services.runtime.context import ServiceContext

SKEW = 60  # seconds; gateways and receivers allow 300


def run(context: ServiceContext, database_url: str, now: datetime) -> Iterator[Finding]:
    """Look at everything, one after the other; a part that fails does not hide the next."""
    yield _address(context)
    try:
        current, serves = migrate.is_current(database_url), migrate.serves(database_url)
    except OrdoError as error:
        yield Finding(ok=False, subject="Database", text=str(error))
        return
    if current:
        text = "schema is current"
    elif serves:
        text = "schema is a newer release's, with which this one works until it is replaced"
    else:
        text = "schema is older or newer than this release: run `flask migrate`"
    yield Finding(serves, "Database", text)
    if not serves:
        return
    yield from work_check.look(context, now)
    yield _mail(context)
    yield from _identity(context)
    with context.database.read() as session:
        everybody = merchants.every(session)
    if not everybody:
        yield Finding(ok=False, subject="Merchants", text="there is none: run `flask merchant apply FILE.toml`")
    for merchant in everybody:
        yield from _gateway(context, merchant)
        yield from _whatsapp(context, merchant)
        yield from _account(context, merchant)
        yield from shop_check.look(context, merchant, now)
        yield _page(context, merchant)
        yield from _reports(context, merchant)


def connections(context: ServiceContext, merchant_id: str) -> Iterator[Finding]:
    """Whether one merchant's keys work, at its gateway and at WhatsApp, and what both were told of this installation."""
    with context.database.read() as session:
        merchant = merchants.get(session, merchant_id)
    yield from _gateway(context, merchant)
    yield from _whatsapp(context, merchant)
    yield from _account(context, merchant)


def _address(context: ServiceContext) -> Finding:
    """The public address: with TLS, and answered by this service, as buyers and gateways see it."""
    subject, url = "Public address", context.links.public_url
    if not url.startswith("https://"):
        more = " (sandbox only)" if context.allow_sandbox_hosts else ": put a proxy with a certificate in front"
        return Finding(context.allow_sandbox_hosts, subject, f"{url} has no TLS{more}")
    answer = context.sender.reach(f"{url}/health")
    if answer.status == 200 and answer.excerpt == "ok\n":
        return Finding(ok=True, subject=subject, text=f"{url} answers, with a certificate that is valid")
    why = answer.error or f"HTTP {answer.status}, which is not this service's answer"
    text = f"{url}/health, asked from this machine: {why}. Point the name here, and have the proxy pass requests on"
    return Finding(ok=False, subject=subject, text=text)


def _clock(there: datetime | None, here: datetime) -> Finding:
    if there is None:
        return Finding(ok=True, subject="Clock", text="WhatsApp did not tell the time, so it was not compared")
    seconds = abs(round((here - there).total_seconds()))
    if seconds > SKEW:
        text = f"{seconds} s away from WhatsApp's: let NTP set it, or webhooks and logins are refused as stale"
        return Finding(ok=False, subject="Clock", text=text)
    return Finding(ok=True, subject="Clock", text=f"within {seconds} s of WhatsApp's")


def _mail(context: ServiceContext) -> Finding:
    """The mail server: reached, with TLS and password."""
    subject = "E-mail"
    if context.mailer is None:
        text = "none is set up, so receipts and links go by WhatsApp alone: for e-mail too, set SMTP_URL and SMTP_FROM"
        return Finding(ok=True, subject=subject, text=text)
    try:
        context.mailer.check()
    except MailFailed as failure:
        return Finding(ok=False, subject=subject, text=f"{context.mailer.place}: {failure}: check SMTP_URL")
    return Finding(ok=True, subject=subject, text=f"{context.mailer.place} takes letters")


def _identity(context: ServiceContext) -> Iterator[Finding]:
    """The identity provider: what it says of itself, and whether that is enough to log people in."""
    subject = "Identity provider"
    if context.identity is None:
        text = "none is set up: `flask admin-link EMAIL` logs people in"
        yield Finding(ok=True, subject=subject, text=text)
        return
    problems = context.identity()
    for problem in problems:
        yield Finding(ok=False, subject=subject, text=problem)
    if not problems:
        yield Finding(ok=True, subject=subject, text="answers, and tells what a login needs")


def _gateway(context: ServiceContext, merchant: Merchant) -> Iterator[Finding]:
    subject = f"{merchant.id}: gateway"
    webhook_url = f"{context.links.public_url}/hooks/{merchant.gateway}/{merchant.id}"
    try:
        provider = context.provider(merchant)
        problems = context.gateway(merchant).check(webhook_url=webhook_url, live=merchant.mode == "live")
    except OrdoError as error:
        yield Finding(ok=False, subject=subject, text=str(error))
        return
    for problem in problems:
        yield Finding(ok=False, subject=subject, text=problem)
    if not problems:
        yield Finding(ok=True, subject=subject, text=f"{provider.display_name}: {provider.all_well}")


def _page(context: ServiceContext, merchant: Merchant) -> Finding:
    """The payment page, fetched as a buyer's browser does: its security headers and scripts."""
    subject = f"{merchant.id}: payment page"
    found = page_monitor.check(context, merchant.id)
    if found is None:
        return Finding(ok=True, subject=subject, text="there is no order yet whose page could be looked at")
    if found:
        what = "; ".join(f"{each.what} {each.detail}" for each in found)
        return Finding(ok=False, subject=subject, text=f"not what this release sends: {what} (docs/operator/page.md)")
    return Finding(ok=True, subject=subject, text="headers and scripts are what this release sends")


def _reports(context: ServiceContext, merchant: Merchant) -> Iterator[Finding]:
    if csp_reports.are_crowded(context, merchant.id):
        text = "browsers, or somebody in their name, reported so many kinds that some were dropped: look at Page safety in the back office"
        yield Finding(ok=False, subject=f"{merchant.id}: payment page", text=text)


def _told(context: ServiceContext, merchant: Merchant, configured: object) -> Finding:
    """Where Meta sends the number's messages: the most particular address counts (Meta, webhooks/override)."""
    subject, ours = f"{merchant.id}: WhatsApp", f"{context.links.public_url}/hooks/whatsapp/{merchant.id}"
    levels = ("phone_number", "whatsapp_business_account", "application")
    known = configured if isinstance(configured, dict) else {}
    url = next((known[level] for level in levels if known.get(level)), None)
    if url == ours:
        return Finding(ok=True, subject=subject, text="its messages come here")
    said = f"its messages go to {url}" if url else "Meta knows no webhook for it"
    return Finding(ok=False, subject=subject, text=f"{said}: set the app's webhook, field `messages`, to {ours}")


def _number(merchant: Merchant, displayed: str) -> Finding:
    """Whether the number of the merchant's file is the one that answers: the payment page opens a chat with it."""
    subject, digits = f"{merchant.id}: WhatsApp", "".join(filter(str.isdigit, displayed))
    if digits and merchant.number != f"+{digits}":
        text = f"{displayed} answers, the file says {merchant.number or 'nothing'}: set `number` in its [whatsapp] part"
        return Finding(ok=False, subject=subject, text=text)
    return Finding(ok=True, subject=subject, text=f"number {displayed or merchant.number} answers")


def _account(context: ServiceContext, merchant: Merchant) -> Iterator[Finding]:
    """What Meta has told of templates, number and account by itself, and not taken back since."""
    with context.database.read() as session:
        told = account_notices.bad(session, merchant.id)
    for row in told:
        text = f"since {row.at:%Y-%m-%d %H:%M} UTC Meta says: {row.what}: see WhatsApp Manager"
        yield Finding(ok=False, subject=f"{merchant.id}: WhatsApp's account", text=text)


def _whatsapp(context: ServiceContext, merchant: Merchant) -> Iterator[Finding]:
    subject = f"{merchant.id}: WhatsApp"
    try:
        client = context.whatsapp(merchant)
        number = client.number()
        differences = templates.differences(client.templates(), context.links.public_url)
    except (OrdoError, SendFailed) as error:
        yield Finding(ok=False, subject=subject, text=f"{error}: check the access token and the number's id")
        return
    yield _clock(client.clock(), context.now())
    yield _told(context, merchant, number.get("webhook_configuration"))
    yield _number(merchant, str(number.get("display_phone_number", "")))
    for difference in differences:
        yield Finding(ok=False, subject=f"{merchant.id}: templates", text=difference)
    if not differences:
        yield Finding(ok=True, subject=f"{merchant.id}: templates", text="all are approved")
