"""What is wrong with single fields, in words and codes of our own: those of the library that finds it may change with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask.exceptions import HTTPError
from pydantic import ValidationError

from webapp.api import problems
from webapp.domain import cards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

WRONG_TYPE = ("wrong_type", "This is no {wanted}.")
FORMS: dict[str, tuple[str, str]] = {
    "missing": ("missing", "This field is needed."),
    "extra_forbidden": ("unknown_field", "There is no such field here."),
    "string_too_long": ("too_long", "At most {max_length} characters."),
    "string_too_short": ("too_short", "At least {min_length} characters."),
    "too_long": ("too_long", "At most {max_length} of them."),
    "too_short": ("too_short", "At least {min_length} of them."),
    "greater_than_equal": ("too_small", "At least {ge}."),
    "greater_than": ("too_small", "More than {gt}."),
    "less_than_equal": ("too_large", "At most {le}."),
    "less_than": ("too_large", "Less than {lt}."),
    "string_pattern_mismatch": ("wrong_form", "This must look like {pattern}."),
    "enum": ("unknown_value", "One of: {expected}."),
    "literal_error": ("unknown_value", "One of: {expected}."),
}
WANTED = {
    "string": "text",
    "int": "whole number",
    "bool": "true or false",
    "dict": "object",
    "model": "object",
    "list": "list",
    "float": "number",
}
LONGEST_NAME = 80


def answer(error: HTTPError) -> Response:
    """The problem of a body or query that a model refused."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return problems.answer(problems.OF_STATUS.get(error.status_code, "internal_error"))
    place = next(iter(error.detail))
    found = [_told(each, place) for each in cause.errors(include_url=False, include_input=False)]
    return problems.answer("bad_parameters" if place == "query" else "invalid_fields", errors=found)


def _told(error: Any, place: str) -> dict[str, str]:
    kind, context = str(error["type"]), error.get("ctx") or {}
    code, words = FORMS.get(kind) or _by_type(kind) or (kind, str(error["msg"]))
    where = "parameter" if place == "query" else "pointer"
    return {where: _name(error["loc"], place), "code": code, "detail": words.format_map(problems.Details(context))}


def _by_type(kind: str) -> tuple[str, str] | None:
    name = kind.removesuffix("_type").removesuffix("_parsing").removesuffix("_attributes")
    if name == kind:
        return None
    return WRONG_TYPE[0], WRONG_TYPE[1].format(wanted=WANTED.get(name, "such value"))


def _name(path: Sequence[int | str], place: str) -> str:
    """Where it is: a pointer into the body (RFC 6901), or the parameter's name; a name that is somebody's own is cut, and is no card number."""
    parts = [cards.hidden(str(part))[:LONGEST_NAME] for part in path]
    if place == "query":
        return ".".join(parts)
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
