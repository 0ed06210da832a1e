"""What one try brings is not taken for another's, and nothing is left for ever without somebody being told."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.kit import ASKS, ASKS_ALWAYS, CONSENT, DECLINED, Meanwhile, Shop, declaration, meanwhile, paid, saved
from webapp.db import models, orders
from webapp.domain.actions import Action
from webapp.domain.errors import AmountRefused, Conflict, GatewayRefused
from webapp.domain.money import Money
from webapp.domain.outcome import Cancelled, Card, Decline, Declined, Done, Outcome, Pending, Unknown
from webapp.domain.states import Event
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, checkout, outcomes
from webapp.services.runtime.context import ServiceContext

CARD = Card("visa", "4242", 12, 2030, "fp_1")


def dropped_at_the_bank(shop: Shop, order: str, *, save: bool = False) -> None:
    """A try waits at the bank, and the buyer takes another card."""
    shop.pay(order, ASKS, save=save)
    checkout.another_card(shop.context, order)


def submission(shop: Shop, card: str = "visa") -> checkout.Submission:
    return checkout.Submission(shop.token(card), False, CONSENT, "")


def told(shop: Shop, words: str) -> list[dict[str, Any]]:
    return [message for message in shop.place.sent if words in str(message)]


def test_the_banks_late_no_to_a_dropped_try_is_not_the_decline_of_the_next(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, DECLINED)
    shop.pay(order, DECLINED)
    dropped_at_the_bank(shop, order)
    shop.answer_bank(order, "failed")
    intent = shop.get(order).intent or ""
    context = meanwhile(shop, "submit", before=lambda: checkout.follow(shop.context, shop.id, intent))
    checkout.start(context, order, submission(shop))
    assert [call["type"] for call in shop.callbacks(order)] == ["order.paid"]
    assert (shop.attempts(order)[-1], shop.get(order).declines, shop.charges()) == ("done", 2, [1000])


@pytest.mark.parametrize("answer", ["cancelled", "failed"])
@pytest.mark.parametrize("action", [Action.PAYMENT, Action.REGISTER])
def test_a_buyer_who_does_not_confirm_at_the_bank_has_used_up_no_try(shop: Shop, action: Action, answer: str) -> None:
    """Stripe says the same of both: `payment_intent_authentication_failure`."""
    order = shop.order(action)
    for tries in range(1, 5):
        shop.pay(order, ASKS_ALWAYS)
        shop.answer_bank(order, answer)
        checkout.resume(shop.context, order)
        assert (shop.state(order), shop.attempts(order)) == ("open", ["abandoned"] * tries)
    assert {row.reason for row in shop.all(models.Attempt)} == {"authentication_failed"}
    assert (shop.get(order).declines, "declined" in shop.kinds(order)) == (0, False)
    shop.pay(order)
    assert shop.state(order) in {"paid", "registered"}


def test_a_bank_that_itself_refuses_to_authenticate_declines(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS_ALWAYS)
    intent = shop.get(order).intent or ""
    outcomes.apply_outcome(shop.context, order, Declined(intent, Decline.GENERIC, "authentication_rejected"))
    assert (shop.attempts(order), shop.get(order).declines) == (["declined"], 1)


def test_a_try_that_never_arrived_is_not_declined_by_news_of_the_one_before(shop: Shop) -> None:
    order = shop.order()
    dropped_at_the_bank(shop, order)
    shop.answer_bank(order, "failed")
    shop.fault("timeout_before", "POST /v1/*_intents/*/confirm")
    shop.pay(order)
    shop.later(seconds=100)
    assert (shop.attempts(order), shop.get(order).declines) == (["abandoned", "abandoned"], 0)


def test_the_banks_late_yes_to_a_dropped_try_brings_that_try_s_consent_and_alias(shop: Shop) -> None:
    order = shop.order(Action.ASK_REGISTER_PAY)
    dropped_at_the_bank(shop, order, save=True)
    context = meanwhile(shop, "submit", before=lambda: shop.answer_bank(order, "passed"))
    checkout.start(context, order, submission(shop))
    assert (shop.state(order), shop.attempts(order)) == ("paid", ["done", "abandoned"])
    assert (len(shop.all(models.Alias)), len(shop.all(models.Consent)), shop.charges()) == (1, 1, [1000])


def test_a_try_taken_for_lost_while_its_request_stood_still_keeps_its_own_consent(shop: Shop) -> None:
    """As of a machine that was paused: its request goes on after a worker has given the try up."""
    order = shop.order(Action.REGISTER)
    context = meanwhile(shop, "submit", before=lambda: shop.later(minutes=3))
    first = dataclasses.replace(submission(shop, ASKS), consent=CONSENT | {"wording": "the first one's"})
    checkout.start(context, order, first)
    assert (shop.state(order), shop.attempts(order)) == ("open", ["abandoned"])
    shop.answer_bank(order, "passed")
    checkout.start(
        shop.context, order, dataclasses.replace(submission(shop), consent=CONSENT | {"wording": "the second's"})
    )
    assert (shop.state(order), shop.attempts(order)) == ("registered", ["done", "abandoned"])
    assert shop.one(models.Consent).wording == "the first one's"


def worded(shop: Shop, wording: str, card: str = "visa") -> checkout.Submission:
    return dataclasses.replace(submission(shop, card), consent=CONSENT | {"wording": wording})


@pytest.mark.parametrize("lost", [False, True])
def test_a_try_that_finds_what_an_earlier_one_brought_lends_it_no_consent(shop: Shop, lost: bool) -> None:
    """The first stands still, is given up, and succeeds; the second's card is refused for that, and answered before the first is."""
    order = shop.order(Action.REGISTER)

    def stands_still() -> None:
        shop.later(minutes=3)
        if lost:
            shop.fault("timeout_after", "POST /v1/*_intents/*/confirm")

    context = meanwhile(
        shop,
        "submit",
        before=stands_still,
        after=lambda: checkout.start(shop.context, order, worded(shop, "the second's")),
    )
    checkout.start(context, order, worded(shop, "the first one's"))
    assert (shop.state(order), shop.attempts(order)) == ("registered", ["done", "abandoned"])
    assert shop.one(models.Consent).wording == "the first one's"


