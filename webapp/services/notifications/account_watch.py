"""What Meta tells of a merchant's templates, number and account: what is bad is an alarm, before a buyer misses a link."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from webapp.db import account_notices, merchants
from webapp.services.notifications import merchant_texts, notify
from webapp.whatsapp import client
from webapp.whatsapp.account_changes import About

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext
    from webapp.whatsapp.account_changes import AccountChange

log = logging.getLogger(__name__)


def follow(session: Session, context: ServiceContext, merchant_id: str, change: AccountChange) -> None:
    """Keep the last word of each subject. The operators who are about are told of a bad one, once until it is well again."""
    merchant = merchants.lock(session, merchant_id)
    limit = client.people_a_day(change.limit)
    newest, was_bad = account_notices.keep(
        session, merchant_id, f"{change.about}/{change.subject}", change.what, at=change.at, bad=change.bad
    )
    if not newest:
        return
    if limit is not None:
        merchant.daily_limit = limit
    if not change.bad:
        log.info("WhatsApp says of %s: %s", merchant_id, change.what)
        return
    log.error("WhatsApp says of %s, and somebody has to look: %s", merchant_id, change.what)
    if not was_bad:
        words = {
            About.TEMPLATE: merchant_texts.template_trouble,
            About.NUMBER: merchant_texts.number_trouble,
            About.ACCOUNT: merchant_texts.account_trouble,
        }[change.about]
        notify.tell_recent(session, context, merchant, lambda t: words(t, change.what))
