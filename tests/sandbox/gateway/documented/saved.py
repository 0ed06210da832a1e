"""Customers, and the means of payment that are kept for them."""

from __future__ import annotations

from tests.sandbox.gateway.documented.rig import Behaviour, Shop

_CUSTOMERS, _MEANS = "/v1/customers", "/v1/payment_methods"
_USED = "payment_method_unexpected_state"


def attaches(shop: Shop) -> None:
    customer = shop.customer()
    kept = shop.post(f"{_MEANS}/{shop.method()['id']}/attach", customer=customer)
    assert kept["customer"] == customer


def attaches_twice(shop: Shop) -> None:
    kept = shop.saved()
    assert shop.post(f"{_MEANS}/{kept['id']}/attach", customer=kept["customer"])["id"] == kept["id"]
    assert shop.events().count("payment_method.attached") == 1


def attaches_to_another(shop: Shop) -> None:
    shop.tries(f"{_MEANS}/{shop.saved()['id']}/attach", customer=shop.customer()).refused(400, None, "payment_method")


def attaches_to_nobody(shop: Shop) -> None:
    shop.tries(f"{_MEANS}/{shop.method()['id']}/attach").refused(400, "parameter_missing")


def attaches_declined(shop: Shop) -> None:
    path = f"{_MEANS}/{shop.method('visa_chargeDeclined')['id']}/attach"
    shop.tries(path, customer=shop.customer()).refused(402, "card_declined")


def detaches(shop: Shop) -> None:
    kept = shop.saved()
    assert shop.post(f"{_MEANS}/{kept['id']}/detach")["customer"] is None
    told = shop.event("payment_method.detached")
    assert told["data"]["previous_attributes"] == {"customer": kept["customer"]}


def detached_is_over(shop: Shop) -> None:
    kept = shop.saved()
    shop.post(f"{_MEANS}/{kept['id']}/detach")
    shop.tries(f"{_MEANS}/{kept['id']}/attach", customer=kept["customer"]).refused(400, _USED, "payment_method")
    shop.tries_to_pay(payment_method=kept["id"]).refused(400, _USED, "payment_method")


def detaches_unattached(shop: Shop) -> None:
    assert "not attached" in shop.tries(f"{_MEANS}/{shop.method()['id']}/detach").doc["error"]["message"]


def used_once(shop: Shop) -> None:
    means = shop.method()["id"]
    shop.pay(payment_method=means)
    shop.tries_to_pay(payment_method=means).refused(400, _USED, "payment_method")


def lists(shop: Shop) -> None:
    kept = shop.saved()
    shop.method()
    found = shop.get(_MEANS, customer=kept["customer"])["data"]
    assert [each["id"] for each in found] == [kept["id"]]
    assert shop.get(_MEANS)["data"] == []


def lists_of_nobody(shop: Shop) -> None:
    shop.ask("GET", _MEANS, params={"customer": "cus_nobody"}).refused(400, "resource_missing", "customer")


def lists_by_type(shop: Shop) -> None:
    kept = shop.saved()
    path = f"{_CUSTOMERS}/{kept['customer']}/payment_methods"
    assert [len(shop.get(path, type=kind)["data"]) for kind in ("card", "klarna")] == [1, 0]


def one_of_customer(shop: Shop) -> None:
    kept = shop.saved()
    path = f"{_CUSTOMERS}/{kept['customer']}/payment_methods/{kept['id']}"
    assert shop.get(path)["id"] == kept["id"]
    other = f"{_CUSTOMERS}/{shop.customer()}/payment_methods/{kept['id']}"
    shop.ask("GET", other).refused(404, "resource_missing", "payment_method")


def updates_means(shop: Shop) -> None:
    kept = shop.saved()
    changed = shop.post(
        f"{_MEANS}/{kept['id']}", card={"exp_month": 1, "exp_year": 2035}, billing_details={"name": "Léa"}
    )
    assert (changed["card"]["exp_month"], changed["card"]["exp_year"]) == (1, 2035)
    assert (changed["billing_details"]["name"], changed["billing_details"]["email"]) == ("Léa", None)
    assert "payment_method.updated" in shop.events()


def not_told_when_made(shop: Shop) -> None:
    shop.method()
    assert shop.events() == []


def customer_fields(shop: Shop) -> None:
    made = shop.post(_CUSTOMERS, email="lea@x.example", phone="+33612345678", name="Léa")
    assert (made["email"], made["phone"], made["name"]) == ("lea@x.example", "+33612345678", "Léa")
    assert (made["balance"], made["delinquent"], made["default_source"]) == (0, False, None)


