"""Orders from a file: none while a line is wrong, each once, whoever dies on the way, and whose they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.kit import BUYER, Shop, rival
from webapp.db import models
from webapp.domain import actors
from webapp.domain.errors import NotFound
from webapp.services.notifications import notify
from webapp.services.orders import imports
from webapp.services.orders.import_file import WrongFile


def lines(count: int, more: str = "") -> bytes:
    rows = "".join(f"A{number},{number}.50,{BUYER},none\n" for number in range(1, count + 1))
    return f"reference,amount,phone,channel\n{rows}{more}".encode()


def references(shop: Shop) -> list[str]:
    return sorted(order.reference for order in shop.all(models.Order))


def test_a_file_becomes_orders_of_who_brought_it_and_its_links_are_sent(shop: Shop) -> None:
    user = shop.context.acting_as(actors.user("usr_ada"))
    row = imports.submit(user, shop.id, lines(60, f"A61,9,{BUYER},\n"), "café\n4242424242424242.csv")
    assert (row.lines, row.name, shop.all(models.Order)) == (61, "café\\n•••• •••• •••• ••••.csv", [])
    assert imports.progress(shop.context, shop.id, row.id).waiting == 61
    shop.drain()
    now = imports.progress(shop.context, shop.id, row.id)
    assert (now.created, now.failed, now.waiting, now.is_done) == (61, 0, 0, True)
    created = shop.all(models.OrderEvent, models.OrderEvent.kind == "created")
    assert {(event.actor_kind, event.actor_id) for event in created} == {("user", "usr_ada")}
    assert {order.source for order in shop.all(models.Order)} == {"office"}
    assert [each["to"] for each in shop.place.sent] == [BUYER]
    assert {line.document for line in shop.all(models.ImportLine)} == {None}
    assert shop.one(models.Import).due_at is None


def test_with_one_wrong_line_nothing_is_made_and_nothing_kept(shop: Shop) -> None:
    shop.order(reference="a2")
    with pytest.raises(WrongFile) as caught:
        imports.submit(shop.context, shop.id, lines(3, f"A9,x,{BUYER},none\n"))
    assert [str(error) for error in caught.value.errors] == [
        "line 3, reference: there is already an order with this reference",
        "line 5, amount: is not an amount in EUR, such as 12.50",
    ]
    shop.drain()
    assert (references(shop), shop.all(models.Import), shop.all(models.ImportLine)) == (["a2"], [], [])


def test_the_same_file_again_also_at_the_same_moment_is_the_same_import(shop: Shop) -> None:
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda _: imports.submit(shop.context, shop.id, lines(20)), range(4)))
    assert len({row.id for row in rows}) == 1
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda row: list(imports.run(shop.context, row)), rows))
    assert imports.submit(shop.context, shop.id, lines(20)).id == rows[0].id
    shop.drain()
    assert len(references(shop)) == len(shop.all(models.OrderEvent, models.OrderEvent.kind == "created")) == 20
    assert {line.order_id for line in shop.all(models.ImportLine)} == {order.id for order in shop.all(models.Order)}


def test_what_dies_between_an_order_and_its_line_makes_neither_and_the_next_makes_both(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = imports.submit(shop.context, shop.id, lines(1).replace(b"none", b""))
    with monkeypatch.context() as patched:
        patched.setattr(notify, "request", lambda *_: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            imports.create_next(shop.context, row)
    assert (references(shop), imports.progress(shop.context, shop.id, row.id).waiting) == ([], 1)
    assert [now.created for now in imports.run(shop.context, row)] == [1]
    assert not imports.create_next(shop.context, row)
    assert references(shop) == ["A1"]


def test_a_line_whose_reference_somebody_has_taken_since_says_so_and_the_others_go_on(shop: Shop) -> None:
    row = imports.submit(shop.context, shop.id, lines(3))
    shop.order(reference="a2")
    shop.drain()
    now = imports.progress(shop.context, shop.id, row.id)
    assert (now.created, now.failed, now.waiting, references(shop)) == (2, 1, 0, ["A1", "A3", "a2"])
    told = [str(error) for error in imports.failures(shop.context, shop.id, row.id)]
    assert told == ["line 3, reference: there is already an order with this reference"]
    assert imports.failures(shop.context, shop.id, row.id, after=3) == []


def test_an_import_is_its_merchant_s_alone(shop: Shop) -> None:
    other = rival(shop)
    row = imports.submit(shop.context, shop.id, lines(1))
    for look in (imports.progress, imports.failures):
        with pytest.raises(NotFound):
            look(shop.context, other.id, row.id)
    shop.clock.forward(seconds=1)
    second = imports.submit(shop.context, shop.id, lines(2)[:-1].replace(b"A", b"B"))
    assert imports.submit(shop.context, other.id, lines(1)).id not in {row.id, second.id}
    newest, oldest = imports.listed(shop.context, shop.id, None, 5)
    assert (newest.id, oldest.id) == (second.id, row.id)
    after = (newest.created_at, newest.id)
    assert [each.id for each in imports.listed(shop.context, shop.id, after, 5)] == [row.id]
