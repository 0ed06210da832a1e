"""What `flask doctor` looks at: each finding says what is well, or what to mend and how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from webapp.db import account_notices, callbacks, heartbeats, merchants, migrate, work
from webapp.domain.errors import OrdoError
from webapp.domain.statuses import CallbackState
from webapp.mail.smtp import MailFailed
from webapp.services.monitoring import page_monitor
from webapp.whatsapp import templates
from webapp.whatsapp.client import SendFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db.models import Merchant
    from webapp.services.runtime.context import ServiceContext

STALE = timedelta(
    seconds=90
)  # a queue consumer gives a heartbeat every 15 s, and has a thread free again within a minute
LATE, RECENT = timedelta(hours=1), timedelta(days=7)
NAMED = 5  # rows of one kind; more would hide the rest of the list
SKEW = 60  # seconds; gateways and receivers allow 300


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    ok: bool
    subject: str
    text: str


def run(context: ServiceContext, database_url: str, now: datetime) -> Iterator[Finding]:
    """Look at everything, one after the other; a part that fails does not hide the next."""
    yield _address(context)
    try:
        current = migrate.is_current(database_url)
    except OrdoError as error:
        yield Finding(ok=False, subject="Database", text=str(error))
        return
    yield Finding(
        current,
        "Database",
        "schema is current" if current else "schema is older or newer than this release: run `flask migrate`",
    )
    if not current:
        return
    yield _worker(context, now)
    yield from _troubled(context)
    yield _mail(context)
    with context.database.read() as session:
        everybody = merchants.every(session)
    if not everybody:
        yield Finding(ok=False, subject="Merchants", text="there is none: run `flask merchant apply FILE.toml`")
    for merchant in everybody:
        yield from _gateway(context, merchant)
        yield from _whatsapp(context, merchant)
        yield from _account(context, merchant)
        yield from _callbacks(context, merchant, now)
        yield _page(context, merchant)


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


def _worker(context: ServiceContext, now: datetime) -> Finding:
    with context.database.read() as session:
        seen = heartbeats.last_heartbeats(session)
    kinds = [model.__tablename__ for model in work.EVERY]
    left = [kind for kind in kinds if kind not in seen or now - seen[kind] > STALE]
    if len(left) == len(kinds):
        text = "none is at work: start `flask worker`, and have it restarted when it ends"
    elif left:
        text = f"nobody works on {', '.join(left)}: look at the workers' logs, and restart them"
    else:
        text = f"seen {max((now - seen[kind]).seconds for kind in kinds)} s ago"
    return Finding(ok=not left, subject="Worker", text=text)


def _troubled(context: ServiceContext) -> Iterator[Finding]:
    """Work that was parked, and money's that fails again and again."""
    subject, well = "Background work", True
    for model in work.EVERY:
        with context.database.read() as session:
            rows = work.troubled(session, model, NAMED)
        for row in rows:
            well = False
            what = "is parked" if row.due_at is None else "is tried again and again"
            yield Finding(ok=False, subject=subject, text=f"{model.__tablename__} {row.id} {what}: {row.error}")
    if well:
        yield Finding(ok=True, subject=subject, text="nothing is parked")


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


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _callbacks(context: ServiceContext, merchant: Merchant, now: datetime) -> Iterator[Finding]:
    subject = f"{merchant.id}: callbacks"
    with context.database.read() as session:
        disabled = [each for each in merchants.endpoints(session, merchant.id) if each.disabled_at is not None]
        texts = [
            f"{endpoint.url} is disabled since {_minute(endpoint.disabled_at)} ({endpoint.disabled_why}) and "
            f"{callbacks.waiting(session, endpoint.id)} wait for it: once it works again, run `flask merchant apply`"
            for endpoint in disabled
        ]
        overdue = callbacks.overdue(
            session, merchant.id, waiting_since=now - LATE, failed_since=now - RECENT, limit=NAMED
        )
    for row in overdue:
        what = "was given up" if row.state == CallbackState.FAILED else f"waits since {_minute(row.created_at)}"
        texts.append(f"{row.id} of order {row.order_id} {what}: the order's page says why")
    for text in texts:
        yield Finding(ok=False, subject=subject, text=text)
    if not texts:
        yield Finding(ok=True, subject=subject, text="none waits for more than an hour")


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
        text = f"since {_minute(row.at)} Meta says: {row.what}: see WhatsApp Manager"
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
