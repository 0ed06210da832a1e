"""A check of our own for Schemathesis: of what is right by the document, only rules that no schema can say may refuse something."""

from __future__ import annotations

from typing import Any

import schemathesis

RULES = {
    "amount_needed": "with `currency`, and for some actions",
    "amount_too_small": "the gateway's limit, for each currency",
    "bad_csv": "a file's lines",
    "bad_cursor": "a cursor is what a list gave",
    "bad_email": "addresses that mail servers take",
    "bad_phone": "numbering plans",
    "bad_request": "NUL in an address",
    "bad_reference": "letters or digits, of any script",
    "bad_return_url": "the merchant's own list",
    "bad_text": "NUL and half of a surrogate pair",
    "bad_url": "addresses that are public",
    "card_number": "a check digit",
    "cannot_email": "what is set up here",
    "currency_not_chargeable": "the gateway's list",
    "amount_not_chargeable": "the gateway's steps, for each currency",
    "email_needed": "for some actions",
    "no_amount": "for some actions",
    "no_types": "what groups hold",
    "odd_email": "alphabets that look alike",
    "phone_needed": "for some channels",
    "state_or_since_needed": "one of two fields",
    "too_many": "the limit of a key",
    "unknown_currency": "the list of ISO 4217",
}
"""Codes with which a request is refused that is right by its schema, and what the schema does not know."""


@schemathesis.check
def refused_by_a_rule(
    _ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Together with `positive_data_acceptance`, which is told to let 400 and 422 pass."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code not in {400, 422}:
        return
    problem = response.json()
    codes = {each["code"] for each in problem.get("errors", ())} if problem["code"] != "bad_csv" else set()
    wrong = (codes or {problem["code"]}) - RULES.keys()
    assert not wrong, f"what is right by the document was refused: {', '.join(sorted(wrong))}"
