"""What every gateway must do, whatever it is: the promises of `webapp.gateways.base`, kept over HTTP.

`needs` names what a gateway has to be able to do for a test to be about it. Without CARD_FIELDS the buyer's card is given on the gateway's
own page, which is a part of the try here (`submitted`)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from tests.gateways.rigs import Fault, Plastic, Rig
from webapp.domain import errors
from webapp.domain.outcome import (
    ActionNeeded,
    Authorised,
    Cancelled,
    Decline,
    Declined,
    Done,
    GatewayRefund,
    Outcome,
    Unconfirmed,
    Unknown,
)
from webapp.domain.statuses import DisputeState, RefundState
from webapp.gateways.base import Capability, Gateway, Purchase, SavedPaymentMethod, Saver
from webapp.gateways.registry import NAME

KEYS = count()
SAVES, CHARGES, TAPS, HOLDS, PARTS, FIELDS = (
    pytest.mark.needs(each)
    for each in (
        Capability.SAVED_CARDS,
        Capability.MERCHANT_INITIATED,
        Capability.CUSTOMER_INITIATED,
        Capability.MANUAL_CAPTURE,
        Capability.PARTIAL_REFUNDS,
        Capability.CARD_FIELDS,
    )
)
AMOUNTS = pytest.mark.parametrize("amount", [1000, pytest.param(0, marks=SAVES)])  # 0: the card is only registered
SILENT = (Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.ERROR_BEFORE, Fault.ERROR_AFTER)


def purchase(rig: Rig, amount: int = 1000, order: str = "ord_1") -> Purchase:
    customer = rig.gateway.customer(buyer="buyer_1", phone="+33612345678", email="buyer@example.com")
    return Purchase(order, "demo", amount, rig.currency, amount == 0, customer, "A12", "2 pizzas")


def opened(rig: Rig, amount: int = 1000) -> str:
    return rig.gateway.open(purchase(rig, amount))


def submitted(
    rig: Rig,
    intent: str,
    card: Plastic = Plastic.WORKS,
    *,
    save: bool = False,
    key: str = "",
    by: Gateway | None = None,
) -> Outcome:
    outcome = (by or rig.gateway).submit(
        intent,
        token=rig.token(card, saves=save),
        save=save,
        key=key or f"att_{next(KEYS)}",
        return_url="https://pay.example.com/p/token",
        mandate="Browser/1.0",
    )
    if not isinstance(outcome, ActionNeeded) or outcome.redirect_url is None:
        return outcome
    rig.pays(intent, card)
    return rig.gateway.lookup(intent)


def reached(rig: Rig) -> type[Outcome]:
    """What becomes of a submission that arrived, and whose answer got lost."""
    return Done if Capability.CARD_FIELDS in rig.provider.capabilities else ActionNeeded


def part(rig: Rig) -> int:
    """As little of a payment of 1000 as can go back."""
    return 300 if Capability.PARTIAL_REFUNDS in rig.provider.capabilities else 1000


def registered(rig: Rig, card: Plastic = Plastic.WORKS, order: str = "ord_0") -> SavedPaymentMethod:
    outcome = submitted(rig, rig.gateway.open(purchase(rig, 0, order)), card, save=True)
    assert isinstance(outcome, Done)
    assert outcome.saved
    assert outcome.customer
    return SavedPaymentMethod(outcome.customer, outcome.saved)


# --- paying


def test_a_payment_tells_the_amount_the_currency_and_the_card(rig: Rig) -> None:
    intent = opened(rig)
    outcome = submitted(rig, intent)
    assert isinstance(outcome, Done)
    assert (outcome.intent, outcome.amount, outcome.currency) == (intent, 1000, rig.currency)
    assert outcome.card
    assert (outcome.card.brand, outcome.card.last4, outcome.card.exp_month) == ("visa", "4242", 12)
    assert rig.gateway.lookup(intent) == outcome


def test_an_intent_that_was_never_confirmed_is_untried(rig: Rig) -> None:
    intent = opened(rig)
    assert rig.gateway.lookup(intent) == Unconfirmed(intent)


def test_the_same_card_has_the_same_fingerprint_and_another_has_another(rig: Rig) -> None:
    cards = [Plastic.WORKS, Plastic.WORKS, Plastic.WORKS_TOO]
    outcomes = [submitted(rig, rig.gateway.open(purchase(rig, order=f"ord_{n}")), card) for n, card in enumerate(cards)]
    first, again, other = (
        outcome.card.fingerprint for outcome in outcomes if isinstance(outcome, Done) and outcome.card
    )
    assert first == again != other


@AMOUNTS
@FIELDS
def test_a_card_has_its_fingerprint_before_it_is_tried_and_when_it_is_declined(rig: Rig, amount: int) -> None:
    intent, token = opened(rig, amount), rig.token(Plastic.DECLINED)
    told = rig.gateway.fingerprint(token)
    assert told == rig.gateway.fingerprint(token) != rig.gateway.fingerprint(rig.token(Plastic.WORKS)) != ""
    outcome = rig.gateway.submit(
        intent, token=token, save=False, key="att_1", return_url="https://x.example", mandate=""
    )
    assert isinstance(outcome, Declined)
    found = rig.gateway.lookup(intent)
    assert isinstance(found, Declined)
    assert outcome.fingerprint == found.fingerprint == told


@AMOUNTS
@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (Plastic.DECLINED, Decline.GENERIC),
        (Plastic.NO_FUNDS, Decline.INSUFFICIENT_FUNDS),
        (Plastic.EXPIRED, Decline.EXPIRED_CARD),
        (Plastic.WRONG_CVC, Decline.INCORRECT_CVC),
        (Plastic.PROCESSING_ERROR, Decline.PROCESSING_ERROR),
        (Plastic.LOST, Decline.GENERIC),
        (Plastic.STOLEN, Decline.GENERIC),
        (Plastic.FRAUDULENT, Decline.GENERIC),
    ],
)
def test_a_decline_says_only_what_the_buyer_can_mend(rig: Rig, card: Plastic, reason: Decline, amount: int) -> None:
    intent = opened(rig, amount)
    outcome = submitted(rig, intent, card)
    assert isinstance(outcome, Declined)
    assert (outcome.intent, outcome.reason) == (intent, reason)
    assert outcome.code
    assert rig.gateway.lookup(intent) == outcome


def test_after_a_decline_the_same_intent_takes_another_card(rig: Rig) -> None:
    intent = opened(rig)
    first = submitted(rig, intent, Plastic.DECLINED)
    second = submitted(rig, intent, Plastic.DECLINED)
    assert isinstance(first, Declined)
    assert isinstance(second, Declined)
    assert first.gateway_attempt_ref
    assert first.gateway_attempt_ref != second.gateway_attempt_ref  # old news is not taken for new
    assert isinstance(submitted(rig, intent), Done)
    assert rig.charged() == 1


@AMOUNTS
def test_the_banks_question_is_handed_on_and_its_yes_completes_the_try(rig: Rig, amount: int) -> None:
    intent = opened(rig, amount)
    asked = submitted(rig, intent, Plastic.ASKS_THE_BANK)
    assert isinstance(asked, ActionNeeded)
    assert rig.gateway.lookup(intent) == asked
    rig.bank(asked, passed=True)
    outcome = rig.gateway.lookup(intent)
    assert isinstance(outcome, Done)
    assert outcome.amount == amount


@AMOUNTS
def test_the_banks_no_is_a_decline_and_another_card_may_be_tried(rig: Rig, amount: int) -> None:
    intent = opened(rig, amount)
    asked = submitted(rig, intent, Plastic.ASKS_THE_BANK)
    assert isinstance(asked, ActionNeeded)
    rig.bank(asked, passed=False)
    outcome = rig.gateway.lookup(intent)
    assert isinstance(outcome, Declined)
    assert outcome.reason is Decline.AUTHENTICATION_FAILED
    assert outcome.gateway_attempt_ref
    assert isinstance(submitted(rig, intent), Done)


def test_a_yes_of_the_bank_does_not_make_funds(rig: Rig) -> None:
    intent = opened(rig)
    asked = submitted(rig, intent, Plastic.ASKS_THEN_NO_FUNDS)
    assert isinstance(asked, ActionNeeded)
    rig.bank(asked, passed=True)
    outcome = rig.gateway.lookup(intent)
    assert isinstance(outcome, Declined)
    assert outcome.reason is Decline.INSUFFICIENT_FUNDS


def test_another_card_may_be_taken_while_the_bank_waits(rig: Rig) -> None:
    intent = opened(rig)
    assert isinstance(submitted(rig, intent, Plastic.ASKS_THE_BANK), ActionNeeded)
    assert isinstance(submitted(rig, intent), Done)
    assert rig.charged() == 1


# --- saving


@SAVES
def test_a_registration_takes_nothing_and_keeps_the_card(rig: Rig) -> None:
    outcome = submitted(rig, opened(rig, 0), save=True)
    assert isinstance(outcome, Done)
    assert (outcome.amount, outcome.currency) == (0, rig.currency)
    assert outcome.saved
    assert outcome.card
    assert (rig.charged(), rig.saved()) == (0, 1)


@SAVES
def test_a_card_that_is_forgotten_is_listed_as_changed(rig: Rig) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)
    kept, gone = registered(rig), registered(rig, Plastic.WORKS_TOO, "ord_1")
    rig.gateway.forget(gone)
    listed = set(rig.gateway.changed(began) or ())
    assert gone.id in listed
    assert kept.id not in listed


@SAVES
def test_a_payment_keeps_the_card_when_told_to(rig: Rig) -> None:
    outcome = submitted(rig, opened(rig), save=True)
    assert isinstance(outcome, Done)
    assert outcome.saved
    assert outcome.customer
    assert rig.saved() == 1


@SAVES
def test_a_page_that_asks_for_more_than_the_buyer_agreed_to_saves_nothing(rig: Rig) -> None:
    intent, token = opened(rig), rig.token(Plastic.WORKS, saves=True)
    outcome = rig.gateway.submit(
        intent, token=token, save=False, key="att", return_url="https://pay.example.com", mandate=""
    )
    assert isinstance(outcome, Done)
    assert outcome.saved is None
    assert rig.saved() == 0


@SAVES
def test_ticked_then_declined_then_unticked_and_paid_leaves_no_card(rig: Rig) -> None:
    intent = opened(rig)
    assert isinstance(submitted(rig, intent, Plastic.DECLINED, save=True), Declined)
    outcome = submitted(rig, intent, save=False)
    assert isinstance(outcome, Done)
    assert outcome.saved is None
    assert rig.saved() == 0


# --- one intent, one charge


def test_opening_again_gives_the_same_intent_and_a_new_generation_another(rig: Rig) -> None:
    wanted = purchase(rig)
    assert rig.gateway.open(wanted) == rig.gateway.open(wanted)
    assert rig.gateway.open(replace(wanted, generation=2)) != rig.gateway.open(wanted)


def test_a_submission_that_is_sent_twice_is_one_charge(rig: Rig) -> None:
    intent, token = opened(rig), rig.token(Plastic.WORKS)
    outcomes = [
        rig.gateway.submit(
            intent, token=token, save=False, key="att_1", return_url="https://pay.example.com", mandate=""
        )
        for _ in range(2)
    ]
    assert outcomes[0] == outcomes[1]
    assert isinstance(outcomes[0], reached(rig))
    if isinstance(outcomes[0], ActionNeeded):
        rig.pays(intent, Plastic.WORKS)
        rig.pays(intent, Plastic.WORKS)
    assert rig.charged() == 1


def test_a_second_tab_learns_that_it_is_paid(rig: Rig) -> None:
    intent = opened(rig)
    paid = submitted(rig, intent)
    assert isinstance(paid, Done)
    assert submitted(rig, intent, Plastic.WORKS_TOO) == replace(paid, earlier=True)
    assert rig.charged() == 1


def test_twenty_tries_at_once_are_one_charge(rig: Rig) -> None:
    intent = opened(rig)
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda _: submitted(rig, intent), range(20)))
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert rig.charged() == 1


@FIELDS
def test_a_token_that_was_used_before_is_refused_and_nothing_is_taken(rig: Rig) -> None:
    intent, token = opened(rig), rig.token(Plastic.DECLINED)
    sent = {"token": token, "return_url": "https://pay.example.com", "mandate": ""}
    assert isinstance(rig.gateway.submit(intent, save=False, key="att_1", **sent), Declined)
    with pytest.raises(errors.GatewayRefused):
        rig.gateway.submit(intent, save=False, key="att_2", **sent)


def test_the_gateways_customer_is_the_same_for_the_same_buyer_and_a_new_address_is_no_error(rig: Rig) -> None:
    made = [rig.gateway.customer(buyer="b1", phone="+33612345678", email=None) for _ in range(2)]
    assert made[0] == made[1]
    assert rig.gateway.customer(buyer="b1", phone="+33612345678", email="new@example.com")


# --- charging without the buyer


@CHARGES
def test_a_saved_card_is_charged_without_the_buyer(rig: Rig) -> None:
    payment_method = registered(rig)
    outcome = rig.gateway.charge(purchase(rig, 500, "ord_2"), payment_method, key="att_2")
    assert isinstance(outcome, Done)
    assert (outcome.amount, outcome.currency, outcome.saved) == (500, rig.currency, None)
    assert outcome.card
    assert rig.gateway.find("ord_2", payment_method.customer) == [outcome]


@CHARGES
def test_a_charge_that_is_sent_twice_is_one_charge(rig: Rig) -> None:
    payment_method, wanted = registered(rig), purchase(rig, 500, "ord_2")
    outcomes = [rig.gateway.charge(wanted, payment_method, key="att_2") for _ in range(2)]
    assert outcomes[0] == outcomes[1]
    assert rig.charged() == 1


@CHARGES
def test_a_saved_card_may_be_declined_later(rig: Rig) -> None:
    payment_method = registered(rig, Plastic.DECLINES_LATER)
    outcome = rig.gateway.charge(purchase(rig, 500, "ord_2"), payment_method, key="att_2")
    assert isinstance(outcome, Declined)
    assert outcome.reason is Decline.GENERIC
    assert outcome.gateway_attempt_ref


@CHARGES
def test_a_bank_that_wants_the_buyer_is_told_apart_and_the_same_intent_is_then_paid_on_the_page(rig: Rig) -> None:
    asked = submitted(rig, opened(rig, 0), Plastic.ASKS_THE_BANK, save=True)
    assert isinstance(asked, ActionNeeded)
    rig.bank(asked, passed=True)
    saved = rig.gateway.lookup(asked.intent)
    assert isinstance(saved, Done)
    payment_method = SavedPaymentMethod(saved.customer or "", saved.saved or "")
    outcome = rig.gateway.charge(purchase(rig, 500, "ord_2"), payment_method, key="att_2")
    assert isinstance(outcome, Declined)
    assert outcome.reason is Decline.AUTHENTICATION_REQUIRED
    paid = submitted(rig, outcome.intent)
    assert isinstance(paid, Done)
    assert (paid.amount, paid.saved) == (500, None)


def chosen(rig: Rig, payment_method: SavedPaymentMethod, *, key: str = "att_2", by: Gateway | None = None) -> Outcome:
    """An order's intent paid with a saved card that the buyer has just chosen."""
    intent = rig.gateway.open(purchase(rig, 500, "ord_2"))
    return (by or rig.gateway).pay_with(intent, payment_method, key=key, return_url="https://pay.example.com/p/token")


