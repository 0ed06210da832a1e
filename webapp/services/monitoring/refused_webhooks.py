"""Webhooks whose signature was refused: told in the log once a minute for each merchant and sender, and kept for `flask doctor`.

A wrong secret in the merchant's file has every webhook refused, and nothing else shows it but payments that are found late. Anybody can post
what is not signed: so what is kept is one row for each merchant and sender, written once a minute at most by each process.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from webapp.db import webhook_refusals
from webapp.domain.errors import Unavailable

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)


def note(context: ServiceContext, merchant_id: str, source: str) -> None:
    """A webhook of this sender (`InboxEvent.source`) was refused. The merchant must be one of ours."""
    now = context.now()
    times = context.pace.count((merchant_id, source), now)
    if not times:
        return
    log.warning(
        "%s: %s of %s refused: no secret of the merchant's file makes that signature",
        merchant_id,
        "a webhook" if times == 1 else f"{times} webhooks",
        source,
    )
    with contextlib.suppress(Unavailable), context.database.write() as session:
        webhook_refusals.count(session, merchant_id, source, times, now)
