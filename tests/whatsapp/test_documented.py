"""The client reads what Meta documents, with and without all that may be left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.whatsapp import documented
from webapp.whatsapp import inbound

READ: dict[str, tuple[type[inbound.Incoming], dict[str, Any]]] = {
    "text": (inbound.Text, {"body": "Does it come in another color?"}),
    "image": (inbound.Text, {"body": "Taj Mahal"}),
    "contacts": (
        inbound.SharedContact,
        {"name": "Barbara J. Johnson", "phones": (inbound.SharedPhone("+1 (650) 555-1234", "16505551234"),)},
    ),
    "interactive": (inbound.Tap, {"button": "cancel-button", "title": "Cancel"}),
    "button": (inbound.Tap, {"button": "Unsubscribe", "title": "Unsubscribe"}),
}


def told(value: dict[str, Any]) -> Any:
    """What we understand of a POST with this value."""
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    (event,) = inbound.split(json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode())
    assert event.number == "106540352242922"
    return inbound.interpret(event.payload)


@pytest.mark.parametrize("kind", documented.MESSAGES)
def test_each_documented_message_is_understood(kind: str) -> None:
    heard = told(documented.example(documented.message(kind), whole=True))
    shape, values = READ[kind]
    assert isinstance(heard, shape)
    assert {name: getattr(heard, name) for name in values} == values
    assert (heard.sender, heard.user_id) == ("16505551234", "US.13491208655302741918")
    assert heard.context == documented.CONTEXT["id"]
    assert heard.timestamp.timestamp() == 1_749_416_383


@pytest.mark.parametrize("kind", documented.MESSAGES)
def test_what_may_be_left_out_may_be_left_out(kind: str) -> None:
    value = documented.example(documented.message(kind), whole=False)
    value["messages"][0]["from_user_id"] = "US.1"
    heard = told(value)
    assert (heard.sender, heard.user_id) == (None, "US.1")
    assert isinstance(heard, inbound.Unsupported if kind == "image" else READ[kind][0])


@pytest.mark.parametrize("whole", [True, False])
def test_a_documented_status_is_understood(whole: bool) -> None:
    heard = told(documented.example(documented.value(statuses=[documented.STATUS]), whole=whole))
    assert isinstance(heard, inbound.StatusChange)
    assert (heard.status, heard.timestamp.timestamp()) == ("delivered", 1_750_263_773)
    assert heard.errors == (((131026, "Message undeliverable."),) if whole else ())
    assert heard.opaque == ("order 12" if whole else None)


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"body": 1}, ["value.body is int, not str"]),
        ({}, ["value.body is missing"]),
        ({"body": "a", "more": 1}, ["value.more is documented nowhere"]),
    ],
)
def test_the_comparison_finds_what_differs(payload: dict[str, Any], said: list[str]) -> None:
    assert list(documented.differences(payload, {"body": "text"})) == said
