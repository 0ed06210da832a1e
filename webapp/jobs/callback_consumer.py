"""The queue of callbacks: threads that only POST, and one that does all that is asked of the database, many callbacks at a time (docs/adr/0027)."""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import callback_queue, heartbeats, models, work
from webapp.domain.errors import Unavailable
from webapp.jobs import queues
from webapp.jobs.consumer import ALONE, BEAT, PAUSE
from webapp.jobs.endpoint_slots import EndpointSlots
from webapp.services.notifications import notify
from webapp.services.webhooks import deliveries, outcomes
from webapp.services.webhooks.outcomes import Ready

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from webapp.db.callback_queue import Told
    from webapp.db.session import Session
    from webapp.jobs.queues import JobQueue
    from webapp.services.runtime.context import ServiceContext
    from webapp.services.webhooks.outcomes import Outcome

log = logging.getLogger(__name__)

LINGER = 0.004  # seconds that outcomes wait for others, to be recorded with them
SOON = 0.05  # seconds after which what could not be recorded, for somebody held its row, is tried again
LOOK = 1.0  # seconds between looks at what is on its way
ENDPOINTS = 64  # for which callbacks are claimed in one transaction
HELD = 1000  # callbacks of a disabled endpoint that are put aside in one transaction
LAST_TRIES = 3  # to record what came of the last POSTs of a worker that is stopped


@dataclass(frozen=True)
class Broken:
    """A callback that could not be POSTed: the fault is ours."""

    ready: Ready
    error: Exception


