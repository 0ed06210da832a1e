"""Customers: who means of payment are saved for."""

from __future__ import annotations

from sandbox.gateway import payment_methods, webhooks
from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.particulars import check_email, check_length, merged_metadata
from sandbox.gateway.store import Doc

_PLAIN = (
    "address",
    "business_name",
    "description",
    "email",
    "individual_name",
    "name",
    "phone",
    "preferred_locales",
    "shipping",
)


def create(call: Call) -> Doc:
    params = call.params
    identity = new_id("cus")
    doc: Doc = {
        "id": identity,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": identity[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": merged_metadata({}, params.get("metadata")),
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    doc |= _given(call)
    webhooks.emit(call, "customer.created", doc)
    return call.insert(doc)


def _given(call: Call) -> Doc:
    check_email(call.params, "email")
    check_length(call.params, "name", 256)
    check_length(call.params, "phone", 20)
    return {name: call.params[name] or None for name in _PLAIN if name in call.params}


def retrieve(call: Call, customer: str) -> Doc:
    """One that was deleted is still there, as no more than that."""
    return call.tx.find(call.scope, "deleted_customer", customer) or call.get("customer", customer)


def update(call: Call, customer: str) -> Doc:
    doc = call.get("customer", customer)
    doc |= _given(call)
    doc["metadata"] = merged_metadata(doc["metadata"], call.params.get("metadata"))
    if "default_payment_method" in call.params.get("invoice_settings", {}):
        doc["invoice_settings"]["default_payment_method"] = call.params["invoice_settings"]["default_payment_method"]
    webhooks.emit(call, "customer.updated", doc)
    return call.save(doc)


def delete(call: Call, customer: str) -> Doc:
    doc = call.get("customer", customer)
    for means in call.tx.select(call.scope, "payment_method", "customer = ?", (customer,)):
        payment_methods.take_from(call, means)
    call.tx.delete(call.scope, customer)
    gone = {"id": customer, "object": "customer", "deleted": True}
    call.tx.insert(call.scope, gone, kind="deleted_customer")
    webhooks.emit(call, "customer.deleted", doc)
    return gone


def listing(call: Call) -> Doc:
    matches: dict[str, object] = {"email": call.params["email"]} if "email" in call.params else {}
    return call.page("customer", "/v1/customers", matches)


def search(call: Call) -> Doc:
    return call.search("customer", "/v1/customers/search")


ROUTES = (
    Route("POST", "/v1/customers", create, "CustomerCreateParams"),
    Route("GET", "/v1/customers", listing, "CustomerListParams"),
    Route("GET", "/v1/customers/search", search, "CustomerSearchParams"),
    Route("GET", "/v1/customers/<customer>", retrieve, "CustomerRetrieveParams"),
    Route("POST", "/v1/customers/<customer>", update, "CustomerUpdateParams"),
    Route("DELETE", "/v1/customers/<customer>", delete, "CustomerDeleteParams"),
)
