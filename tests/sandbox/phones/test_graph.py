from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.phones import chats
from tests.sandbox.phones.conftest import LEA
from tests.sandbox.phones.templates import REQUEST, TEMPLATES, filled

if TYPE_CHECKING:
    from tests.sandbox.phones.conftest import Product, WhatsApp


def code(answer: Any) -> int:
    error = answer.json()["error"]
    assert {"message", "type", "code", "fbtrace_id"} <= set(error)
    return int(error["code"])


@pytest.fixture
def template(whatsapp: WhatsApp) -> None:
    assert whatsapp.call("POST", TEMPLATES, REQUEST).json()["status"] == "APPROVED"


def test_a_wrong_token_is_refused_as_meta_refuses_it(whatsapp: WhatsApp) -> None:
    answer = whatsapp.call("POST", "/v26.0/1001/messages", {}, token="other")
    assert (answer.status_code, code(answer)) == (401, 190)
    assert answer.json()["error"]["type"] == "OAuthException"


def test_an_accepted_message_is_answered_with_its_contact_and_id(whatsapp: WhatsApp) -> None:
    whatsapp.say()
    answer = whatsapp.text("Hello *you*", to="+33 6 12 34 56 78").json()
    assert answer["messaging_product"] == "whatsapp"
    assert answer["contacts"] == [{"input": "+33 6 12 34 56 78", "wa_id": "33612345678"}]
    assert answer["messages"][0]["id"].startswith("wamid.")
    assert answer["messages"][0]["message_status"] == "accepted"


@pytest.mark.usefixtures("template")
def test_a_template_reaches_a_phone_that_never_wrote(whatsapp: WhatsApp) -> None:
    assert whatsapp.send(type="template", template=filled("Café", "€10")).status_code == 200
    (message,) = whatsapp.chat()
    assert message["text"] == "Shop Café asks you to pay €10 here. Thank you."
    assert message["buttons"] == [{"kind": "url", "text": "Pay", "url": "https://ordo.example/p/token-1_x"}]
    assert message["status"] == "delivered"


@pytest.mark.usefixtures("template")
def test_what_is_not_safe_in_a_button_suffix_is_percent_encoded(whatsapp: WhatsApp) -> None:
    whatsapp.send(type="template", template=filled("Café", "€10", suffix="a/b?c=é"))
    assert whatsapp.chat()[0]["buttons"][0]["url"] == "https://ordo.example/p/a%2Fb%3Fc%3D%C3%A9"


@pytest.mark.usefixtures("template")
@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (filled("Café", "€10", language="fr"), 132001),
        (filled("Café"), 132000),
        (filled("Café\nLumière", "€10"), 132018),
        (filled("Café    Lumière", "€10"), 132018),
        (filled("Café", "€10", suffix=""), 131008),
        (filled("Café", "x" * 1024), 132005),
        (filled("Café", "€10") | {"components": filled("Café", "€10")["components"][:1]}, 131008),
    ],
)
def test_a_template_with_wrong_parameters_is_refused(whatsapp: WhatsApp, wish: dict[str, Any], expected: int) -> None:
    answer = whatsapp.send(type="template", template=wish)
    assert code(answer) == expected
    assert whatsapp.chat() == []


def reply(title: str) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": title, "title": title}}


def interactive(**action: Any) -> dict[str, Any]:
    kind = "button" if "buttons" in action else "cta_url"
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": "Which?"}, "action": action}}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"type": "text", "text": {"body": "x" * 4097}}, 131009),
        ({"type": "text", "text": {}}, 131008),
        ({"type": "text"}, 131008),
        ({"type": "hologram"}, 131051),
        ({"type": "text", "text": {"body": "x"}, "to": "a friend"}, 131009),
        ({"type": "text", "text": {"body": "x"}, "messaging_product": "sms"}, 100),
        ({"type": "text", "text": {"body": "x"}, "biz_opaque_callback_data": "x" * 513}, 131009),
        (interactive(buttons=[reply("a"), reply("a")]), 131009),
        (interactive(buttons=[reply(str(i)) for i in range(4)]), 131009),
        (interactive(buttons=[reply("x" * 21)]), 131009),
        (interactive(name="cta_url", parameters={"display_text": "x" * 21, "url": "https://x.example"}), 131009),
        (interactive(name="cta_url", parameters={"display_text": "Open", "url": "ordo"}), 131009),
    ],
)
def test_a_message_that_meta_would_refuse_is_refused(
    whatsapp: WhatsApp, message: dict[str, Any], expected: int
) -> None:
    answer = whatsapp.send(**message)
    assert answer.status_code == 400
    assert code(answer) == expected


def test_a_body_that_is_no_json_is_refused_with_an_error_of_the_usual_shape(whatsapp: WhatsApp) -> None:
    answer = whatsapp.call("POST", "/v26.0/1001/messages", ["not", "an", "object"])
    assert (answer.status_code, code(answer)) == (400, 100)


def test_after_45_messages_at_once_the_pair_has_to_wait(whatsapp: WhatsApp) -> None:
    whatsapp.say()
    statuses = [whatsapp.text(str(i)).status_code for i in range(45)]
    assert statuses == [200] * 45
    assert code(whatsapp.text("one more")) == 131056


def test_a_read_mark_turns_the_ticks_of_what_was_said(whatsapp: WhatsApp) -> None:
    wamid = whatsapp.say("10 EUR")
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    answer = whatsapp.call("POST", "/v26.0/1001/messages", mark | {"typing_indicator": {"type": "text"}})
    assert answer.json() == {"success": True}
    assert whatsapp.chat()[0]["status"] == "read"


