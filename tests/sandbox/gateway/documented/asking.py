"""How the API is asked: keys, parameters, errors, lists, expansion, metadata, idempotency."""

from __future__ import annotations

import base64
from typing import Any

from tests.sandbox.gateway.documented.rig import Behaviour, Shop, refuses

_CUSTOMERS = "/v1/customers"


def no_key(shop: Shop) -> None:
    assert shop.ask("GET", _CUSTOMERS, key="").refused(401)["type"] == "invalid_request_error"


def wrong_key(shop: Shop) -> None:
    error = shop.ask("GET", _CUSTOMERS, key="sk_test_nobody_at_all_9999").refused(401)
    assert "nobody" not in error["message"]


def publishable_key(shop: Shop) -> None:
    shop.ask("GET", _CUSTOMERS, key=shop.keys.publishable_key).refused(403, "secret_key_required")


def basic(shop: Shop) -> None:
    user = base64.b64encode(f"{shop.keys.secret_key}:".encode()).decode()  # and no password
    coded = {"Authorization": f"Basic {user}"}
    assert shop.ask("GET", _CUSTOMERS, key="", headers=coded).status == 200


def another_account(shop: Shop) -> None:
    made = shop.customer()
    shop.ask("GET", f"{_CUSTOMERS}/{made}", key=shop.other.secret_key).refused(404, "resource_missing", "id")


def connected(shop: Shop) -> None:
    made = shop.ask("POST", _CUSTOMERS, headers={"Stripe-Account": "acct_connected1"}).doc
    assert shop.get(_CUSTOMERS)["data"] == []
    there = shop.ask("GET", _CUSTOMERS, headers={"Stripe-Account": "acct_connected1"}).doc
    assert [each["id"] for each in there["data"]] == [made["id"]]


def foreign_account(shop: Shop) -> None:
    shop.ask("GET", _CUSTOMERS, headers={"Stripe-Account": shop.other.id}).refused(403, "account_invalid")


def unknown_address(shop: Shop) -> None:
    error = shop.ask("GET", "/v1/nonsense").refused(404)
    assert error["type"] == "invalid_request_error"
    assert "GET: /v1/nonsense" in error["message"]


def wrong_method(shop: Shop) -> None:
    answer = shop.ask("PUT", _CUSTOMERS)
    assert answer.refused(405)["type"] == "invalid_request_error"
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def request_ids(shop: Shop) -> None:
    first, second = (shop.ask("GET", _CUSTOMERS).headers["Request-Id"] for _ in range(2))
    assert first.startswith("req_")
    assert first != second


def version_header(shop: Shop) -> None:
    assert shop.ask("GET", _CUSTOMERS).headers["Stripe-Version"] == "2026-10-28.endive"


def wrong_version(shop: Shop) -> None:
    shop.ask("GET", _CUSTOMERS, headers={"Stripe-Version": "2000-01-01"}).refused()


def missing_object(shop: Shop) -> None:
    error = shop.ask("GET", f"{_CUSTOMERS}/cus_nobody").refused(404, "resource_missing", "id")
    assert error["doc_url"].endswith("error-codes#resource-missing")


def missing_parameter_object(shop: Shop) -> None:
    shop.tries("/v1/payment_intents", amount=1000, currency="eur", customer="cus_nobody").refused(
        400, "resource_missing", "customer"
    )


# --- lists


def customers(shop: Shop, count: int) -> list[str]:
    """Newest first, as lists have them."""
    return [shop.customer() for _ in range(count)][::-1]


def ids(page: Any) -> list[str]:
    return [each["id"] for each in page["data"]]


def default_limit(shop: Shop) -> None:
    made = customers(shop, 11)
    page = shop.get(_CUSTOMERS)
    assert (ids(page), page["has_more"], page["url"], page["object"]) == (made[:10], True, _CUSTOMERS, "list")


def bad_limit(limit: int) -> Any:
    return lambda shop: shop.ask("GET", _CUSTOMERS, params={"limit": limit}).refused(
        400, "parameter_invalid_integer", "limit"
    )


def full_limit(shop: Shop) -> None:
    customers(shop, 12)
    page = shop.get(_CUSTOMERS, limit=100)
    assert (len(page["data"]), page["has_more"]) == (12, False)


def starting_after(shop: Shop) -> None:
    made = customers(shop, 5)
    page = shop.get(_CUSTOMERS, limit=2, starting_after=made[1])
    assert (ids(page), page["has_more"]) == (made[2:4], True)
    assert ids(shop.get(_CUSTOMERS, starting_after=made[-1])) == []


def ending_before(shop: Shop) -> None:
    made = customers(shop, 5)
    page = shop.get(_CUSTOMERS, limit=2, ending_before=made[3])
    assert (ids(page), page["has_more"]) == (made[1:3], True)


