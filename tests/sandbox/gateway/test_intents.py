from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sandbox.gateway.conftest import Gateway


def saved(shop: stripe.StripeClient, customer: str) -> list[str]:
    return [payment_method_id.id for payment_method_id in shop.v1.customers.payment_methods.list(customer).data]


def test_a_working_card_pays_and_nothing_is_kept_unless_asked(
    gateway: Gateway, shop: stripe.StripeClient, customer: str
) -> None:
    paid = gateway.confirm(gateway.payment(customer=customer).id, expand=["latest_charge", "payment_method"])
    assert (paid.status, paid.amount_received) == ("succeeded", 1000)
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert paid.latest_charge.paid
    assert isinstance(paid.payment_method, stripe.PaymentMethod)
    assert paid.payment_method.customer is None
    assert saved(shop, customer) == []


def test_a_success_with_future_use_saves_the_card_for_the_customer(
    gateway: Gateway, shop: stripe.StripeClient, customer: str
) -> None:
    paid = gateway.confirm(gateway.payment(customer=customer).id, setup_future_usage="off_session")
    assert paid.setup_future_usage == "off_session"
    assert saved(shop, customer) == [paid.payment_method]


def test_a_decline_saves_nothing(gateway: Gateway, shop: stripe.StripeClient, customer: str) -> None:
    intent = gateway.payment(customer=customer)
    gateway.refused(intent.id, "visa_chargeDeclined", setup_future_usage="off_session")
    assert saved(shop, customer) == []


def test_ticked_and_declined_then_unticked_and_paid_leaves_no_saved_card(
    gateway: Gateway, shop: stripe.StripeClient, customer: str
) -> None:
    intent = gateway.payment(customer=customer)
    gateway.refused(intent.id, "visa_chargeDeclined", setup_future_usage="off_session")
    assert gateway.confirm(intent.id, setup_future_usage="").setup_future_usage is None
    assert saved(shop, customer) == []


def test_the_confirmation_overrides_what_the_token_wanted(
    gateway: Gateway, shop: stripe.StripeClient, customer: str
) -> None:
    intent, token = gateway.payment(customer=customer), gateway.token(usage="off_session")
    shop.v1.payment_intents.confirm(intent.id, {"confirmation_token": token, "setup_future_usage": ""})
    assert saved(shop, customer) == []


def test_without_a_word_at_the_confirmation_the_token_decides(
    gateway: Gateway, shop: stripe.StripeClient, customer: str
) -> None:
    intent, token = gateway.payment(customer=customer), gateway.token(usage="off_session")
    shop.v1.payment_intents.confirm(intent.id, {"confirmation_token": token})
    assert len(saved(shop, customer)) == 1


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("visa_chargeDeclined", "card_declined", "generic_decline"),
        ("visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("radarBlock", "card_declined", "fraudulent"),
        ("chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("chargeDeclinedProcessingError", "processing_error", "processing_error"),
        ("chargeCustomerFail", "card_declined", "generic_decline"),
    ],
)
def test_a_declined_card_says_why_and_takes_nothing(
    gateway: Gateway, shop: stripe.StripeClient, card: str, code: str, decline_code: str
) -> None:
    intent = gateway.payment()
    error = gateway.refused(intent.id, card)
    assert (error.http_status, error.code) == (402, code)
    assert error.error is not None
    assert error.error.decline_code == decline_code
    now = shop.v1.payment_intents.retrieve(intent.id)
    assert (now.status, now.payment_method, now.amount_received) == ("requires_payment_method", None, 0)
    assert now.last_payment_error is not None
    assert now.last_payment_error.payment_method is not None
    assert (now.last_payment_error.code, now.last_payment_error.decline_code) == (code, decline_code)


def test_after_a_decline_another_card_pays_the_same_intent(gateway: Gateway) -> None:
    intent = gateway.payment()
    gateway.refused(intent.id, "visa_chargeDeclined")
    paid = gateway.confirm(intent.id)
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


def test_fifty_confirmations_at_once_make_one_charge(gateway: Gateway) -> None:
    intent = gateway.payment()
    tokens = [gateway.token() for _ in range(50)]

    def attempt(token: str) -> str:
        try:
            return gateway.client().v1.payment_intents.confirm(intent.id, {"confirmation_token": token}).status
        except stripe.InvalidRequestError as error:
            return str(error.code)

    with ThreadPoolExecutor(50) as pool:
        ends = list(pool.map(attempt, tokens))
    assert sorted(ends) == ["payment_intent_unexpected_state"] * 49 + ["succeeded"]
    assert len(gateway.ledger()["charges"]) == 1