def test_the_business_number_tells_its_name(whatsapp: WhatsApp) -> None:
    about = whatsapp.call("GET", "/v26.0/1001").json()
    assert (about["verified_name"], about["display_phone_number"]) == ("Café Lumière", "+33 1 87 65 43 21")
    assert whatsapp.call("GET", "/v26.0/1001?fields=quality_rating").json() == {"quality_rating": "GREEN", "id": "1001"}
    assert code(whatsapp.call("GET", "/v26.0/999")) == 100


@pytest.mark.parametrize("language", ["pt", "zh", "EN", "english", None])
def test_a_language_that_meta_does_not_list_is_refused(whatsapp: WhatsApp, language: str | None) -> None:
    assert code(whatsapp.call("POST", TEMPLATES, REQUEST | {"language": language})) == 100
    assert whatsapp.call("POST", TEMPLATES, REQUEST | {"language": "pt_PT"}).json()["status"] == "APPROVED"


def test_templates_are_listed_page_by_page(whatsapp: WhatsApp) -> None:
    for language in ("en", "fr", "es"):
        whatsapp.call("POST", TEMPLATES, REQUEST | {"language": language})
    first = whatsapp.call("GET", f"{TEMPLATES}?limit=2").json()
    assert [t["language"] for t in first["data"]] == ["en", "fr"]
    second = whatsapp.call("GET", first["paging"]["next"].removeprefix(whatsapp.url)).json()
    assert [t["language"] for t in second["data"]] == ["es"]
    assert "next" not in second["paging"]


@pytest.mark.usefixtures("template")
def test_a_template_is_refused_a_second_time_and_can_be_removed(whatsapp: WhatsApp) -> None:
    assert whatsapp.call("POST", TEMPLATES, REQUEST).json()["error"]["error_subcode"] == 2388024
    assert whatsapp.call("DELETE", f"{TEMPLATES}?name=payment_request").json() == {"success": True}
    assert whatsapp.call("GET", TEMPLATES).json()["data"] == []


@pytest.mark.usefixtures("template")
def test_a_person_who_hides_the_number_is_reached_by_user_id(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control(f"contacts/{'+33612345678'}", hides_number=True)
    whatsapp.say()
    user = product.next("message").values[0]["messages"][0]["from_user_id"]
    assert whatsapp.send(type="text", text={"body": "hi"}, to=None, recipient=user).status_code == 200
    assert whatsapp.chat()[-1]["text"] == "hi"


def upload(whatsapp: WhatsApp, data: bytes, kind: str = "image/png", **form: str) -> requests.Response:
    return requests.post(
        f"{whatsapp.url}/v26.0/1001/media",
        data={"messaging_product": "whatsapp", "type": kind} | form,
        files={"file": ("qr.png", data, kind)},
        headers={"Authorization": "Bearer token"},
        timeout=5,
    )


def png(depth: int, colour: int) -> bytes:
    """The beginning of a PNG: as much of it as tells its kind."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 9, 9, depth, colour, 0, 0, 0)


def test_a_picture_is_uploaded_sent_and_shown(whatsapp: WhatsApp) -> None:
    whatsapp.say()
    media = upload(whatsapp, png(8, 2)).json()["id"]
    assert whatsapp.send(type="image", image={"id": media, "caption": "Show this"}).status_code == 200
    shown = whatsapp.chat()[-1]
    assert (shown["picture"], shown["text"]) == (media, "Show this")
    answer = requests.get(f"{whatsapp.url}/media/{media}", timeout=5)
    assert (answer.headers["Content-Type"], answer.content) == ("image/png", png(8, 2))


@pytest.mark.parametrize(
    ("data", "kind", "form", "expected"),
    [
        (png(1, 0), "image/png", {}, 131053),
        (b"GIF89a", "image/png", {}, 131053),
        (b"GIF89a", "image/gif", {}, 100),
        (png(8, 2), "image/png", {"messaging_product": "sms"}, 100),
    ],
)
def test_a_picture_that_meta_would_refuse_is_refused(
    whatsapp: WhatsApp, data: bytes, kind: str, form: dict[str, str], expected: int
) -> None:
    assert code(upload(whatsapp, data, kind, **form)) == expected


def test_a_picture_that_was_never_uploaded_cannot_be_sent(whatsapp: WhatsApp) -> None:
    whatsapp.say()
    assert code(whatsapp.send(type="image", image={"id": "1"})) == 131053
    assert requests.get(f"{whatsapp.url}/media/1", timeout=5).status_code == 404


def test_an_upload_fails_on_demand(whatsapp: WhatsApp) -> None:
    whatsapp.control("faults", kind="upload_error")
    assert code(upload(whatsapp, png(8, 2))) == 131053
    assert upload(whatsapp, png(8, 2)).status_code == 200


@pytest.mark.usefixtures("template")
def test_a_new_account_begins_to_write_to_so_many_people_a_day(
    whatsapp: WhatsApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chats, "PEOPLE_A_DAY", 1)
    assert whatsapp.send(type="template", template=filled("Café", "€10")).status_code == 200
    assert whatsapp.send(type="template", template=filled("Café", "€10")).status_code == 200
    assert code(whatsapp.send(type="template", template=filled("Café", "€10"), to=LEA)) == 131048
    whatsapp.say(**{"from": LEA})
    assert whatsapp.send(type="template", template=filled("Café", "€10"), to=LEA).status_code == 200
