"""The customs officer can say no, and all that the adapter and the sandbox say to each other passes."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe as sdk

from tests.gateways.fidelity import Checked, Misfit, check, decode
from tests.gateways.rigs import Plastic, StripeRig
from webapp.gateways.base import Purchase, SavedPaymentMethod


def paid_intent(rig: StripeRig) -> dict[str, Any]:
    """A payment intent as the sandbox answers it."""
    customer = rig.gateway.customer(buyer="b1", phone="+33612345678", email=None)
    intent = rig.gateway.open(Purchase("ord_1", "demo", 1000, "EUR", True, customer, "A12", ""))
    rig.gateway.submit(intent, token=rig.token(Plastic.WORKS), save=True, key="a", return_url="https://x", mandate="")
    expanded = rig.client.v1.payment_intents.retrieve(intent, {"expand": ["payment_method", "latest_charge"]})
    return dict(expanded.to_dict(recursive=True))


def test_forms_are_read_as_stripe_reads_them() -> None:
    assert decode("a=1&b[c]=2&d[0]=x&d[1]=y&e=") == {"a": "1", "b": {"c": "2"}, "d": ["x", "y"], "e": ""}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types"),  # not writable in this version of the API
        ({"amount": "ten"}, "amount"),
        ({"off_session": "perhaps"}, "off_session"),
        ({"setup_future_usage": "forever"}, "setup_future_usage"),
        ({"metadata": "none"}, "metadata"),
    ],
)
def test_a_wrong_parameter_does_not_leave(stripe_rig: StripeRig, wrong: dict[str, Any], said: str) -> None:
    before = list(stripe_rig.http.seen)
    params: Any = {"amount": 1000, "currency": "eur", **wrong}
    with pytest.raises(Misfit, match=said):
        stripe_rig.client.v1.payment_intents.create(params)
    assert stripe_rig.http.seen == before


def test_a_missing_parameter_does_not_leave(stripe_rig: StripeRig) -> None:
    params: Any = {"currency": "eur"}
    with pytest.raises(Misfit, match="amount"):
        stripe_rig.client.v1.payment_intents.create(params)


def test_a_call_without_types_does_not_leave(stripe_rig: StripeRig) -> None:
    with pytest.raises(Misfit, match="GET /v1/charges"):
        stripe_rig.client.v1.charges.list()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("amount",), "1000"),
        (("status",), "paid"),
        (("invented",), 1),
        (("payment_method", "card", "exp_month"), "12"),
        (("payment_method", "card", "invented"), None),
        (("latest_charge", "outcome", "invented"), None),
        (("metadata", "order"), 7),
    ],
)
def test_a_wrong_answer_is_found_however_deep(stripe_rig: StripeRig, path: tuple[str, ...], value: object) -> None:
    answer = node = paid_intent(stripe_rig)
    check("as it is", answer, sdk.PaymentIntent)
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    with pytest.raises(Misfit, match=path[-1]):
        check("altered", answer, sdk.PaymentIntent)


@pytest.mark.parametrize("path", [("client_secret", "amount"), ("payment_method", "billing_details"), ("", "currency")])
def test_a_missing_field_is_found(stripe_rig: StripeRig, path: tuple[str, str]) -> None:
    answer = paid_intent(stripe_rig)
    parent = answer[path[0]] if isinstance(answer.get(path[0]), dict) else answer
    del parent[path[1]]
    with pytest.raises(Misfit, match=path[1]):
        check("shortened", answer, sdk.PaymentIntent)


class Altered(Checked):
    """A gateway that answers one word otherwise."""

    def _request_internal(self, *given: Any, **named: Any) -> Any:
        content, status, headers = super()._request_internal(*given, **named)
        return json.dumps(json.loads(content) | {"livemode": "no"}).encode(), status, headers


def test_a_misfit_of_the_gateway_is_no_error_that_an_adapter_handles(stripe_rig: StripeRig) -> None:
    client = sdk.StripeClient("sk_test_shop", base_addresses={"api": stripe_rig.served.url}, http_client=Altered())
    with pytest.raises(Misfit, match="livemode"):
        client.v1.customers.create({"phone": "+33612345678"})


def test_every_event_of_a_buyers_story_fits(stripe_rig: StripeRig) -> None:
    listed = {"url": "https://ordo.example/hooks", "enabled_events": ["*"]}
    stripe_rig.client.v1.webhook_endpoints.create(listed)  # type: ignore[arg-type]  # a literal would repeat every event
    intent = paid_intent(stripe_rig)
    payment_method = SavedPaymentMethod(intent["customer"], intent["payment_method"]["id"])
    stripe_rig.gateway.charge(
        Purchase("o2", "demo", 500, "EUR", False, payment_method.customer, "B", ""), payment_method, key="k"
    )
    stripe_rig.gateway.forget(payment_method)
    events = stripe_rig.client.v1.events.list({"limit": 100}).data
    types = {"payment_intent": sdk.PaymentIntent, "customer": sdk.Customer, "payment_method": sdk.PaymentMethod}
    for event in events:
        thing = event.data.to_dict(recursive=True)["object"]
        check(event.type, thing, {**types, "charge": sdk.Charge}[thing["object"]])
    assert {"payment_intent.succeeded", "payment_method.detached", "customer.created"} <= {e.type for e in events}
