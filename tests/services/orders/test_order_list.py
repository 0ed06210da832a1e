"""Lists of orders: what is looked for is found, each order is on one page, and sums are of what is shown."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from tests.kit import BUYER, Shop, rival
from webapp.db import buyers, models, order_lists, order_matches, order_numbers
from webapp.domain import actors, search
from webapp.domain.actions import Action
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Invalid
from webapp.domain.money import Money
from webapp.services.orders import imports, lifecycle, order_list
from webapp.services.orders.order_list import Search, Sort
from webapp.services.payments import refunds

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.both_databases
OTHERS = ("AA", "BB", "CC")


def listed(shop: Shop, **wanted: Any) -> list[str]:
    """The references of the first page."""
    page = order_list.page(shop.context, shop.id, Search(**wanted), 50)
    return [row.order.reference for row in page.rows]


def test_what_people_look_for_is_found(shop: Shop) -> None:
    sought = shop.order(
        Action.REGISTER_PAY, amount=1250, reference="INV-815", description="Crème brûlée", email="lea@shop.example"
    )
    shop.pay(sought)
    for reference in OTHERS:
        shop.order(amount=11250, reference=reference, phone="+33698765432", email="x@y.example", description="tea")
    order = shop.get(sought)
    assert order.intent
    for written in (
        "INV-815", "inv-8", "815", "creme", "BRULEE creme", "lea@shop", "shop.example", "4242", "12,50", "12.50", "12.5 €", "EUR 12,50", "12,50 eur",
        BUYER, "06 12 34 56 78", "0612", "00336123", sought, order.intent, order.intent[:9], "in", "i", "12",
    ):  # fmt: skip
        assert listed(shop, text=written) == ["INV-815"], written
    for written in ("pi_none", "ord_none", "creme xyz", "zz", "06 12 34 56 79", "12.51"):
        assert listed(shop, text=written) == [], written
    assert sorted(listed(shop, text="112.50")) == [*OTHERS]
    assert listed(shop, text=" ") == [*reversed(OTHERS), "INV-815"] or len(listed(shop, text=" ")) == 4


def test_a_whole_phone_finds_the_orders_of_who_has_it_or_had_it(shop: Shop) -> None:
    """However they are sorted and narrowed; one that nobody has is a text like others."""
    for number, reference in enumerate(OTHERS):
        shop.order(reference=reference, phone=BUYER, amount=500 + number)
        shop.clock.forward(minutes=1)
    shop.order(reference="other", phone="+33698765432", description="call 0612345678 or 0612345679", amount=900)
    with shop.context.database.write() as session:
        buyer = buyers.get(session, shop.one(models.Order, models.Order.reference == OTHERS[0]).buyer_id)
        buyers.part(buyer)
    shop.clock.forward(minutes=1)
    shop.order(reference="new", phone=BUYER, amount=100)
    every = ["new", *reversed(OTHERS)]
    for written in (BUYER, "06 12 34 56 78", "0033 612345678"):
        assert listed(shop, text=written) == every, written
        assert listed(shop, text=written, sort=Sort.OLDEST) == every[::-1]
        assert listed(shop, text=written, sort=Sort.LOWEST) == ["new", *OTHERS]
        assert listed(shop, text=written, states=("paid",)) == []
        assert order_list.totals(shop.context, shop.id, Search(text=written)).count == 4
    assert listed(shop, text="06 12 34 56 79") == ["other"]
    first = order_list.page(shop.context, shop.id, Search(text=BUYER), 2)
    second = order_list.page(shop.context, shop.id, Search(text=BUYER), 2, after=first.after)
    back = order_list.page(shop.context, shop.id, Search(text=BUYER), 2, before=second.before)
    assert [row.order.reference for page in (first, second) for row in page.rows] == every
    assert [row.order.id for row in back.rows] == [row.order.id for row in first.rows]


def test_a_card_number_is_looked_for_nowhere(shop: Shop) -> None:
    for written in ("4242424242424242", "4242 4242 4242 4242", "x 4242-4242-4242-4242"):
        with pytest.raises(Invalid, match="card_number"):
            listed(shop, text=written)
        with pytest.raises(Invalid, match="card_number"):
            order_list.totals(shop.context, shop.id, Search(text=written))


def test_another_shop_s_orders_are_not_found(shop: Shop) -> None:
    mine, other = shop.order(reference="A1"), rival(shop).id
    order = shop.get(mine)
    for written in ("A1", "a", mine, BUYER, order.email or "", "10.00"):
        page = order_list.page(shop.context, other, Search(text=written), 50)
        assert (page.rows, order_list.totals(shop.context, other, Search(text=written)).sums) == ((), []), written


def test_each_filter_leaves_what_it_names(shop: Shop) -> None:
    shop.order(Action.REGISTER, reference="card")
    shop.clock.forward(days=1)
    by_user = shop.context.acting_as(actors.user("user_lea"))
    mail = lifecycle.Request(
        Action.PAYMENT, Money(500, "EUR"), BUYER, email="a@b.example", reference="mail", channel=OrderChannel.NONE
    )
    lifecycle.create(by_user, shop.id, mail, send=False)
    shop.clock.forward(days=1)
    paid = shop.order(reference="paid")
    shop.pay(paid)
    cancelled = shop.order(reference="cancelled")
    lifecycle.cancel(shop.as_operator(), shop.id, cancelled)
    mine = shop.get(paid).buyer_id
    for wanted, references in (
        ({"buyer": mine, "text": "paid"}, {"paid"}), ({"buyer": "buy_x"}, set()), ({"buyer": "buy_x", "text": BUYER}, set()),
        ({"buyer": mine, "text": BUYER, "states": ("paid", "open")}, {"card", "mail", "paid"}),
        ({"states": ("paid",)}, {"paid"}), ({"states": ("paid", "cancelled")}, {"paid", "cancelled"}), ({"states": ("voided",)}, set()),
        ({"action": "REGISTER"}, {"card"}), ({"made_by": "user_lea"}, {"mail"}), ({"made_by": "user_x"}, set()),
        ({"made_by": shop.operator_id(), "states": ("open",)}, {"card"}), ({"channel": "none"}, {"mail"}),
        ({"since": date(2026, 11, 25)}, {"mail", "paid", "cancelled"}), ({"until": date(2026, 11, 25)}, {"card", "mail"}),
        ({"since": date(2026, 11, 25), "until": date(2026, 11, 25)}, {"mail"}), ({"text": "paid", "states": ("open",)}, set()),
        ({"text": "eur", "states": ("paid",)}, set()), ({"text": "ca", "states": ("open", "cancelled")}, {"card", "cancelled"}),
    ):  # fmt: skip
        for sort in Sort:
            assert set(listed(shop, **wanted, sort=sort)) == references, (wanted, sort)


def test_the_orders_of_a_file_are_those_and_no_others(shop: Shop) -> None:
    """However they are sorted and narrowed; another merchant's file, though it is the very same, finds none."""
    first, second = (
        f"reference,amount,phone,channel\n{name}1,5,{BUYER},none\n{name}2,9,{BUYER},none\n" for name in "AB"
    )
    other = rival(shop)
    mine, later, theirs = (
        imports.submit(each.context, each.id, file.encode()).id
        for each, file in ((shop, first), (shop, second), (other, first))
    )
    shop.drain()
    shop.pay(shop.one(models.Order, models.Order.merchant_id == shop.id, models.Order.reference == "A2").id)
    for sort in Sort:
        for wanted, references in (
            ({"import_id": mine}, ["A1", "A2"]), ({"import_id": later}, ["B1", "B2"]), ({"import_id": theirs}, []), ({"import_id": "imp_x"}, []),
            ({"import_id": mine, "states": ("paid",)}, ["A2"]), ({"import_id": mine, "text": "A1"}, ["A1"]), ({"import_id": mine, "text": "b1"}, []),
            ({"import_id": mine, "text": BUYER}, ["A1", "A2"]), ({"import_id": mine, "channel": "email"}, []),
        ):  # fmt: skip
            assert sorted(listed(shop, **wanted, sort=sort)) == references, (wanted, sort)
            assert order_list.totals(shop.context, shop.id, Search(**wanted, sort=sort)).count == len(references)
    assert [
        row.order.reference for row in order_list.page(shop.context, other.id, Search(import_id=mine), 9).rows
    ] == []
    assert order_list.totals(shop.context, other.id, Search(import_id=mine)).sums == []


