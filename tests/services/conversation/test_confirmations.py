"""What is asked about before anything is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.kit import BUYER, OPERATOR, STRANGER, WORKS, Shop, buttons, confirmation, setting, text
from webapp.db import models, work
from webapp.domain.money import Money
from webapp.domain.statuses import RefundState
from webapp.services import inbox
from webapp.services.merchants import declarations
from webapp.services.payments import refunds
from webapp.whatsapp import inbound

pytestmark = pytest.mark.wording

GERMAN, JAMAICAN, AMERICAN, CANADIAN = "+4915123456789", "+18762101234", "+12015550123", "+15062345678"


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        (f"500 EUR {BUYER}", False),
        (f"500.01 EUR {BUYER}", True),
        ("500.01 EUR", True),
        (f"501 USD {BUYER}", True),
        (f"50000 JPY {BUYER}", False),
        (f"50001 JPY {BUYER}", True),
        (f"50.50 KWD {BUYER}", True),
        (f"1.250 EUR {BUYER}", True),
        (f"10 EUR {GERMAN}", True),
        (f"600 EUR {GERMAN}", True),
        (f"{GERMAN} REGISTER buyer@example.com", True),
        (f"10 EUR {BUYER}", False),
    ],
)
def test_a_large_amount_and_a_new_country_are_asked_about(shop: Shop, command: str, asked: bool) -> None:
    first, *more = shop.hear(command)
    assert (first["type"] == "interactive") is asked
    assert bool(shop.all(models.Order)) is not asked
    if asked:
        assert more == []
        shop.tap(first, buttons(first)[0])
        shop.one(models.Order)


def test_no_means_no(shop: Shop) -> None:
    (question,) = shop.hear(f"501 EUR {BUYER}")
    (answer,) = shop.tap(question, "0")
    assert "nothing was done" in text(answer)
    assert shop.all(models.Order) == []


def test_all_doubts_stand_above_one_pair_of_buttons(shop: Shop) -> None:
    (question,) = shop.hear(f"600 EUR {GERMAN}", at=shop.clock() - timedelta(hours=2))
    for words in (
        "arrived late",
        "large amount: 600,00\u00a0€",
        "never sent anything to that country: +49 1512 3456789",
    ):
        assert words in text(question)


def test_a_question_shows_all_that_was_understood(shop: Shop) -> None:
    (question,) = shop.hear(f'501 EUR {BUYER} REGISTER b@example.com "2 pizzas" ORDER=A12 TAX=8 DELAY=3 fr')
    for words in (
        "501,00",
        "2 pizzas",
        "A12",
        "b@example.com",
        "fr",
        "+33 6 12",
        "the card is saved",
        "8%",
        "valid: 3",
    ):
        assert words in text(question)


def test_the_limit_is_the_merchant_s(shop: Shop) -> None:
    setting(shop, confirm_above=5)
    (question,) = shop.hear(f"6 EUR {BUYER}")
    assert "large amount" in text(question)


@pytest.mark.both_databases
def test_a_country_that_was_sent_to_before_is_not_asked_about_again(shop: Shop) -> None:
    (question,) = shop.hear(f"10 EUR {GERMAN}")
    shop.tap(question, "1")
    assert len(shop.hear("11 EUR +4930123456")) == 2


def test_countries_that_share_a_calling_code_are_told_apart(shop: Shop) -> None:
    setting(shop, country="US")
    assert len(shop.hear(f"10 USD {AMERICAN}")) == 2
    for other in (JAMAICAN, CANADIAN):
        (question,) = shop.hear(f"10 USD {other}")
        assert "that country" in text(question)


def test_a_large_charge_is_asked_about_with_the_order_that_it_replied_to(shop: Shop) -> None:
    sent = shop.hear(f"10 EUR {BUYER} REGISTER buyer@example.com ORDER=A12")
    shop.pay(shop.one(models.Order).id, WORKS)
    shop.drain()
    (question,) = shop.hear("CHARGE 600 EUR", reply_to=confirmation(sent)["wamid"])
    assert "A12" in text(question)
    assert shop.charges() == [1000]
    shop.tap(question, "1")
    assert shop.charges() == [1000, 60000]


def test_the_same_charge_a_moment_later_is_asked_about(shop: Shop) -> None:
    sent = shop.hear(f"10 EUR {BUYER} REGISTER buyer@example.com")
    shop.pay(shop.one(models.Order).id, WORKS)
    shop.drain()
    shop.hear("CHARGE 5", reply_to=confirmation(sent)["wamid"])
    (question,) = shop.hear("CHARGE 5", reply_to=confirmation(sent)["wamid"])
    assert "a moment ago" in text(question)
    shop.later(minutes=3)
    shop.hear("CHARGE 5", reply_to=confirmation(sent)["wamid"])
    assert shop.charges() == [500, 500, 1000]


@pytest.mark.parametrize("delivered_late", [False, True])
def test_a_tap_on_an_old_question_is_asked_about_again(shop: Shop, delivered_late: bool) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    (question,) = shop.hear("REFUND 4 A12")
    tapped_at = shop.clock()
    shop.later(hours=2)
    (again,) = shop.tap(question, "1", at=tapped_at if delivered_late else None)
    assert "4,00\u00a0€" in text(again)
    assert shop.all(models.Refund) == []
    shop.tap(again, "1")
    assert [row.amount for row in shop.all(models.Refund)] == [400]


def test_all_that_is_left_goes_back_as_it_stood_in_the_question(shop: Shop) -> None:
    """A refund that was on its way fails before the tap: more is left than was asked about."""
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    order = shop.one(models.Order).id
    shop.pay(order)
    shop.drain()
    shop.fault("429", "POST /v1/refunds", times=9)
    refunds.request(shop.context, shop.id, order, Money(800, "EUR"))
    (question,) = shop.hear("REFUND A12")
    assert "2,00\u00a0€" in text(question)
    with shop.context.database.write() as session:
        session.scalars(select(models.Refund)).one().state = RefundState.FAILED
    shop.tap(question, "1")
    assert sorted(row.amount for row in shop.all(models.Refund)) == [200, 800]


def test_what_harms_nobody_is_done_however_late(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    for command in ("STATUS A12", "LIST", "HELP", "LANGUAGE en"):
        (answer,) = shop.hear(command, at=shop.clock() - timedelta(days=2))
        assert answer["type"] == "text"


def test_a_late_resend_is_asked_about(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    (question,) = shop.hear("RESEND A12", at=shop.clock() - timedelta(hours=2))
    assert question["type"] == "interactive"


def test_a_message_from_the_future_is_asked_about_as_one_that_is_late(shop: Shop) -> None:
    (question,) = shop.hear(f"10 EUR {BUYER}", at=shop.clock() + timedelta(days=365))
    assert question["type"] == "interactive"
    assert shop.all(models.Order) == []


def test_a_cancellation_that_can_no_longer_be_is_refused_unasked(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    (answer,) = shop.hear("CANCEL A12")
    assert "The order is over" in text(answer)


@pytest.mark.parametrize(
    ("shop_s", "above"),
    [
        ({}, 500),
        ({"currency": "XOF"}, 50_000),
        ({"currency": "KWD"}, 50),
        ({"currency": "JPY", "confirm_above": 700}, 700),
        ({"confirm_above": 0}, 0),
    ],
)
def test_a_large_amount_is_the_file_s_else_one_of_its_currency(
    shop: Shop, shop_s: dict[str, object], above: int
) -> None:
    document = shop.declaration()
    document["merchant"] |= shop_s
    declarations.apply(shop.context, declarations.declared(document))
    assert declarations.get(shop.context, shop.id).confirm_above == above


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "command", [f'10 EUR {BUYER} "2 pizzas"', f"{BUYER} REGISTER buyer@example.com", '10 EUR "2 pizzas"']
)
def test_the_same_order_a_moment_later_is_asked_about(shop: Shop, command: str) -> None:
    shop.hear(command)
    shop.clock.forward(seconds=4)
    (question,) = shop.hear(command)
    assert "a moment ago" in text(question)
    assert shop.one(models.Order).reference in text(question)
    shop.tap(question, "1")
    assert len(shop.all(models.Order)) == 2
    shop.clock.forward(minutes=3)
    shop.hear(command)
    assert len(shop.all(models.Order)) == 3


@pytest.mark.both_databases
def test_the_same_order_twice_at_one_moment_makes_one(shop: Shop) -> None:
    for wamid in ("wamid.1", "wamid.2"):
        head = {"id": wamid, "from": OPERATOR[1:], "timestamp": str(int(shop.clock().timestamp()))}
        message = {**head, "type": "text", "text": {"body": f"10 EUR {BUYER}"}}
        event = inbound.Event(wamid, shop.number(), {"message": message, "contact": {}})
        inbox.keep_whatsapp(shop.context, shop.id, [event])
    events = shop.all(models.InboxEvent)
    with shop.context.database.write() as session:
        lease, rows = work.claim(session, models.InboxEvent, now=shop.clock(), lease=timedelta(minutes=1), limit=20)
    with ThreadPoolExecutor(len(events)) as threads:
        list(threads.map(lambda row: inbox.work_on(shop.context, row, lease), rows))
    shop.one(models.Order)


@pytest.mark.parametrize(
    "second",
    [
        f'11 EUR {BUYER} "2 pizzas"',
        f'10 EUR {BUYER} "3 pizzas"',
        f'10 EUR {STRANGER} "2 pizzas"',
        f'10 EUR {BUYER} REGISTER buyer@example.com "2 pizzas"',
        f'10 EUR {BUYER} "2 pizzas" ORDER=A13',
        '10 EUR "2 pizzas"',
    ],
)
def test_another_order_a_moment_later_is_made_at_once(shop: Shop, second: str) -> None:
    shop.hear(f'10 EUR {BUYER} "2 pizzas"')
    shop.hear(second)
    assert len(shop.all(models.Order)) == 2


def test_the_same_order_after_its_cancellation_is_made_at_once(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    shop.tap(shop.hear("CANCEL A12")[0], "1")
    shop.hear(f"10 EUR {BUYER}")
    assert len(shop.all(models.Order)) == 2


def test_the_same_order_for_one_buyer_by_a_colleague_is_asked_about(shop: Shop) -> None:
    document = shop.declaration()
    document["operators"] += [{"phone": STRANGER, "name": "Noé", "language": "en"}]
    declarations.apply(shop.context, declarations.declared(document))
    shop.hear(f"10 EUR {BUYER}")
    (question,) = shop.hear(f"10 EUR {BUYER}", sender=STRANGER)
    assert "a moment ago" in text(question)
    shop.hear("10 EUR")
    assert [each["type"] for each in shop.hear("10 EUR", sender=STRANGER)] == ["text"]  # a link of one's own
