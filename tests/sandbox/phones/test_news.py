"""Meta's news of the account and of the templates come as documented; what a message costs is in its statuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.phones import chats
from tests.sandbox.phones.conftest import WAIT, Product, WhatsApp
from tests.sandbox.phones.templates import REQUEST, TEMPLATES, filled

_KEYS = {
    "account_update": {"event", "restriction_info"},
    "phone_number_quality_update": {"display_phone_number", "event", "old_limit", "current_limit"},
    "phone_number_name_update": {"display_phone_number", "decision", "requested_verified_name", "rejection_reason"},
}
_TEMPLATE = {"message_template_id", "message_template_name", "message_template_language"}
_TEMPLATE_KEYS = {
    "message_template_status_update": {"event", "reason", "other_info"},
    "message_template_quality_update": {"previous_quality_score", "new_quality_score"},
    "template_category_update": {"previous_category", "new_category"},
}


def change(product: Product) -> dict[str, Any]:
    """The one change of the next webhook."""
    (entry,) = json.loads(product.posts.get(timeout=WAIT).body)["entry"]
    (told,) = entry["changes"]
    return dict(told)


def test_news_of_the_account_and_its_number_are_told_under_their_field(whatsapp: WhatsApp, product: Product) -> None:
    for field, keys in _KEYS.items():
        whatsapp.control("news", field=field)
        told = change(product)
        assert (told["field"], set(told["value"])) == (field, keys)


def test_news_of_a_template_name_it(whatsapp: WhatsApp, product: Product) -> None:
    assert whatsapp.call("POST", TEMPLATES, REQUEST).ok
    for field, keys in _TEMPLATE_KEYS.items():
        whatsapp.control("news", field=field, name="payment_request")
        told = change(product)
        assert (told["field"], set(told["value"])) == (field, keys | _TEMPLATE)
        assert told["value"]["message_template_name"] == "payment_request"


def test_a_template_is_what_the_news_say_of_it(whatsapp: WhatsApp) -> None:
    assert whatsapp.call("POST", TEMPLATES, REQUEST).ok
    news = {"field": "message_template_status_update", "name": "payment_request"}
    for event, answered in (("PAUSED", 132015), ("DISABLED", 132016), ("REINSTATED", None)):
        whatsapp.control("news", **news, event=event)
        sent = whatsapp.send(type="template", template=filled("Café", "€10")).json()
        assert sent.get("error", {}).get("code") == answered
    whatsapp.control("news", **news, event="PAUSED")
    whatsapp.control("news", field="template_category_update", name="payment_request")
    (listed,) = whatsapp.call("GET", TEMPLATES).json()["data"]
    assert (listed["status"], listed["category"]) == ("PAUSED", "MARKETING")


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"field": "messages"}, 400),
        ({"field": "account_update", "event": "TEA"}, 400),
        ({"field": "message_template_status_update", "name": "nothing"}, 404),
    ],
)
def test_what_meta_does_not_tell_is_refused(whatsapp: WhatsApp, wish: dict[str, Any], status: int) -> None:
    assert whatsapp.call("POST", "/_sandbox/news", wish).status_code == status


def test_a_month_has_so_many_free_messages(
    whatsapp: WhatsApp, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chats, "FREE_A_MONTH", 1)
    whatsapp.say("hello")
    costs = []
    for words in ("one", "two"):
        whatsapp.text(words)
        costs.append(product.next("sent").values[0]["statuses"][0]["pricing"])
    free, billed = costs
    assert (free["billable"], free["type"]) == (False, "free_customer_service")
    assert (billed["billable"], billed["type"], billed["category"]) == (True, "regular", "service")
