"""Hold what we send to WhatsApp, and what the sandbox's phones send to us, against Meta's own schema of the Cloud API.

python -m tools.meta_schema PATH      PATH is Meta's OpenAPI document (repository facebook/openapi, "business messaging api"), YAML

Every body of tools/meta_bodies.py is judged; each way in which one is not as the schema says is a line, and the end is 1. The document
contradicts Meta's own reference in some places; `amended` says in which, and why.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tools import meta_bodies

_POINTER = "#/components/schemas/"
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


class Schema:
    """A document's schemas by name."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]

    def wrong(self, value: object, name: str) -> list[str]:
        """In which ways a value is not what the schema of that name says; each with its place."""
        return list(dict.fromkeys(self._wrong(value, {"$ref": _POINTER + name}, "body")))

    def _wrong(self, value: Any, schema: dict[str, Any], place: str, *, closed: bool = True) -> Iterator[str]:
        """`closed`: fields that no part of the schema names are wrong, where a part says that there are no others."""
        schema = self._resolved(schema)
        if "type" in schema and not _is(value, schema["type"]):
            yield f"{place}: {type(value).__name__}, and {schema['type']} is expected"
            return
        yield from _plain(value, schema, place)
        for part in schema.get("allOf", ()):
            yield from self._wrong(value, part, place, closed=False)
        for kind in ("oneOf", "anyOf"):
            if kind in schema:
                yield from self._alternatives(value, schema, schema[kind], place)
        if closed and "discriminator" in schema and not {"oneOf", "anyOf"} & set(schema):
            yield from self._alternatives(value, schema, [], place)
        if "not" in schema and not list(self._wrong(value, schema["not"], place)):
            yield f"{place}: is just what it must not be"
        if isinstance(value, dict):
            yield from self._fields(value, schema, place, closed=closed)
        if isinstance(value, list) and "items" in schema:
            for number, each in enumerate(value):
                yield from self._wrong(each, schema["items"], f"{place}[{number}]")

    def _alternatives(
        self, value: Any, schema: dict[str, Any], parts: list[dict[str, Any]], place: str
    ) -> Iterator[str]:
        """One of them has to fit. The discriminator, where there is one, says which; else the nearest one's faults are told."""
        named = schema.get("discriminator", {})
        if named and isinstance(value, dict):
            word = value.get(named["propertyName"])
            target = named.get("mapping", {}).get(word)
            if target is None:
                yield f"{place}.{named['propertyName']}: {word!r} is none of {', '.join(named['mapping'])}"
            else:
                yield from self._wrong(value, {"$ref": target}, place)
            return
        faults = [list(self._wrong(value, part, place)) for part in parts]
        if all(faults):
            yield from min(faults, key=len)

    def _fields(self, value: dict[str, Any], schema: dict[str, Any], place: str, *, closed: bool) -> Iterator[str]:
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{place}.{name}: is missing"
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield from self._wrong(value[name], part, f"{place}.{name}")
        if closed and self._is_closed(schema):
            for name in sorted(set(value) - self._named(schema)):
                yield f"{place}.{name}: is in no part of the schema"

    def _is_closed(self, schema: dict[str, Any]) -> bool:
        """Whether it, or a part of it, says that there are no other fields."""
        parts = [self._resolved(part) for part in schema.get("allOf", ())]
        return schema.get("additionalProperties") is False or any(self._is_closed(part) for part in parts)

    def _named(self, schema: dict[str, Any]) -> set[str]:
        parts = [self._resolved(part) for kind in ("allOf", "oneOf", "anyOf") for part in schema.get(kind, ())]
        return set(schema.get("properties", {})).union(*(self._named(part) for part in parts))

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            name = schema["$ref"].removeprefix(_POINTER)
            if name not in self._schemas:
                raise SystemExit(f"The document has no schema {name}: is it Meta's?")
            schema = self._schemas[name]
        return schema


def _is(value: object, kinds: str | list[str]) -> bool:
    """Whether a value is of a type of JSON's, or of one of several."""
    names = [kinds] if isinstance(kinds, str) else kinds
    return any(
        isinstance(value, _TYPES[name]) and not (isinstance(value, bool) and name in {"integer", "number"})
        for name in names
    )


