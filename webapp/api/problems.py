"""Every refusal as a problem document (RFC 9457), with a code that stays and words that say what to do.

A code is part of what was released: it is never renamed. What a service raises is looked up here by its code; what is not here is not meant for
this door, and `tests/api/test_problems.py` finds it.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response
from werkzeug.exceptions import HTTPException

from webapp.api import questions
from webapp.domain.errors import Busy, OrdoError, TooMany
from webapp.domain.money import Money
from webapp.services.orders.import_file import WrongFile
from webapp.services.payments.questions import Unanswered
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

    from webapp.services.orders.import_file import LineError

log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
TYPE = "urn:ordo:problem:"
RETRY_AFTER = 5  # seconds, of an answer 503


@dataclass(frozen=True)
class Kind:
    """What a code means. `detail` may name what the error tells (`{state}`)."""

    status: int
    title: str
    detail: str


KINDS: dict[str, Kind] = {
    # the request as such
    "bad_request": Kind(400, "Bad request", "The request cannot be read as HTTP asks for it, names a host that is not this service's, or has a NUL in its address."),
    "empty_body": Kind(400, "The body is empty", "Send one JSON object; where nothing has to be said, {{}}."),
    "bad_json": Kind(400, "The body is no JSON", "The body cannot be read: {why}. Send one JSON object in UTF-8."),
    "not_an_object": Kind(400, "The body is no object", "The body is JSON, but no object. Send the fields in one object: {{…}}."),
    "repeated_name": Kind(400, "A field stands twice", "The name {name} stands twice in one object, so it is not clear what is meant. Send it once."),
    "too_deep": Kind(400, "The body is nested too deeply", "No body has more than {deepest} levels of objects and lists."),
    "bad_text": Kind(400, "A text cannot be stored", "A text has a NUL or half a surrogate pair in it. Send it without."),
    "card_number": Kind(
        422, "A card number", "Something in this request is, or looks like, a card number. Never send one: buyers type it on the payment page. Nothing was kept."
    ),
    "repeated_parameter": Kind(400, "A parameter stands twice", "Name each parameter of the address once."),
    "unknown_parameter": Kind(400, "There is no such parameter", "This address takes no parameters behind its question mark."),
    "no_fields_here": Kind(422, "There are no fields here", "This operation takes no body: send none, or {{}}."),
    "bad_parameters": Kind(400, "Parameters of the address are wrong", "`errors` says which, and what is wrong with each."),
    "bad_cursor": Kind(400, "This is no cursor", "Send `after` exactly as `next_cursor` of the page before, or leave it away to begin anew."),
    "invalid_fields": Kind(422, "Fields are wrong", "`errors` says which, and what is wrong with each. Nothing was done."),
    "invalid_request": Kind(422, "This cannot be done", "Nothing was done: the service does not take this request."),
    "unsupported_media_type": Kind(415, "Not JSON", "Send the header Content-Type: {expected}."),
    "body_too_large": Kind(413, "The body is too large", "Send less than is sent here in one request."),
    "not_found": Kind(404, "Not found", "There is nothing of this name, or not for this key."),
    "method_not_allowed": Kind(405, "Method not allowed", "The header Allow names the methods that this address has."),
    # who asks
    "bad_key": Kind(401, "The key is not good", "Send a key of the API that has neither ended nor expired: Authorization: Bearer ordo_…"),
    "missing_scope": Kind(403, "The key may not do this", "This needs a key with the scope {scope}."),
    "forbidden": Kind(403, "Nobody may do this", "This address can be used by no key."),
    "too_many": Kind(429, "Too many requests", "This key's limit is reached. Nothing was done: send the same again after the time in Retry-After."),
    # sending again
    "idempotency_key_missing": Kind(
        400, "No Idempotency-Key", "Send a header Idempotency-Key that is new for each thing to be done (a UUID), and the same one when you send that again."
    ),
    "idempotency_key_bad": Kind(400, "This is no Idempotency-Key", "An Idempotency-Key has 1 to 255 printable ASCII characters, such as those of a UUID."),
    "idempotency_key_reused": Kind(
        409, "This Idempotency-Key was used", "The same Idempotency-Key came with another request before. Take a new key for another thing to be done."
    ),
    "idempotency_key_running": Kind(
        409, "The first request still runs", "A request with this Idempotency-Key is being carried out. Send the same again after the time in Retry-After."
    ),
    # orders
    "reference_exists": Kind(
        409, "There is an order with this reference", "An order has this reference already; `order` is its id. If it is the one you meant, go on with it."
    ),
    "conflict": Kind(409, "Something has changed meanwhile", "Nothing was done. Get it again, and send the same under the same Idempotency-Key if it is still right."),
    "wrong_state": Kind(409, "The order's state does not allow this", "The order is {state} now: get it again and see what can be done with it."),
    "not_sent": Kind(409, "There is nobody to send the link to", "The buyer has no phone or address here, or wants no messages. Hand `link.url` on yourself."),
    "money_in_flight": Kind(
        409, "Money is still moving", "Nothing was done: {moving}. `orders` are the ids of these orders."
    ),
    "no_alias": Kind(409, "No card that can be charged", "No card was saved, or it was removed since."),
    "confirmation_needed": Kind(
        409, "First answer a question", "Nothing was done. Somebody has to look at `questions`: if all is right, send the same with `confirm` and a new Idempotency-Key."
    ),
    "more_than_held": Kind(409, "More than is held", "At most `rest` is held and can be taken; nothing was done."),
    "more_than_rest": Kind(409, "More than is left", "At most `rest` can go back; nothing was done."),
    "amount_needed": Kind(422, "An amount is needed", "Send `amount` in minor units, with `currency`: this action takes money."),
    "no_amount": Kind(422, "No amount here", "REGISTER saves a card and takes nothing: leave `amount` and `manual_capture` away."),
    "email_needed": Kind(422, "An e-mail address is needed", "An action that may save a card needs `buyer.email`: the buyer's copy of the consent goes there."),
    "phone_needed": Kind(422, "A phone number is needed", "A link that goes by WhatsApp needs `buyer.phone`."),
    "cannot_email": Kind(422, "No e-mail here", "This installation sends no e-mail: choose another `channel`."),
    "bad_return_url": Kind(422, "The receipt may not lead there", "`return_url` is one of the addresses in the merchant's `return_urls`, written exactly so."),
    "bad_metadata": Kind(422, "This is no metadata", "At most 20 names of 1 to 40 of the characters A-Z a-z 0-9 _ . -, each with a text of 500 characters at most."),
    "bad_days": Kind(422, "Too long", "A link is valid for 1 to 90 days from now."),
    "bad_reference": Kind(422, "This is no reference", "A reference has letters or digits, and no quotation marks."),
    "reference_too_long": Kind(422, "The reference is too long", "A reference has 64 characters at most."),
    "bad_phone": Kind(422, "This is no phone number", "Write the whole number with + and its country: +33612345678."),
    "bad_email": Kind(422, "This is no e-mail address", "Send an address such as buyer@example.com."),
    "odd_email": Kind(
        422, "This address is not taken everywhere", "Not every mail server takes this address, or it looks like another: write letters a to z before the @."
    ),
    "unknown_currency": Kind(422, "There is no such currency", "Send a code of ISO 4217 in capitals, such as EUR."),
    "other_currency": Kind(422, "Another currency", "The order is in {currency}: send `currency` so."),
    "zero_amount": Kind(422, "The amount is zero", "Send an amount above zero."),
    "negative": Kind(422, "The amount is below zero", "Send an amount above zero."),
    "too_large": Kind(422, "The amount is too large", "Send an amount of twelve digits of minor units at most."),
    "amount_not_chargeable": Kind(422, "The gateway takes no such amount", "The payment gateway takes no such amount in this currency."),
    "amount_too_small": Kind(422, "The amount is too small", "The payment gateway takes no amount as small as this."),
    "amount_too_large": Kind(422, "The amount is too large", "The payment gateway takes no amount as large as this."),
    "amount_not_refundable": Kind(422, "The gateway refunds no such amount", "The payment gateway refunds no such amount in this currency."),
    "currency_not_chargeable": Kind(422, "The gateway takes no such currency", "The payment gateway takes no payments in this currency."),
    "whole_refund_only": Kind(422, "Only the whole payment", "This gateway refunds the whole payment or nothing: send `amount` as `all`."),
    "cannot_save_cards": Kind(422, "The gateway keeps no cards", "This merchant's gateway keeps no cards: use the action PAYMENT."),
    "cannot_hold": Kind(422, "The gateway holds no money", "This merchant's gateway takes money at once: leave `manual_capture` away."),
    "cannot_charge_saved": Kind(422, "The gateway charges no saved cards", "This merchant's gateway charges no card without the buyer."),
    "bad_csv": Kind(422, "The file has mistakes", "Nothing was created. `errors` says of each its line, its column and what to mend; `found` is how many there are."),
    # callbacks
    "bad_url": Kind(422, "Callbacks cannot go there", "This address cannot be told: {why}. Send one such as https://shop.example/ordo."),
    "unknown_type": Kind(422, "There is no such type", "There is no callback of this type: the document names them."),
    "no_types": Kind(422, "No types", "Name one type at least; to be told nothing, disable the endpoint."),
    "bad_overlap": Kind(422, "Too long", "An overlap lasts from 0 to 168 hours."),
    "endpoint_exists": Kind(
        409, "There is an endpoint of this address", "An endpoint has this address already; `endpoint` is its id. It takes several types; rotate its secret for another."
    ),
    "too_many_endpoints": Kind(409, "Too many endpoints", "A merchant has {most} endpoints at most. Remove one that is not used."),
    "too_many_secrets": Kind(409, "Too many secrets", "Three secrets sign already. Wait until the overlap is over, or end it with `overlap_hours` 0."),
    "declared_in_file": Kind(
        409, "The file declares this endpoint", "The merchant's file names this endpoint, so it is changed there alone, by whoever runs this service."
    ),
    "endpoint_removed": Kind(409, "The endpoint was removed", "This callback's endpoint is told nothing more. Make one of its address, and send it again then."),
    # ours
    "busy": Kind(503, "Busy", "Nothing was done. Send the same again, with the same Idempotency-Key, after the time in Retry-After."),
    "unavailable": Kind(503, "Unavailable", "The database cannot be reached. Send the same again, with the same Idempotency-Key, after the time in Retry-After."),
    "live_in_sandbox": Kind(503, "Not set up", "Whoever runs this service has to change its settings first. Nothing was done."),
    "gateway_refused": Kind(502, "The gateway refused", "The payment gateway refused the request itself: whoever runs this service has to look."),
    "internal_error": Kind(500, "Something went wrong here", "Send the same again, with the same Idempotency-Key: nothing is done twice. The cause was written down."),
}  # fmt: skip

CODES = {"unanswered": "confirmation_needed"}
"""What this door calls otherwise than the service that refuses it."""
SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "What was refused, and what to do (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": f"`{TYPE}` and the code."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do, for people."},
        "code": {"type": "string", "enum": sorted(KINDS), "description": "For programs. Codes may be added."},
        "errors": {
            "type": "array",
            "description": "Of a body, an address or a file with mistakes: each of them.",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Where in the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Which parameter of the address."},
                    "line": {"type": "integer", "description": "Which line of a file."},
                    "column": {"type": ["string", "null"], "description": "Which column of a file."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "order": {"type": "string", "description": "Of `reference_exists`: the id of the order that has it."},
        "state": {"type": "string", "description": "Of `wrong_state`: the order's state."},
        "rest": {
            "type": "object",
            "description": "How much is left, or held.",
            "required": ["amount", "currency"],
            "properties": {"amount": {"type": "integer"}, "currency": {"type": "string"}},
        },
        "questions": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Of `confirmation_needed`: what is asked.",
        },
        "confirm": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Of `confirmation_needed`: send it back to say yes.",
        },
    },
}
OF_STATUS = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    500: "internal_error",
    502: "gateway_refused",
    503: "unavailable",
}


def install(app: Flask) -> None:
    """Answer every error with a problem document."""
    app.register_error_handler(OrdoError, of_error)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _unforeseen)


def answer(
    code: str, details: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None, **more: object
) -> Response:
    """The problem of that code. `details` fill its words, `more` are members of its own."""
    kind = KINDS[code]
    body = {
        "type": f"{TYPE}{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail.format_map(Details(details or {})),
        "code": code,
        **more,
    }
    return Response(
        json.dumps(body, ensure_ascii=False) + "\n", kind.status, {"Content-Type": PROBLEM, **(headers or {})}
    )


def of_error(error: OrdoError) -> Response:
    """The problem of what a service refused."""
    code = CODES.get(error.code, error.code)
    code = code if code in KINDS else OF_STATUS.get(error.status, "internal_error")
    status = KINDS[code].status
    if code not in {error.code, CODES.get(error.code)} or (status >= 500 and not isinstance(error, Busy)):
        log.error("%s: %s", error.code, error)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="Ordo"'
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER)
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(max(1, math.ceil((error.until - context().now()).total_seconds())))
    return answer(code, error.details, headers, **_told(error))


def _told(error: OrdoError) -> dict[str, object]:
    """What a problem says in members of its own, for programs."""
    named = ("state", "order", "orders", "endpoint")
    told: dict[str, object] = {name: error.details[name] for name in named if name in error.details}
    if isinstance(error, Unanswered):
        told |= questions.told(error)
    if isinstance(error, WrongFile):
        told |= {"errors": [line_error(each) for each in error.errors], "found": error.found}
    rest = error.details.get("rest")
    if isinstance(rest, Money):
        told["rest"] = {"amount": rest.amount, "currency": rest.currency}
    return told


def line_error(error: LineError) -> dict[str, object]:
    """What is wrong with a line of a CSV file."""
    return {"line": error.line, "column": error.column, "code": error.code, "detail": error.message}


def _of_http(error: HTTPException) -> Response:
    code = OF_STATUS.get(error.code or 500, "bad_request" if (error.code or 500) < 500 else "internal_error")
    allow = next((value for name, value in error.get_headers() if name == "Allow"), None)
    return answer(code, headers={"Allow": allow} if allow else None)


def _unforeseen(error: Exception) -> Response:
    log.error("unexpected", exc_info=error)
    return answer("internal_error")


class Details(dict[str, Any]):
    """What an error does not tell is left open."""

    def __missing__(self, name: str) -> str:
        return "something else"
