"""What Meta POSTs to us, as its reference shows it, and as nobody should send it."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.errors import Invalid
from webapp.whatsapp import account_changes, inbound

NUMBER = {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}
CONTACT = {"profile": {"name": "Léa"}, "wa_id": "33611111111", "user_id": "FR.1349120865530274"}
HEAD = {"from": "33611111111", "from_user_id": "FR.1349120865530274", "id": "wamid.A", "timestamp": "1749416383"}


def post(*values: dict[str, Any], field: str = "messages") -> bytes:
    """A body of one entry with a change for each value, escaped as Meta does."""
    changes = [
        {"value": {"messaging_product": "whatsapp", "metadata": NUMBER, **value}, "field": field} for value in values
    ]
    document = {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}
    return json.dumps(document).replace("/", "\\/").encode()


def message(**more: Any) -> dict[str, Any]:
    """The value of a change with one message."""
    return {"contacts": [CONTACT], "messages": [HEAD | more]}


def hear(**more: Any) -> Any:
    """What we understand of one message."""
    (event,) = inbound.split(post(message(**more)))
    return inbound.interpret(event.payload)


def status(**more: Any) -> dict[str, Any]:
    """The value of a change with one status."""
    return {
        "statuses": [
            {"id": "wamid.B", "status": "sent", "timestamp": "1750857384", "recipient_id": "33612345678"} | more
        ]
    }


def test_a_text_says_who_wrote_what_when() -> None:
    heard = hear(type="text", text={"body": "10 EUR +33612345678"})
    assert heard == inbound.Text(
        wamid="wamid.A",
        sender="33611111111",
        user_id="FR.1349120865530274",
        timestamp=datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC),
        context=None,
        profile="Léa",
        body="10 EUR +33612345678",
    )


def test_a_reply_names_the_message_that_it_replies_to() -> None:
    heard = hear(type="text", text={"body": "CHARGE 5"}, context={"from": "15550783881", "id": "wamid.ORDER"})
    assert (heard.context, heard.body) == ("wamid.ORDER", "CHARGE 5")


@pytest.mark.parametrize(
    "told",
    [
        {
            "type": "interactive",
            "interactive": {"type": "button_reply", "button_reply": {"id": "1", "title": "10 EUR"}},
        },
        {"type": "button", "button": {"payload": "1", "text": "10 EUR"}},
    ],
)
def test_a_tap_names_the_button_and_the_message_it_was_under(told: dict[str, Any]) -> None:
    heard = hear(**told, context={"from": "15550783881", "id": "wamid.Q"})
    assert isinstance(heard, inbound.Tap)
    assert (heard.button, heard.title, heard.context) == ("1", "10 EUR", "wamid.Q")


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_a_caption_is_a_text(kind: str) -> None:
    heard = hear(type=kind, **{kind: {"mime_type": "x/y", "sha256": "a", "id": "1", "caption": "10 EUR +33612345678"}})
    assert isinstance(heard, inbound.Text)
    assert heard.body == "10 EUR +33612345678"


def test_a_shared_contact_gives_every_phone_as_it_is_written_and_as_whatsapp_calls_it() -> None:
    card = {
        "name": {"formatted_name": "Paul Martin", "first_name": "Paul"},
        "phones": [{"phone": "+33 6 12 34 56 78", "wa_id": "33612345678", "type": "CELL"}, {"wa_id": "33699999999"}],
    }
    heard = hear(type="contacts", contacts=[card, {"phones": [{"phone": "01 23 45 67 89"}]}])
    assert isinstance(heard, inbound.SharedContact)
    phones = [(each.written, each.wa_id) for each in heard.phones]
    assert heard.name == "Paul Martin"
    assert phones == [("+33 6 12 34 56 78", "33612345678"), ("", "33699999999"), ("01 23 45 67 89", None)]


@pytest.mark.parametrize(
    ("told", "kind", "wants_answer"),
    [
        ({"type": "image", "image": {"id": "1"}}, "image", True),
        ({"type": "audio", "audio": {"id": "1", "voice": True}}, "audio", True),
        ({"type": "sticker", "sticker": {"id": "1"}}, "sticker", True),
        ({"type": "location", "location": {"latitude": 1.5, "longitude": 2}}, "location", True),
        ({"type": "unsupported", "errors": [{"code": 131051, "title": "Message type unknown"}]}, "unsupported", True),
        ({"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {}}}, "interactive", True),
        ({"type": "text", "text": None}, "text", True),
        ({"type": "hologram"}, "hologram", True),
        ({}, "unknown", True),
        ({"type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": "👍"}}, "reaction", False),
        ({"type": "system", "system": {"type": "what_meta_adds_next", "wa_id": "1"}}, "system", False),
        ({"type": "system"}, "system", False),
        ({"type": "request_welcome"}, "request_welcome", False),
    ],
)
def test_anything_else_is_unsupported_and_kept(told: dict[str, Any], kind: str, wants_answer: bool) -> None:
    heard = hear(**told)
    assert isinstance(heard, inbound.Unsupported)
    assert (heard.kind, heard.wants_answer) == (kind, wants_answer)


def test_a_changed_number_names_the_old_and_the_new() -> None:
    system = {"body": "…", "wa_id": "551187654321", "user_id": "BR.2", "previous_user_id": "BR.1"}
    told = {"from": "33611111111", "id": "wamid.A", "timestamp": "1749416383", "type": "system"}
    (event,) = inbound.split(post({"messages": [told | {"system": system | {"type": "user_changed_number"}}]}))
    heard = inbound.interpret(event.payload)
    assert isinstance(heard, inbound.AccountChanged)
    assert (heard.phone, heard.former_user_id) == ("+33611111111", "BR.1")
    assert (heard.new_phone, heard.new_user_id) == ("+5511987654321", "BR.2")


def test_where_a_number_is_told_without_the_former_id_the_number_decides() -> None:
    system = {"type": "user_changed_number", "wa_id": "33687654321"}
    heard = hear(type="system", system=system)
    assert isinstance(heard, inbound.AccountChanged)
    assert (heard.phone, heard.former_user_id, heard.new_phone) == ("+33611111111", None, "+33687654321")


def test_a_changed_user_id_comes_from_nobody_and_is_kept() -> None:
    system = {"body": "…", "user_id": "FR.2", "previous_user_id": "FR.1", "type": "user_changed_user_id"}
    (event,) = inbound.split(post({"messages": [{"id": "wamid.A", "type": "system", "system": system}]}))
    heard = inbound.interpret(event.payload)
    assert isinstance(heard, inbound.AccountChanged)
    assert (heard.sender, heard.former_user_id, heard.new_phone, heard.new_user_id) == (None, "FR.1", None, "FR.2")


@pytest.mark.parametrize(
    ("told", "original", "revoked"),
    [
        ({"type": "edit", "edit": {"original_message_id": "wamid.O", "message": {"type": "text"}}}, "wamid.O", False),
        ({"type": "revoke", "revoke": {"original_message_id": "wamid.O"}}, "wamid.O", True),
        ({"type": "revoke", "revoke": None}, None, True),
        ({"type": "edit"}, None, False),
    ],
)
def test_a_message_that_was_edited_or_deleted_is_named(
    told: dict[str, Any], original: str | None, revoked: bool
) -> None:
    heard = hear(**told)
    assert isinstance(heard, inbound.Changed)
    assert (heard.original, heard.revoked) == (original, revoked)


def test_somebody_who_hides_the_phone_is_known_by_user_id() -> None:
    told = {"from_user_id": "FR.1", "id": "wamid.A", "timestamp": "1749416383", "type": "text", "text": {"body": "hi"}}
    contact = {"profile": {"name": "Léa", "username": "lea"}, "user_id": "FR.1"}
    (event,) = inbound.split(post({"contacts": [contact], "messages": [told]}))
    heard = inbound.interpret(event.payload)
    assert isinstance(heard, inbound.Text)
    assert (heard.sender, heard.user_id, heard.profile) == (None, "FR.1", "Léa")


def test_a_sender_whose_wa_id_differs_from_the_number_still_has_a_name() -> None:
    told = {"from": "5516992318222", "id": "wamid.A", "timestamp": "1", "type": "text", "text": {"body": "oi"}}
    (event,) = inbound.split(
        post({"contacts": [{"profile": {"name": "Ana"}, "wa_id": "551692318222"}], "messages": [told]})
    )
    heard = inbound.interpret(event.payload)
    assert isinstance(heard, inbound.Text)
    assert (heard.sender, heard.profile) == ("5516992318222", "Ana")


def test_each_of_a_batch_s_messages_has_its_own_sender() -> None:
    people = [{"profile": {"name": f"P{n}"}, "wa_id": f"3361000000{n}"} for n in range(3)]
    told = [{"from": f"3361000000{n}", "id": f"wamid.{n}", "type": "text", "text": {"body": "x"}} for n in range(3)]
    heard = [inbound.interpret(event.payload) for event in inbound.split(post({"contacts": people, "messages": told}))]
    assert [each.profile for each in heard if isinstance(each, inbound.Text)] == ["P0", "P1", "P2"]


def test_nobody_is_known_by_the_id_of_another_in_the_batch() -> None:
    told = [{"from": sender, "id": f"wamid.{sender}", "type": "text", "text": {"body": "x"}} for sender in ("1", "2")]
    contact = {"wa_id": "1", "user_id": "FR.1"}
    heard = [
        inbound.interpret(event.payload) for event in inbound.split(post({"contacts": [contact], "messages": told}))
    ]
    assert [each.user_id for each in heard if isinstance(each, inbound.Text)] == ["FR.1", None]


@pytest.mark.parametrize("timestamp", [None, "soon", "", {}, "9" * 30, "-1" * 20])
def test_a_time_that_cannot_be_read_is_long_ago(timestamp: Any) -> None:
    heard = hear(timestamp=timestamp, type="text", text={"body": "10 EUR"})
    assert heard.timestamp == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_status_says_what_became_of_which_message() -> None:
    (event,) = inbound.split(post(status(biz_opaque_callback_data="wam_1")))
    assert event.id == "wamid.B:sent"
    assert inbound.interpret(event.payload) == inbound.StatusChange(
        wamid="wamid.B",
        status="sent",
        timestamp=datetime(2025, 6, 25, 13, 16, 24, tzinfo=UTC),
        errors=(),
        opaque="wam_1",
        recipient="33612345678",
        user_id=None,
    )


@pytest.mark.parametrize("extra", [{}, {"contacts": [CONTACT]}])
def test_a_failure_comes_with_or_without_contacts_and_says_why(extra: dict[str, Any]) -> None:
    error = {"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Not on WhatsApp."}}
    (event,) = inbound.split(post(extra | status(status="failed", errors=[error, {"title": "?"}, "x"])))
    change = inbound.interpret(event.payload)
    assert isinstance(change, inbound.StatusChange)
    assert (change.status, change.errors) == ("failed", ((131026, "Not on WhatsApp."), (None, "?")))


def test_a_status_of_somebody_who_hides_the_phone_names_the_user_id() -> None:
    (event,) = inbound.split(post({"statuses": [{"id": "wamid.B", "status": "read", "recipient_user_id": "FR.1"}]}))
    change = inbound.interpret(event.payload)
    assert isinstance(change, inbound.StatusChange)
    assert (change.recipient, change.user_id) == (None, "FR.1")


def test_a_batch_of_a_thousand_gives_a_thousand_events_and_repeats_give_none() -> None:
    told = [HEAD | {"id": f"wamid.{n}", "type": "text", "text": {"body": "x"}} for n in range(500)]
    statuses = [{"id": f"wamid.{n}", "status": "sent"} for n in range(500)]
    body = post({"contacts": [CONTACT], "messages": told}, {"statuses": statuses}, {"statuses": statuses})
    events = inbound.split(body)
    assert len(events) == len({event.id for event in events}) == 1000
    assert {event.number for event in events} == {"106540352242922"}


def test_the_statuses_of_one_message_are_different_events() -> None:
    body = post(*[status(status=word) for word in ("sent", "delivered", "read")])
    assert [event.id for event in inbound.split(body)] == ["wamid.B:sent", "wamid.B:delivered", "wamid.B:read"]


def test_an_id_that_is_too_long_for_the_database_stays_unique() -> None:
    long = "wamid." + "x" * 300
    events = inbound.split(post(status(id=long + "1"), status(id=long + "2"), status(id=long + "1", status="read")))
    assert len({event.id for event in events}) == 3
    assert all(len(event.id) <= inbound.LONGEST_ID for event in events)


def test_other_subjects_and_what_comes_from_nobody_are_no_events() -> None:
    nobody = {
        "messages": [{"id": "wamid.A", "type": "text", "text": {"body": "x"}}, HEAD | {"id": ""}, HEAD | {"id": 7}]
    }
    errors = {"errors": [{"code": 131000}]}
    assert inbound.split(post(nobody, errors, {"statuses": [{"id": "wamid.B"}]})) == []
    assert inbound.split(post({"event": "APPROVED"}, field="user_preferences")) == []


def test_what_a_database_refuses_is_replaced() -> None:
    raw = post(message(type="text", text={"body": "HERE"}, latitude="NUM"))
    raw = raw.replace(b"HERE", b"a\\u0000b\\ud800c \\ud83c\\udf55").replace(b'"NUM"', b"1e999")
    (event,) = inbound.split(raw)
    text = json.dumps(event.payload, allow_nan=False)
    assert "\\u0000" not in text
    heard = inbound.interpret(event.payload)
    assert isinstance(heard, inbound.Text)
    assert heard.body == "a\ufffdb\ufffdc 🍕"


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000]
)
def test_what_is_not_meta_s_json_is_invalid(raw: bytes) -> None:
    with pytest.raises(Invalid):
        inbound.split(raw)


def test_bottomless_nesting_is_cut_off() -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    heard = hear(type="text", text={"body": "x"}, extra=deep)
    assert isinstance(heard, inbound.Text)


@pytest.mark.parametrize(
    "payload", [{}, {"message": {}}, {"message": {"id": "a"}}, {"status": {"id": "a"}}, {"status": 1}]
)
def test_a_payload_that_split_did_not_make_is_invalid(payload: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        inbound.interpret(payload)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "text",
        "interactive",
        "button",
        "contacts",
        "context",
        "image",
        "system",
        "edit",
        "type",
        "timestamp",
        "from",
        "errors",
    ]
)


@settings(deadline=None)
@given(st.dictionaries(KEYS, JSON, max_size=6), st.lists(JSON, max_size=2), st.dictionaries(KEYS, JSON, max_size=4))
def test_no_shape_of_a_message_or_status_breaks_us(
    told: dict[str, Any], contacts: list[Any], more: dict[str, Any]
) -> None:
    body = post({"contacts": contacts, "messages": [HEAD | told], "metadata": more}, status(**more))
    for event in inbound.split(body):
        json.dumps(event.payload, allow_nan=False).encode()
        heard = inbound.interpret(event.payload)
        assert isinstance(heard, inbound.Incoming | inbound.StatusChange)
        assert heard.wamid in {"wamid.A", "wamid.B"}


TOLD = st.sampled_from(
    [
        "event",
        "message_template_name",
        "new_quality_score",
        "new_category",
        "current_limit",
        "ban_info",
        "decision",
        "restriction_info",
    ]
)
WORD = st.sampled_from(
    ["PAUSED", "ordo_receipt", "RED", "MARKETING", "FLAGGED", "DISABLED_UPDATE", "REJECTED", "ACCOUNT_RESTRICTION"]
)


@given(
    st.sampled_from(sorted(account_changes.FIELDS)),
    st.dictionaries(KEYS, JSON, max_size=6),
    st.dictionaries(KEYS, JSON),
)
def test_no_shape_of_a_change_of_the_account_breaks_us(field: str, value: dict[str, Any], more: dict[str, Any]) -> None:
    body = {"entry": [more | {"changes": [{"field": field, "value": value}]}]}
    for event in inbound.split(json.dumps(body).encode()):
        found = inbound.interpret(event.payload)
        assert found is None or isinstance(found, account_changes.AccountChange)


@settings(deadline=None)
@given(JSON)
def test_no_json_whatsoever_breaks_us(document: Any) -> None:
    for whole in (document, {"entry": document}, {"entry": [{"changes": [{"field": "messages", "value": document}]}]}):
        try:
            inbound.split(json.dumps(whole).encode())
        except Invalid:
            continue


SECRET = "app-secret"


def signature(raw: bytes, secret: str = SECRET) -> str:
    """As Meta makes it."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def test_the_signature_covers_the_raw_bytes_under_any_of_the_secrets() -> None:
    raw = b'{"text":"\\u00e9\\/"}'
    assert inbound.signed(raw, signature(raw), [SECRET])
    assert inbound.signed(raw, signature(raw), ["new-secret", SECRET])
    assert not inbound.signed(json.dumps(json.loads(raw)).encode(), signature(raw), [SECRET])
    assert not inbound.signed(raw, signature(raw), ["new-secret"])


@pytest.mark.parametrize(
    "header", ["", "sha256=", "é", signature(b"x")[7:], "sha1=" + signature(b"x")[7:], signature(b"x").upper()]
)
def test_a_signature_of_another_form_is_refused(header: str) -> None:
    assert not inbound.signed(b"x", header, [SECRET])


def test_without_a_secret_nothing_is_signed() -> None:
    assert not inbound.signed(b"x", signature(b"x", ""), [""])
    assert not inbound.signed(b"x", signature(b"x", ""), [])


@pytest.mark.parametrize(
    ("mode", "token", "mine", "expected"),
    [
        ("subscribe", "verify", "verify", "1158201444"),
        ("subscribe", "other", "verify", None),
        ("subscribe", "é", "verify", None),
        ("unsubscribe", "verify", "verify", None),
        ("subscribe", "", "", None),
    ],
)
def test_the_challenge_is_answered_to_who_knows_the_verify_token(
    mode: str, token: str, mine: str, expected: str | None
) -> None:
    args = {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": "1158201444"}
    assert inbound.challenge(args, mine) == expected
    assert inbound.challenge({}, mine) is None
