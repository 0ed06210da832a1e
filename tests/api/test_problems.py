"""Every code that a service may refuse with has words at this door."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import webapp
from tests.api.backend import ORDER, Backend
from webapp.api import problems
from webapp.domain import errors
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator

NEVER_HERE = {
    "ambiguous": "a message of the chat",
    "bad_amount": "an amount as people type it",
    "bad_choice": "a line of a CSV file, where it is told in its own words",
    "bad_colour": "a merchant's file",
    "bad_declaration": "a merchant's file",
    "bad_expiry": "keys are made at the console and in the back office",
    "bad_name": "keys are made at the console and in the back office",
    "bad_payload": "a webhook",
    "bad_rates": "the file of WhatsApp's rates",
    "bad_role": "members, in the back office",
    "bad_settings": "settings, in the back office",
    "bad_tax": "a line of a CSV file, where it is told in its own words",
    "clerk_limit": "people of the shop, in the back office",
    "consent_changed": "the buyer's page",
    "description_too_long": "a line of a CSV file, where it is told in its own words",
    "details_needed": "the buyer's page",
    "empty_note": "notes, in the back office",
    "in_file": "operators, in the back office",
    "key_made": "keys are made at the console and in the back office",
    "last_admin": "members, in the back office",
    "lease_lost": "the worker",
    "link_replaced": "the buyer's page",
    "long_note": "notes, in the back office",
    "no_scopes": "keys are made at the console and in the back office",
    "other_gateway": "a merchant's file",
    "other_mode": "a merchant's file",
    "out_of_date": "a form of the back office",
    "two_currencies": "sums of amounts, which no field asks for",
    "unfinished": "a webhook",
    "unknown_gateway": "a merchant's file",
    "user_elsewhere": "a merchant's file",
    "error": "the base of all, raised by nobody",
    "invalid": "the class's own, raised by nobody",
    "amount_refused": "the worker, which asks the gateway",
    "unknown_customer": "the worker, which asks the gateway",
}
"""Codes that never come to this door, and where they do."""


def raised() -> Iterator[str]:
    """What the code refuses with: `Invalid("code")`, `Conflict("code")`, and the classes that have one."""
    for path in Path(str(webapp.__path__[0])).rglob("*.py"):
        code = path.read_text("utf-8")
        for node in ast.walk(ast.parse(code)) if "Invalid(" in code or "Conflict(" in code else ():
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in {"Invalid", "Conflict"} and isinstance(node.args[0].value, str):
                    yield node.args[0].value
    for _, each in inspect.getmembers(errors, inspect.isclass):
        if issubclass(each, errors.OrdoError):
            yield each.code


def test_every_code_has_words_or_comes_from_elsewhere() -> None:
    codes = set(raised())
    assert len(codes) > 60
    assert codes - problems.KINDS.keys() - problems.CODES.keys() - NEVER_HERE.keys() == set()
    assert NEVER_HERE.keys() & problems.KINDS.keys() == set()
    assert NEVER_HERE.keys() - codes == set()


def test_a_code_says_what_to_do_with_its_details_or_without() -> None:
    for code, kind in problems.KINDS.items():
        assert 400 <= kind.status <= 503
        assert kind.title
        assert kind.detail.endswith(".") or "…" in kind.detail
        assert kind.detail.format_map(problems.Details()), code


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.Unavailable("no connection to the database is free"), 503, "unavailable"),
        (errors.Busy(), 503, "busy"),
        (errors.Misconfigured("live_in_sandbox", "cafe is live"), 503, "live_in_sandbox"),
        (errors.Conflict("uq_orders_merchant_id_reference"), 409, "conflict"),
        (errors.Invalid("something_new"), 422, "invalid_request"),
        (ZeroDivisionError("4242 is secret"), 500, "internal_error"),
    ],
)
def test_what_goes_wrong_here_is_a_problem_too_and_the_same_request_may_be_sent_again(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(lifecycle, "create", fails)
    answer = backend.post("/orders", ORDER, key="k")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert (answer.get_json()["code"], "4242" in answer.text) == (code, False)
    assert ("Retry-After" in answer.headers) == (status == 503)
    monkeypatch.undo()
    again = backend.post("/orders", ORDER, key="k")
    assert again.status_code == (201 if status >= 500 or code == "conflict" else status)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_address_that_is_not_there_and_a_method_that_it_has_not_are_problems(backend: Backend) -> None:
    for path, method, code in (
        ("/api/v1/nothing", "GET", "not_found"),
        ("/api/", "GET", "not_found"),
        ("/api/v1/orders", "PUT", "method_not_allowed"),
        ("/api/v1/orders/ord_1", "DELETE", "method_not_allowed"),
        ("/api/v1/orders/ord_1/cancel", "GET", "method_not_allowed"),
    ):
        answer = backend.client.open(path, method=method)
        assert (answer.get_json()["code"], answer.mimetype) == (code, "application/problem+json")
        assert ("Allow" in answer.headers) == (code == "method_not_allowed")
