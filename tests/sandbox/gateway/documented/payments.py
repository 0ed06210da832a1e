"""Payment intents: their states, and what may be done in each."""

from __future__ import annotations

import re
from typing import Any

from tests.sandbox.gateway.documented.rig import Behaviour, Shop, refuses

_CREATE, _CONFIRM = "api/payment_intents/create", "api/payment_intents/confirm"
_UPDATE, _CANCEL = "api/payment_intents/update", "api/payment_intents/cancel"
_OBJECT, _STATES = "api/payment_intents/object", "payments/paymentintents/lifecycle"
_UNEXPECTED = "payment_intent_unexpected_state"
_PATH = "/v1/payment_intents"


def begins(shop: Shop) -> None:
    made = shop.payment()
    assert (made["status"], made["amount_received"], made["latest_charge"]) == ("requires_payment_method", 0, None)


def with_means(shop: Shop) -> None:
    assert shop.payment(payment_method="pm_card_visa")["status"] == "requires_confirmation"


def defaults(shop: Shop) -> None:
    made = shop.payment()
    assert (made["capture_method"], made["confirmation_method"]) == ("automatic_async", "automatic")
    assert (made["livemode"], made["next_action"], made["setup_future_usage"]) == (False, None, None)


def secret(shop: Shop) -> None:
    made = shop.payment()
    assert re.fullmatch(rf"{made['id']}_secret_\w{{20,}}", made["client_secret"])


def automatic(shop: Shop) -> None:
    made = shop.post(_PATH, amount=1000, currency="eur")
    assert made["automatic_payment_methods"] == {"enabled": True, "allow_redirects": "always"}


def automatic_needs_return(shop: Shop) -> None:
    made = shop.post(_PATH, amount=1000, currency="eur")
    shop.confirm(made, payment_method="pm_card_visa").refused(400, None, "return_url")
    assert shop.confirm(made, payment_method="pm_card_visa", return_url="https://x.example").status == 200


def automatic_without_redirects(shop: Shop) -> None:
    made = shop.post(
        _PATH, amount=1000, currency="eur", automatic_payment_methods={"enabled": True, "allow_redirects": "never"}
    )
    assert shop.confirm(made, payment_method="pm_card_visa").status == 200


def pays(shop: Shop) -> None:
    paid = shop.pay()
    assert (paid["status"], paid["amount_received"], paid["next_action"]) == ("succeeded", 1000, None)
    charge = shop.charge(paid)
    assert (charge["status"], charge["paid"], charge["captured"]) == ("succeeded", True, True)
    assert (charge["payment_intent"], charge["amount_captured"]) == (paid["id"], 1000)


def one_charge(shop: Shop) -> None:
    paid = shop.pay()
    error = shop.confirm(paid, payment_method="pm_card_visa").refused(400, _UNEXPECTED)
    assert error["payment_intent"]["status"] == "succeeded"
    assert len(shop.get("/v1/charges", payment_intent=paid["id"])["data"]) == 1


def without_means(shop: Shop) -> None:
    assert shop.confirm(shop.payment()).refused(400, _UNEXPECTED)["payment_intent"]["object"] == "payment_intent"


def declined(shop: Shop) -> None:
    intent = shop.payment()
    error = shop.confirm(intent, payment_method="pm_card_chargeDeclinedExpiredCard").refused(402, "expired_card")
    assert (error["type"], error["decline_code"]) == ("card_error", "expired_card")
    assert error["charge"].startswith("ch_")
    now = shop.again(intent)
    assert (now["status"], now["payment_method"]) == ("requires_payment_method", None)
    assert now["last_payment_error"]["code"] == "expired_card"
    assert now == error["payment_intent"]


def failed_charge(shop: Shop) -> None:
    error = shop.tries_to_pay("chargeDeclinedExpiredCard").refused(402, "expired_card")
    charge = shop.get(f"/v1/charges/{error['charge']}")
    assert (charge["status"], charge["paid"], charge["failure_code"]) == ("failed", False, "expired_card")
    assert (charge["outcome"]["type"], charge["outcome"]["network_status"]) == (
        "issuer_declined",
        "declined_by_network",
    )


def after_a_decline(shop: Shop) -> None:
    intent = shop.payment()
    shop.confirm(intent, payment_method="pm_card_chargeDeclinedExpiredCard")
    paid = shop.confirm(intent, payment_method="pm_card_visa").doc
    assert (paid["status"], paid["last_payment_error"]) == ("succeeded", None)


def off_session(shop: Shop) -> None:
    kept = shop.saved("authenticationRequired")
    told = {"payment_method": kept["id"], "customer": kept["customer"], "off_session": True}
    error = shop.tries_to_pay(**told).refused(402, "authentication_required")
    assert error["payment_intent"]["status"] == "requires_payment_method"


def off_session_only_confirming(shop: Shop) -> None:
    shop.tries(_PATH, amount=1000, currency="eur", off_session=True).refused(400, None, "off_session")