@TAPS
def test_a_saved_card_that_the_buyer_chooses_pays_the_order_s_own_intent_once(rig: Rig) -> None:
    payment_method = registered(rig)
    outcomes = [chosen(rig, payment_method) for _ in range(2)]
    assert isinstance(outcomes[0], Done)
    assert outcomes[0] == outcomes[1] == rig.gateway.lookup(outcomes[0].intent)
    assert (outcomes[0].amount, outcomes[0].saved, outcomes[0].gateway_attempt_ref) == (500, None, payment_method.id)
    assert (rig.charged(), rig.saved()) == (1, 1)


@TAPS
def test_a_bank_that_asks_for_the_buyer_who_chose_a_saved_card_is_answered_as_on_the_page(rig: Rig) -> None:
    asked = submitted(rig, opened(rig, 0), Plastic.ASKS_THE_BANK, save=True)
    assert isinstance(asked, ActionNeeded)
    rig.bank(asked, passed=True)
    saved = rig.gateway.lookup(asked.intent)
    assert isinstance(saved, Done)
    outcome = chosen(rig, SavedPaymentMethod(saved.customer or "", saved.saved or ""))
    assert isinstance(outcome, ActionNeeded)
    assert outcome.gateway_attempt_ref == saved.saved
    rig.bank(outcome, passed=True)
    assert isinstance(rig.gateway.lookup(outcome.intent), Done)


