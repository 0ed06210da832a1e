"""What is asked before money moves: the same in every door, and again once what was seen has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tests.kit import BUYER, OPERATOR, Shop, buttons, confirmation, saved, text
from webapp import app as wiring
from webapp import cli
from webapp.db import models, orders
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.domain.statuses import RefundState
from webapp.services.payments import aliases, questions, refunds
from webapp.services.payments.questions import Doubt, Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.wording


def charge(shop: Shop, source: str, amount: int, answered: tuple[str, ...] = ()) -> str:
    return aliases.charge(shop.context, shop.id, source, Money(amount, "EUR"), answered=answered).id


def doubts(action: Callable[[], object]) -> tuple[list[Doubt], tuple[str, ...]]:
    """What is asked, and the answers to it."""
    with pytest.raises(Unanswered) as asked:
        action()
    return [each.about for each in asked.value.questions], asked.value.answers


@pytest.mark.both_databases
def test_a_charge_is_asked_about_when_it_is_large_and_when_it_is_repeated_until_each_is_answered(shop: Shop) -> None:
    source = saved(shop)
    asked, answers = doubts(lambda: charge(shop, source, 950_000))
    assert asked == [Doubt.LARGE]
    charge(shop, source, 950_000, answers)
    shop.clock.forward(seconds=1)
    asked, both = doubts(lambda: charge(shop, source, 950_000, answers))
    assert asked == [Doubt.REPEATED]  # the large amount is answered
    charge(shop, source, 950_000, both)
    shop.clock.forward(seconds=1)
    asked, _ = doubts(lambda: charge(shop, source, 950_000, both))
    assert asked == [Doubt.REPEATED]  # that was another one
    shop.clock.forward(minutes=3)
    charge(shop, source, 950_000, answers)
    charge(shop, source, 50_000)


@pytest.mark.both_databases
def test_who_has_seen_a_card_before_it_was_charged_or_replaced_is_asked(shop: Shop) -> None:
    source = saved(shop)
    seen = questions.seen(shop.context, shop.id, source).charge
    charge(shop, source, 700)
    asked, answers = doubts(lambda: charge(shop, source, 300, seen))
    assert asked == [Doubt.CHARGED]
    shop.clock.forward(seconds=1)
    charge(shop, source, 300, answers)
    with pytest.raises(Unanswered) as caught:
        charge(shop, source, 400, answers)
    assert caught.value.questions[0].amount == Money(300, "EUR")  # what is new since, and not what was known
    renewal = aliases.renew(shop.context, shop.id, shop.get(source).alias_id or "").id
    now = questions.seen(shop.context, shop.id, source).charge
    shop.pay(renewal, "mastercard")
    asked, _ = doubts(lambda: charge(shop, source, 400, now))
    assert asked == [Doubt.CARD]


@pytest.mark.both_databases
def test_of_a_card_that_is_charged_without_end_the_last_charges_are_added_up(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "MOST_COUNTED", 2)
    source = saved(shop)
    seen = questions.seen(shop.context, shop.id, source).charge
    asked: tuple[str, ...] = seen
    for amount in (700, 300, 200):
        made = charge(shop, source, amount, asked)
        shop.clock.forward(seconds=1)
        asked = (*seen, f"{Doubt.CHARGED}:{made}")
    with pytest.raises(Unanswered) as caught:
        charge(shop, source, 400, seen)
    assert caught.value.questions[0].amount == Money(500, "EUR")


@pytest.mark.both_databases
def test_what_a_card_was_charged_in_another_currency_is_not_added_up(shop: Shop) -> None:
    """Of one person's card at orders in two currencies: 7 yen and 0.07 euros are neither the same nor a sum."""
    source = saved(shop)
    yen = shop.order(Action.REGISTER_PAY, amount=5000, send=False)
    with shop.context.database.write() as session:
        session.get_one(models.Order, yen).currency = "JPY"
        session.get_one(models.Order, yen).alias_id = shop.get(source).alias_id
    seen = questions.seen(shop.context, shop.id, source).charge
    aliases.charge(shop.context, shop.id, yen, Money(700, "JPY"))
    shop.clock.forward(seconds=1)
    charge(shop, source, 700, seen)
    asked, _ = doubts(lambda: charge(shop, source, 700, seen))
    assert asked == [Doubt.REPEATED]


