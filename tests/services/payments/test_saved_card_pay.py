"""One-tap repeat pay: offered to the order's own phone alone, agreed to by a button, charged once."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.kit import (
    ASKS,
    ASKS_ALWAYS,
    BUYER,
    FAILS_LATER,
    OPERATOR,
    STRANGER,
    WORKS,
    Killed,
    Shop,
    killed,
    link,
    meanwhile,
    rival,
    saved,
)
from webapp.db import models
from webapp.domain.actions import Action
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases

pytestmark = pytest.mark.wording


def asks(shop: Shop, order: str, sender: str = BUYER) -> dict[str, Any]:
    """What somebody is answered who asks to pay that order."""
    shop.drain()
    (answer,) = shop.hear(f"PAY {shop.get(order).reference}", sender=sender)
    return answer


def offered(shop: Shop, order: str) -> dict[str, Any]:
    """The offer that the order's buyer gets."""
    answer = asks(shop, order)
    assert answer["interactive"]["type"] == "button", answer
    return answer


def words(message: dict[str, Any]) -> str:
    return str(message["interactive"]["body"]["text"])


def test_the_buyer_is_offered_the_saved_card_by_name_and_pays_with_one_tap(shop: Shop) -> None:
    saved(shop)
    order = shop.order()
    offer = offered(shop, order)
    assert words(offer).startswith("Payer 10,00\xa0€ avec Visa ••42")
    sent = shop.tap(offer, "yes", sender=BUYER)
    assert (shop.state(order), shop.charges()) == ("paid", [1000])
    assert [(each["to"], each["type"]) for each in sent] == [(OPERATOR, "template"), (BUYER, "template")]
    assert [kind for kind in shop.kinds(order) if kind in {"submitted", "saved_card_agreed", "paid"}] == [
        "submitted",
        "saved_card_agreed",
        "paid",
    ]
    assert shop.get(order).alias_id is None
    assert len(shop.callbacks(order)) == 1


def test_nothing_is_charged_before_the_tap(shop: Shop) -> None:
    saved(shop)
    order = shop.order()
    offered(shop, order)
    assert (shop.state(order), shop.charges(), shop.attempts(order)) == ("open", [], [])


@pytest.mark.parametrize("sender", [STRANGER, "+33600000001"])
def test_another_phone_learns_nothing_of_the_order_or_of_the_card(shop: Shop, sender: str) -> None:
    saved(shop)
    shop.order(phone=STRANGER)
    order = shop.order()
    shop.drain()
    sent = shop.hear(f"PAY {shop.get(order).reference}", sender=sender)
    answers = [message for message in sent if message["to"] == sender]
    assert len(answers) == 1
    assert not any(word in str(answers) for word in ("Visa", "10,00", "Payer"))


def test_a_tap_of_another_phone_is_no_answer_to_the_offer(shop: Shop) -> None:
    saved(shop)
    order = shop.order()
    offer = offered(shop, order)
    shop.tap(offer, "yes", sender=STRANGER)
    assert (shop.state(order), shop.charges()) == ("open", [])


@pytest.mark.parametrize("button", ["yes", "another"])
def test_another_buyer_s_tap_is_no_answer_to_the_offer_and_does_not_use_it_up(shop: Shop, button: str) -> None:
    saved(shop)
    shop.order(phone=STRANGER)
    order = shop.order()
    offer = offered(shop, order)
    answers = shop.tap(offer, button, sender=STRANGER)
    assert (shop.state(order), shop.charges()) == ("open", [])
    assert shop.context.links.url(order, 1) not in str(answers)
    shop.tap(offer, "yes", sender=BUYER)
    assert shop.charges() == [1000]


def test_an_offer_of_one_shop_is_not_answered_in_another(shop: Shop) -> None:
    other = rival(shop)
    other.order()
    saved(shop)
    order = shop.order()
    other.tap(offered(shop, order), "yes", sender=BUYER)
    assert (shop.state(order), shop.charges()) == ("open", [])


def test_a_phone_that_has_become_another_buyer_s_pays_with_no_card_of_the_one_before(shop: Shop) -> None:
    before, now = "+33600000001", "+33600000002"  # WhatsApp calls the one by the other's digits
    shop.place.wa_ids[before] = now[1:]
    source = shop.order(Action.REGISTER, phone=before, send=True)
    shop.drain()
    shop.pay(source)
    order = shop.order(phone=before)
    shop.drain()
    (offer,) = shop.hear(f"PAY {shop.get(order).reference}", sender=now)
    assert offer["interactive"]["type"] == "button"
    shop.order(phone=now)
    shop.tap(offer, "yes", sender=now)
    assert (shop.state(order), shop.charges()) == ("open", [])


