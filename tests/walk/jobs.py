"""The worker's queues, its look for what is due, and what each merchant has daily."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.walk import routes
from tests.walk.world import Door, World
from webapp.db import models, work
from webapp.domain.tasks import TaskType
from webapp.jobs.queues import QUEUES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


def every() -> set[str]:
    """Each queue that is not of tasks, and each type of task."""
    queues = {f"job {queue.name}" for queue in QUEUES if queue.model is not models.ScheduledTask}
    return queues | {f"task {kind}" for kind in TaskType}


def _due(model: Any, row: Callable[[World], Any], **values: Any) -> Door:
    """One row of a kind is due, and carried out."""

    def ready(world: World) -> Callable[[], Any]:
        found = row(world)
        world.shop.drain()
        world.make_due(model, found, **values)

        def carry_out() -> None:
            assert world.shop.work(model) == 1

        return carry_out

    return ready


def _of(model: Any, order: Callable[[World], str], *which: Any) -> Callable[[World], Any]:
    """The first row of that kind that an order has."""

    def found(world: World) -> Any:
        made = order(world)
        world.shop.drain()
        return world.shop.all(model, model.order_id == made, *which)[0].id

    return found


def _refund(world: World) -> Any:
    order = world.paid()
    world.shop.refund_at_gateway(order, 1)
    world.shop.hint(order, "charge.refunded")
    return world.shop.all(models.Refund, models.Refund.order_id == order)[0].id


def _event(world: World) -> Any:
    world.shop.hint(world.paid(), "payment_intent.succeeded")
    return world.shop.all(models.InboxEvent)[-1].id


def _sent(world: World) -> str:
    return world.open(send=True)


def _reminder(world: World) -> Any:
    order = _sent(world)
    with world.shop.context.database.write() as session:
        session.merge(models.Reminder(id=order, sent=0, tries=0))
    return order


def _mail(world: World) -> Any:
    order, at = world.open(), world.shop.clock()
    own = {"merchant_id": world.shop.id, "order_id": order, "address": "a@b.example", "language": "en"}
    with world.shop.context.database.write() as session:
        row = models.Mail(
            id=world.unique("mail"),
            **own,
            subject="Paid",
            text="Paid",
            html="Paid",
            state="queued",
            created_at=at,
            tries=0,
        )
        session.add(row)
    return row.id


def _import(world: World) -> Any:
    answer = routes.DOORS["POST /api/v1/imports"](world)()
    return answer.get_json()["id"]


def _erasure(world: World) -> Any:
    routes.DOORS["POST /api/v1/buyers/<buyer_id>/erase"](world)()
    return world.shop.all(models.Erasure)[-1].id


def _task(kind: TaskType, **values: Callable[[World], Any]) -> Door:
    def ready(world: World) -> Callable[[], Any]:
        world.shop.drain()
        which = (models.ScheduledTask.merchant_id == world.shop.id, models.ScheduledTask.type == kind)
        row = world.shop.one(models.ScheduledTask, *which)
        world.make_due(models.ScheduledTask, row.id, **{name: each(world) for name, each in values.items()})

        def carry_out() -> None:
            assert world.shop.work(models.ScheduledTask) == 1
            world.put_off(models.ScheduledTask)

        return carry_out

    return ready


def _yesterday(world: World) -> datetime:
    return world.shop.clock() - timedelta(days=1)


def _look(world: World) -> Callable[[], Any]:
    return lambda: work.next_due(world.shop.context.database, world.shop.clock())


DOORS: dict[str, Door] = {
    "the worker's look": _look,
    "job inbox_events": _due(models.InboxEvent, _event),
    "job messages": _due(
        models.Message, _of(models.Message, _sent, models.Message.purpose == "request"), state="queued"
    ),
    "job attempts": _due(models.Attempt, _of(models.Attempt, World.paid)),
    "job callbacks": _due(models.Callback, _of(models.Callback, World.paid), state="pending"),
    "job orders": _due(models.Order, World.open),
    "job refunds": _due(models.Refund, _refund),
    "job reminders": _due(models.Reminder, _reminder),
    "job mails": _due(models.Mail, _mail),
    "job aliases": _due(models.Alias, World.alias),
    "job imports": _due(models.Import, _import),
    "job erasures": _due(models.Erasure, _erasure),
    **{f"task {kind}": _task(kind) for kind in TaskType},
    # By what the gateway lists as changed, as on all days; and card by card, so many in a step, as the first time.
    "task card_comparison": _task(TaskType.CARD_COMPARISON, since=_yesterday, after=lambda _: None),
    "task card_comparison?first": _task(TaskType.CARD_COMPARISON, since=lambda _: None, after=lambda _: None),
}