def test_a_day_is_the_merchant_s(shop: Shop) -> None:
    shop.clock.at = shop.clock.at.replace(day=24, hour=23, minute=30)  # the 25th in Paris
    shop.order(reference="late")
    assert listed(shop, since=date(2026, 11, 25), until=date(2026, 11, 25)) == ["late"]
    assert listed(shop, until=date(2026, 11, 24)) == []


def test_lists_are_sorted(shop: Shop) -> None:
    for reference, amount in (("a", 500), ("b", 100), ("c", None), ("d", 300)):
        shop.order(Action.PAYMENT if amount else Action.REGISTER, reference=reference, amount=amount)
        shop.clock.forward(minutes=1)
    lifecycle.cancel(shop.as_operator(), shop.id, shop.one(models.Order, models.Order.reference == "b").id)
    expected = {
        Sort.NEWEST: "dcba",
        Sort.OLDEST: "abcd",
        Sort.HIGHEST: "adbc",
        Sort.LOWEST: "cbda",
        Sort.CHANGED: "bdca",
    }
    assert {sort: "".join(listed(shop, sort=sort)) for sort in Sort} == expected


def test_sums_are_of_what_is_selected(shop: Shop) -> None:
    assert order_list.totals(shop.context, shop.id, Search()) == order_list.Totals([], {})
    for reference in OTHERS:
        shop.pay(shop.order(reference=reference, amount=1000))
    shop.order(reference="open", amount=700)
    refunds.request(
        shop.as_operator(), shop.id, shop.one(models.Order, models.Order.reference == "AA").id, Money(300, "EUR")
    )
    shop.drain()
    totals = order_list.totals(shop.context, shop.id, Search())
    assert totals.states == {"open": 1, "paid": 2, "partially_refunded": 1}
    assert totals.sums is not None
    assert (totals.count, sum(each.taken for each in totals.sums), sum(each.refunded for each in totals.sums)) == (
        4,
        3000,
        300,
    )
    paid = order_list.totals(shop.context, shop.id, Search(states=("paid",)))
    assert (paid.count, paid.states) == (2, totals.states)
    assert order_list.totals(shop.context, shop.id, Search(text="BB")).count == 1