@pytest.mark.both_databases
def test_two_taps_on_one_offer_and_a_second_offer_are_one_charge(shop: Shop) -> None:
    saved(shop)
    order = shop.order()
    first, second = offered(shop, order), offered(shop, order)
    shop.tap(first, "yes", sender=BUYER)
    shop.tap(first, "yes", sender=BUYER)
    (answer,) = shop.tap(second, "yes", sender=BUYER)
    assert "payé" in words(answer)
    assert shop.charges() == [1000]


def test_another_card_leads_to_the_page(shop: Shop) -> None:
    saved(shop)
    order = shop.order()
    (answer,) = shop.tap(offered(shop, order), "another", sender=BUYER)
    assert link(answer) == shop.context.links.url(order, 1)
    assert shop.state(order) == "open"


def test_a_tap_that_comes_days_late_is_asked_about_again(shop: Shop) -> None:
    saved(shop)
    order = shop.order()
    offer, tapped_at = offered(shop, order), shop.clock()
    shop.clock.forward(days=2)
    reply = {"type": "button_reply", "button_reply": {"id": "yes", "title": "Payer"}}
    content = {"type": "interactive", "interactive": reply}
    (again,) = shop.receive(content, sender=BUYER, reply_to=offer["wamid"], at=tapped_at)
    assert (shop.charges(), again["interactive"]["type"]) == ([], "button")
    shop.tap(again, "yes", sender=BUYER)
    assert shop.charges() == [1000]


@pytest.mark.parametrize(
    "order",
    [{"action": Action.REGISTER_PAY}, {"action": Action.ASK_REGISTER_PAY}, {"action": Action.REGISTER}],
    ids=["register and pay", "ask", "register"],
)
def test_an_order_that_is_to_save_a_card_is_paid_on_its_page(shop: Shop, order: dict[str, Any]) -> None:
    saved(shop)
    made = shop.order(**order)
    answer = asks(shop, made)
    assert link(answer) == shop.context.links.url(made, 1)


def test_a_card_that_was_revoked_or_has_expired_is_not_offered(shop: Shop) -> None:
    source = saved(shop)
    order = shop.order()
    offer = offered(shop, order)
    aliases.revoke(shop.context, shop.id, shop.get(source).alias_id or "")
    shop.drain()
    (answer,) = shop.tap(offer, "yes", sender=BUYER)
    assert link(answer) == shop.context.links.url(order, 1)
    assert shop.charges() == []
    saved(shop)
    shop.clock.forward(days=9 * 365)
    later = shop.order()
    answer = asks(shop, later)
    assert link(answer) == shop.context.links.url(later, 1)


@pytest.mark.parametrize(("card", "answer"), [(ASKS, "passed"), (ASKS_ALWAYS, "failed")])
def test_a_bank_that_asks_is_answered_on_the_order_s_page(shop: Shop, card: str, answer: str) -> None:
    saved(shop, card)
    order = shop.order()
    (asked,) = shop.tap(offered(shop, order), "yes", sender=BUYER)
    assert (asked["to"], link(asked)) == (BUYER, shop.context.links.url(order, 1))
    assert shop.attempts(order) == ["action_needed"]
    shop.answer_bank(order, answer)
    shop.later(seconds=31)
    assert (shop.state(order), shop.charges()) == (("paid", [1000]) if answer == "passed" else ("open", []))


def test_a_card_that_is_declined_is_told_with_the_way_to_the_page_and_not_offered_again(shop: Shop) -> None:
    saved(shop, FAILS_LATER)
    order = shop.order()
    (told,) = shop.tap(offered(shop, order), "yes", sender=BUYER)
    assert "Rien n’a été débité" in words(told)
    assert link(told) == shop.context.links.url(order, 1)
    assert (shop.state(order), shop.attempts(order)) == ("open", ["declined"])
    (answer,) = shop.hear("pay", sender=BUYER)
    assert link(answer) == shop.context.links.url(order, 1)
    shop.pay(order, WORKS)
    assert (shop.state(order), shop.charges()) == ("paid", [1000])


def test_the_last_try_that_is_declined_says_that_it_is_over(shop: Shop) -> None:
    saved(shop, FAILS_LATER)
    order = shop.order()
    for _ in range(2):
        shop.pay(order, FAILS_LATER)
    sent = shop.tap(offered(shop, order), "yes", sender=BUYER)
    assert shop.state(order) == "refused"
    (told,) = [each for each in sent if each["to"] == BUYER]
    assert "autre moyen de paiement" in words(told)


