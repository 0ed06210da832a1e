"""Once a day the page of a merchant's newest order is fetched as a buyer's browser does, from outside, and compared with what this release
sends (PCI DSS 4.0.1, 11.6.1, which asks for once a week). What differs twice, ten minutes apart, is told to the operators: a release that
is being rolled out differs once. A page that cannot be fetched is noted, and looked at again until it can.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import merchants, models, page_safety, work
from webapp.domain.retention import Kept
from webapp.inventory import page
from webapp.services.notifications import notify
from webapp.services.runtime import kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
AGAIN = timedelta(minutes=10)


def carry_out(context: ServiceContext, task: models.ScheduledTask, lease: work.Lease) -> None:
    """Look at the merchant's page, keep what was found, and tell the operators what was found twice."""
    found = check(context, task.merchant_id)
    now, reported_since = context.now(), kept.since(context, task.merchant_id, Kept.REPORTS)
    with context.database.write() as session:
        page_safety.forget_reports(session, task.merchant_id, reported_since)
        if found is not None:
            before = page_safety.last_check(session, task.merchant_id)
            lines = [f"{each.what} {each.detail}" for each in found]
            same = before is not None and bool(lines) and before.differences == lines
            told = same and before is not None and before.told
            since = before.since if same and before is not None else now if lines else None
            if same and not told and all(each.what is not page.What.UNREACHABLE for each in found):
                log.error("the payment page of %s is not what it should be: %s", task.merchant_id, "; ".join(lines))
                notify.page_differs(session, context, merchants.get(session, task.merchant_id))
                told = True
            session.merge(
                models.PageCheck(merchant_id=task.merchant_id, at=now, differences=lines, since=since, told=told)
            )
        again = AGAIN if found and not told else EVERY
        work.finish(session, models.ScheduledTask, task.id, lease, due_at=now + again)


def check(context: ServiceContext, merchant: str) -> Sequence[page.Difference] | None:
    """How the page differs, now. Writes nothing; the page is not opened by this. None when the merchant has no order yet."""
    with context.database.read() as session:
        order, payable = page_safety.to_look_at(session, merchant, context.now())
        expected = context.expected[merchants.get(session, merchant).gateway]
    if order is None:
        return None
    url = context.links.url(order.id, order.link_version)
    return page.inspect(url, expected, lambda address: _fetched(context, address), payable=payable)


def last_check(context: ServiceContext, merchant: str) -> models.PageCheck | None:
    """How the page was found the last time."""
    with context.database.read() as session:
        return page_safety.last_check(session, merchant)


def _fetched(context: ServiceContext, address: str) -> page.Fetched:
    answer = context.sender.reach(address)
    return page.Fetched(answer.status, answer.headers, answer.body, answer.error)