@TAPS
def test_a_saved_card_that_is_declined_leaves_the_intent_for_another(rig: Rig) -> None:
    outcome = chosen(rig, registered(rig, Plastic.DECLINES_LATER))
    assert isinstance(outcome, Declined)
    assert isinstance(submitted(rig, outcome.intent), Done)
    assert rig.charged() == 1


@pytest.mark.parametrize("fault", SILENT)
@TAPS
def test_a_chosen_card_without_an_answer_is_unknown_until_the_truth_is_looked_up(rig: Rig, fault: Fault) -> None:
    payment_method = registered(rig)
    intent = rig.gateway.open(purchase(rig, 500, "ord_2"))
    rig.fault("submit", fault)
    outcome = rig.gateway.pay_with(intent, payment_method, key="att_2", return_url="https://pay.example.com/p/token")
    assert isinstance(outcome, Unknown)
    assert isinstance(
        rig.gateway.lookup(intent), Done if fault in {Fault.DROP_AFTER, Fault.ERROR_AFTER} else Unconfirmed
    )


@TAPS
def test_a_forgotten_card_is_not_taken_when_it_is_chosen(rig: Rig) -> None:
    payment_method = registered(rig)
    rig.gateway.forget(payment_method)
    with pytest.raises(errors.GatewayRefused):
        chosen(rig, payment_method)
    assert rig.charged() == 0


