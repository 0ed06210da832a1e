from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.sandbox.phones.conftest import LEA, SAM

if TYPE_CHECKING:
    from tests.sandbox.phones.conftest import Product, WhatsApp


def test_what_a_person_says_comes_in_as_meta_tells_it(whatsapp: WhatsApp, product: Product) -> None:
    wamid = whatsapp.say("10 €", **{"from": LEA}, timestamp=1790000000)
    value = product.next("message").values[0]
    assert value["metadata"] == {"display_phone_number": "33187654321", "phone_number_id": "1001"}
    (contact,), (message,) = value["contacts"], value["messages"]
    assert (contact["profile"]["name"], contact["wa_id"]) == ("Léa", "33611111111")
    assert contact["user_id"].startswith("FR.")
    assert message == {
        "from": "33611111111",
        "from_user_id": contact["user_id"],
        "id": wamid,
        "timestamp": "1790000000",
        "type": "text",
        "text": {"body": "10 €"},
    }


def test_a_reply_names_the_message_it_answers(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say()
    wamid = whatsapp.text("Paid").json()["messages"][0]["id"]
    whatsapp.say("CHARGE 5", reply_to=wamid)
    product.next("message")
    assert product.next("message").values[0]["messages"][0]["context"] == {"from": "33187654321", "id": wamid}


def test_a_tapped_button_comes_in_as_its_id(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say()
    button = {"type": "reply", "reply": {"id": "yes-1", "title": "Yes"}}
    sent = whatsapp.send(
        type="interactive",
        interactive={"type": "button", "body": {"text": "Sure?"}, "action": {"buttons": [button]}},
    )
    whatsapp.control("tap", **{"from": SAM}, message=sent.json()["messages"][0]["id"], button="Yes")
    product.next("message")
    message = product.next("message").values[0]["messages"][0]
    assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "yes-1", "title": "Yes"}}


def test_a_hidden_number_leaves_only_the_user_id(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control(f"contacts/{SAM}", hides_number=True)
    whatsapp.say()
    value = product.next("message").values[0]
    assert "wa_id" not in value["contacts"][0]
    assert "from" not in value["messages"][0]
    assert value["messages"][0]["from_user_id"] == value["contacts"][0]["user_id"]


def test_a_shared_contact_is_a_card_with_a_number(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say("", contact={"name": "Sam", "phone": SAM, "without_wa_id": True})
    (card,) = product.next("message").values[0]["messages"][0]["contacts"]
    assert card["name"]["formatted_name"] == "Sam"
    assert card["phones"] == [{"phone": "+33 6 12 34 56 78", "type": "CELL"}]


def test_a_picture_comes_in_with_its_caption(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say("10 EUR", media="image")
    message = product.next("message").values[0]["messages"][0]
    assert message["type"] == "image"
    assert message["image"]["caption"] == "10 EUR"


def test_whatsapps_id_differs_from_the_number_in_mexico(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control("contacts", phone="+525512345678", name="Ana")
    whatsapp.say(**{"from": "+525512345678"})
    assert product.next("message").values[0]["messages"][0]["from"] == "5215512345678"


def test_a_message_is_sent_then_delivered_then_read_and_echoes_the_business_data(
    whatsapp: WhatsApp, product: Product
) -> None:
    whatsapp.say()
    whatsapp.text("Hi", biz_opaque_callback_data="msg_1")
    whatsapp.control("seen", phone=SAM)
    for status in ("sent", "delivered", "read"):
        (told,) = product.next(status).values[0]["statuses"]
        assert (told["biz_opaque_callback_data"], told["recipient_id"]) == ("msg_1", "33612345678")
    assert whatsapp.chat()[-1]["status"] == "read"


def test_a_phone_that_is_off_receives_when_it_is_switched_on(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say()
    whatsapp.control(f"contacts/{SAM}", switched_on=False)
    whatsapp.text("Hi")
    assert whatsapp.chat()[-1]["status"] == "sent"
    whatsapp.control(f"contacts/{SAM}", switched_on=True)
    assert product.next("delivered")
    assert whatsapp.chat()[-1]["status"] == "delivered"


def test_a_phone_that_keeps_read_marks_to_itself_stays_delivered(whatsapp: WhatsApp) -> None:
    whatsapp.say()
    whatsapp.control(f"contacts/{SAM}", reads=False)
    whatsapp.text("Hi")
    whatsapp.control("seen", phone=SAM)
    assert whatsapp.chat()[-1]["status"] == "delivered"


def test_a_free_message_after_24_hours_fails_later(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say(timestamp=int(time.time()) - 24 * 3600 - 5)
    assert whatsapp.text("Too late").status_code == 200
    value = product.next("failed").values[0]
    assert value["statuses"][0]["errors"][0]["code"] == 131047
    assert "contacts" not in value


def test_a_phone_without_whatsapp_fails_later_and_cannot_write(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control("contacts", phone="+33698765432", on_whatsapp=False)
    assert whatsapp.text("Hi", to="+33698765432").status_code == 200
    assert product.next("failed").values[0]["statuses"][0]["errors"][0]["code"] == 131026
    said = whatsapp.call("POST", "/_sandbox/say", {"from": "+33698765432", "text": "hello"})
    assert said.status_code == 404


def test_a_number_nobody_has_becomes_a_new_buyers_phone(whatsapp: WhatsApp) -> None:
    whatsapp.text("Hi", to="+33698765432")
    assert len(whatsapp.chat("+33698765432")) == 1
    assert whatsapp.say(**{"from": "+33698765432"})