def off_session_saves_nothing(shop: Shop) -> None:
    shop.tries_to_pay(off_session=True, setup_future_usage="off_session").refused(400, None, "setup_future_usage")


def no_questions(shop: Shop) -> None:
    shop.tries_to_pay("authenticationRequired", error_on_requires_action=True).refused(402, "authentication_required")


def others_means(shop: Shop) -> None:
    shop.tries_to_pay(payment_method=shop.saved()["id"], customer=shop.customer()).refused(400, None, "payment_method")


def means_need_their_customer(shop: Shop) -> None:
    shop.tries_to_pay(payment_method=shop.saved()["id"]).refused(400, None, "payment_method")


def saves(shop: Shop) -> None:
    customer = shop.customer()
    paid = shop.pay(customer=customer, setup_future_usage="off_session")
    kept = shop.get(f"/v1/customers/{customer}/payment_methods")["data"]
    assert [each["id"] for each in kept] == [paid["payment_method"]]


def saves_nothing(shop: Shop) -> None:
    customer = shop.customer()
    shop.pay(customer=customer)
    assert shop.get(f"/v1/customers/{customer}/payment_methods")["data"] == []


def saves_no_decline(shop: Shop) -> None:
    customer = shop.customer()
    shop.tries_to_pay("chargeDeclinedExpiredCard", customer=customer, setup_future_usage="off_session")
    assert shop.get(f"/v1/customers/{customer}/payment_methods")["data"] == []


def usage_unset(shop: Shop) -> None:
    intent = shop.payment(setup_future_usage="off_session")
    paid = shop.confirm(intent, payment_method="pm_card_visa", setup_future_usage="").doc
    assert paid["setup_future_usage"] is None


def updates_amount(shop: Shop) -> None:
    assert shop.post(f"{_PATH}/{shop.payment()['id']}", amount=1200)["amount"] == 1200


def updates_paid(shop: Shop) -> None:
    paid = shop.pay()
    shop.tries(f"{_PATH}/{paid['id']}", amount=1200).refused(400, _UNEXPECTED, "amount")
    changed = shop.post(f"{_PATH}/{paid['id']}", description="Table 5", metadata={"a": "1"})
    assert (changed["description"], changed["metadata"]) == ("Table 5", {"a": "1"})


def cancels(shop: Shop) -> None:
    done = shop.post(f"{_PATH}/{shop.payment()['id']}/cancel", cancellation_reason="abandoned")
    assert (done["status"], done["cancellation_reason"], done["canceled_at"]) == (
        "canceled",
        "abandoned",
        int(shop.now),
    )


def cancels_without_reason(shop: Shop) -> None:
    assert shop.post(f"{_PATH}/{shop.payment()['id']}/cancel")["cancellation_reason"] is None


def cancels_unknown_reason(shop: Shop) -> None:
    shop.tries(f"{_PATH}/{shop.payment()['id']}/cancel", cancellation_reason="bored").refused(
        400, None, "cancellation_reason"
    )


def cancels_paid(shop: Shop) -> None:
    error = shop.tries(f"{_PATH}/{shop.pay()['id']}/cancel").refused(400, _UNEXPECTED)
    assert error["payment_intent"]["status"] == "succeeded"


def cancelled_stays(shop: Shop) -> None:
    gone = shop.post(f"{_PATH}/{shop.payment()['id']}/cancel")
    shop.tries(f"{_PATH}/{gone['id']}/cancel").refused(400, _UNEXPECTED)
    shop.confirm(gone, payment_method="pm_card_visa").refused(400, _UNEXPECTED)


def cancels_during_proof(shop: Shop) -> None:
    asked = shop.pay("authenticationRequired")
    assert shop.post(f"{_PATH}/{asked['id']}/cancel")["status"] == "canceled"


def copies(shop: Shop) -> None:
    charge = shop.charge(shop.pay(metadata={"order": "7"}, description="Tea", receipt_email="lea@x.example"))
    assert (charge["metadata"], charge["description"], charge["receipt_email"]) == (
        {"order": "7"},
        "Tea",
        "lea@x.example",
    )


def of_customer(shop: Shop) -> None:
    customer = shop.customer()
    mine = shop.payment(customer=customer)
    shop.payment()
    assert [each["id"] for each in shop.get(_PATH, customer=customer)["data"]] == [mine["id"]]


def missing(shop: Shop) -> None:
    shop.ask("GET", f"{_PATH}/pi_nothing").refused(404, "resource_missing", "intent")


def searches(shop: Shop) -> None:
    mine = shop.payment(metadata={"order": "7"})
    found: Any = shop.get(f"{_PATH}/search", query="metadata['order']:'7' AND status:'requires_payment_method'")
    assert ([each["id"] for each in found["data"]], found["object"]) == ([mine["id"]], "search_result")


