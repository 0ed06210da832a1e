"""What people do besides writing: they edit and delete messages, open a chat, and change their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sandbox.phones.conftest import SAM

if TYPE_CHECKING:
    from tests.sandbox.phones.conftest import Product, WhatsApp


def told(product: Product, kind: str) -> dict[str, Any]:
    """The next message of that type."""
    while True:
        (value,) = product.next("message").values
        (message,) = value["messages"]
        if message["type"] == kind:
            return {**value, **message}


def test_an_edited_and_a_deleted_message_name_the_original(whatsapp: WhatsApp, product: Product) -> None:
    wamid = whatsapp.say("10 EUR")
    whatsapp.control("edit", **{"from": SAM, "message": wamid, "text": "12 EUR"})
    edited = told(product, "edit")["edit"]
    assert edited == {"original_message_id": wamid, "message": {"type": "text", "text": {"body": "12 EUR"}}}
    whatsapp.control("revoke", **{"from": SAM, "message": wamid})
    assert told(product, "revoke")["revoke"] == {"original_message_id": wamid}
    refused = whatsapp.call("POST", "/_sandbox/revoke", {"from": SAM, "message": "wamid.none"})
    assert refused.status_code == 404


def test_a_chat_that_is_opened_says_so(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control("welcome", **{"from": SAM})
    opened = told(product, "request_welcome")
    assert opened["from"] == SAM[1:]
    assert "request_welcome" not in opened


def test_a_changed_number_is_told_with_old_and_new_without_contacts(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control(f"contacts/{SAM}/move", to="+5491123456789")
    system = told(product, "system")
    assert (system["from"], system["system"]["wa_id"]) == (SAM[1:], "5491123456789")
    assert system["system"]["type"] == "user_changed_number"
    assert system["system"]["user_id"] != system["system"]["previous_user_id"]
    assert "contacts" not in system


def test_a_changed_user_id_is_told_without_a_number_or_not_at_all(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say()
    first = told(product, "text")["from_user_id"]
    whatsapp.control(f"contacts/{SAM}/move")
    system = told(product, "system")
    assert system["system"]["previous_user_id"] == first
    assert "from" not in system
    whatsapp.control(f"contacts/{SAM}/renew")
    whatsapp.say()
    assert told(product, "text")["from_user_id"] not in {first, system["system"]["user_id"]}