def customer_clears(shop: Shop) -> None:
    made = shop.post(_CUSTOMERS, name="Léa")
    assert shop.post(f"{_CUSTOMERS}/{made['id']}", name="")["name"] is None


def customer_deleted(shop: Shop) -> None:
    gone = shop.customer()
    stub = {"id": gone, "object": "customer", "deleted": True}
    assert shop.delete(f"{_CUSTOMERS}/{gone}") == stub
    assert shop.get(f"{_CUSTOMERS}/{gone}") == stub
    assert shop.get(_CUSTOMERS)["data"] == []


def deleted_pays_nothing(shop: Shop) -> None:
    gone = shop.customer()
    shop.delete(f"{_CUSTOMERS}/{gone}")
    shop.tries("/v1/payment_intents", amount=1000, currency="eur", customer=gone).refused(
        400, "resource_missing", "customer"
    )


def deleted_is_not_changed(shop: Shop) -> None:
    gone = shop.customer()
    shop.delete(f"{_CUSTOMERS}/{gone}")
    shop.tries(f"{_CUSTOMERS}/{gone}", name="Léa").refused(404, "resource_missing", "id")
    shop.ask("DELETE", f"{_CUSTOMERS}/{gone}").refused(404, "resource_missing", "id")


def deleted_keeps_nothing(shop: Shop) -> None:
    kept = shop.saved()
    shop.delete(f"{_CUSTOMERS}/{kept['customer']}")
    assert shop.get(f"{_MEANS}/{kept['id']}")["customer"] is None
    assert shop.event("customer.deleted")["data"]["object"]["id"] == kept["customer"]


def by_email(shop: Shop) -> None:
    mine = shop.customer(email="lea@x.example")
    shop.customer(email="noe@x.example")
    assert [each["id"] for each in shop.get(_CUSTOMERS, email="lea@x.example")["data"]] == [mine]


_ATTACH, _DETACH, _LIST = "api/payment_methods/attach", "api/payment_methods/detach", "api/payment_methods/list"
_DELETE, _RETRIEVE = "api/customers/delete", "api/customers/retrieve"

BEHAVIOURS = (
    Behaviour("pm-attach", _ATTACH, "A means is attached to a customer.", attaches),
    Behaviour("pm-attach-twice", _ATTACH, "Attached to the same again, it stays, and is told once.", attaches_twice),
    Behaviour("pm-attach-other", _ATTACH, "It does not go from one customer to another.", attaches_to_another),
    Behaviour("pm-attach-nobody", _ATTACH, "A customer is required.", attaches_to_nobody),
    Behaviour("pm-attach-declined", "testing#declined-payments", "A card that is declined cannot be attached.", attaches_declined),
    Behaviour("pm-detach", _DETACH, "Detached, it is no customer's, and the event says whose it was.", detaches),
    Behaviour("pm-detached-over", _DETACH, "It can be neither attached nor charged again.", detached_is_over),
    Behaviour("pm-detach-unattached", _DETACH, "What is nobody's is not detached.", detaches_unattached),
    Behaviour("pm-used-once", "api/payment_methods", "What was used without being kept is used up.", used_once),
    Behaviour("pm-list", _LIST, "A list is of one customer.", lists),
    Behaviour("pm-list-nobody", _LIST, "Of one that is there.", lists_of_nobody),
    Behaviour("pm-list-type", "api/payment_methods/customer_list", "And may be of one type.", lists_by_type),
    Behaviour("pm-customer-one", "api/payment_methods/customer", "One is read through its customer alone.", one_of_customer),
    Behaviour("pm-update", "api/payment_methods/update", "Expiry and billing details change, and it is told.", updates_means),
    Behaviour("pm-untold", "api/events/types", "No event tells of a means that was only made.", not_told_when_made),
    Behaviour("cus-fields", "api/customers/object", "A customer has what was said, and nothing owed.", customer_fields),
    Behaviour("cus-clear", "api/customers/update", "An empty value clears a field.", customer_clears),
    Behaviour("cus-deleted", _RETRIEVE, "Deleted, it is read as deleted and is in no list.", customer_deleted),
    Behaviour("cus-deleted-pays", _DELETE, "Nothing is made for a customer that is deleted.", deleted_pays_nothing),
    Behaviour("cus-deleted-final", _DELETE, "It is not changed, nor deleted again.", deleted_is_not_changed),
    Behaviour("cus-deleted-means", _DELETE, "Its means are nobody's.", deleted_keeps_nothing),
    Behaviour("cus-email", "api/customers/list", "Customers are listed by e-mail address.", by_email),
)  # fmt: skip