@pytest.mark.parametrize("heard", [False, True])
def test_a_try_that_waits_for_an_earlier_one_s_card_lends_it_no_consent(shop: Shop, heard: bool) -> None:
    """The bank takes its time with the first one's card, and the first was given up before it was sent."""
    order = shop.order(Action.REGISTER)
    found = Pending("seti_slow", "pm_first")

    def slow(outcome: Outcome, **happens: Any) -> ServiceContext:
        class Slow(Meanwhile):
            def submit(self, *_: Any, **__: Any) -> Outcome:
                return outcome

        return dataclasses.replace(shop.context, gateway=lambda m: Slow(shop.context.gateway(m), "open", **happens))

    first = found if heard else Unknown("lost")
    checkout.start(slow(first, after=lambda: shop.later(minutes=3)), order, worded(shop, "the first one's"))
    assert (shop.state(order), shop.attempts(order)) == ("open", ["abandoned"])
    checkout.start(slow(dataclasses.replace(found, earlier=True)), order, worded(shop, "the second's"))
    outcomes.apply_outcome(
        shop.context, order, Done(shop.get(order).intent or "", 0, "EUR", CARD, "pm_first", "cus_1", "pm_first")
    )
    assert (shop.state(order), shop.attempts(order)) == ("registered", ["done", "abandoned"])
    assert shop.one(models.Consent).wording == "the first one's"


def test_a_try_that_stood_still_until_the_order_was_over_pays_nothing_and_leaves_nothing_open(shop: Shop) -> None:
    order = shop.order()
    card = submission(shop)

    def over() -> None:
        with shop.context.database.write() as session:
            row = orders.lock(session, order)
            outcomes.abandon_attempt_in(session, shop.context, row, "never_arrived")
            lifecycle.move(session, shop.context, row, Event.ATTEMPT_ABANDONED)
            lifecycle.move(session, shop.context, row, Event.EXPIRED)

    with pytest.raises(Conflict) as refused:
        checkout.start(meanwhile(shop, "open", before=over), order, card)
    assert (refused.value.code, shop.get(order).intent) == ("wrong_state", None)
    (intent,) = shop.ledger()["intents"]
    assert (intent["status"], shop.charges()) == ("canceled", [])
    lifecycle.reactivate(shop.context, shop.id, order, send=False)
    shop.pay(order)
    assert (shop.state(order), shop.charges()) == ("paid", [1000])