class CallbackConsumer:
    """Claims callbacks as `EndpointSlots` admits them and records what came of them, in one transaction each time, until `stop` is set;
    then finishes what is in hand. Its heartbeat and `finished` are those of every consumer (`QueueConsumer`)."""

    def __init__(
        self, context: ServiceContext, kind: JobQueue, worker: str, stop: threading.Event, finished: Callable[[], None]
    ) -> None:
        self._context, self._queue, self._worker, self._stop = context, kind, worker, stop
        self._finished = finished
        self._slots = EndpointSlots(kind.threads)
        self._poster = deliveries.Poster(context)
        self._jobs = queue.SimpleQueue[Ready | None]()
        self._news = threading.Condition()
        self._ended: list[Outcome | Broken] = []
        self._awaited = 0  # how many are on their way
        self._woken, self._again = True, False
        self._unrecorded: list[Outcome] = []
        self._after = ""
        self._beaten: datetime | None = None

    def wake(self) -> None:
        """Look: there is something to do, or the end has come. From any thread."""
        with self._news:
            self._woken = True
            self._news.notify()

    def run(self) -> None:
        """Work. Whatever a look meets, the next one follows."""
        threads = [
            threading.Thread(target=self._post, name=f"{self._queue.name} {number}", daemon=True)
            for number in range(self._queue.threads)
        ]
        for thread in threads:
            thread.start()
        while not self._stop.is_set():
            woken = self._wait()
            self._carefully(self._round)
            if woken:
                self._carefully(self._beat)
        for _ in threads:
            self._jobs.put(None)
        for thread in threads:
            thread.join()
        for _ in range(LAST_TRIES):
            self._collect()
            if not self._unrecorded or self._carefully(self._record_last):
                break

    def _carefully(self, what: Callable[[], None]) -> bool:
        """Do it, whatever it meets. Whether it went well."""
        try:
            what()
        except Unavailable as error:
            log.warning("%s: the database cannot be reached: %s", self._queue.name, error)
        except Exception:
            log.exception("%s: looking for work failed", self._queue.name)
        else:
            return True
        self._stop.wait(PAUSE)
        return False

    def _post(self) -> None:
        """What each thread does."""
        while (ready := self._jobs.get()) is not None:
            try:
                with queues.watched(self._queue, ready.callback):
                    ended: Outcome | Broken = self._poster.post(ready)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is written to the callback
                ended = Broken(ready, error)
            with self._news:
                self._ended.append(ended)
                if len(self._ended) in {1, self._awaited}:  # who waits for more is not woken by each
                    self._news.notify()

    def _wait(self) -> bool:
        """Until there is something to do. Whether it was woken, and not left alone."""
        taken = self._slots.taken
        patience = SOON if self._unrecorded else LOOK if taken else ALONE
        with self._news:
            self._awaited = taken
            heard = self._news.wait_for(lambda: self._woken or self._again or self._ended, patience)
            if self._ended and not self._stop.is_set():
                self._news.wait_for(lambda: len(self._ended) >= taken, LINGER)
            woken, self._woken, self._again = self._woken, False, False
        if not heard and patience == ALONE:
            log.error("%s: nobody has said for %.0f s whether there is work", self._queue.name, ALONE)
        return woken

    def _round(self) -> None:
        """Record what has ended, and claim what may be on its way now, in one transaction."""
        self._collect()
        self._slots.look()
        recorded, claimed = self._unrecorded, list[Ready]()
        if not recorded and not self._is_due():
            return
        try:
            with self._context.database.write() as session:
                left = outcomes.record(session, self._context, recorded, notify.endpoint_disabled) if recorded else []
                self._claim(session, claimed)
        except Unavailable:
            self._give_back(claimed)
            raise
        except Exception:
            self._give_back(claimed)
            self._record_each()
            raise
        self._unrecorded = list(left)
        self._hand_over(claimed)
        if len(left) < len(recorded):
            self._finished()
        self._again = len(left) < len(recorded) or bool(claimed)

    def _collect(self) -> None:
        """Take what the threads have brought."""
        with self._news:
            ended, self._ended = self._ended, []
        for each in ended:
            ready = each.ready
            self._slots.end(ready.endpoint.id, ready.callback.id)
            if isinstance(each, Broken):
                queues.failed(self._context, self._queue, ready.callback, ready.lease, each.error)
            else:
                self._unrecorded.append(each)

    def _is_due(self) -> bool:
        """Whether anything could be claimed; takes no lock, so an idle worker costs a writer nothing."""
        with self._context.database.read() as session:
            return bool(self._told(session))

    def _told(self, session: Session) -> Sequence[Told]:
        """Endpoints for which something is due and may be claimed: each in its turn."""
        if self._slots.taken >= self._queue.threads:
            return []
        busy, now = self._slots.busy(), self._context.now()
        found = callback_queue.due(session, now, busy=busy, after=self._after, limit=ENDPOINTS)
        if not found and self._after:
            found = callback_queue.due(session, now, busy=busy, after="", limit=ENDPOINTS)
        return found

    def _claim(self, session: Session, claimed: list[Ready]) -> None:
        """What may be POSTed now, as many of each endpoint as it has slots; begun with, when there are more than threads, after those of the
        last time. What is due for one that is not told is put aside."""
        told, rooms = self._told(session), dict[str, int]()
        free = self._queue.threads - self._slots.taken
        self._after = told[-1].id if len(told) == ENDPOINTS else ""
        for endpoint in told:
            room = min(self._slots.room(endpoint.id, endpoint.merchant_id), free - sum(rooms.values()))
            if room and (endpoint.is_open or self._hold(session, endpoint)):
                rooms[endpoint.id] = room
            if free == sum(rooms.values()):
                self._after = endpoint.id
                break
        if not rooms:
            return
        lease, rows = callback_queue.claim(session, rooms, self._context.now(), self._queue.lease)
        endpoints, back = {each.id: each for each in told}, list[str]()
        for row in rows:
            endpoint = endpoints[row.endpoint_id]
            room = self._slots.room(endpoint.id, endpoint.merchant_id)
            if not room or not deliveries.is_told(endpoint, row.type):
                back.append(row.id)
                continue
            self._slots.begin(endpoint.id, endpoint.merchant_id, row.id)
            claimed.append(Ready(row, lease, endpoint))
        if back:  # more than one merchant may have, or than all new endpoints together
            work.release(session, models.Callback, back, lease)

    def _hold(self, session: Session, endpoint: Told) -> bool:
        """Put aside what is due for an endpoint that is not told, unless somebody changes that. Whether that was all."""
        if not callback_queue.lock_endpoints(session, [endpoint.id]):
            return False
        (now_told,) = callback_queue.endpoints(session, [endpoint.id]).values()
        return not now_told.is_open and callback_queue.hold(session, endpoint.id, self._context.now(), HELD) < HELD

    def _hand_over(self, claimed: Sequence[Ready]) -> None:
        """To the threads, of which there is one for each; back to where they came from when the end has come."""
        if not self._stop.is_set():
            for ready in claimed:
                self._jobs.put(ready)
            return
        self._give_back(claimed)
        with self._context.database.write() as session:
            for ready in claimed:
                work.release(session, models.Callback, [ready.callback.id], ready.lease)

    def _give_back(self, claimed: Sequence[Ready]) -> None:
        for ready in claimed:
            self._slots.give_back(ready.endpoint.id, ready.callback.id)

    def _record_each(self) -> None:
        """One by one: what can be recorded of many is not to wait for what cannot. The fault is written to that callback."""
        for outcome in self._unrecorded:
            try:
                with self._context.database.write() as session:
                    outcomes.record(session, self._context, [outcome], notify.endpoint_disabled)
            except Exception as error:  # noqa: BLE001  # whatever it is, it must neither be lost nor be tried without end
                ready = outcome.ready
                queues.failed(self._context, self._queue, ready.callback, ready.lease, error)
        self._unrecorded = []

    def _record_last(self) -> None:
        with self._context.database.write() as session:
            self._unrecorded = list(outcomes.record(session, self._context, self._unrecorded, notify.endpoint_disabled))

    def _beat(self) -> None:
        now = self._context.now()
        if self._beaten is None or abs(now - self._beaten) >= BEAT:
            with self._context.database.write() as session:
                heartbeats.beat(session, self._worker, self._queue.name, now)
            self._beaten = now