@CHARGES
def test_a_forgotten_card_is_never_charged_again_and_forgetting_twice_is_harmless(rig: Rig) -> None:
    payment_method = registered(rig)
    rig.gateway.forget(payment_method)
    rig.gateway.forget(payment_method)
    assert rig.saved() == 0
    with pytest.raises(errors.GatewayRefused):
        rig.gateway.charge(purchase(rig, 500, "ord_2"), payment_method, key="att_2")
    assert rig.charged() == 0


@SAVES
def test_a_saved_card_is_known_until_it_is_forgotten(rig: Rig) -> None:
    payment_method = registered(rig)
    card = rig.gateway.saved(payment_method.id)
    assert card is not None
    assert (card.last4, bool(card.exp_year)) == ("4242", True)
    rig.gateway.forget(payment_method)
    assert rig.gateway.saved(payment_method.id) is None
    with pytest.raises(errors.Busy):
        rig.unknown.saved(payment_method.id)


@SAVES
def test_forgetting_what_the_gateway_never_knew_is_harmless(rig: Rig) -> None:
    rig.gateway.forget(SavedPaymentMethod("cus_unknown", "pm_unknown"))


@CHARGES
def test_find_tells_the_orders_of_a_customer_apart(rig: Rig) -> None:
    payment_method = registered(rig)
    rig.gateway.charge(purchase(rig, 500, "ord_2"), payment_method, key="att_2")
    rig.gateway.charge(purchase(rig, 700, "ord_3"), payment_method, key="att_3")
    found = rig.gateway.find("ord_3", payment_method.customer)
    assert [each.amount for each in found if isinstance(each, Done)] == [700]
    assert rig.gateway.find("ord_4", payment_method.customer) == []


