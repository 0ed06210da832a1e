"""docs/integrator/errors.md is what the API says."""

from __future__ import annotations

import json
import re

from tools import error_codes
from webapp.api.problems import KINDS, SCHEMA, TYPE


def test_the_page_has_every_code_and_no_other() -> None:
    page = error_codes.PAGE.read_text("utf-8")
    assert error_codes.table() in page, "run python -m tools.error_codes"
    assert page.count("\n| `") == len(KINDS)


def test_the_page_s_example_is_an_answer() -> None:
    found = re.search(r"```json\n(.+?)```", error_codes.PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    example = json.loads(found[1])
    kind = KINDS[example["code"]]
    assert example.items() >= {"title": kind.title, "status": kind.status, "detail": kind.detail}.items()
    assert example["type"] == f"{TYPE}{example['code']}"
    assert example.keys() <= SCHEMA["properties"].keys()
