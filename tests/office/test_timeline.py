"""The timeline in words: every kind of event in every language, and who did it by the present name."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import BUYER, OPERATOR
from webapp import i18n
from webapp.db import models
from webapp.domain import actors, states
from webapp.domain.actors import Actor, ActorKind
from webapp.domain.money import Money
from webapp.domain.timeline import EventKind
from webapp.office import timeline
from webapp.services.orders import lifecycle, merchant_view
from webapp.services.payments import refunds

if TYPE_CHECKING:
    from tests.kit import Shop

ENGLISH = i18n.texts("en", "GB")


def event(kind: EventKind, actor: Actor | None = None, **data: Any) -> models.OrderEvent:
    return models.OrderEvent(
        at=datetime(2026, 11, 24, tzinfo=UTC),
        kind=kind,
        actor_kind=actor.kind if actor else None,
        actor_id=actor.id if actor else None,
        data=data,
    )


def by(shop: Shop, order: str, kind: EventKind) -> str:
    """Who did that, as the order's page says."""
    seen = merchant_view.one(shop.context, shop.id, order)
    steps = timeline.steps(ENGLISH, seen.timeline, seen.names, "UTC")
    (found,) = [step.by for step in steps if step.name == kind]
    return found


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_kind_of_event_and_of_actor_has_words_in_every_language(language: str) -> None:
    t = i18n.texts(language, i18n.HOMES[language])
    assert timeline.texts(t).keys() == set(EventKind)
    assert all(timeline.texts(t).values())
    assert timeline.actors(t).keys() == set(ActorKind)
    assert {kind for kind, words in timeline.actors(t).items() if not words} == {ActorKind.CLOCK}


def test_of_a_message_only_how_far_it_got_is_told_and_of_each_message() -> None:
    kinds = [
        EventKind.CREATED,
        EventKind.QUEUED,
        EventKind.SENT,
        EventKind.DELIVERED,
        EventKind.RECEIPT_SENT,
        EventKind.READ,
        EventKind.QUEUED,
        EventKind.SENT,
        EventKind.PAID,
        EventKind.RECEIPT_READ,
    ]
    steps = timeline.steps(ENGLISH, [event(kind) for kind in kinds], {}, "UTC")
    assert [step.name for step in steps] == ["receipt_read", "paid", "sent", "read", "created"]


def test_each_callback_has_a_line_of_its_own() -> None:
    lines = [
        (EventKind.CALLBACK_RETRYING, "a"),
        (EventKind.CALLBACK_RETRYING, "b"),
        (EventKind.CALLBACK_DELIVERED, "a"),
    ]
    steps = timeline.steps(ENGLISH, [event(kind, callback=name) for kind, name in lines], {}, "UTC")
    assert [step.name for step in steps] == ["callback_delivered", "callback_retrying"]


def test_what_moves_an_order_is_an_event_of_its_timeline() -> None:
    assert {str(each) for each in states.Event} <= {str(kind) for kind in EventKind}


def test_an_operator_is_named_by_the_present_name_and_by_the_id_once_that_is_gone(shop: Shop) -> None:
    order = shop.order()
    assert by(shop, order, EventKind.CREATED) == "Léa"
    for name, shown in (("Léa Martin", "Léa Martin"), ("", f"Operator {shop.operator_id()}")):
        with shop.context.database.write() as session:
            session.get_one(models.Operator, shop.operator_id()).name = name
        assert by(shop, order, EventKind.CREATED) == shown


def test_each_change_names_who_asked_for_it_and_not_who_carried_it_out(shop: Shop) -> None:
    clerk = shop.one(models.User, models.User.email == "clerk@cafe.example")
    office = shop.context.acting_as(actors.user(clerk.id))
    order = shop.order(manual_capture=True)
    shop.pay(order)
    assert by(shop, order, EventKind.SUBMITTED) == "Buyer"
    lifecycle.capture(office, shop.id, order)
    shop.drain()
    assert (by(shop, order, EventKind.CAPTURE_REQUESTED), by(shop, order, EventKind.PAID)) == ("Clerk", "Clerk")
    refunds.request(office, shop.id, order, Money(400, "EUR"))
    shop.drain()
    assert by(shop, order, EventKind.REFUND_REQUESTED) == "Clerk"
    assert by(shop, order, EventKind.REFUND_SUCCEEDED) == "Payment provider"
    assert shop.one(models.Refund).actor_id == clerk.id


def test_a_command_in_the_chat_is_its_operator_s(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12", sender=OPERATOR)
    order = shop.one(models.Order).id
    lifecycle.opened(shop.context.acting_as(actors.buyer(shop.get(order).buyer_id)), order)
    assert (by(shop, order, EventKind.CREATED), by(shop, order, EventKind.OPENED)) == ("Léa", "Buyer")


def test_what_comes_due_is_nobody_s(shop: Shop) -> None:
    order = shop.order(days=1)
    shop.later(days=2)
    assert by(shop, order, EventKind.EXPIRED) == ""


def test_nothing_is_changed_by_nobody(shop: Shop) -> None:
    order = shop.order()
    with pytest.raises(LookupError):
        lifecycle.cancel(dataclasses.replace(shop.context, acting=None), shop.id, order)
    assert shop.state(order) == "open"


def test_an_event_from_before_actors_were_noted_names_nobody() -> None:
    (step,) = timeline.steps(ENGLISH, [event(EventKind.PAID)], {}, "UTC")
    assert (step.text, step.by) == ("Paid", "")
