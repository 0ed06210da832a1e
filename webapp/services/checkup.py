"""What `flask doctor` looks at: each finding says what is well, or what to mend and how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from webapp.db import merchants, migrate
from webapp.db import work as beats
from webapp.domain.errors import OrdoError
from webapp.whatsapp import templates
from webapp.whatsapp.client import SendFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db.models import Merchant
    from webapp.services.kit import Kit

STALE = timedelta(minutes=1)
SKEW = 60  # seconds; gateways and receivers allow 300


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    ok: bool
    subject: str
    text: str


def run(kit: Kit, database_url: str, now: datetime) -> Iterator[Finding]:
    """Look at everything, one after the other; a part that fails does not hide the next."""
    https = kit.links.public_url.startswith("https://")
    yield Finding(
        https or kit.allow_sandbox_hosts,
        "Public address",
        kit.links.public_url
        if https
        else f"{kit.links.public_url} has no TLS" + (" (sandbox only)" if kit.allow_sandbox_hosts else ""),
    )
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
    yield _worker(kit, now)
    with kit.database.read() as session:
        everybody = merchants.every(session)
    if not everybody:
        yield Finding(ok=False, subject="Merchants", text="there is none: run `flask merchant apply FILE.toml`")
    for merchant in everybody:
        yield from _gateway(kit, merchant)
        yield from _whatsapp(kit, merchant)


def _clock(there: datetime | None, here: datetime) -> Finding:
    if there is None:
        return Finding(ok=True, subject="Clock", text="WhatsApp did not tell the time, so it was not compared")
    seconds = abs(round((here - there).total_seconds()))
    if seconds > SKEW:
        text = f"{seconds} s away from WhatsApp's: let NTP set it, or webhooks and logins are refused as stale"
        return Finding(ok=False, subject="Clock", text=text)
    return Finding(ok=True, subject="Clock", text=f"within {seconds} s of WhatsApp's")


def _worker(kit: Kit, now: datetime) -> Finding:
    with kit.database.read() as session:
        seen = beats.last_beat(session)
    if seen is None or now - seen > STALE:
        return Finding(
            ok=False, subject="Worker", text="none is at work: start `flask worker`, and have it restarted when it ends"
        )
    return Finding(ok=True, subject="Worker", text=f"seen {(now - seen).seconds} s ago")


def _gateway(kit: Kit, merchant: Merchant) -> Iterator[Finding]:
    subject = f"{merchant.id}: gateway"
    try:
        problems = kit.gateway(merchant).check(
            webhook_url=f"{kit.links.public_url}/hooks/stripe/{merchant.id}", live=merchant.mode == "live"
        )
    except OrdoError as error:
        problems = [str(error)]
    for problem in problems:
        yield Finding(ok=False, subject=subject, text=problem)
    if not problems:
        yield Finding(ok=True, subject=subject, text="keys work and webhooks are registered")


def _whatsapp(kit: Kit, merchant: Merchant) -> Iterator[Finding]:
    subject = f"{merchant.id}: WhatsApp"
    try:
        client = kit.whatsapp(merchant)
        number = client.number()
        differences = templates.differences(client.templates(), kit.links.public_url)
    except (OrdoError, SendFailed) as error:
        yield Finding(ok=False, subject=subject, text=f"{error}: check the access token and the number's id")
        return
    yield _clock(client.clock(), kit.now())
    yield Finding(
        ok=True, subject=subject, text=f"number {number.get('display_phone_number', merchant.phone_number_id)} answers"
    )
    for difference in differences:
        yield Finding(ok=False, subject=f"{merchant.id}: templates", text=difference)
    if not differences:
        yield Finding(ok=True, subject=f"{merchant.id}: templates", text="all are approved")
