"""What is to be mended of one shop: its file, its endpoints and their callbacks, and webhooks that come with a wrong signature."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from webapp.db import api_keys, callbacks, merchants, models, webhook_refusals
from webapp.domain import zones
from webapp.domain.statuses import CallbackState
from webapp.services.monitoring.findings import NAMED, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

LATE, RECENT, KEY_SOON = timedelta(hours=1), timedelta(days=7), timedelta(days=14)


def look(context: ServiceContext, merchant: models.Merchant, now: datetime) -> Iterator[Finding]:
    """All of it."""
    yield from _file(merchant)
    yield from _refused(context, merchant, now)
    yield from _endpoints(context, merchant)
    yield from _callbacks(context, merchant, now)
    yield from _keys(context, merchant, now)


def _file(merchant: models.Merchant) -> Iterator[Finding]:
    """What an earlier release took from the merchant's file and this one refuses."""
    if merchant.time_zone not in zones.known():
        text = (
            f"{merchant.time_zone!r} is no time zone, so pages fail: mend `time_zone`, and run `flask merchant apply`"
        )
        yield Finding(ok=False, subject=f"{merchant.id}: file", text=text)


def _refused(context: ServiceContext, merchant: models.Merchant, now: datetime) -> Iterator[Finding]:
    """Webhooks whose signature was refused, and none that was right since: the secret here is not the sender's."""
    with context.database.read() as session:
        for each in webhook_refusals.standing(session, merchant.id, since=now - RECENT):
            text = (
                f"{each.count} came with a signature that the merchant's file does not explain, from {_minute(each.first_at)} to "
                f"{_minute(each.last_at)}, and none that was right since: compare the secret there with the one in the file, "
                "and this machine's clock with the time"
            )
            yield Finding(ok=False, subject=f"{merchant.id}: webhooks of {each.source}", text=text)


def _endpoints(context: ServiceContext, merchant: models.Merchant) -> Iterator[Finding]:
    """Whether anybody answers where callbacks go. A GET is no callback: any answer will do."""
    with context.database.read() as session:
        open_ = [each for each in merchants.endpoints(session, merchant.id) if each.is_open]
    for endpoint in open_:
        answer = context.sender.reach(endpoint.url)
        if answer.status is None:
            text = f"{endpoint.url} cannot be reached from here: {answer.error}. Callbacks to it wait"
            yield Finding(ok=False, subject=f"{merchant.id}: endpoint", text=text)
        else:
            yield Finding(ok=True, subject=f"{merchant.id}: endpoint", text=f"{endpoint.url} answers")


def _callbacks(context: ServiceContext, merchant: models.Merchant, now: datetime) -> Iterator[Finding]:
    subject = f"{merchant.id}: callbacks"
    with context.database.read() as session:
        texts = [*_held(session, merchant, now)]
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


def _keys(context: ServiceContext, merchant: models.Merchant, now: datetime) -> Iterator[Finding]:
    """Keys of the API that order backends use, and that are good for days only."""
    with context.database.read() as session:
        keys = api_keys.of_merchant(session, merchant.id)
    for key in keys:
        used = key.used_at is not None and now - key.used_at < RECENT
        if used and key.ended_at is None and key.expires_at is not None and key.expires_at - now < KEY_SOON:
            what = "expired" if key.expires_at <= now else "expires"
            text = (
                f"{key.name} ({key.id}, {key.hint}) {what} on {_minute(key.expires_at)}, and its backend uses it: make another by "
                "`flask api-key create`, hand it over, and end this one"
            )
            yield Finding(ok=False, subject=f"{merchant.id}: API keys", text=text)


def _held(session: Session, merchant: models.Merchant, now: datetime) -> Iterator[str]:
    """Endpoints to which nothing is POSTed, though something waits for them."""
    for endpoint in merchants.every_endpoint(session, merchant.id):
        waiting = callbacks.waiting(session, endpoint.id)
        if endpoint.active and endpoint.disabled_at is not None:
            yield (
                f"{endpoint.url} is disabled since {_minute(endpoint.disabled_at)} ({endpoint.disabled_why}) and "
                f"{waiting} wait for it: once it works again, run `flask endpoints enable {merchant.id} {endpoint.id}`, "
                "or `flask merchant apply` if the file names it"
            )
        elif not endpoint.active and callbacks.waits_since(session, endpoint.id, now - RECENT):
            yield (
                f"{endpoint.url} is not in the merchant's file any more and {waiting} wait for it: name it there once more, "
                "or its new address with the secret that it had, and run `flask merchant apply`"
            )


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
