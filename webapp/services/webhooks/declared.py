"""The endpoints that a merchant's file declares."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webapp.db import callbacks, merchants, models
from webapp.domain import callback_types, ids
from webapp.domain.errors import Invalid
from webapp.services.runtime.sealing import CannotOpen
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Declared:
    """An endpoint as a merchant's file names it: `secrets` newest first, `types` None for the usual ones."""

    url: str
    secrets: tuple[str, ...] = field(repr=False)
    types: tuple[str, ...] | None = None


def declare(session: Session, context: ServiceContext, merchant_id: str, wanted: Sequence[Declared]) -> None:
    """Bring the merchant's endpoints to its file, in the caller's transaction: what the file named and names no more is told nothing, what it
    names is enabled, and what was kept for it goes out. An address that was made by API is the file's from now on. Those that the file has
    never named stay as they are. Raises `Invalid` (bad_declaration)."""
    rows = merchants.every_endpoint(session, merchant_id)
    before = {row.id: _secrets_or_none(context, row) for row in rows if row.active and row.source == endpoints.FILE}
    for row in rows:
        row.active = row.active and row.source != endpoints.FILE
    now_told: dict[str, Collection[str]] = {}
    for each in wanted:
        try:
            endpoints.checked(context, each.url)
            types = None if each.types is None else callback_types.chosen(each.types)
        except Invalid as error:
            raise Invalid("bad_declaration", f"endpoints: {each.url}: {error}") from error
        endpoint = endpoints.at_address(rows, each.url)
        if endpoint is None:
            endpoint = models.Endpoint(
                id=ids.new("ep"), merchant_id=merchant_id, url=each.url, created_at=context.now()
            )
            session.add(endpoint)
        else:
            endpoint = merchants.lock_endpoint(session, endpoint.id)
        endpoint.url, endpoint.source, endpoint.types = each.url, endpoints.FILE, types
        endpoints.seal(context, endpoint, each.secrets)
        endpoints.switch_on(session, context, endpoint)
        now_told[endpoint.id] = each.secrets
    session.flush()
    _move(session, context, before, now_told)


def _move(
    session: Session,
    context: ServiceContext,
    before: Mapping[str, Collection[str]],
    now_told: Mapping[str, Collection[str]],
) -> None:
    """What waits for an endpoint that the file names no more goes to the one that has taken its place."""
    gone = {each: secrets for each, secrets in before.items() if each not in now_told}
    new = {each: secrets for each, secrets in now_told.items() if each not in before}
    for former_id, endpoint_id in moved(gone, new).items():
        merchants.lock_endpoint(session, former_id)
        waiting = callbacks.move(session, former_id, endpoint_id, context.now())
        log.info("%d callbacks of endpoint %s go to %s, its new address", waiting, former_id, endpoint_id)


def moved(gone: Mapping[str, Collection[str]], new: Mapping[str, Collection[str]]) -> Mapping[str, str]:
    """Which endpoint of the file has taken the place of which that it names no more, both with their secrets: the one that shares one, or
    the only one there is. Where it could be several, none: callbacks are not sent to somebody else's backend."""
    found = {}
    for former, secrets in gone.items():
        same = [each for each, its in new.items() if set(its) & set(secrets)]
        alike = [each for each in gone.values() if set(each) & set(secrets)]
        if len(same) == len(alike) == 1:
            found[former] = same[0]
    left, free = gone.keys() - found.keys(), new.keys() - set(found.values())
    return found | (dict(zip(left, free, strict=True)) if len(left) == len(free) == 1 else {})


def _secrets_or_none(context: ServiceContext, endpoint: models.Endpoint) -> Sequence[str]:
    """None of ours when its key is gone, which the file is then applied to mend."""
    try:
        return endpoints.signing_secrets(context, endpoint)
    except CannotOpen:
        return ()
