"""Saved cards against the gateway's: by its list of what changed, and card by card where that does not reach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.kit import Killed, killed, meanwhile, rival
from webapp.db import models, work
from webapp.domain import actors
from webapp.domain.actions import Action
from webapp.domain.errors import Busy
from webapp.domain.statuses import AliasStatus
from webapp.domain.tasks import TaskType
from webapp.services.payments import card_comparison, reconciliation

if TYPE_CHECKING:
    from tests.kit import Shop
    from webapp.services.runtime.context import ServiceContext

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def _clock(shop: Shop) -> None:
    """The gateway's clock is the real one."""
    shop.clock.at = datetime.now(UTC)


def cards(shop: Shop, number: int) -> list[models.Alias]:
    """So many saved cards, each another buyer's, by their ids."""
    for each in range(number):
        shop.pay(shop.order(Action.REGISTER, phone=f"+3361234560{each}"), save=True)
    return sorted(shop.all(models.Alias, models.Alias.merchant_id == shop.id), key=lambda alias: alias.id)


def detach(shop: Shop, *gone: models.Alias) -> None:
    """In the gateway's own back office; nobody is told."""
    for each in gone:
        shop._stripe("POST", f"/v1/payment_methods/{each.payment_method_id}/detach")


def task(shop: Shop) -> models.ScheduledTask:
    row = models.ScheduledTask
    found: models.ScheduledTask = shop.one(row, row.type == TaskType.CARD_COMPARISON, row.merchant_id == shop.id)
    return found


def compares(shop: Shop, context: ServiceContext | None = None) -> models.ScheduledTask:
    """One turn of the task; the task afterwards."""
    with shop.context.database.write() as session:
        row = session.get_one(models.ScheduledTask, task(shop).id)
        row.lease, row.lease_until = "mine", shop.clock() + timedelta(hours=1)
    lease = work.Lease("mine", shop.clock() + timedelta(hours=1))
    card_comparison.carry_out((context or shop.context).acting_as(actors.CLOCK), task(shop), lease)
    return task(shop)


def looking(shop: Shop) -> tuple[ServiceContext, list[str]]:
    """A context, and as many signs as cards are looked up with it."""
    signs: list[str] = []
    return meanwhile(shop, "saved", before=lambda: signs.append("looked up")), signs


def revoked(shop: Shop) -> list[str]:
    return sorted(each.id for each in shop.all(models.Alias, models.Alias.status == AliasStatus.REVOKED))


def test_a_card_that_was_detached_without_news_is_found_by_the_list_and_no_other_is_looked_up(shop: Shop) -> None:
    first, *_ = cards(shop, 3)
    compares(shop)
    detach(shop, first)
    context, looked_up = looking(shop)
    began = shop.clock()
    found = compares(shop, context)
    assert (revoked(shop), len(looked_up)) == ([first.id], 1)
    assert (found.since, found.after, found.due_at, found.error) == (began, None, began + card_comparison.EVERY, None)
    assert [call["type"] for call in shop.callbacks(shop.one(models.Order, models.Order.alias_id == first.id).id)][
        -1:
    ] == ["alias.revoked"]
    compares(shop, context)
    assert len(looked_up) == 1  # what is revoked is asked about no more


def test_new_dates_and_a_deleted_customer_are_followed_too(shop: Shop) -> None:
    first, second = cards(shop, 2)
    compares(shop)
    shop._stripe("POST", f"/v1/payment_methods/{first.payment_method_id}", {"card[exp_year]": "2041"})
    shop._stripe("DELETE", f"/v1/customers/{second.customer}")
    compares(shop)
    assert shop.one(models.Alias, models.Alias.id == first.id).exp_year == 2041
    assert revoked(shop) == [second.id]


def test_a_list_whose_cards_could_not_all_be_looked_up_is_gone_through_again(shop: Shop) -> None:
    gone = cards(shop, 3)[:2]
    since = compares(shop).since
    detach(shop, *gone)
    shop.clock.forward(hours=1)
    shop.fault("500", f"GET /v1/payment_methods/{gone[1].payment_method_id}")
    with pytest.raises(Busy):
        compares(shop)
    assert (revoked(shop), task(shop).since) == ([gone[0].id], since)
    context, looked_up = looking(shop)
    compares(shop, context)
    assert (revoked(shop), len(looked_up)) == (sorted(each.id for each in gone), 1)


def test_cards_are_looked_up_one_by_one_in_steps_that_are_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_comparison, "AT_ONCE", 2)
    kept = cards(shop, 5)
    began = shop.clock()
    found = compares(shop)
    assert (found.since, found.after, found.due_at) == (began, kept[1].id, began)
    shop.clock.forward(hours=1)
    with pytest.raises(Killed):
        compares(shop, meanwhile(shop, "saved", before=killed))
    assert task(shop).after == kept[1].id
    detach(shop, kept[0], kept[4])  # one that was looked up already, and one that is to be
    context, looked_up = looking(shop)
    while compares(shop, context).after is not None:
        pass
    assert (revoked(shop), len(looked_up)) == ([kept[4].id], 3)
    assert task(shop).since == began
    compares(shop, context)
    assert revoked(shop) == sorted((kept[0].id, kept[4].id))  # by the list, from when the first step began


def test_after_so_long_that_the_list_does_not_reach_back_all_cards_are_looked_up(shop: Shop) -> None:
    kept = cards(shop, 2)
    compares(shop)
    with shop.context.database.write() as session:
        session.get_one(models.ScheduledTask, task(shop).id).since = shop.clock() - timedelta(days=31)
    context, looked_up = looking(shop)
    assert compares(shop, context).since == shop.clock()
    assert len(looked_up) == len(kept)


def test_another_merchant_of_the_same_account_looks_up_its_own_cards(shop: Shop) -> None:
    mine, other = cards(shop, 1), rival(shop)
    its = cards(other, 1)
    for each in (shop, other):
        compares(each)
    detach(shop, *mine)
    context, looked_up = looking(shop)
    compares(other, context)
    assert (looked_up, revoked(shop)) == ([], [])
    detach(shop, *its)
    compares(other, context)
    assert (len(looked_up), revoked(shop)) == (1, [its[0].id])


def test_who_compares_by_hand_is_told_of_the_cards_as_well(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_comparison, "AT_ONCE", 2)
    kept = cards(shop, 3)
    detach(shop, kept[2])
    context, looked_up = looking(shop)
    (found,) = reconciliation.compare(context, shop.id, shop.clock() - timedelta(days=1))
    assert (found.order, found.mended, len(looked_up)) == (kept[2].id, True, 1)
    detach(shop, kept[1])
    (found,) = reconciliation.compare(context, shop.id, shop.clock() - timedelta(days=90))
    assert (found.order, found.there, len(looked_up)) == (kept[1].id, "card no longer kept", 3)