# --- cancelling


@AMOUNTS
def test_a_cancelled_intent_takes_no_try_and_cancelling_again_says_the_same(rig: Rig, amount: int) -> None:
    intent = opened(rig, amount)
    for _ in range(2):
        assert rig.gateway.cancel(intent) == Cancelled(intent)
    assert submitted(rig, intent) == Cancelled(intent)
    assert rig.charged() == 0


def test_what_is_paid_cannot_be_cancelled(rig: Rig) -> None:
    intent = opened(rig)
    paid = submitted(rig, intent)
    assert rig.gateway.cancel(intent) == paid


def test_a_try_that_waits_for_the_bank_can_be_cancelled(rig: Rig) -> None:
    intent = opened(rig)
    submitted(rig, intent, Plastic.ASKS_THE_BANK)
    assert rig.gateway.cancel(intent) == Cancelled(intent)


# --- money that is held


def held(rig: Rig, *, save: bool = False) -> str:
    intent = rig.gateway.open(replace(purchase(rig), manual_capture=True))
    outcome = submitted(rig, intent, save=save)
    assert isinstance(outcome, Authorised)
    return intent


@HOLDS
def test_money_that_is_held_says_how_much_until_when_and_with_which_card(rig: Rig) -> None:
    intent = held(rig, save=True)
    outcome = rig.gateway.lookup(intent)
    assert isinstance(outcome, Authorised)
    assert (outcome.amount, outcome.currency, bool(outcome.card), bool(outcome.saved)) == (1000, "EUR", True, True)
    assert outcome.until > datetime.now(UTC) + timedelta(days=1)