def test_what_a_try_brings_that_was_taken_for_lost_is_known_for_its_own(shop: Shop) -> None:
    order = shop.order()

    def lost() -> None:
        with shop.context.database.write() as session:
            row = orders.lock(session, order)
            outcomes.abandon_attempt_in(session, shop.context, row, "never_arrived")
            lifecycle.move(session, shop.context, row, Event.ATTEMPT_ABANDONED)
        shop.pay(order, ASKS)

    checkout.start(meanwhile(shop, "submit", before=lost), order, submission(shop))
    assert (shop.state(order), shop.attempts(order)) == ("paid", ["done", "abandoned"])


def test_a_card_that_nobody_agreed_to_keep_is_forgotten_at_the_gateway(shop: Shop) -> None:
    order = shop.order(Action.ASK_REGISTER_PAY)
    shop.pay(order, ASKS, save=False)
    intent = shop.get(order).intent or ""
    done = Done(intent, 1000, "EUR", None, "pm_tampered", "cus_1", shop.one(models.Attempt).gateway_attempt_ref or "")
    forgotten: list[Any] = []

    class Forgets:
        def __getattr__(self, name: str) -> Any:
            return forgotten.append if name == "forget" else None

    outcomes.apply_outcome(dataclasses.replace(shop.context, gateway=lambda _m: Forgets()), order, done)
    assert (shop.all(models.Alias), [each.id for each in forgotten]) == ([], ["pm_tampered"])


def test_a_decline_without_a_mark_counts_each_time(shop: Shop) -> None:
    order = shop.order()
    for number in (1, 2):
        shop.pay(order, ASKS)
        outcomes.apply_outcome(shop.context, order, Declined("pi_x", Decline.GENERIC, "card_declined", ""))
        assert shop.get(order).declines == number


def test_a_charge_repeats_what_it_said_though_the_alias_has_another_card_meanwhile(shop: Shop) -> None:
    source = paid(shop, Action.REGISTER_PAY)
    order = aliases.charge(shop.context, shop.id, source, Money(500, "EUR")).id
    shop.fault("500", "POST /v1/payment_intents")
    shop.drain()
    paid(shop, Action.REGISTER)
    shop.later(seconds=10)
    assert shop.state(order) in {
        "paid",
        "refused",
    }  # the old card was forgotten at the gateway: a plain refusal is right
    assert shop.charges() in ([500, 1000], [1000])


def test_a_charge_that_is_answered_the_same_500_is_made_once_all_the_same(shop: Shop) -> None:
    order = aliases.charge(shop.context, shop.id, paid(shop, Action.REGISTER_PAY), Money(500, "EUR")).id
    shop.fault("500", "POST /v1/payment_intents")
    shop.drain()
    shop.later(seconds=10)
    assert (shop.state(order), shop.charges()) == ("paid", [500, 1000])


def test_a_charge_whose_intent_is_cancelled_at_the_gateway_is_refused(shop: Shop) -> None:
    order = aliases.charge(shop.context, shop.id, paid(shop, Action.REGISTER_PAY), Money(500, "EUR")).id

    class Elsewhere:
        def __init__(self, real: Any) -> None:
            self._real = real

        def __getattr__(self, name: str) -> Any:
            changed = {
                "charge": lambda *_a, **_k: Pending("pi_9"),
                "find": lambda *_a: [Cancelled("pi_9")],
                "lookup": Cancelled,
            }
            return changed.get(name) or getattr(self._real, name)

    there = dataclasses.replace(
        shop, context=dataclasses.replace(shop.context, gateway=lambda m: Elsewhere(shop.context.gateway(m)))
    )
    there.drain()
    there.later(seconds=10)
    assert (shop.state(order), [call["type"] for call in shop.callbacks(order)]) == ("refused", ["order.refused"])