def test_money_that_is_only_held_is_told_too(shop: Shop) -> None:
    saved(shop)
    order = shop.order(manual_capture=True)
    sent = shop.tap(offered(shop, order), "yes", sender=BUYER)
    assert shop.state(order) == "authorised"
    (told,) = [each for each in sent if each["to"] == BUYER]
    assert "réservé" in words(told)


@pytest.mark.both_databases
@pytest.mark.parametrize("fault", ["timeout_after", "drop_after", "500_after"])
def test_a_payment_whose_answer_got_lost_is_found_and_not_made_twice(shop: Shop, fault: str) -> None:
    saved(shop)
    order = shop.order()
    offer = offered(shop, order)
    shop.fault(fault, "POST /v1/payment_intents/*/confirm", seconds=0.0)
    shop.tap(offer, "yes", sender=BUYER)
    shop.later(seconds=3)
    assert (shop.state(order), shop.charges()) == ("paid", [1000])


@pytest.mark.both_databases
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_is_killed_around_the_payment_makes_it_once(shop: Shop, when: str) -> None:
    saved(shop)
    order = shop.order()
    offer = offered(shop, order)
    mortal = dataclasses.replace(shop, context=meanwhile(shop, "pay_with", **{when: killed}))
    with pytest.raises(Killed):
        mortal.tap(offer, "yes", sender=BUYER)
    shop.later(seconds=125)
    assert (shop.state(order), shop.charges()) == ("paid", [1000])


def test_a_payment_that_never_arrived_is_given_up_in_time_and_the_buyer_told(shop: Shop) -> None:
    saved(shop)
    order = shop.order()
    offer = offered(shop, order)
    shop.fault("drop_before", "POST /v1/payment_intents/*/confirm", times=100)
    shop.tap(offer, "yes", sender=BUYER)
    for _ in range(12):
        shop.later(minutes=1)
    assert (shop.state(order), shop.attempts(order), shop.charges()) == ("open", ["abandoned"], [])
    assert "Rien n’a été débité" in words(shop.place.sent[-1])


@pytest.mark.both_databases
def test_a_tap_and_a_card_on_the_page_at_once_are_one_charge(shop: Shop) -> None:
    saved(shop)
    order = shop.order()
    offer = offered(shop, order)
    context = meanwhile(shop, "submit", before=lambda: shop.tap(offer, "yes", sender=BUYER))
    dataclasses.replace(shop, context=context).pay(order)
    shop.drain()
    assert (shop.state(order), shop.charges()) == ("paid", [1000])


def test_an_order_that_was_cancelled_after_the_offer_is_not_paid(shop: Shop) -> None:
    saved(shop)
    order = shop.order()
    offer = offered(shop, order)
    lifecycle.cancel(shop.context, shop.id, order)
    sent = shop.tap(offer, "yes", sender=BUYER)
    assert shop.charges() == []
    assert any("annulée" in words(each) for each in sent if each["to"] == BUYER)


def test_an_operator_who_is_the_buyer_too_pays_in_the_same_way(shop: Shop) -> None:
    source = shop.order(Action.REGISTER, phone=OPERATOR)
    shop.pay(source)
    order = shop.order(phone=OPERATOR)
    offer = asks(shop, order, OPERATOR)
    shop.tap(offer, "yes")
    assert (shop.state(order), shop.charges()) == ("paid", [1000])


def test_the_attempt_says_that_the_buyer_was_there(shop: Shop) -> None:
    saved(shop)
    order = shop.order()
    shop.tap(offered(shop, order), "yes", sender=BUYER)
    attempt = shop.one(models.Attempt, models.Attempt.order_id == order)
    assert (attempt.customer_initiated, attempt.saves, attempt.consent) == (True, False, None)


@pytest.mark.both_databases
def test_a_card_revoked_between_the_tap_and_the_charge_is_not_charged(shop: Shop) -> None:
    source = saved(shop)
    order = shop.order()
    offer = offered(shop, order)
    context = meanwhile(
        shop, "open", after=lambda: aliases.revoke(shop.context, shop.id, shop.get(source).alias_id or "")
    )
    dataclasses.replace(shop, context=context).tap(offer, "yes", sender=BUYER)
    shop.drain()
    assert (shop.state(order), shop.charges(), shop.get(order).declines) == ("open", [], 0)
    assert shop.attempts(order) == ["abandoned"]