@pytest.mark.parametrize("fault", [None, *SILENT])
@HOLDS
def test_what_is_held_is_taken_once(rig: Rig, fault: Fault | None) -> None:
    intent = held(rig)
    if fault:
        rig.fault("capture", fault)
        assert isinstance(rig.gateway.capture(intent, key="capture 1"), Unknown)
    done = rig.gateway.capture(intent, key="capture 2")
    assert isinstance(done, Done)
    assert (done.amount, rig.gateway.retrieve_payment(intent).taken, rig.charged()) == (1000, 1000, 1)


@HOLDS
def test_what_is_held_is_let_go_and_can_then_not_be_taken(rig: Rig) -> None:
    intent = held(rig)
    assert rig.gateway.cancel(intent) == Cancelled(intent)
    assert rig.gateway.capture(intent, key="ord_1:capture") == Cancelled(intent)


# --- money that goes back


@PARTS
def test_money_goes_back_in_parts_and_the_books_say_so(rig: Rig) -> None:
    intent = opened(rig)
    submitted(rig, intent)
    backs = [rig.gateway.refund(intent, amount, rig.currency, refund=f"rf_{amount}") for amount in (300, 700)]
    assert [back.progress for back in backs if isinstance(back, GatewayRefund)] == [RefundState.SUCCEEDED] * 2
    payment = rig.gateway.retrieve_payment(intent)
    assert (payment.taken, payment.currency) == (1000, rig.currency)
    assert {(each.refund, each.amount) for each in payment.refunds} == {("rf_300", 300), ("rf_700", 700)}


def test_the_whole_payment_goes_back_and_the_books_say_so(rig: Rig) -> None:
    intent = opened(rig)
    submitted(rig, intent)
    back = rig.gateway.refund(intent, 1000, rig.currency, refund="rf_1")
    assert isinstance(back, GatewayRefund)
    assert (back.amount, back.refund) == (1000, "rf_1")
    assert rig.gateway.retrieve_payment(intent).refunds == (back,)


def test_more_than_was_taken_never_goes_back(rig: Rig) -> None:
    intent = opened(rig)
    submitted(rig, intent)
    first = 700 if part(rig) < 1000 else 1000
    rig.gateway.refund(intent, first, rig.currency, refund="rf_1")
    with pytest.raises(errors.GatewayRefused):
        rig.gateway.refund(intent, 400, rig.currency, refund="rf_2")
    assert rig.returned() == first


@pytest.mark.parametrize("fault", SILENT)
def test_a_refund_without_an_answer_is_unknown_and_found_in_the_books(rig: Rig, fault: Fault) -> None:
    intent = opened(rig)
    submitted(rig, intent)
    rig.fault("refund", fault)
    assert isinstance(rig.gateway.refund(intent, part(rig), rig.currency, refund="rf_1"), Unknown)
    done = fault in {Fault.DROP_AFTER, Fault.ERROR_AFTER}
    assert [each.refund for each in rig.gateway.retrieve_payment(intent).refunds] == (["rf_1"] if done else [])
    if not done:
        rig.gateway.refund(intent, part(rig), rig.currency, refund="rf_1")
    assert rig.returned() == part(rig)


def test_a_dispute_stands_in_the_books(rig: Rig) -> None:
    intent = opened(rig)
    submitted(rig, intent, Plastic.DISPUTED)
    (dispute,) = rig.gateway.retrieve_payment(intent).disputes
    assert (dispute.amount, dispute.contest, bool(dispute.reason)) == (1000, DisputeState.OPEN, True)


def test_books_that_cannot_be_read_are_busy_and_not_empty(rig: Rig) -> None:
    with pytest.raises(errors.Busy):
        rig.unknown.retrieve_payment(opened(rig))


# --- when the gateway or the network fails


@pytest.mark.parametrize("fault", SILENT)
@AMOUNTS
def test_a_submission_without_an_answer_is_unknown_until_the_truth_is_looked_up(
    rig: Rig, fault: Fault, amount: int
) -> None:
    intent = opened(rig, amount)
    rig.fault("submit", fault)
    assert isinstance(submitted(rig, intent, save=True), Unknown)
    done = fault in {Fault.DROP_AFTER, Fault.ERROR_AFTER}
    assert isinstance(rig.gateway.lookup(intent), reached(rig) if done else Unconfirmed)
    assert rig.charged() == (1 if done and amount and reached(rig) is Done else 0)


@pytest.mark.parametrize("fault", [Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER])
def test_a_gateway_that_is_too_slow_is_not_waited_for(rig: Rig, fault: Fault) -> None:
    intent = opened(rig)
    rig.fault("submit", fault)
    assert isinstance(submitted(rig, intent, by=rig.impatient), Unknown)