def _plain(value: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
    """What a single value has to be."""
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{place}: {value!r} does not fit {schema['pattern']}"
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            yield f"{place}: has {len(value)} characters"
    if isinstance(value, list) and not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{place}: has {len(value)} items"


def amended(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its errata, in place.

    1. `additionalProperties: false` in a part of an `allOf` speaks of the whole (`Schema` reads it so): as it is written nothing fits.
    2. The index of a template's button is 0 to 9 in Meta's reference; the pattern here takes neither 0 nor 1.
    3. `cta_url` is a documented interactive message, and missing here.
    4. `biz_opaque_callback_data` is a documented field of every message, and missing here.
    5. Who hides the number is addressed by `recipient`, writes with `from_user_id` and is `recipient_user_id` in a status: then there
       is no `to`, no `from` and no `recipient_id`.
    6. The document was put together of several, and of names that came again the later ones have a number; what refers to them was
       left as it was. A webhook's parts are the later ones.
    7. A message that answers another has a `context`; a `referred_product` in it only where it asks about a product.
    """
    schemas = document["components"]["schemas"]
    submit = document["paths"]["/{Version}/{WABA-ID}/message_templates"]["post"]["requestBody"]
    schemas[meta_bodies.SUBMISSION] = submit["content"]["application/json"]["schema"]  # it has no name there
    _webhooks_own(schemas)
    for name in ("TemplateComponent", "ButtonComponent"):
        for part in (schemas[name], *schemas[name].get("allOf", ())):
            if "index" in part.get("properties", {}):
                part["properties"]["index"]["pattern"] = "^[0-9]$"
    schemas["InteractiveObject"]["properties"]["type"]["enum"].append("cta_url")
    address = {"display_text": {"type": "string", "maxLength": 20}, "url": {"type": "string"}}
    parameters = {"type": "object", "required": sorted(address), "properties": address}
    schemas["ActionObject"]["oneOf"].append(
        {"required": ["name", "parameters"], "properties": {"name": {"enum": ["cta_url"]}, "parameters": parameters}}
    )
    sent, told, status = (schemas[name] for name in ("BaseMessageProperties", "BaseMessageProperties_1", "Statuses"))
    sent["properties"] |= {
        "biz_opaque_callback_data": {"type": "string", "maxLength": 512},
        "recipient": {"type": "string"},
    }
    told["properties"]["from_user_id"] = status["properties"]["recipient_user_id"] = {"type": "string"}
    schemas["ContextObject"]["required"].remove("referred_product")
    pairs = ((sent, "to", "recipient"), (told, "from", "from_user_id"), (status, "recipient_id", "recipient_user_id"))
    for base, usual, other in pairs:
        base["required"].remove(usual)
        base["anyOf"] = [{"required": [usual]}, {"required": [other]}]
    return document


def _webhooks_own(schemas: dict[str, Any]) -> None:
    """Lead the references of the webhooks' part of the document to that part's own schemas."""
    names = list(schemas)
    part = names[names.index("WebhookPayload") :]
    own = {re.sub(r"_\d+$", "", name): name for name in part}

    def lead(node: Any) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if isinstance(value, str) and value.startswith(_POINTER):
                    name = value.removeprefix(_POINTER)
                    node[key] = _POINTER + own.get(name, name)
                else:
                    lead(value)
        elif isinstance(node, list):
            for each in node:
                lead(each)

    for name in part:
        lead(schemas[name])


def judged(schema: Schema) -> list[str]:
    """What is wrong with any of our bodies."""
    return [
        f"{body.what}: {fault}" for body in meta_bodies.every() for fault in schema.wrong(body.content, body.schema)
    ]


def main(arguments: list[str]) -> int:
    """0 when all bodies are as Meta says."""
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    document = yaml.load(Path(arguments[0]).read_text(encoding="utf-8"), yaml.CSafeLoader)  # as safe as SafeLoader
    faults = judged(Schema(amended(document)))
    for fault in faults:
        print(fault)
    print(f"{len(list(meta_bodies.every()))} bodies judged, {len(faults)} faults.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