def test_of_more_orders_than_are_summed_up_it_is_said_that_there_are_more(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_lists, "MOST", 3)
    for reference in OTHERS:
        shop.order(reference=reference)
    assert order_list.totals(shop.context, shop.id, Search()).count == 3
    shop.pay(shop.order(reference="one"))
    assert order_list.totals(shop.context, shop.id, Search()) == order_list.Totals(None, None)
    one = order_list.totals(shop.context, shop.id, Search(states=("paid",)))
    assert (one.count, one.states) == (1, None)


def test_a_cursor_that_is_none_is_refused_and_one_of_another_order_begins_anew(shop: Shop) -> None:
    for reference in OTHERS:
        shop.order(reference=reference)
    first = order_list.page(shop.context, shop.id, Search(), 1)
    assert first.after
    for bad in (
        "x",
        "W10",
        first.after[:-2],
        first.after + "x",
        "bnVsbA",
        "WyJuZXdlc3QiLCAxLCAib3JkXzEiXQ",
        "é",
        "WyJoaWdoZXN0IiwgMWU5LCAiYSJd",
    ):
        with pytest.raises(Invalid, match="bad_cursor"):
            order_list.page(shop.context, shop.id, Search(), 1, after=bad)
    other = order_list.page(shop.context, shop.id, Search(sort=Sort.HIGHEST), 50, after=first.after)
    assert len(other.rows) == 3


def test_what_is_shown_is_told_to_have_changed(shop: Shop) -> None:
    said = [order_list.revision(shop.context, shop.id)]
    order = shop.order()
    said.append(order_list.revision(shop.context, shop.id))
    shop.clock.forward(seconds=1)
    shop.pay(order)
    said.append(order_list.revision(shop.context, shop.id))
    assert len(set(said)) == 3
    assert order_list.revision(shop.context, shop.id) == said[-1]


