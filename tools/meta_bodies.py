"""Every kind of body that goes to WhatsApp's Cloud API, or that the sandbox's phones send as it: what Meta's schema is held against.

A kind of message that is added to `webapp.whatsapp.messages`, or to the simulator's `payloads`, has to be added here.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests

from sandbox.phones import payloads, refusals
from sandbox.phones.chats import Message, Status
from sandbox.phones.parties import Role, Sender
from sandbox.phones.people import Person
from webapp.whatsapp import messages, templates
from webapp.whatsapp.client import Client

PHONE, USER, WAMID = "+33612345678", "FR.13491208655302741918", "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1QjJGNjI1RDdB"
SENDER = Sender("106540352242922", "102290129340398", "token", "secret", "verify", "Café Lumière", "+33199001234")
SUBMISSION = "submission of a template"
# One of each kind that the product sends.
SENT: tuple[messages.Message, ...] = (
    messages.Text("Paid: 10.00 EUR.", preview=True),
    messages.LinkButton("10.00 EUR for Café Lumière", "Pay", "https://ordo.example/p/token", footer="Café Lumière"),
    messages.Choices("Which?", (("one", "Mobile"), ("two", "Work"), ("three", "None of them"))),
    messages.Template("order_2", "fr", ("Café Lumière", "10,00 EUR"), "token"),
    messages.Template("order_paid", "en", ("10.00 EUR",)),
    messages.QrPicture("Scan to pay 10.00 EUR", "https://ordo.example/p/token"),
)
# What a person's phone can say: kind of message, what the chat keeps of it, whether it answers one of ours.
SAID: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("text", {"text": "10 EUR +33612345678"}, False),
    ("text", {"text": "Yes, in ten minutes"}, True),
    ("interactive", {"id": "one", "text": "Mobile"}, True),
    ("button", {"id": "stop", "text": "Stop"}, True),
    ("image", {"text": "Table 5", "mime": "image/jpeg"}, False),
    ("image", {"text": "", "mime": "image/jpeg"}, False),
    ("audio", {"text": "", "mime": "audio/ogg; codecs=opus"}, False),
    ("sticker", {"text": "", "mime": "image/webp"}, False),
    ("contacts", {"card": {"name": "Sam", "pretty": "+33 6 12 34 56 78", "wa_id": "33612345678"}}, False),
    ("contacts", {"card": {"name": "Sam", "pretty": "06 12 34 56 78"}}, False),
)


@dataclass(frozen=True)
class Body:
    """One body, and the name of its schema in Meta's document."""

    what: str
    schema: str
    content: Any


def every() -> Iterator[Body]:
    """All of them. Raises AssertionError when a kind of message of the product's is not among those above."""
    known = {type(message) for message in SENT}
    assert known == set(typing.get_args(messages.Message)), "a kind of message is not in SENT"  # noqa: S101  # a developer's tool
    yield from _sent()
    yield from _told()


def _sent() -> Iterator[Body]:
    """As the client puts them on the wire."""
    for message in SENT:
        payload = message.payload()
        if messages.address_of(payload) is not None:
            payload = messages.with_picture(payload, "1003383421387256")
        for to in (PHONE, USER):
            for reply in (None, WAMID):
                body = messages.addressed(payload, to, opaque="order 12", reply_to=reply)
                yield Body(f"{type(message).__name__} to {to}", "Message", _written(lambda c, b=body: c.send(b)))
    yield Body("read mark", "MarkMessageRequestPayload", _written(lambda client: client.mark_read(WAMID)))
    for definition in templates.definitions("https://ordo.example"):
        what = f"submission of {definition['name']} in {definition['language']}"
        yield Body(what, SUBMISSION, _written(lambda client, d=definition: client.submit(d)))
    for entry in templates.CATALOGUE:
        values = [blank.example for blank in entry.blanks]
        for language in entry.wordings:
            body = messages.addressed(entry.filled(language, values).payload(), PHONE, opaque="order 12", reply_to=None)
            yield Body(f"template {entry.name} in {language}", "Message", body)


def _written(call: Any) -> Any:
    """The JSON of the one request that a call of the client makes."""
    kept: list[Any] = []

    class Kept(requests.Session):
        def request(self, *_given: Any, **named: Any) -> requests.Response:
            kept.append(named["json"])
            answer = requests.Response()
            answer.status_code = 200
            answer._content = b'{"messages": [{"id": "wamid.1"}]}'  # noqa: SLF001  # requests has no other way to make one
            return answer

    call(Client("https://graph.facebook.com", "v26.0", "1", "2", "token", Kept()))
    return json.loads(json.dumps(kept[0]))


def _told() -> Iterator[Body]:
    """As the simulator puts them into its POSTs."""
    for hides in (False, True):
        person = Person(PHONE, PHONE[1:], USER, "Sam", Role.BUYER, True, True, True, hides)
        where = "without a number" if hides else "with a number"
        for kind, content, answers in SAID:
            message = Message(PHONE, False, kind, content, 1749416383.0, reply_to=WAMID if answers else None)
            yield _posted(f"{kind} {where}", payloads.incoming(SENDER, person, message))
        for kind, category in (("text", "service"), ("template", "utility")):
            for status in (Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED):
                error = refusals.in_status(131026) if status is Status.FAILED else None
                ours = Message(PHONE, True, kind, {}, 1749416383.0, opaque="order 12", category=category, error=error)
                value = payloads.progress(SENDER, person, ours, status, 1749416384.0, free=kind == "text")
                yield _posted(f"status {status} of a {kind} {where}", value)


def _posted(what: str, value: dict[str, Any]) -> Body:
    return Body(what, "WebhookPayload", json.loads(payloads.envelope(SENDER, [("messages", value)])))