def both_cursors(shop: Shop) -> None:
    made = customers(shop, 2)
    shop.ask("GET", _CUSTOMERS, params={"starting_after": made[0], "ending_before": made[1]}).refused()


def unknown_cursor(shop: Shop) -> None:
    shop.ask("GET", _CUSTOMERS, params={"starting_after": "cus_nobody"}).refused(
        400, "resource_missing", "starting_after"
    )


def created_since(shop: Shop) -> None:
    old = shop.customer()
    shop.later(100)
    new = shop.customer()
    assert ids(shop.get(_CUSTOMERS, created={"gt": int(shop.now) - 50})) == [new]
    assert ids(shop.get(_CUSTOMERS, created={"lte": int(shop.now) - 50})) == [old]


# --- expansion


def expands(shop: Shop) -> None:
    paid = shop.pay(customer=shop.customer(), expand=["latest_charge", "customer", "payment_method"])
    kinds = [paid[name]["object"] for name in ("latest_charge", "customer", "payment_method")]
    assert kinds == ["charge", "customer", "payment_method"]


def expands_lists(shop: Shop) -> None:
    shop.pay()
    (listed,) = shop.get("/v1/payment_intents", expand=["data.latest_charge"])["data"]
    assert listed["latest_charge"]["object"] == "charge"


def expands_deeply(shop: Shop) -> None:
    refund = shop.refund(shop.pay(), expand=["charge.payment_intent.customer"])
    assert refund["charge"]["payment_intent"]["object"] == "payment_intent"


def expands_too_deeply(shop: Shop) -> None:
    path = "charge.payment_intent.latest_charge.payment_intent.latest_charge"
    shop.tries("/v1/refunds", payment_intent=shop.pay()["id"], expand=[path]).refused(400, None, "expand")


def expands_what_is_no_object(shop: Shop) -> None:
    shop.ask("GET", f"/v1/payment_intents/{shop.payment()['id']}", params={"expand": ["amount"]}).refused(
        400, None, "expand"
    )


def includes(shop: Shop) -> None:
    paid = shop.pay()
    shop.refund(paid, amount=100)
    charge = shop.get(f"/v1/charges/{paid['latest_charge']}", expand=["refunds"])
    assert [each["amount"] for each in charge["refunds"]["data"]] == [100]
    assert "refunds" not in shop.charge(paid)


# --- metadata


def merges(shop: Shop) -> None:
    made = shop.customer(metadata={"a": "1", "b": "2"})
    changed = shop.post(f"{_CUSTOMERS}/{made}", metadata={"b": "3", "c": "4"})
    assert changed["metadata"] == {"a": "1", "b": "3", "c": "4"}


def unsets(shop: Shop) -> None:
    made = shop.customer(metadata={"a": "1", "b": "2"})
    assert shop.post(f"{_CUSTOMERS}/{made}", metadata={"a": ""})["metadata"] == {"b": "2"}


def unsets_all(shop: Shop) -> None:
    made = shop.customer(metadata={"a": "1", "b": "2"})
    assert shop.post(f"{_CUSTOMERS}/{made}", metadata="")["metadata"] == {}


def fifty_keys(shop: Shop) -> None:
    made = shop.customer(metadata={f"k{number}": "v" for number in range(50)})
    shop.tries(f"{_CUSTOMERS}/{made}", metadata={"one_more": "v"}).refused(400, None, "metadata")


def long_values(shop: Shop) -> None:
    shop.customer(metadata={"k" * 40: "v" * 500})
    shop.tries(_CUSTOMERS, metadata={"k": "v" * 501}).refused(400, None, "metadata[k]")


# --- idempotency


def replays(shop: Shop) -> None:
    first, again = (shop.keyed("k", _CUSTOMERS, name="Léa") for _ in range(2))
    assert again.doc == first.doc
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert "Idempotent-Replayed" not in first.headers


def other_parameters(shop: Shop) -> None:
    shop.keyed("k", _CUSTOMERS, name="Léa")
    assert shop.keyed("k", _CUSTOMERS, name="Noé").refused()["type"] == "idempotency_error"


def other_endpoint(shop: Shop) -> None:
    shop.keyed("k", _CUSTOMERS)
    error = shop.keyed("k", "/v1/setup_intents").refused()
    assert error["type"] == "idempotency_error"
    assert "endpoint" in error["message"]


def other_order(shop: Shop) -> None:
    one = shop.keyed("k", _CUSTOMERS, name="Léa", description="d")
    assert shop.keyed("k", _CUSTOMERS, description="d", name="Léa").doc["id"] == one.doc["id"]


