"""Setup intents."""

from __future__ import annotations

from tests.sandbox.gateway.documented.rig import Behaviour, Shop

_PATH, _UNEXPECTED = "/v1/setup_intents", "setup_intent_unexpected_state"
_OBJECT, _CONFIRM, _CANCEL = "api/setup_intents/object", "api/setup_intents/confirm", "api/setup_intents/cancel"


def begins(shop: Shop) -> None:
    made = shop.setup()
    assert (made["status"], made["usage"], made["latest_attempt"]) == ("requires_payment_method", "off_session", None)
    assert made["client_secret"].startswith(f"{made['id']}_secret_")


def with_means(shop: Shop) -> None:
    assert shop.setup(payment_method="pm_card_visa")["status"] == "requires_confirmation"


def saves(shop: Shop) -> None:
    customer = shop.customer()
    done = shop.setup(customer=customer, payment_method="pm_card_visa", confirm=True)
    assert (done["status"], done["next_action"]) == ("succeeded", None)
    assert shop.get(f"/v1/payment_methods/{done['payment_method']}")["customer"] == customer


def takes_nothing(shop: Shop) -> None:
    shop.setup(payment_method="pm_card_visa", confirm=True)
    assert shop.get("/v1/charges")["data"] == []


def declined(shop: Shop) -> None:
    intent = shop.setup(customer=shop.customer())
    error = shop.confirm(intent, payment_method="pm_card_chargeDeclinedExpiredCard").refused(402, "expired_card")
    assert error["setup_intent"]["status"] == "requires_payment_method"
    now = shop.again(intent)
    assert (now["payment_method"], now["last_setup_error"]["code"]) == (None, "expired_card")


def without_means(shop: Shop) -> None:
    shop.confirm(shop.setup()).refused(400, _UNEXPECTED)


def twice(shop: Shop) -> None:
    done = shop.setup(payment_method="pm_card_visa", confirm=True)
    shop.confirm(done, payment_method="pm_card_visa").refused(400, _UNEXPECTED)


def asks(shop: Shop) -> None:
    asked = shop.setup(payment_method="pm_card_authenticationRequired", confirm=True)
    assert asked["status"] == "requires_action"
    assert shop.proves(asked)["status"] == "succeeded"


def not_proved(shop: Shop) -> None:
    now = shop.proves(shop.setup(payment_method="pm_card_authenticationRequired", confirm=True), "failed")
    assert (now["status"], now["last_setup_error"]["code"]) == (
        "requires_payment_method",
        "setup_intent_authentication_failure",
    )


def cancels(shop: Shop) -> None:
    done = shop.post(f"{_PATH}/{shop.setup()['id']}/cancel", cancellation_reason="abandoned")
    assert (done["status"], done["cancellation_reason"]) == ("canceled", "abandoned")
    shop.confirm(done, payment_method="pm_card_visa").refused(400, _UNEXPECTED)


def cancels_done(shop: Shop) -> None:
    done = shop.setup(payment_method="pm_card_visa", confirm=True)
    shop.tries(f"{_PATH}/{done['id']}/cancel").refused(400, _UNEXPECTED)


def others_means(shop: Shop) -> None:
    shop.tries(_PATH, customer=shop.customer(), payment_method=shop.saved()["id"], confirm=True).refused(
        400, None, "payment_method"
    )


def updates(shop: Shop) -> None:
    made = shop.setup(metadata={"a": "1"})
    changed = shop.post(f"{_PATH}/{made['id']}", metadata={"b": "2"}, description="Card of Léa")
    assert (changed["metadata"], changed["description"]) == ({"a": "1", "b": "2"}, "Card of Léa")


def updates_done(shop: Shop) -> None:
    done = shop.setup(payment_method="pm_card_visa", confirm=True)
    shop.tries(f"{_PATH}/{done['id']}", payment_method="pm_card_visa").refused(400, _UNEXPECTED)
    assert shop.post(f"{_PATH}/{done['id']}", metadata={"a": "1"})["metadata"] == {"a": "1"}


def missing(shop: Shop) -> None:
    shop.ask("GET", f"{_PATH}/seti_nothing").refused(404, "resource_missing", "intent")


def of_customer(shop: Shop) -> None:
    customer = shop.customer()
    mine = shop.setup(customer=customer)
    shop.setup()
    assert [each["id"] for each in shop.get(_PATH, customer=customer)["data"]] == [mine["id"]]


def told(shop: Shop) -> None:
    shop.setup(customer=shop.customer(), payment_method="pm_card_visa", confirm=True)
    assert {"setup_intent.created", "setup_intent.succeeded", "payment_method.attached"} <= set(shop.events())


BEHAVIOURS = (
    Behaviour("si-begins", _OBJECT, "A new registration waits for a means, for later use.", begins),
    Behaviour("si-with-means", _OBJECT, "With one it waits to be confirmed.", with_means),
    Behaviour("si-saves", "payments/save-and-reuse", "Confirmed, the means is kept for the customer.", saves),
    Behaviour("si-takes-nothing", "payments/setup-intents", "Nothing is charged.", takes_nothing),
    Behaviour("si-declined", _OBJECT, "A decline says why, and lets another means be tried.", declined),
    Behaviour("si-no-means", _CONFIRM, "Without a means there is nothing to confirm.", without_means),
    Behaviour("si-once", _CONFIRM, "What has succeeded is not confirmed again.", twice),
    Behaviour("si-asks", _CONFIRM, "A bank may ask for its proof.", asks),
    Behaviour("si-not-proved", _CONFIRM, "Without the proof another means is wanted.", not_proved),
    Behaviour("si-cancel", _CANCEL, "Cancelled is for good.", cancels),
    Behaviour("si-cancel-done", _CANCEL, "What has succeeded cannot be cancelled.", cancels_done),
    Behaviour("si-others-means", "api/setup_intents/create", "Another customer's means is refused.", others_means),
    Behaviour("si-update", "api/setup_intents/update", "Notes can be changed.", updates),
    Behaviour("si-update-done", "api/setup_intents/update", "Of what has succeeded, only notes.", updates_done),
    Behaviour("si-missing", "api/setup_intents/retrieve", "A registration that is not there is 404.", missing),
    Behaviour("si-list", "api/setup_intents/list", "Registrations are listed by customer.", of_customer),
    Behaviour("si-told", "api/events/types", "The registration and the means that was kept are told.", told),
)  # fmt: skip
