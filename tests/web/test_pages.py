"""Cursors in addresses: each is read as it was written, and what is none is the first page."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from flask import Flask

from webapp.domain.pages import Page, Place
from webapp.web import pages

AT = datetime(2026, 11, 30, 21, 0, 0, 5, tzinfo=UTC)
KINDS: pages.Kinds = (datetime, int, str)
KEY = (AT, -5, "Ärger")


def coded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_cursor_is_read_as_it_was_written() -> None:
    assert pages.read(pages.cursor(KEY), KINDS) == KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "x" * 500,
        coded([]),
        coded({}),
        coded("2026"),
        coded(["2026-11-30T21:00:00", 1, "a"]),
        coded(["0001-01-01T00:00:00+23:59", 1, "a"]),
        coded([1, 1, "a"]),
        coded([AT.isoformat(), 2**63, "a"]),
        coded([AT.isoformat(), True, "a"]),
        coded([AT.isoformat(), "1", "a"]),
        coded([AT.isoformat(), 1, "a\0"]),
        coded([AT.isoformat(), 1, "a", "b"]),
        coded([[[]]]),
    ],
)
def test_what_is_no_cursor_of_the_list_is_the_first_page(text: str) -> None:
    assert pages.read(text, KINDS) is None


def test_the_ways_keep_what_is_filtered_and_name_one_place() -> None:
    page: Page[int] = Page([1], (AT, 1, "a"), (AT, 2, "b"), has_previous=True, has_next=False)
    with Flask("probe").test_request_context("/list?q=a%26b&lang=fr&after=old&q=c"):
        assert pages.place(KINDS) == Place(None, None)
        assert pages.links(page) == (f"/list?q=a%26b&q=c&before={pages.cursor((AT, 1, 'a'))}", None)
