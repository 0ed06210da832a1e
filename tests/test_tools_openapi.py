"""The committed document of the API is the code's, and a change of it is named in the changelog."""

from __future__ import annotations

import json

from tools import openapi


def test_what_is_committed_is_the_code_s_valid_and_named() -> None:
    text = openapi.made()
    assert openapi.problems(text, openapi.DOCUMENT.read_text("utf-8"), openapi.CHANGELOG.read_text("utf-8")) == []


def test_each_fault_is_found() -> None:
    text = json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}})
    named = openapi.digest(text)
    assert openapi.problems(text, text, f"- More ({named}).") == []
    assert len(openapi.problems(text, text + " ", named)) == 1
    assert len(openapi.problems(text, text, "- More.")) == 1
    broken = json.dumps({"openapi": "3.1.0", "paths": []})
    assert any("not valid" in each for each in openapi.problems(broken, broken, openapi.digest(broken)))
