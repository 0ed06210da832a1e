"""Callbacks on their way: POSTed byte for byte as they were written, until they arrive or their schedule is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.callbacks import standard
from webapp.db import callback_queue, merchants, models, work
from webapp.domain.callback_types import CallbackType
from webapp.services.webhooks import endpoints, outcomes
from webapp.services.webhooks.outcomes import Outcome, Ready

if TYPE_CHECKING:
    from webapp.db.callback_queue import Claimed, Told
    from webapp.services.runtime.context import ServiceContext
    from webapp.services.webhooks.outcomes import Disabled

KNOWN = 10_000  # endpoints whose secrets are kept opened


class Poster:
    """POSTs callbacks, from any number of threads. Secrets stay opened for as long as what is sealed is the same."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._opened: dict[str, tuple[str, list[str]]] = {}

    def post(self, ready: Ready) -> Outcome:
        """POST once. Raises `CannotOpen` for secrets whose key is gone."""
        callback, at = ready.callback, self._context.now()
        headers = standard.sign(callback.id, at, callback.body, self._secrets(ready.endpoint))
        answer = self._context.sender.post(ready.endpoint.url, callback.body, headers)
        return Outcome(ready, answer, headers)

    def _secrets(self, endpoint: Told) -> list[str]:
        sealed, opened = self._opened.get(endpoint.id, ("", []))
        if sealed != endpoint.secrets:
            opened = endpoints.opened(self._context, endpoint)
            if len(self._opened) >= KNOWN:
                self._opened.clear()
            self._opened[endpoint.id] = endpoint.secrets, opened
        return endpoints.in_force(self._context, endpoint, opened)


def is_told(endpoint: Told, kind: str) -> bool:
    """Whether a callback of this type is POSTed to the endpoint now: to a disabled one nothing but tests."""
    return endpoint.is_open or (endpoint.active and kind == CallbackType.ENDPOINT_TEST)


def deliver(context: ServiceContext, callback: models.Callback, lease: work.Lease, disabled: Disabled) -> None:
    """POST a claimed callback once, keep what came of it, and set when to try again: what a worker does with many at once.

    One that fails for the whole schedule is given up, alone; a test is tried once. To a disabled endpoint nothing but a test is POSTed:
    its callbacks are held.
    """
    with context.database.read() as session:
        endpoint = callback_queue.endpoints(session, [callback.endpoint_id])[callback.endpoint_id]
    if not is_told(endpoint, callback.type):
        hold(context, callback, lease)
        return
    outcome = Poster(context).post(Ready(callback, lease, endpoint))
    with context.database.write() as session:
        outcomes.record(session, context, [outcome], disabled)


def hold(context: ServiceContext, callback: Claimed | models.Callback, lease: work.Lease) -> None:
    """Keep it until the endpoint is enabled: at once, when that has happened just now."""
    with context.database.write() as session:
        endpoint = merchants.lock_endpoint(session, callback.endpoint_id)
        due = context.now() if endpoint.is_open else None
        work.finish(session, models.Callback, callback.id, lease, due_at=due, tries=callback.tries - 1)