@FIELDS
def test_an_error_that_is_answered_again_for_the_same_key_stays_unknown(rig: Rig) -> None:
    intent, token = opened(rig), rig.token(Plastic.WORKS)
    rig.fault("submit", Fault.ERROR_AFTER)
    sent = {"token": token, "key": "att_1", "return_url": "https://pay.example.com", "mandate": ""}
    outcomes = [rig.gateway.submit(intent, save=False, **sent) for _ in range(2)]
    assert all(isinstance(outcome, Unknown) for outcome in outcomes)
    assert rig.charged() == 1


@pytest.mark.parametrize("fault", SILENT)
@CHARGES
def test_a_charge_without_an_answer_is_found_by_its_order_and_never_made_twice(rig: Rig, fault: Fault) -> None:
    payment_method, wanted = registered(rig), purchase(rig, 500, "ord_2")
    rig.fault("charge", fault)
    assert isinstance(rig.gateway.charge(wanted, payment_method, key="att_2"), Unknown)
    done = fault in {Fault.DROP_AFTER, Fault.ERROR_AFTER}
    assert [type(each) for each in rig.gateway.find("ord_2", payment_method.customer)] == ([Done] if done else [])
    if not done:
        assert isinstance(rig.gateway.charge(wanted, payment_method, key="att_2"), Done)
    assert rig.charged() == 1


def test_too_many_requests_means_that_nothing_was_done(rig: Rig) -> None:
    intent = opened(rig)
    rig.fault("submit", Fault.TOO_MANY)
    with pytest.raises(errors.Busy):
        submitted(rig, intent)
    assert rig.gateway.lookup(intent) == Unconfirmed(intent)


def test_a_refused_connection_means_that_nothing_was_sent(rig: Rig) -> None:
    wanted, intent, token = purchase(rig), opened(rig), rig.token(Plastic.WORKS)
    rig.stop()
    with pytest.raises(errors.NotSent):
        rig.gateway.submit(intent, token=token, save=False, key="att", return_url="https://x.example", mandate="")
    with pytest.raises(errors.NotSent):
        rig.gateway.open(wanted)
    assert isinstance(rig.gateway.lookup(intent), Unknown)
    rig.start()
    assert rig.gateway.lookup(intent) == Unconfirmed(intent)


@CHARGES
def test_a_refused_connection_means_that_no_saved_card_was_charged(rig: Rig) -> None:
    payment_method, wanted = registered(rig), purchase(rig)
    rig.stop()
    with pytest.raises(errors.NotSent):
        rig.gateway.charge(wanted, payment_method, key="att_2")
    with pytest.raises(errors.Busy):
        rig.gateway.find("ord_1", payment_method.customer)


@pytest.mark.parametrize("fault", SILENT)
@AMOUNTS
def test_opening_without_an_answer_is_busy_and_asking_again_opens(rig: Rig, fault: Fault, amount: int) -> None:
    wanted = purchase(rig, amount)
    rig.fault("open", fault)
    with pytest.raises(errors.Busy):
        rig.gateway.open(wanted)
    intent = rig.gateway.open(wanted)
    assert rig.gateway.open(wanted) == intent
    assert rig.gateway.lookup(intent) == Unconfirmed(intent)


@pytest.mark.parametrize("fault", SILENT)
def test_a_customer_without_an_answer_is_busy_and_asking_again_makes_one(rig: Rig, fault: Fault) -> None:
    rig.fault("customer", fault)
    with pytest.raises(errors.Busy):
        rig.gateway.customer(buyer="b1", phone="+33612345678", email=None)
    assert rig.gateway.customer(buyer="b1", phone="+33612345678", email=None)


def test_a_customer_is_deleted_once_and_what_was_paid_can_still_go_back(rig: Rig) -> None:
    intent = opened(rig)
    assert isinstance(submitted(rig, intent), Done)
    customer = purchase(rig).customer
    assert rig.knows(customer)
    for _ in range(2):
        rig.gateway.delete_customer(customer)
        assert not rig.knows(customer)
    assert isinstance(rig.gateway.refund(intent, 1000, rig.currency, refund="rf_1"), GatewayRefund)


@pytest.mark.parametrize("fault", SILENT)
def test_deleting_a_customer_without_an_answer_is_busy_and_asking_again_deletes(rig: Rig, fault: Fault) -> None:
    customer = purchase(rig).customer
    rig.fault("delete_customer", fault)
    with pytest.raises(errors.Busy):
        rig.gateway.delete_customer(customer)
    rig.gateway.delete_customer(customer)
    assert not rig.knows(customer)


