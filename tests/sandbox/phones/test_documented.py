"""The simulator tells what Meta documents, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.phones.conftest import SAM, Product, WhatsApp
from tests.whatsapp import documented


def says(whatsapp: WhatsApp, product: Product, **wish: Any) -> dict[str, Any]:
    """The value that tells of something said on a phone."""
    whatsapp.say(**wish)
    return product.next("message").values[0]


@pytest.mark.parametrize(
    ("kind", "wish"),
    [
        ("text", {"text": "hello"}),
        ("image", {"text": "Taj Mahal", "media": "image"}),
        ("image", {"text": "", "media": "image"}),
        ("contacts", {"text": "", "contact": {"name": "Barbara", "phone": SAM}}),
        ("contacts", {"text": "", "contact": {"phone": SAM, "without_wa_id": True}}),
    ],
)
@pytest.mark.parametrize("hides", [False, True])
def test_what_a_person_says_comes_as_documented(
    whatsapp: WhatsApp, product: Product, kind: str, wish: dict[str, Any], *, hides: bool
) -> None:
    whatsapp.control(f"contacts/{SAM}", hides_number=hides)
    told = says(whatsapp, product, **wish)
    assert list(documented.differences(told, documented.message(kind))) == []
    assert ("from" in told["messages"][0]) is not hides


def test_a_tapped_button_comes_as_documented(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say("hello")
    product.next("message")
    action = {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Yes"}}]}
    asked = whatsapp.send(
        type="interactive", interactive={"type": "button", "body": {"text": "Sure?"}, "action": action}
    ).json()["messages"][0]["id"]
    whatsapp.call("POST", "/_sandbox/tap", {"from": SAM, "message": asked, "button": "1"})
    told = product.next("message").values[0]
    assert list(documented.differences(told, documented.message("interactive"))) == []


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed"])
def test_a_status_comes_as_documented(whatsapp: WhatsApp, product: Product, status: str) -> None:
    whatsapp.say("hello")
    if status == "failed":
        whatsapp.control("faults", kind="status_failed")
    whatsapp.text("Here you are", biz_opaque_callback_data="order 12")
    if status == "read":
        product.next("delivered")
        whatsapp.call("POST", "/_sandbox/seen", {"phone": SAM})
    told = product.next(status).values[0]
    assert list(documented.differences(told, documented.value(statuses=[documented.STATUS]))) == []
    assert ("errors" in told["statuses"][0]) is (status == "failed")