def test_who_has_seen_nothing_is_asked_of_nothing_that_has_changed(shop: Shop) -> None:
    source = saved(shop, action=Action.REGISTER_PAY)
    refunds.request(shop.context, shop.id, source, Money(300, "EUR"))
    refunds.request(shop.context, shop.id, source, Money(400, "EUR"))
    charge(shop, source, 100)
    charge(shop, source, 200)


@pytest.mark.both_databases
def test_of_two_who_refund_the_second_is_asked_and_is_not_when_the_first_one_s_failed(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.drain()
    seen = questions.seen(shop.context, shop.id, order).refund
    first = refunds.request(shop.context, shop.id, order, Money(400, "EUR"), answered=seen)
    asked, answers = doubts(lambda: refunds.request(shop.context, shop.id, order, Money(400, "EUR"), answered=seen))
    assert asked == [Doubt.REFUNDED]
    with shop.context.database.write() as session:
        session.get_one(models.Refund, first.id).state = RefundState.FAILED
    refunds.request(shop.context, shop.id, order, Money(400, "EUR"), answered=seen)
    refunds.request(shop.context, shop.id, order, Money(400, "EUR"), answered=answers)


# --- the chat


def asked_again(sent: list[dict[str, Any]]) -> dict[str, Any]:
    """The one question among what was sent."""
    (found,) = [message for message in sent if message["type"] == "interactive" and message["to"] == OPERATOR]
    return found


def ordered(shop: Shop) -> str:
    """An order that left a card; the message that answers it."""
    sent = shop.hear(f"10 EUR {BUYER} REGISTER buyer@example.com ORDER=A12")
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    return str(confirmation(sent)["wamid"])


def test_a_tap_on_a_question_is_asked_about_again_when_something_was_refunded_since(shop: Shop) -> None:
    ordered(shop)
    order = shop.one(models.Order).id
    (question,) = shop.hear("REFUND 4 A12")
    refunds.request(shop.context, shop.id, order, Money(400, "EUR"))
    again = asked_again(shop.tap(question, "1"))
    assert "the refunds of this order have changed" in text(again)
    assert [row.amount for row in shop.all(models.Refund)] == [400]
    shop.tap(again, buttons(again)[0])
    assert [row.amount for row in shop.all(models.Refund)] == [400, 400]


def test_a_tap_on_a_question_about_a_charge_is_asked_about_again_when_the_card_was_charged_since(shop: Shop) -> None:
    message, order = ordered(shop), shop.one(models.Order).id
    (question,) = shop.hear("CHARGE 600", reply_to=message)
    charge(shop, order, 300)
    again = asked_again(shop.tap(question, "1"))
    assert "this card was charged" in text(again)
    shop.tap(again, "1")
    assert shop.charges() == [300, 1000, 60_000]


# --- the console


@pytest.fixture
def console(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """`flask charge`, for the order of a saved card."""
    reference = shop.get(saved(shop)).reference
    monkeypatch.setattr("webapp.console.settings", lambda: None)
    monkeypatch.setattr(wiring, "make_context", lambda _settings: shop.context)

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli.charge, [shop.id, reference, *arguments])
        return done.exit_code, done.output

    return run


def test_the_console_asks_too_and_is_answered_by_a_flag_where_nobody_can(
    shop: Shop, console: Callable[..., tuple[int, str]]
) -> None:
    status, said = console("9500")
    assert (status, "That is a large amount: €9,500.00." in said, "--yes" in said) == (1, True, True)
    assert console("9500", "--yes")[0] == 0
    assert console("7")[0] == 0
    assert console("7")[0] == 1
    shop.drain()
    assert shop.charges() == [700, 950_000]