def test_an_order_that_is_made_while_the_clock_is_set_back_is_in_its_place(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though its number is that of the newest: both ways, and beside others that are a little late only."""
    monkeypatch.setattr(order_lists, "WALKED", 1)
    monkeypatch.setattr(order_matches, "AT_FIRST", 1)
    begun = shop.clock.at
    for number, minutes in enumerate((0, 60, 120, 115, 30, 112)):
        shop.clock.at = begun + timedelta(minutes=minutes)
        shop.order(reference=f"R{number}", description="pizza")
    with shop.context.database.read() as session:
        assert session.scalars(select(models.OrderSearch.late).order_by(models.OrderSearch.number)).all() == [
            *(False, False, False, False, True, False)
        ]
    for sort, expected in ((Sort.NEWEST, "R2 R3 R5 R1 R4 R0"), (Sort.OLDEST, "R0 R4 R1 R5 R3 R2")):
        seen, after = [], None
        while True:
            page = order_list.page(shop.context, shop.id, Search(text="pizza", sort=sort), 1, after=after)
            seen += [row.order.reference for row in page.rows]
            if (after := page.after) is None:
                break
        assert " ".join(seen) == expected


def test_filters_without_a_text_are_found_beyond_what_is_walked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_lists, "WALKED", 1)
    for action, reference in ((Action.REGISTER, "card"), *((Action.PAYMENT, reference) for reference in OTHERS)):
        shop.order(action, reference=reference)
        shop.clock.forward(minutes=1)
    assert listed(shop, made_by=shop.operator_id(), action="REGISTER") == ["card"]
    assert listed(shop, made_by=shop.operator_id(), action="PAYMENT") == [*reversed(OTHERS)]


def copies(shop: Shop, made: models.Order, rows: Sequence[dict[str, Any]]) -> None:
    values = {column.key: getattr(made, column.key) for column in models.Order.__mapper__.column_attrs}
    if not rows:
        return
    with shop.context.database.write() as session:
        newest = order_lists.newest(session, shop.id)[0] or rows[0]["created_at"]
        before = itertools.accumulate((row["created_at"] for row in rows), max, initial=newest)
        texts = [
            {
                "order_id": row["id"],
                "merchant_id": shop.id,
                "text": f"{search.tag(shop.id)}  {row['description']}",
                "late": late,
            }
            for row, most in zip(rows, before, strict=False)
            for late in [row["created_at"] < most - order_numbers.APART]
        ]
        named = [
            {"reference": row["id"], "reference_key": row["id"], "ranked_amount": row["amount"]} | row for row in rows
        ]
        session.execute(insert(models.Order), [values | row for row in named])
        session.execute(insert(models.OrderSearch), texts)


ROW = st.fixed_dictionaries({
    "minutes": st.integers(0, 5), "amount": st.integers(1, 3), "state": st.sampled_from(["open", "paid", "expired"]),
    "description": st.sampled_from(["pizza", "pasta", "tea"]),
})  # fmt: skip
KEY = {
    Sort.NEWEST: ("created_at", True), Sort.OLDEST: ("created_at", False), Sort.HIGHEST: ("amount", True), Sort.LOWEST: ("amount", False),
    Sort.CHANGED: ("state_at", True),
}  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(
    st.lists(ROW, min_size=1, max_size=12), st.lists(ROW, max_size=6), st.sampled_from(Sort),
    st.tuples(st.sampled_from(["", "pizza", "tea x", "p"]), st.sampled_from([(), ("open",), ("open", "paid")])),
    st.tuples(st.integers(2, 4), st.sampled_from([1, 3, 1000])),
)  # fmt: skip
def test_pages_in_both_directions_have_each_order_once_while_others_are_made(
    shop: Shop,
    first: list[Any],
    later: list[Any],
    sort: Sort,
    narrowed: tuple[str, tuple[str, ...]],
    sizes: tuple[int, int],
) -> None:
    """Whatever is walked, gathered and read in turn; a clock that is set back makes orders late, or less than that."""
    (text, states), (limit, walked) = narrowed, sizes
    made, number, patch = shop.get(shop.order()), itertools.count(), pytest.MonkeyPatch()
    patch.setattr(order_lists, "WALKED", walked)
    patch.setattr(order_lists, "WALKED_FURTHER", 2 * walked)
    patch.setattr(order_matches, "AT_FIRST", 1)
    patch.setattr(order_numbers, "APART", timedelta(minutes=2))

    def rows(given: list[Any]) -> list[dict[str, Any]]:
        return [
            {"id": f"ord_{next(number) * 7919 % 1000:03}", **row, "created_at": at, "state_at": at}
            for row in ({**each} for each in given)
            for at in [made.created_at - timedelta(minutes=row.pop("minutes"))]
        ]

    def matching(given: list[dict[str, Any]]) -> set[str]:
        return {row["id"] for row in given if (not states or row["state"] in states) and (text in row["description"])}

    try:
        with shop.context.database.write() as session:
            session.execute(delete(models.OrderSearch))
            session.execute(delete(models.Callback))
            session.execute(delete(models.OrderEvent))
            session.execute(delete(models.Order))
        old, new = rows(first), rows(later)
        copies(shop, made, old)
        wanted = Search(text=text, states=states, sort=sort)
        forward = [order_list.page(shop.context, shop.id, wanted, limit)]
        copies(shop, made, new[: len(new) // 2])
        while forward[-1].after:
            forward.append(order_list.page(shop.context, shop.id, wanted, limit, after=forward[-1].after))
        copies(shop, made, new[len(new) // 2 :])
        back = [forward[-1]]
        while back[-1].before:
            back.append(order_list.page(shop.context, shop.id, wanted, limit, before=back[-1].before))
        for pages in (forward, back[::-1]):
            seen = [row.order for page in pages for row in page.rows]
            assert len({each.id for each in seen}) == len(seen)
            assert matching(old) <= {each.id for each in seen} <= matching(old + new)
            name, falls = KEY[sort]
            assert seen == sorted(seen, key=attrgetter(name, "id"), reverse=falls)
    finally:
        patch.undo()
        with shop.context.database.write() as session:
            session.execute(delete(models.OrderSearch))
            session.execute(delete(models.Order))