@SAVES
def test_a_deleted_customer_leaves_no_saved_card(rig: Rig) -> None:
    rig.gateway.delete_customer(registered(rig).customer)
    assert rig.saved() == 0


def test_a_key_that_the_gateway_does_not_know_is_refused_and_tells_nothing_of_the_truth(rig: Rig) -> None:
    wanted, intent = purchase(rig), opened(rig)
    with pytest.raises(errors.GatewayRefused):
        rig.unknown.open(wanted)
    with pytest.raises(errors.GatewayRefused):
        submitted(rig, intent, by=rig.unknown)
    with pytest.raises(errors.GatewayRefused):
        rig.unknown.cancel(intent)
    with pytest.raises(errors.GatewayRefused):
        rig.unknown.delete_customer(wanted.customer)
    assert isinstance(rig.unknown.lookup(intent), Unknown)


# --- webhooks


def test_news_are_believed_with_the_merchant_s_signature_only(rig: Rig) -> None:
    body, signature = rig.webhook("intent_1")
    assert rig.gateway.verify(body, signature).intent == "intent_1"
    header = rig.provider.signature_header
    assert header is None or header.contains in signature
    for wrong in ((body + b" ", signature), (body, signature[:-1] + "x"), (body, ""), (body, "é")):
        with pytest.raises(errors.Forbidden):
            rig.gateway.verify(*wrong)
    with pytest.raises(errors.Forbidden):
        rig.unknown.verify(body, signature)


def test_what_was_begun_is_listed_with_its_order(rig: Rig) -> None:
    begun = datetime.now(UTC) - timedelta(minutes=1)
    intent = opened(rig)
    paid = submitted(rig, intent)
    assert list(rig.gateway.recent(begun)) == [("ord_1", paid)]
    with pytest.raises(errors.Busy):
        list(rig.unknown.recent(begun))


# --- the provider


def test_a_provider_has_a_name_for_addresses_and_one_for_people(rig: Rig) -> None:
    assert NAME.fullmatch(rig.provider.name)
    assert rig.provider.display_name
    assert rig.provider.all_well
    origins = [each for part in vars(rig.provider.page.sources).values() for each in part]
    assert all(re.fullmatch(r"https?://[^/;,\s]+", each) for each in origins), origins


def test_the_merchant_s_table_becomes_an_account_and_what_is_wrong_in_it_is_named(rig: Rig) -> None:
    account = rig.provider.account(rig.good, live=False)
    assert all(str(value) not in repr(account) for value in account.secrets.values())
    table, key = rig.wrong
    for wrong, named in ((table, key), (rig.good | {"more": "x"}, "more"), ({}, next(iter(rig.good)))):
        with pytest.raises(errors.Invalid, match=rf"gateway\.{named}"):
            rig.provider.account(wrong, live=False)


def test_a_good_table_is_of_one_mode(rig: Rig) -> None:
    with pytest.raises(errors.Invalid, match="live"):
        rig.provider.account(rig.good, live=True)


def test_the_doctor_is_told_in_the_gateway_s_own_words_what_is_wrong(rig: Rig) -> None:
    hook = "https://pay.example.com/hooks/x/demo"
    told = rig.gateway.check(webhook_url=hook, live=False)
    assert hook in "".join(told)
    (unknown,) = rig.unknown.check(webhook_url=hook, live=False)
    assert rig.provider.display_name in unknown


# --- the page


def test_the_card_form_makes_no_call_and_holds_no_secret(rig: Rig) -> None:
    rig.stop()
    form = rig.gateway.prepare(1000, rig.currency, saves=True, manual_capture=False, language="fr")
    assert "sk_" not in str(form)
    assert "whsec_" not in str(form)


@SAVES
@AMOUNTS
def test_who_saved_a_card_is_known_by_whoever_has_lost_the_order(rig: Rig, amount: int) -> None:
    wanted = replace(purchase(rig, amount), renews="al_before")
    intent = rig.gateway.open(wanted)
    submitted(rig, intent, save=True)
    assert rig.gateway.saver(intent) == Saver("demo", "buyer_1", "al_before", "+33612345678", "buyer@example.com")
    rig.gateway.delete_customer(wanted.customer)
    assert rig.gateway.saver(intent) is None