def test_a_succeeded_intent_is_not_confirmed_again_and_comes_with_the_error(gateway: Gateway) -> None:
    intent = gateway.payment()
    gateway.confirm(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        gateway.confirm(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    assert caught.value.error is not None
    assert caught.value.error.payment_intent is not None
    assert caught.value.error.payment_intent.status == "succeeded"


def test_a_token_is_good_once(gateway: Gateway, shop: stripe.StripeClient) -> None:
    token = gateway.token()
    shop.v1.payment_intents.confirm(gateway.payment().id, {"confirmation_token": token})
    with pytest.raises(stripe.InvalidRequestError, match="already used"):
        shop.v1.payment_intents.confirm(gateway.payment().id, {"confirmation_token": token})


def test_a_token_is_good_for_twelve_hours(gateway: Gateway, shop: stripe.StripeClient) -> None:
    intent, token = gateway.payment(), gateway.token()
    gateway.clock.now += 12 * 3600
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        shop.v1.payment_intents.confirm(intent.id, {"confirmation_token": token})


@pytest.mark.parametrize("outcome", ["passed", "failed", "cancelled"])
def test_the_banks_question_decides(gateway: Gateway, shop: stripe.StripeClient, outcome: str) -> None:
    asked = gateway.confirm(gateway.payment().id, "authenticationRequired")
    assert asked.status == "requires_action"
    assert asked.next_action is not None
    assert asked.next_action.type == "use_stripe_sdk"
    gateway.answer(asked, outcome)
    now = shop.v1.payment_intents.retrieve(asked.id)
    if outcome == "passed":
        assert (now.status, now.next_action) == ("succeeded", None)
    else:
        assert now.status == "requires_payment_method"
        assert now.last_payment_error is not None
        assert now.last_payment_error.code == "payment_intent_authentication_failure"
        assert gateway.ledger()["charges"] == []


def test_an_authenticated_card_may_still_be_declined(gateway: Gateway, shop: stripe.StripeClient) -> None:
    card = "authenticationRequiredChargeDeclinedInsufficientFunds"
    asked = gateway.confirm(gateway.payment().id, card)
    answered = gateway.answer(asked, "passed")
    assert answered["last_payment_error"]["decline_code"] == "insufficient_funds"
    assert shop.v1.payment_intents.retrieve(asked.id).status == "requires_payment_method"


def test_while_the_bank_waits_another_card_may_pay_and_the_old_question_is_void(
    gateway: Gateway, shop: stripe.StripeClient
) -> None:
    asked = gateway.confirm(gateway.payment().id, "authenticationRequired")
    assert gateway.confirm(asked.id).status == "succeeded"
    assert gateway.answer(asked, "failed")["error"]["code"] == "resource_missing"
    assert shop.v1.payment_intents.retrieve(asked.id).status == "succeeded"
    assert len(gateway.ledger()["charges"]) == 1


def charge_saved(shop: stripe.StripeClient, customer: str, payment_method_id: Any) -> stripe.PaymentIntent:
    params: Any = {"amount": 500, "currency": "eur", "customer": customer, "payment_method": payment_method_id}
    return shop.v1.payment_intents.create(params | {"off_session": True, "confirm": True})


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("visa", None),
        ("authenticationRequiredOnSetup", None),
        ("authenticationRequired", "authentication_required"),
        ("chargeCustomerFail", "card_declined"),
    ],
)
def test_a_card_saved_by_a_setup_is_charged_later_as_the_list_of_cards_says(
    gateway: Gateway, shop: stripe.StripeClient, customer: str, card: str, code: str | None
) -> None:
    intent = shop.v1.setup_intents.create({"customer": customer, "allowed_payment_method_types": ["card"]})
    setup = shop.v1.setup_intents.confirm(intent.id, {"confirmation_token": gateway.token(card)})
    if setup.status == "requires_action":
        gateway.answer(setup, "passed")
        setup = shop.v1.setup_intents.retrieve(setup.id)
    assert setup.status == "succeeded"
    if code is None:
        assert charge_saved(shop, customer, setup.payment_method).status == "succeeded"
        return
    with pytest.raises(stripe.CardError) as caught:
        charge_saved(shop, customer, setup.payment_method)
    assert caught.value.code == code
    assert caught.value.error is not None
    assert caught.value.error.payment_intent is not None
    assert caught.value.error.payment_intent.status == "requires_payment_method"


def test_a_setup_that_is_declined_saves_nothing_and_says_why(
    gateway: Gateway, shop: stripe.StripeClient, customer: str
) -> None:
    intent = shop.v1.setup_intents.create({"customer": customer, "allowed_payment_method_types": ["card"]})
    with pytest.raises(stripe.CardError):
        shop.v1.setup_intents.confirm(intent.id, {"confirmation_token": gateway.token("visa_chargeDeclined")})
    now = shop.v1.setup_intents.retrieve(intent.id)
    assert now.status == "requires_payment_method"
    assert now.last_setup_error is not None
    assert now.last_setup_error.decline_code == "generic_decline"
    assert saved(shop, customer) == []