def declines_are_kept(shop: Shop) -> None:
    intent = shop.payment()
    said = {"payment_method": "pm_card_visa_chargeDeclined"}
    path = f"/v1/payment_intents/{intent['id']}/confirm"
    first, again = (shop.keyed("k", path, **said) for _ in range(2))
    assert (first.status, again.doc, again.headers["Idempotent-Replayed"]) == (402, first.doc, "true")


def mistakes_are_not_kept(shop: Shop) -> None:
    shop.keyed("k", "/v1/payment_intents", amount=1, currency="eur").refused(400, "amount_too_small", "amount")
    assert shop.keyed("k", "/v1/payment_intents", amount=1000, currency="eur").status == 200


def keys_end(shop: Shop) -> None:
    first = shop.keyed("k", _CUSTOMERS)
    shop.later(24 * 3600)
    assert shop.keyed("k", _CUSTOMERS).doc["id"] != first.doc["id"]


def keys_of_accounts(shop: Shop) -> None:
    first = shop.keyed("k", _CUSTOMERS)
    other = shop.ask("POST", _CUSTOMERS, key=shop.other.secret_key, headers={"Idempotency-Key": "k"})
    assert other.doc["id"] != first.doc["id"]


def reads_ignore_keys(shop: Shop) -> None:
    for _ in range(2):
        answer = shop.ask("GET", _CUSTOMERS, headers={"Idempotency-Key": "k"})
        assert "Idempotent-Replayed" not in answer.headers


def replays_what_is_gone(shop: Shop) -> None:
    made = shop.keyed("k", _CUSTOMERS).doc["id"]
    shop.delete(f"{_CUSTOMERS}/{made}")
    assert shop.keyed("k", _CUSTOMERS).doc["id"] == made
    assert shop.get(f"{_CUSTOMERS}/{made}")["deleted"]


_AUTH, _ERRORS, _CODES = "api/authentication", "api/errors", "error-codes"
_PAGES, _EXPAND, _META, _IDEM = "api/pagination", "expand", "api/metadata", "api/idempotent_requests"

