"""What came of POSTs of callbacks: recorded of many in one transaction, of each at most once, and the endpoints judged by it."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from webapp.callbacks import sender, standard
from webapp.callbacks.sender import Verdict
from webapp.db import callback_queue, merchants, models, orders, work
from webapp.domain.callback_types import CallbackType
from webapp.domain.statuses import CallbackState
from webapp.domain.timeline import EventKind
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from webapp.db.callback_queue import Claimed, Held, Told
    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext


DISABLE_AFTER = timedelta(days=5)  # without any success: Svix's practice


class Disabled(Protocol):
    """Tells people that an endpoint was disabled, in the transaction that does it. `gone`: it asked for that."""

    def __call__(
        self, session: Session, context: ServiceContext, merchant: models.Merchant, host: str, *, gone: bool
    ) -> None: ...


@dataclass(frozen=True)
class Ready:
    """A claimed callback, and its endpoint as it was when it was claimed."""

    callback: Claimed | models.Callback
    lease: work.Lease
    endpoint: Told


@dataclass(frozen=True)
class Outcome:
    """What came of one POST, and what was sent along."""

    ready: Ready
    answer: sender.Answer
    headers: Mapping[str, str]

    @property
    def callback(self) -> Claimed | models.Callback:
        """What was POSTed."""
        return self.ready.callback

    @property
    def verdict(self) -> Verdict:
        """What it means."""
        return sender.verdict(self.answer)

    @property
    def posts(self) -> int:
        """How often the callback was POSTed, this time included."""
        return self.callback.posts + 1


@dataclass(frozen=True)
class Recorded:
    """An outcome, and until when the callback's next try waits: None where there is none."""

    outcome: Outcome
    wait: timedelta | None
    followed: bool


def record(
    session: Session, context: ServiceContext, outcomes: Sequence[Outcome], disabled: Disabled
) -> Sequence[Outcome]:
    """Record what came of POSTs, if the lease by which each was made still holds: else somebody else has the callback by now. Those
    that are left over are given back: somebody holds their order, endpoint or callback at this moment, and nothing was recorded of them."""
    held = callback_queue.lock(session, [each.callback.id for each in outcomes])
    known = [each for each in outcomes if each.callback.id in held]
    lost = [each for each in known if held[each.callback.id].lease != each.ready.lease.token]
    ours = [each for each in known if held[each.callback.id].lease == each.ready.lease.token]
    of_orders = sorted({each.callback.order_id for each in ours if each.callback.order_id is not None})
    orders_held = callback_queue.lock_orders(session, of_orders)
    ours = [each for each in ours if each.callback.order_id is None or each.callback.order_id in orders_held]
    judged = _judged(ours, held, context.now())
    ends_held = callback_queue.lock_endpoints(session, sorted(judged))
    ours = [each for each in ours if each.callback.endpoint_id not in judged.keys() - ends_held]
    _write(session, context, [Recorded(each, _wait(each), held[each.callback.id].followed) for each in ours])
    _judge(session, context, {name: judged[name] for name in sorted(ends_held)}, disabled)
    done = {id(each) for each in (*ours, *lost)}
    return [each for each in outcomes if id(each) not in done]