def suffix(shop: Shop) -> None:
    assert shop.payment(statement_descriptor_suffix="TABLE 5")["statement_descriptor_suffix"] == "TABLE 5"
    for wrong in ("TABLE" * 5, "12345", "<TABLE>", "TABLE*5"):
        told = {"amount": 1000, "currency": "eur", "statement_descriptor_suffix": wrong}
        shop.tries(_PATH, **told).refused(400, None, "statement_descriptor_suffix")


BEHAVIOURS = (
    Behaviour("pi-suffix", "get-started/account/statement-descriptors", "22 signs at most, one a letter, and no <>\\'\"*.", suffix),
    Behaviour("pi-begins", _STATES, "A new intent waits for a means of payment.", begins),
    Behaviour("pi-with-means", _STATES, "With one it waits to be confirmed.", with_means),
    Behaviour("pi-defaults", _OBJECT, "Capture and confirmation are automatic unless said otherwise.", defaults),
    Behaviour("pi-secret", _OBJECT, "The client secret begins with the intent's id.", secret),
    Behaviour("pi-automatic", _CREATE, "Without a word on means, the account's own settings hold.", automatic),
    Behaviour("pi-automatic-return", _CONFIRM, "Those may redirect, so a return_url is wanted.", automatic_needs_return),
    Behaviour("pi-automatic-no-redirects", _CREATE, "It is not where redirects are excluded.", automatic_without_redirects),
    Behaviour("pi-exclusive", _CREATE, "Automatic and named means exclude each other.",
              refuses(_PATH, {"amount": 1000, "currency": "eur", "allowed_payment_method_types": ["card"], "automatic_payment_methods": {"enabled": True}},
                      "parameters_exclusive", "automatic_payment_methods")),
    Behaviour("pi-pays", _STATES, "A confirmation that succeeds makes one charge of the amount.", pays),
    Behaviour("pi-once", _CONFIRM, "What has succeeded is not confirmed again; the error brings the intent.", one_charge),
    Behaviour("pi-no-means", _CONFIRM, "Without a means there is nothing to confirm.", without_means),
    Behaviour("pi-declined", _STATES, "After a decline the intent waits for another means, and says why.", declined),
    Behaviour("pi-failed-charge", "api/charges/object", "A decline leaves a charge that failed.", failed_charge),
    Behaviour("pi-retry", _STATES, "Another means pays the same intent.", after_a_decline),
    Behaviour("pi-off-session", _CONFIRM, "Without the buyer, a bank that wants to see him declines.", off_session),
    Behaviour("pi-off-session-create", _CREATE, "off_session belongs to a confirmation.", off_session_only_confirming),
    Behaviour("pi-off-session-saves", _CREATE, "Nothing is set up for later use without the buyer.", off_session_saves_nothing),
    Behaviour("pi-error-on-action", _CONFIRM, "error_on_requires_action declines instead of asking.", no_questions),
    Behaviour("pi-others-means", _CONFIRM, "Another customer's means is refused.", others_means),
    Behaviour("pi-means-customer", _CONFIRM, "A saved means needs its customer beside it.", means_need_their_customer),
    Behaviour("pi-saves", "payments/save-during-payment", "With setup_future_usage a means that paid is kept for the customer.", saves),
    Behaviour("pi-saves-nothing", "payments/save-during-payment", "Without, it is not.", saves_nothing),
    Behaviour("pi-saves-no-decline", "payments/save-during-payment", "Nor is one that was declined.", saves_no_decline),
    Behaviour("pi-usage-unset", _CONFIRM, "An empty setup_future_usage takes back what was said.", usage_unset),
    Behaviour("pi-update-amount", _UPDATE, "The amount may change before the money is taken.", updates_amount),
    Behaviour("pi-update-paid", _UPDATE, "Afterwards only notes may.", updates_paid),
    Behaviour("pi-cancel", _CANCEL, "A cancelled intent says when and why.", cancels),
    Behaviour("pi-cancel-no-reason", _CANCEL, "The reason may be left out.", cancels_without_reason),
    Behaviour("pi-cancel-reason", _CANCEL, "The reason is one of a few words.", cancels_unknown_reason),
    Behaviour("pi-cancel-paid", _CANCEL, "What has succeeded cannot be cancelled.", cancels_paid),
    Behaviour("pi-cancel-final", _CANCEL, "Cancelled is for good.", cancelled_stays),
    Behaviour("pi-cancel-action", _CANCEL, "While the bank asks, it can be cancelled.", cancels_during_proof),
    Behaviour("pi-copies", "api/metadata", "A charge takes over the intent's notes.", copies),
    Behaviour("pi-list-customer", "api/payment_intents/list", "Intents are listed by customer.", of_customer),
    Behaviour("pi-missing", "api/payment_intents/retrieve", "An intent that is not there is 404.", missing),
    Behaviour("pi-search", "search", "Intents are found by their metadata.", searches),
)  # fmt: skip