BEHAVIOURS = (
    Behaviour("customer-name", "api/customers/create", "A name has 256 characters at most.", refuses(_CUSTOMERS, {"name": "x" * 257}, None, "name")),
    Behaviour("customer-phone", "api/customers/create", "A phone has 20 characters at most.", refuses(_CUSTOMERS, {"phone": "+" + "1" * 20}, None, "phone")),
    Behaviour("key-none", _AUTH, "A request without a key is 401.", no_key),
    Behaviour("key-wrong", _AUTH, "A key that is not known is 401, and is not repeated in full.", wrong_key),
    Behaviour("key-basic", _AUTH, "The key may be the user name of HTTP Basic.", basic),
    Behaviour("key-publishable", "keys", "The publishable key does not reach the server's API.", publishable_key),
    Behaviour("key-other-account", _AUTH, "What another account owns is not there.", another_account),
    Behaviour("connect-own-data", "api/connected-accounts", "Stripe-Account acts for a connected account, on its data.", connected),
    Behaviour("connect-foreign", _CODES, "An account that is not connected is closed.", foreign_account),
    Behaviour("url-unknown", _ERRORS, "An unknown address is answered by an error object.", unknown_address),
    Behaviour("method-wrong", _ERRORS, "A method that an address does not take is answered by an error object.", wrong_method),
    Behaviour("request-id", "api/request_ids", "Each answer has an id of its own in Request-Id.", request_ids),
    Behaviour("version-answered", "api/versioning", "The answer names the version that was spoken.", version_header),
    Behaviour("version-wrong", "api/versioning", "A version that never was is refused.", wrong_version),
    Behaviour("parameter-unknown", _CODES, "A parameter that the version does not know is refused.",
              refuses(_CUSTOMERS, {"nickname": "L"}, "parameter_unknown", "nickname")),
    Behaviour("parameter-unknown-inside", _CODES, "So is one inside another.",
              refuses(_CUSTOMERS, {"address": {"planet": "M"}}, "parameter_unknown", "address[planet]")),
    Behaviour("parameter-gone", "changelog", "payment_method_types of an intent cannot be written any more.",
              refuses("/v1/payment_intents", {"amount": 1000, "currency": "eur", "payment_method_types": ["card"]},
                      "parameter_unknown", "payment_method_types")),
    Behaviour("parameter-enum", _ERRORS, "A word that is none of a parameter's is refused.",
              refuses("/v1/payment_intents", {"amount": 1000, "currency": "eur", "capture_method": "never"}, None, "capture_method")),
    Behaviour("parameter-empty", _CODES, "A required value is not empty.",
              refuses("/v1/payment_intents", {"amount": "", "currency": "eur"}, "parameter_invalid_empty", "amount")),
    Behaviour("object-missing", _CODES, "An id of the address that is not there is 404 with a link to the code's page.", missing_object),
    Behaviour("object-missing-parameter", _CODES, "An id in a parameter that is not there is refused with the parameter's name.", missing_parameter_object),
    Behaviour("list-default", _PAGES, "A list holds ten, newest first, and says whether there is more.", default_limit),
    Behaviour("list-limit-0", _PAGES, "A limit is at least 1.", bad_limit(0)),
    Behaviour("list-limit-101", _PAGES, "A limit is at most 100.", bad_limit(101)),
    Behaviour("list-limit-100", _PAGES, "Up to a hundred come at once.", full_limit),
    Behaviour("list-starting-after", _PAGES, "starting_after gives the page below an object.", starting_after),
    Behaviour("list-ending-before", _PAGES, "ending_before gives the page above an object.", ending_before),
    Behaviour("list-both-cursors", _PAGES, "The two cursors exclude each other.", both_cursors),
    Behaviour("list-unknown-cursor", _PAGES, "A cursor is the id of an object of the list.", unknown_cursor),
    Behaviour("list-created", "api/customers/list", "A list is narrowed by gt, gte, lt and lte of the creation.", created_since),
    Behaviour("expand", _EXPAND, "An id is replaced by its object.", expands),
    Behaviour("expand-list", _EXPAND, "In a list it is named below data.", expands_lists),
    Behaviour("expand-deep", _EXPAND, "Dots lead deeper.", expands_deeply),
    Behaviour("expand-too-deep", _EXPAND, "Four levels are the most.", expands_too_deeply),
    Behaviour("expand-no-object", _EXPAND, "What is no object is not expanded.", expands_what_is_no_object),
    Behaviour("expand-includable", _EXPAND, "A charge has its refunds only when asked for.", includes),
    Behaviour("metadata-merge", _META, "Keys are added to those that are there.", merges),
    Behaviour("metadata-unset", _META, "An empty value removes its key.", unsets),
    Behaviour("metadata-unset-all", _META, "An empty value for the whole removes all.", unsets_all),
    Behaviour("metadata-keys", _META, "Fifty keys are the most, counted after merging.", fifty_keys),
    Behaviour("metadata-key-long", _META, "A key has up to 40 characters.", refuses(_CUSTOMERS, {"metadata": {"k" * 41: "v"}}, None, "metadata")),
    Behaviour("metadata-value-long", _META, "A value has up to 500 characters.", long_values),
    Behaviour("email-wrong", _CODES, "What is no e-mail address is refused.", refuses(_CUSTOMERS, {"email": "léa at home"}, "email_invalid", "email")),
    Behaviour("email-no-domain", _CODES, "Nor is one without a domain taken.", refuses(_CUSTOMERS, {"email": "lea@"}, "email_invalid", "email")),
    Behaviour("email-receipt", _CODES, "The same for receipts.",
              refuses("/v1/payment_intents", {"amount": 1000, "currency": "eur", "receipt_email": "lea"}, "email_invalid", "receipt_email")),
    Behaviour("email-billing", _CODES, "And for billing details.",
              refuses("/v1/payment_methods", {"type": "card", "card": {"token": "tok_visa"}, "billing_details": {"email": "x@y"}},
                      "email_invalid", "billing_details[email]")),
    Behaviour("idempotency-replay", _IDEM, "A key's second request gets the first one's answer, marked as such.", replays),
    Behaviour("idempotency-parameters", _IDEM, "A key is not used with other parameters.", other_parameters),
    Behaviour("idempotency-endpoint", _IDEM, "Nor at another endpoint.", other_endpoint),
    Behaviour("idempotency-order", _IDEM, "The order of parameters does not matter.", other_order),
    Behaviour("idempotency-decline", _IDEM, "A failure of what was begun is kept too.", declines_are_kept),
    Behaviour("idempotency-mistake", _IDEM, "A request that is wrong in itself keeps nothing, and its key is free.", mistakes_are_not_kept),
    Behaviour("idempotency-day", _IDEM, "Keys may be forgotten after a day.", keys_end),
    Behaviour("idempotency-account", _IDEM, "Keys are an account's own.", keys_of_accounts),
    Behaviour("idempotency-get", _IDEM, "Keys mean nothing for a GET.", reads_ignore_keys),
    Behaviour("idempotency-deleted", _IDEM, "A replay tells of what is deleted since.", replays_what_is_gone),
    Behaviour("idempotency-long", _IDEM, "A key has up to 255 characters.", lambda shop: shop.keyed("k" * 256, _CUSTOMERS).refused()),
)  # fmt: skip