def _judged(outcomes: Iterable[Outcome], held: Mapping[str, Held], now: datetime) -> dict[str, list[Outcome]]:
    """The endpoints of which something has to be written: that they begin to fail, fail for long, want no more, or do well again. Tests say
    nothing of an endpoint."""
    of_endpoints: dict[str, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        if each.callback.order_id is not None:
            of_endpoints[each.callback.endpoint_id].append(each)
    return {name: those for name, those in of_endpoints.items() if _is_news(those, held, now)}


def _is_news(outcomes: Sequence[Outcome], held: Mapping[str, Held], now: datetime) -> bool:
    verdicts = {each.verdict for each in outcomes}
    since = held[outcomes[0].callback.id].failing_since
    if Verdict.GONE in verdicts or _for_long(since, now):
        return True
    return (Verdict.DELIVERED in verdicts) == (since is not None)


def _write(session: Session, context: ServiceContext, kept: Sequence[Recorded]) -> None:
    now, actor = context.now(), context.actor
    lines = [line for each in kept if (line := _line(each)) is not None]
    stamped = [{**line, "at": now, "actor_kind": actor.kind, "actor_id": actor.id} for line in lines]
    callback_queue.write_back(session, [_row(each, now) for each in kept])
    followed = [each for each in kept if each.followed]
    callback_queue.move_following(session, [_place(each, now) for each in followed])
    callback_queue.note(session, [_delivery(each.outcome, now) for each in kept], stamped)


def _row(recorded: Recorded, now: datetime) -> dict[str, Any]:
    """The callback as it is from now on."""
    outcome, wait = recorded.outcome, recorded.wait
    delivered = outcome.verdict is Verdict.DELIVERED
    return {
        "row": outcome.callback.id,
        "now_state": CallbackState.DELIVERED
        if delivered
        else CallbackState.PENDING
        if wait is not None
        else CallbackState.FAILED,
        "now_posts": outcome.posts,
        "now_due": now + wait if wait is not None else None,
        "at": now if delivered else None,
    }


def _place(recorded: Recorded, now: datetime) -> dict[str, Any]:
    """Which callbacks wait for it, and until when."""
    callback, wait = recorded.outcome.callback, recorded.wait
    place = {"told": callback.endpoint_id, "of_order": callback.order_id, "place": callback.sequence}
    return {**place, "done": wait is None, "now_due": now + (wait or timedelta())}


def _delivery(outcome: Outcome, now: datetime) -> dict[str, Any]:
    answer = outcome.answer
    return {
        "callback_id": outcome.callback.id,
        "at": now,
        "headers": standard.kept(outcome.headers),
        "status": answer.status,
        "error": answer.error,
        "excerpt": answer.excerpt,
        "milliseconds": answer.milliseconds,
    }


def _line(recorded: Recorded) -> dict[str, Any] | None:
    """For the order's timeline, when it has arrived, has failed for the first time, and is given up."""
    outcome, answer = recorded.outcome, recorded.outcome.answer
    order, callback = outcome.callback.order_id, outcome.callback.id
    if order is None:
        return None
    if outcome.verdict is Verdict.DELIVERED:
        data: dict[str, Any] = {"callback": callback, "tries": outcome.posts}
        return {"order_id": order, "kind": EventKind.CALLBACK_DELIVERED, "data": data}
    if outcome.posts == 1 or recorded.wait is None:
        kind = EventKind.CALLBACK_RETRYING if recorded.wait is not None else EventKind.CALLBACK_FAILED
        data = {"callback": callback, "why": answer.error or f"HTTP {answer.status}"}
        return {"order_id": order, "kind": kind, "data": data}
    return None


def _wait(outcome: Outcome) -> timedelta | None:
    """Until the next POST; None when it has arrived or the schedule is spent. The receiver may ask for up to a day."""
    if outcome.verdict is Verdict.DELIVERED or outcome.callback.type == CallbackType.ENDPOINT_TEST:
        return None
    wait = sender.schedule(outcome.posts, random.random())  # noqa: S311  # jitter, no secret
    if wait is None or outcome.answer.retry_after is None:
        return wait
    return max(wait, timedelta(seconds=min(outcome.answer.retry_after, 86_400)))


def _judge(
    session: Session, context: ServiceContext, judged: Mapping[str, Sequence[Outcome]], disabled: Disabled
) -> None:
    """Keep how locked endpoints do. One of which anything arrived does well, whatever failed beside it."""
    well = {
        name
        for name, those in judged.items()
        if {Verdict.DELIVERED} <= {each.verdict for each in those} <= {Verdict.DELIVERED, Verdict.RETRY}
    }
    if well:
        callback_queue.do_well(session, sorted(well))
    for name in judged.keys() - well:
        _failing(session, context, name, judged[name], disabled)


def _failing(
    session: Session, context: ServiceContext, endpoint_id: str, outcomes: Sequence[Outcome], disabled: Disabled
) -> None:
    """Disable an endpoint when it wants no more or has failed for too long: that is told."""
    endpoint, now = merchants.lock_endpoint(session, endpoint_id), context.now()
    endpoint.failing_since = endpoint.failing_since or now
    gone = [each for each in outcomes if each.verdict is Verdict.GONE]
    if endpoint.disabled_at is not None or not (gone or _for_long(endpoint.failing_since, now)):
        return
    endpoint.disabled_at = now
    endpoint.disabled_why = "answered 410 Gone" if gone else f"no success for {DISABLE_AFTER.days} days"
    host = urlsplit(endpoint.url).netloc  # the rest of an address may be secret
    order = orders.lock(session, str((gone or outcomes)[-1].callback.order_id))
    timeline.alarm(session, context, order, why="endpoint_disabled", detail=f"{host}: {endpoint.disabled_why}")
    disabled(session, context, merchants.get(session, order.merchant_id), host, gone=bool(gone))


def _for_long(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since >= DISABLE_AFTER
