"""A door that is added and not walked fails here."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import webapp
from tests.doors import registry
from tests.whatsapp import documented
from webapp.web.forms import Form
from webapp.whatsapp import inbound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SAFE = {"GET", "HEAD", "OPTIONS"}


def classes(kind: type[Any]) -> Iterator[type[Any]]:
    for each in kind.__subclasses__():
        yield each
        yield from classes(each)


def source() -> str:
    """All of the product's code."""
    return "\n".join(path.read_text("utf-8") for path in Path(str(webapp.__path__[0])).rglob("*.py"))


def test_every_address_that_takes_a_body_is_walked(app: Flask) -> None:
    found = {rule.rule for rule in app.url_map.iter_rules() if (rule.methods or set()) - SAFE}
    assert found == registry.FORMS.keys() | registry.MACHINES


def test_every_field_of_every_form_is_walked(app: Flask) -> None:
    found = {
        form.__name__: {name for name in dir(form) if hasattr(getattr(form, name), "field_class")}
        for form in classes(Form)
    }
    assert found == registry.FIELDS


def test_every_type_of_message_that_is_told_from_others_is_walked(app: Flask) -> None:
    told = {
        value.value.value
        for pattern in ast.walk(ast.parse(inspect.getsource(inbound)))
        if isinstance(pattern, ast.MatchMapping)
        for key, value in zip(pattern.keys, pattern.patterns, strict=True)
        if isinstance(key, ast.Constant) and key.value == "type"
        if isinstance(value, ast.MatchValue) and isinstance(value.value, ast.Constant)
    }
    assert {"text", "interactive", "button", "contacts"} <= told
    told |= {*inbound.CAPTIONED, *inbound.SILENT, *documented.MESSAGES}
    assert told <= registry.MESSAGES.keys()


def test_every_header_and_argument_that_is_read_is_named(app: Flask) -> None:
    code = source()
    headers = set(re.findall(r'request\.headers\.get\(\s*"([^"]+)"', code)) | set(
        re.findall(r'(?:_signature|SignatureHeader)\("([^"]+)"', code)
    )
    headers |= set(re.findall(r'"(HTTP_[A-Z_]+)"', code))
    assert headers == registry.HEADERS.keys()
    asked = set(re.findall(r'(?<!click\.)\b(?:argument\(|args\.get(?:list)?\()\s*"([^"]+)"', code))
    assert asked == registry.ARGUMENTS.keys()


def test_requests_are_read_in_no_other_way(app: Flask) -> None:
    """Else the test before this one would not see it."""
    code = source()
    for other in (
        "request.values",
        "request.json",
        "request.get_json",
        "request.form[",
        "request.form.get",
        "request.args[",
    ):
        assert other not in code
    assert (
        code.count("request.files") == 1
    )  # web/forms.uploaded: a logo, which is drawn anew, and a file of orders, which is read cell by cell