def test_a_card_that_was_not_saved_cannot_be_charged_again(
    gateway: Gateway, shop: stripe.StripeClient, customer: str
) -> None:
    paid = gateway.confirm(gateway.payment(customer=customer).id)
    with pytest.raises(stripe.InvalidRequestError, match="attach it to a Customer"):
        charge_saved(shop, customer, paid.payment_method)


def test_the_card_of_one_customer_is_not_charged_for_another(
    gateway: Gateway, shop: stripe.StripeClient, customer: str
) -> None:
    paid = gateway.confirm(gateway.payment(customer=customer).id, setup_future_usage="off_session")
    stranger = shop.v1.customers.create().id
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        charge_saved(shop, stranger, paid.payment_method)


def test_an_open_intent_is_cancelled_and_then_never_paid(gateway: Gateway, shop: stripe.StripeClient) -> None:
    intent = gateway.payment()
    cancelled = shop.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError):
        gateway.confirm(intent.id)


@pytest.mark.parametrize("first", ["confirm", "cancel"])
def test_what_is_final_is_not_cancelled(gateway: Gateway, shop: stripe.StripeClient, first: str) -> None:
    intent = gateway.payment()
    gateway.confirm(intent.id) if first == "confirm" else shop.v1.payment_intents.cancel(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.payment_intents.cancel(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"


def test_held_money_is_captured_in_part_and_the_rest_let_go(gateway: Gateway, shop: stripe.StripeClient) -> None:
    held = gateway.confirm(gateway.payment(capture_method="manual").id)
    assert (held.status, held.amount_capturable) == ("requires_capture", 1000)
    taken = shop.v1.payment_intents.capture(held.id, {"amount_to_capture": 700})
    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 700, 0)


def test_held_money_is_let_go_by_cancelling(gateway: Gateway, shop: stripe.StripeClient) -> None:
    held = gateway.confirm(gateway.payment(capture_method="manual").id)
    assert shop.v1.payment_intents.cancel(held.id).status == "canceled"
    (charge,) = gateway.ledger()["charges"]
    assert (charge["captured"], charge["amount_refunded"]) == (False, 1000)


def test_an_intent_is_found_by_customer_and_by_metadata(
    gateway: Gateway, shop: stripe.StripeClient, customer: str
) -> None:
    wanted = gateway.payment(customer=customer, metadata={"order": "ord_1"})
    gateway.payment(metadata={"order": "ord_2"})
    found = shop.v1.payment_intents.search({"query": "metadata['order']:'ord_1' AND status:'requires_payment_method'"})
    assert [intent.id for intent in found.data] == [wanted.id]
    assert [intent.id for intent in shop.v1.payment_intents.list({"customer": customer}).data] == [wanted.id]


def test_a_list_is_walked_page_by_page(gateway: Gateway, shop: stripe.StripeClient) -> None:
    made = [gateway.payment().id for _ in range(5)]
    walked = shop.v1.payment_intents.list({"limit": 2}).auto_paging_iter()
    assert [intent.id for intent in walked] == made[::-1]
    before = shop.v1.payment_intents.list({"limit": 2, "ending_before": made[0]})
    assert [intent.id for intent in before.data] == [made[2], made[1]]


def test_metadata_is_merged_and_an_empty_value_removes_its_key(gateway: Gateway, shop: stripe.StripeClient) -> None:
    intent = gateway.payment(metadata={"order": "A", "generation": "1"})
    changed = shop.v1.payment_intents.update(intent.id, {"metadata": {"order": "", "till": "2"}})
    assert changed.metadata.to_dict() == {"generation": "1", "till": "2"}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown"),
        ({"amount": 0}, "parameter_invalid_integer"),
        ({"amount": 49}, "amount_too_small"),
        ({"amount": 100_000_000}, "amount_too_large"),
        ({"amount": "ten"}, "parameter_invalid_integer"),
        ({"customer": "cus_of_nobody"}, "resource_missing"),
        ({"metadata": "text"}, None),
        ({"capture_method": "never"}, None),
        ({"currency": "euro"}, None),
        ({"off_session": True}, None),
        ({"automatic_payment_methods": {"enabled": True}}, "parameters_exclusive"),
    ],
)
def test_wrong_parameters_are_refused(gateway: Gateway, params: dict[str, Any], code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        gateway.payment(**params)
    assert (caught.value.http_status, caught.value.code) == (400, code)
    assert gateway.ledger()["intents"] == []
