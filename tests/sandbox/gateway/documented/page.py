"""What the page's script does: confirmation tokens, Elements' options, the bank's question."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sandbox.gateway.documented.rig import ELEMENTS, Behaviour, Shop

_SERVER, _TOKEN = "payments/finalize-payments-on-the-server", "api/confirmation_tokens"
_DEFERRED, _3DS = "payments/accept-a-payment-deferred", "payments/3d-secure/authentication-flow"
_BACK = "https://ordo.example/p/x"


def agree(shop: Shop) -> None:
    token = shop.token(elements=ELEMENTS)
    assert shop.confirm(shop.payment(), confirmation_token=token["id"]).doc["status"] == "succeeded"


def disagree(name: str, elements: dict[str, Any], **intent: Any) -> Any:
    def show(shop: Shop) -> None:
        made = shop.payment(**intent)
        error = shop.confirm(made, confirmation_token=shop.token(elements={**ELEMENTS, **elements})["id"]).refused()
        assert f"The provided {name} (" in error["message"]
        assert shop.again(made)["status"] == "requires_payment_method"

    return show


def disagree_on_usage(shop: Shop) -> None:
    token = shop.token(elements=ELEMENTS)
    error = shop.confirm(
        shop.payment(customer=shop.customer()), confirmation_token=token["id"], setup_future_usage="off_session"
    ).refused()
    assert "expected setup_future_usage (null)" in error["message"]


def request_wins(shop: Shop) -> None:
    token = shop.token(elements=ELEMENTS, setup_future_usage="off_session")
    paid = shop.confirm(shop.payment(), confirmation_token=token["id"], setup_future_usage="").doc
    assert (paid["status"], paid["setup_future_usage"]) == ("succeeded", None)


def token_saves(shop: Shop) -> None:
    token = shop.token(elements=ELEMENTS, setup_future_usage="off_session")
    paid = shop.confirm(shop.payment(customer=shop.customer()), confirmation_token=token["id"]).doc
    assert paid["setup_future_usage"] == "off_session"


def setup_with_payment_token(shop: Shop) -> None:
    token = shop.token(elements=ELEMENTS)
    shop.confirm(shop.setup(), confirmation_token=token["id"]).refused()


def setup_agrees(shop: Shop) -> None:
    token = shop.token(elements={"mode": "setup", "currency": "eur"}, setup_future_usage="off_session")
    assert shop.confirm(shop.setup(), confirmation_token=token["id"]).doc["status"] == "succeeded"


def holds_agree(shop: Shop) -> None:
    token = shop.token(elements={**ELEMENTS, "capture_method": "manual"})
    held = shop.confirm(shop.payment(capture_method="manual"), confirmation_token=token["id"]).doc
    assert held["status"] == "requires_capture"


def once(shop: Shop) -> None:
    token = shop.ready_token()
    shop.confirm(shop.payment(), confirmation_token=token)
    shop.confirm(shop.payment(), confirmation_token=token).refused(400, "token_already_used", "confirmation_token")


def ends(shop: Shop) -> None:
    token = shop.ready_token()
    shop.later(12 * 3600)
    shop.confirm(shop.payment(), confirmation_token=token).refused(400, "resource_missing", "confirmation_token")


def previews(shop: Shop) -> None:
    token = shop.token()
    assert token["payment_method_preview"]["card"]["last4"] == "4242"
    assert token["expires_at"] == int(shop.now) + 12 * 3600
    assert token["use_stripe_sdk"] is True


def knows_its_intent(shop: Shop) -> None:
    token, intent = shop.ready_token(), shop.payment()
    shop.confirm(intent, confirmation_token=token)
    now = shop.get(f"/v1/confirmation_tokens/{token}")
    assert (now["payment_intent"], now["expires_at"]) == (intent["id"], None)


def exclusive(shop: Shop) -> None:
    shop.confirm(shop.payment(), confirmation_token=shop.ready_token(), payment_method="pm_card_visa").refused(
        400, "parameters_exclusive", "confirmation_token"
    )


def by_script(shop: Shop) -> None:
    """A token made by the script has it ask the bank's question."""
    token = shop.ready_token("authenticationRequired")
    asked = shop.confirm(shop.payment(), confirmation_token=token, return_url=_BACK).doc
    assert asked["next_action"]["type"] == "use_stripe_sdk"


def by_redirect(shop: Shop) -> None:
    asked = shop.pay("authenticationRequired", return_url=_BACK)
    assert asked["next_action"]["type"] == "redirect_to_url"
    where = asked["next_action"]["redirect_to_url"]
    assert where["return_url"] == _BACK
    page = urlsplit(where["url"])
    with shop.app.test_client().get(f"{page.path}?{page.query}") as got:
        assert (got.status_code, parse_qs(page.query)["client_secret"]) == (200, [asked["client_secret"]])


