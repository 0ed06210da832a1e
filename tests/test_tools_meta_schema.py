"""The judge of bodies by Meta's schema says no to what is wrong, and knows the document's errata."""

from __future__ import annotations

from typing import Any

import pytest

from tools import meta_bodies, meta_schema

_REF = {"$ref": "#/components/schemas/Base"}


def document(**schemas: Any) -> dict[str, Any]:
    base = {"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}, "type": {"type": "string"}}}
    text = {"type": "object", "additionalProperties": False, "properties": {"body": {"type": "string", "maxLength": 5}}}
    part = {"type": "object", "additionalProperties": False, "required": ["text"], "properties": {"text": text}}
    message = {
        "oneOf": [_REF],
        "discriminator": {"propertyName": "type", "mapping": {"text": "#/components/schemas/Text"}},
    }
    return {"components": {"schemas": {"Base": base, "Text": {"allOf": [_REF, part]}, "Message": message, **schemas}}}


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"to": "1", "type": "text", "text": {"body": "hello"}}, []),
        ({"type": "text", "text": {"body": "hello"}}, ["body.to: is missing"]),
        ({"to": "1", "type": "text"}, ["body.text: is missing"]),
        ({"to": 1, "type": "text", "text": {}}, ["body.to: int, and string is expected"]),
        ({"to": "1", "type": "text", "text": {"body": "too long"}}, ["body.text.body: has 8 characters"]),
        ({"to": "1", "type": "text", "text": {}, "more": 1}, ["body.more: is in no part of the schema"]),
        ({"to": "1", "type": "text", "text": {"font": "x"}}, ["body.text.font: is in no part of the schema"]),
        ({"to": "1", "type": "song"}, ["body.type: 'song' is none of text"]),
        ([], ["body: list, and object is expected"]),
    ],
)
def test_a_body_is_judged_by_every_part_of_its_schema(body: Any, faults: list[str]) -> None:
    schema = meta_schema.Schema(document(Message={"$ref": "#/components/schemas/Text"}))
    if isinstance(body, dict) and body.get("type") == "song":
        schema = meta_schema.Schema(document())
    assert schema.wrong(body, "Message") == faults


@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [
        ({"enum": ["a", "b"]}, "a", "c"),
        ({"type": "string", "pattern": "^[0-9]$"}, "0", "10"),
        ({"type": "integer"}, 1, True),
        ({"type": ["string", "null"]}, None, 1),
        ({"type": "array", "minItems": 1, "items": {"type": "string"}}, ["x"], []),
        ({"type": "array", "items": {"type": "string"}}, ["x"], ["x", 1]),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, 1, 1.5),
        ({"type": "object", "not": {"required": ["contacts"]}}, {}, {"contacts": []}),
        ({"anyOf": [{"required": ["to"]}, {"required": ["recipient"]}]}, {"recipient": "x"}, {"other": "x"}),
    ],
)
def test_each_rule_can_say_no(rule: dict[str, Any], right: object, wrong: object) -> None:
    schema = meta_schema.Schema(document(Rule=rule))
    assert schema.wrong(right, "Rule") == []
    assert schema.wrong(wrong, "Rule") != []


def test_a_document_that_is_not_metas_is_said_to_be_none() -> None:
    with pytest.raises(SystemExit, match="no schema Message"):
        meta_schema.Schema({"components": {"schemas": {}}}).wrong({}, "Message")


def test_a_webhooks_parts_are_those_that_came_with_it() -> None:
    old, new = {"type": "string"}, {"type": "integer"}
    payload = {"type": "object", "properties": {"part": {"$ref": "#/components/schemas/Part"}}}
    schemas = {"Part": old, "WebhookPayload": payload, "Part_1": new}
    meta_schema._webhooks_own(schemas)
    assert meta_schema.Schema({"components": {"schemas": schemas}}).wrong({"part": 1}, "WebhookPayload") == []


def test_every_kind_of_message_is_among_the_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = list(meta_bodies.every())
    schemas = {"Message", "MarkMessageRequestPayload", meta_bodies.SUBMISSION, "WebhookPayload"}
    assert {body.schema for body in bodies} == schemas
    assert len({body.what for body in bodies if body.schema == "WebhookPayload"}) > 20
    monkeypatch.setattr(meta_bodies, "SENT", meta_bodies.SENT[1:])
    with pytest.raises(AssertionError, match="not in SENT"):
        list(meta_bodies.every())
