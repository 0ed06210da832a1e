"""The JSON that we send: Meta's shapes, Meta's limits, and words of people who mean no good."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.whatsapp import messages
from webapp.whatsapp.messages import Choices, LinkButton, Template, Text

HOSTILE = [
    "Shop\u202egnp.exe",  # the rest is shown backwards
    "Sh\u200bop\ufeff",  # invisible
    "Shop\x00\x1b[31m",
    "Shop\u2066\u2069\u2067",
    "Shop\ud800",  # half a character, which no UTF-8 can carry
    "Shop\U000e0041\U000e007f",  # tags: text that no reader sees
    "Shop\r\nPaid: 0 EUR",
    "Shop\u2028next line",
    "Shop\tname    here",
]


def test_a_text_is_meta_s_text_message_without_a_preview() -> None:
    assert Text("Paid.\nThank you").payload() == {
        "type": "text",
        "text": {"body": "Paid.\nThank you", "preview_url": False},
    }
    assert Text("https://x.example", preview=True).payload()["text"]["preview_url"] is True


def test_a_link_button_is_meta_s_cta_url_message() -> None:
    sent = LinkButton("Your order", "Open", "https://x.example/p/a", footer="Café").payload()
    assert sent == {
        "type": "interactive",
        "interactive": {
            "type": "cta_url",
            "body": {"text": "Your order"},
            "action": {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://x.example/p/a"}},
            "footer": {"text": "Café"},
        },
    }


def test_choices_are_meta_s_reply_buttons() -> None:
    sent = Choices("Which?", (("1", "10 EUR"), ("2", "10,000 EUR"))).payload()["interactive"]
    assert (sent["type"], sent["body"]) == ("button", {"text": "Which?"})
    assert sent["action"]["buttons"] == [
        {"type": "reply", "reply": {"id": "1", "title": "10 EUR"}},
        {"type": "reply", "reply": {"id": "2", "title": "10,000 EUR"}},
    ]


def test_a_template_names_its_values_in_order_and_its_button_s_suffix() -> None:
    assert Template("ordo_receipt", "fr", ("Café", "10 €"), "abc.DEF-_~").payload() == {
        "type": "template",
        "template": {
            "name": "ordo_receipt",
            "language": {"code": "fr", "policy": "deterministic"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "Café"}, {"type": "text", "text": "10 €"}]},
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "0",
                    "parameters": [{"type": "text", "text": "abc.DEF-_~"}],
                },
            ],
        },
    }


def test_a_template_without_a_button_names_none() -> None:
    assert len(Template("n", "en", ("a",)).payload()["template"]["components"]) == 1


def test_a_message_is_addressed_to_a_phone_with_what_every_status_brings_back() -> None:
    body = messages.addressed(Text("Hi").payload(), "+33612345678", opaque="wam_1", reply_to="wamid.A")
    assert body["to"] == "+33612345678"
    assert body["messaging_product"] == "whatsapp"
    assert body["biz_opaque_callback_data"] == "wam_1"
    assert body["context"] == {"message_id": "wamid.A"}
    assert "context" not in messages.addressed(Text("Hi").payload(), "+33612345678", opaque="wam_1", reply_to=None)


def test_somebody_who_hides_the_phone_is_addressed_by_user_id() -> None:
    body = messages.addressed(Text("Hi").payload(), "FR.1349120865530274", opaque="wam_1", reply_to=None)
    assert (body["recipient"], "to" in body) == ("FR.1349120865530274", False)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_characters_are_dropped_and_a_value_stays_on_one_line(name: str) -> None:
    value = Template("n", "en", (name,)).payload()["template"]["components"][0]["parameters"][0]["text"]
    assert value.startswith("Sh")
    assert not set(value) & set("\u202e\u200b\ufeff\x00\x1b\u2066\u2069\u2067\ud800\U000e0041\U000e007f\r\n\t\u2028")
    assert "    " not in value
    value.encode()


@pytest.mark.parametrize(
    "name",
    [
        "Café «L’Été»",
        "👨‍👩‍👧 Famille",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "مقهى النور",
        "می‌خواهم",
        "क्‍ष",
        "ร้านกาแฟ",
        "10,00\xa0€",
    ],
)
def test_what_people_really_write_stays_as_it_is(name: str) -> None:
    assert messages.flat(name) == name
    assert messages.clean(name) == name


@pytest.mark.parametrize("nothing", ["", "  ", "\u200b", "\n\n", "\x00"])
def test_an_empty_text_which_meta_refuses_becomes_a_dash(nothing: str) -> None:
    assert Text(nothing).payload()["text"]["body"] == messages.NOTHING
    assert (
        Template("n", "en", (nothing,)).payload()["template"]["components"][0]["parameters"][0]["text"]
        == messages.NOTHING
    )


def test_titles_that_are_alike_once_they_are_cut_are_numbered() -> None:
    options = tuple((str(n), f"10,000.00 EUR for the {n}. table") for n in range(3))
    titles = [
        button["reply"]["title"] for button in Choices("?", options).payload()["interactive"]["action"]["buttons"]
    ]
    assert len(set(titles)) == 3
    assert all(len(title) <= 20 for title in titles)


@pytest.mark.parametrize(
    "wrong",
    [
        Choices("?", ()),
        Choices("?", (("1", "a"), ("2", "b"), ("3", "c"), ("4", "d"))),
        Choices("?", (("1", "a"), ("1", "b"))),
        Choices("?", (("x" * 257, "a"),)),
        LinkButton("b", "l", "javascript:alert(1)"),
        LinkButton("b", "l", "https://x.example/" + "a" * 2000),
        Template("n", "en", (), "a/b"),
        Template("n", "en", (), "a?b=c"),
        Template("n", "en", (), ""),
    ],
)
def test_what_only_a_programmer_can_get_wrong_is_refused(wrong: messages.Message) -> None:
    with pytest.raises(ValueError, match=r"button|address|suffix"):
        wrong.payload()


def texts_of(payload: Any) -> list[str]:
    """Every text in a payload."""
    match payload:
        case str():
            return [payload]
        case dict():
            return [text for value in payload.values() for text in texts_of(value)]
        case list():
            return [text for value in payload for text in texts_of(value)]
    return []


@settings(deadline=None)
@given(st.text(max_size=6000))
def test_no_text_whatsoever_is_over_a_limit_or_cannot_be_sent(text: str) -> None:
    shapes: list[messages.Message] = [
        Text(text),
        LinkButton(text, text, "https://x.example", text),
        Choices(text, (("1", text), ("2", text))),
    ]
    limits = [4096, 1024, 1024]
    for shape, limit in zip(shapes, limits, strict=True):
        payload = shape.payload()
        json.dumps(payload, ensure_ascii=False).encode()
        assert all(1 <= len(part.encode("utf-16-le")) // 2 <= limit for part in texts_of(payload))


@settings(deadline=None)
@given(st.text(max_size=100), st.integers(2, 60))
def test_a_cut_text_is_the_beginning_of_the_whole(text: str, limit: int) -> None:
    whole = messages.clean(text)
    short = messages.clipped(whole, limit)
    assert short == whole or (short.endswith("…") and whole.startswith(short[:-1]))


def test_a_qr_picture_waits_for_its_upload_and_becomes_meta_s_image_message() -> None:
    waiting = messages.QrPicture("Show this:\nhttps://x.example/p/a", "https://x.example/p/a").payload()
    assert messages.address_of(waiting) == "https://x.example/p/a"
    sent = messages.with_picture(waiting, "123")
    assert sent == {"type": "image", "image": {"id": "123", "caption": "Show this:\nhttps://x.example/p/a"}}
    assert messages.address_of(sent) is None


def test_the_words_of_a_message_are_what_another_kind_can_say_too() -> None:
    assert messages.words(Text("Paid.").payload()) == "Paid."
    assert messages.words(messages.QrPicture("Show this", "https://x.example").payload()) == "Show this"
    assert messages.words(Choices("Which?", (("1", "A"),)).payload()) is None
    assert messages.words(Template("x", "en", ("Paid.",)).payload()) is None
