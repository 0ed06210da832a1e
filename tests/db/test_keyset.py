"""Pages of a list, both ways: no row is lost or comes twice, whatever comes meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests.kit import Shop, shop
from webapp.db import keyset, models
from webapp.db.keyset import By
from webapp.domain.pages import Page, Place

if TYPE_CHECKING:
    from webapp.domain.pages import Key

__all__ = ["shop"]
DOWN = (By(models.ApiKey.created_at, descending=True), By(models.ApiKey.id, descending=True))
MIXED = (By(models.ApiKey.created_at, descending=True), By(models.ApiKey.id))


def add(shop: Shop, *names: str, later: float = 0) -> None:
    with shop.context.database.write() as session:
        for name in names:
            made = shop.clock() + timedelta(seconds=later)
            session.add(
                models.ApiKey(
                    id=name, merchant_id=shop.id, name=name, hash=name, hint="", scopes=["admin"], created_at=made
                )
            )


def page(shop: Shop, order: tuple[By, ...], place: Place) -> Page[Any]:
    def key(row: Any) -> Key:
        return row.created_at, row.id

    query = select(models.ApiKey.created_at, models.ApiKey.id)
    with shop.context.database.read() as session:
        return keyset.page(session, query, order, key, place, limit=3)


def names(found: Page[Any]) -> str:
    return "".join(row.id for row in found.rows)


@pytest.mark.parametrize(("order", "expected"), [(DOWN, "gfedcba"), (MIXED, "gdefabc")])
def test_pages_lead_there_and_back_though_rows_share_an_instant(
    shop: Shop, order: tuple[By, ...], expected: str
) -> None:
    add(shop, "a", "b", "c")
    add(shop, "d", "e", "f", later=1)
    add(shop, "g", later=2)
    first = page(shop, order, Place())
    second = page(shop, order, Place(after=first.last))
    add(shop, "z", later=3)  # comes while somebody reads
    third = page(shop, order, Place(after=second.last))
    assert names(first) + names(second) + names(third) == expected
    assert [(each.has_previous, each.has_next) for each in (first, second, third)] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    back = page(shop, order, Place(before=third.first))
    assert (names(back), back.has_previous, back.has_next) == (names(second), True, True)
    start = page(shop, order, Place(before=back.first))
    assert (names(start), start.has_previous) == (names(first), True)
    newest = page(shop, order, Place(before=start.first))
    assert (names(newest), newest.has_previous, newest.has_next) == ("z", False, True)


def test_a_list_of_nothing_is_one_page(shop: Shop) -> None:
    found = page(shop, DOWN, Place())
    assert (found.rows, found.first, found.last, found.has_previous, found.has_next) == ([], None, None, False, False)