def test_another_amount_at_the_gateway_is_told_to_the_shop_once(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    for _ in range(3):
        outcomes.apply_outcome(shop.context, order, Done(shop.get(order).intent or "", 999, "EUR", None))
    shop.drain()
    assert (shop.state(order), shop.kinds(order).count("alarm"), len(told(shop, "another amount"))) == (
        "processing",
        1,
        1,
    )


def test_a_gateway_that_never_tells_is_told_to_the_shop(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    shop.fault("500", "GET /v1/payment_intents/*", times=-1)
    for _ in range(12):
        shop.later(seconds=301)
    assert (shop.state(order), len(told(shop, "does not say what became"))) == ("processing", 1)


def test_a_payment_that_the_gateway_refuses_is_told_to_the_shop(shop: Shop) -> None:
    order = shop.order()
    with pytest.raises(GatewayRefused):
        shop.pay(order, token="ctoken_nonsense")
    shop.drain()
    assert (shop.state(order), len(told(shop, "refuses this payment"))) == ("open", 1)


@pytest.mark.both_databases
def test_two_orders_that_save_one_card_at_once_make_one_alias(shop: Shop) -> None:
    pair = [shop.order(Action.REGISTER) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(shop.pay, pair))
    assert (len(shop.all(models.Alias)), len(shop.ledger()["payment_methods"])) == (1, 1)


@pytest.mark.both_databases
def test_two_first_payments_of_a_buyer_at_once_make_one_customer(shop: Shop) -> None:
    pair = [shop.order(email="a@example.com"), shop.order(email="b@example.com")]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(shop.pay, pair))
    assert {shop.state(order) for order in pair} == {"paid"}


def test_a_buyer_is_known_again_after_the_merchant_moved_to_another_account(shop: Shop) -> None:
    paid(shop)
    other = shop.gateway.account()
    declarations.apply(shop.context, declarations.declared(declaration(other, "http://127.0.0.1:9/x")))
    moved = dataclasses.replace(shop, account=other)
    order = moved.order()
    moved.pay(order)
    assert moved.state(order) == "paid"


def test_a_charge_that_is_being_cancelled_sends_the_buyer_nothing(shop: Shop) -> None:
    source = shop.order(Action.REGISTER)
    shop.pay(source, ASKS_ALWAYS)
    shop.answer_bank(source, "passed")
    shop.later(seconds=31)
    order = aliases.charge(shop.context, shop.id, source, Money(500, "EUR")).id
    lifecycle.cancel(shop.context, shop.id, order)
    before = len(shop.place.sent)
    shop.drain()
    shop.later(seconds=31)
    assert shop.state(order) in {"cancelled", "refused"}
    assert [message for message in shop.place.sent[before:] if message["to"].endswith("612345678")] == []


def test_a_charge_has_no_link_to_send(shop: Shop) -> None:
    order = aliases.charge(shop.context, shop.id, paid(shop, Action.REGISTER_PAY), Money(500, "EUR")).id
    with pytest.raises(Conflict):
        lifecycle.resend(shop.context, shop.id, order)


def test_an_amount_that_the_gateway_does_not_take_is_told_to_buyer_and_shop_in_words(shop: Shop) -> None:
    order = shop.order()

    def refuses() -> None:
        raise AmountRefused("amount_too_large")

    with pytest.raises(AmountRefused):
        checkout.start(meanwhile(shop, "open", before=refuses), order, submission(shop))
    assert (shop.state(order), shop.get(order).declines) == ("open", 0)
    shop.drain()
    assert len(told(shop, "does not take this amount")) == 1


def test_a_charge_of_an_amount_that_the_gateway_does_not_take_is_refused_with_that_reason(shop: Shop) -> None:
    order = aliases.charge(shop.as_operator(), shop.id, saved(shop), Money(500, "EUR")).id

    def refuses() -> None:
        raise AmountRefused("amount_too_large")

    dataclasses.replace(shop, context=meanwhile(shop, "charge", before=refuses)).drain()
    assert (shop.state(order), len(told(shop, "the payment provider does not take this amount"))) == ("refused", 1)