def by_script_when_said(shop: Shop) -> None:
    asked = shop.pay("authenticationRequired", return_url=_BACK, use_stripe_sdk=True)
    assert asked["next_action"]["type"] == "use_stripe_sdk"


def asks_nothing(shop: Shop) -> None:
    kept = shop.saved()
    told = {"payment_method": kept["id"], "customer": kept["customer"], "return_url": _BACK, "use_stripe_sdk": True}
    assert shop.pay(**told)["next_action"] is None
    assert shop.pay(error_on_requires_action=True)["status"] == "succeeded"


def by_script_without_an_address(shop: Shop) -> None:
    assert shop.pay("authenticationRequired")["next_action"]["type"] == "use_stripe_sdk"


def setup_by_redirect(shop: Shop) -> None:
    asked = shop.setup(payment_method="pm_card_authenticationRequired", confirm=True, return_url=_BACK)
    assert asked["next_action"]["type"] == "redirect_to_url"


def return_url_wrong(shop: Shop) -> None:
    shop.confirm(shop.payment(), payment_method="pm_card_visa", return_url="ordo").refused(
        400, "url_invalid", "return_url"
    )


def secret_alone(shop: Shop) -> None:
    intent = shop.payment(metadata={"order": "7"})
    path = f"/v1/payment_intents/{intent['id']}"
    seen = shop.browser("GET", path, client_secret=intent["client_secret"]).doc
    assert (seen["status"], "metadata" in seen, "customer" in seen) == ("requires_payment_method", False, False)
    assert shop.browser("GET", path).status == 400
    assert shop.browser("GET", path, client_secret=f"{intent['id']}_secret_x").status == 404


def another_card_meanwhile(shop: Shop) -> None:
    asked = shop.pay("authenticationRequired")
    assert shop.confirm(asked, payment_method="pm_card_visa").doc["status"] == "succeeded"


BEHAVIOURS = (
    Behaviour("elements-agree", _DEFERRED, "A token of Elements with the intent's options confirms it.", agree),
    Behaviour("elements-currency", _DEFERRED, "Elements of another currency are refused.", disagree("currency", {"currency": "usd"})),
    Behaviour("elements-amount", _DEFERRED, "Elements of another amount are refused.", disagree("amount", {"amount": 900})),
    Behaviour("elements-capture", _DEFERRED, "Elements that say nothing of a hold do not confirm one.",
              disagree("capture_method", {}, capture_method="manual")),
    Behaviour("elements-hold", _DEFERRED, "Elements of a hold do not confirm a payment.", disagree("capture_method", {"capture_method": "manual"})),
    Behaviour("elements-hold-agree", _DEFERRED, "They confirm a hold.", holds_agree),
    Behaviour("elements-mode", _DEFERRED, "Elements of a registration do not confirm a payment.", disagree("mode", {"mode": "setup"})),
    Behaviour("elements-usage", _DEFERRED, "A means is not kept where Elements did not say so.", disagree_on_usage),
    Behaviour("elements-setup-mode", _DEFERRED, "Elements of a payment do not confirm a registration.", setup_with_payment_token),
    Behaviour("elements-setup", _DEFERRED, "Elements of a registration do.", setup_agrees),
    Behaviour("token-request-wins", "api/payment_intents/confirm", "The request overrides what its token says.", request_wins),
    Behaviour("token-usage", _TOKEN, "A token's future use counts where the request says nothing.", token_saves),
    Behaviour("token-once", _TOKEN, "A token is good once.", once),
    Behaviour("token-ends", _TOKEN, "And for twelve hours.", ends),
    Behaviour("token-preview", f"{_TOKEN}/object", "It shows what will be paid with, and until when.", previews),
    Behaviour("token-intent", f"{_TOKEN}/object", "Used, it names its intent and ends no more.", knows_its_intent),
    Behaviour("token-exclusive", _SERVER, "A token and a means exclude each other.", exclusive),
    Behaviour("action-token", _SERVER, "After a token the page's script asks for the bank's proof.", by_script),
    Behaviour("action-redirect", _3DS, "With a return_url alone the bank's page is another one, and leads back.", by_redirect),
    Behaviour("action-said", "api/payment_intents/confirm", "use_stripe_sdk leaves it to the page's script.", by_script_when_said),
    Behaviour("action-none", "api/payment_intents/confirm", "Where the bank asks nothing, none of that matters.", asks_nothing),
    Behaviour("action-no-address", _3DS, "Without a return_url there is nowhere to lead back to.", by_script_without_an_address),
    Behaviour("action-setup", "api/setup_intents/confirm", "Registrations redirect in the same way.", setup_by_redirect),
    Behaviour("return-url", "error-codes", "A return_url is an address with its scheme.", return_url_wrong),
    Behaviour("client-secret", "api/payment_intents/retrieve", "A browser sees an intent by its secret alone, and not the shop's notes.", secret_alone),
    Behaviour("action-another", _3DS, "While the bank is asked another means may be tried.", another_card_meanwhile),
)  # fmt: skip
