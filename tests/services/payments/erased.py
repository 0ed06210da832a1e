"""Somebody whose name, phone, addresses and words are in as many places as a shop's life puts them, and where they can still be read."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from tests.kit import OPERATOR, Shop, buttons
from webapp.domain import actors
from webapp.domain.actions import Action
from webapp.services import inbox
from webapp.services.orders import buyer_details
from webapp.services.runtime import idempotency
from webapp.whatsapp import inbound

if TYPE_CHECKING:
    from collections.abc import Iterator

PHONE, EMAIL, USER_ID = "+33698765432", "zoe.martinez@mail.example", "FR.4711zoe"
DETAILS = {
    "name": "Zoé Martínez",
    "line1": "17 rue des Lilas",
    "postal_code": "75020",
    "city": "Paris",
    "country": "FR",
}
CAKE, ASKS, ANSWERS = "Cake for Zoé M.", "my door code is 4711B", "I ring at 4711B then"
_DIGITS = PHONE[1:]


def _written(text: str) -> set[bytes]:
    """A text as databases write it: in UTF-8, and in JSON with escapes."""
    return {text.encode(), json.dumps(text)[1:-1].encode(), text.casefold().encode()}


TRACES: dict[str, set[bytes]] = {
    **{text: _written(text) for text in (EMAIL, USER_ID, DETAILS["name"], DETAILS["line1"], CAKE, "4711B")},
    "phone": {_DIGITS[2:].encode()},
    "phone, spaced": {b"6 98 76 54 32"},
    "phone, as the shop wrote it": {b"06 98 76 54 32"},
    "phone, in a message's id": {base64.b64encode(_DIGITS.encode())[:14]},
}
"""Whatever of the person could be read, by what it is; of base64, the part that does not depend on what follows."""


def traces(shop: Shop) -> dict[str, set[str]]:
    """What of the person can be read in the whole database, and where: in a SQLite database's files to the last byte, in every row of every
    table of PostgreSQL as a dump has it."""
    found: dict[str, set[str]] = {}
    for place, content in contents(shop):
        for what, forms in TRACES.items():
            if any(form in content for form in forms):
                found.setdefault(what, set()).add(place)
    return found


def contents(shop: Shop) -> Iterator[tuple[str, bytes]]:
    url = shop.context.database.url
    if shop.context.database.is_sqlite:
        for end in ("", "-wal", "-shm"):
            path = Path(f"{url.database}{end}")
            yield path.name, path.read_bytes() if path.exists() else b""
        return
    address = url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
                yield table, b"".join(map(bytes, copy))


def wamid() -> str:
    """A message's id as WhatsApp makes it of the phone."""
    told = b"\x1c\x18\x0b" + _DIGITS.encode() + b"\x15\x02\x00\x12\x18\x14" + secrets.token_bytes(10)
    return f"wamid.{base64.b64encode(told).decode()}"


def writes(shop: Shop, text: str) -> None:
    """The person writes to the shop's number, under the name that they have at WhatsApp."""
    identity = wamid()
    said = {"type": "text", "text": {"body": text}, "timestamp": str(int(shop.clock().timestamp()))}
    message = {"id": identity, "from": _DIGITS, "from_user_id": USER_ID, **said}
    contact = {"wa_id": _DIGITS, "user_id": USER_ID, "profile": {"name": DETAILS["name"]}}
    payload = {"message": message, "contact": contact}
    inbox.keep_whatsapp(shop.context, shop.id, [inbound.Event(identity, shop.number(), payload)])
    shop.drain()


def reported(shop: Shop, word: str, sent: dict[str, Any]) -> None:
    """WhatsApp says what became of a message to the person."""
    opaque = sent["biz_opaque_callback_data"]
    shop.status(sent["wamid"], word, recipient_id=_DIGITS, recipient_user_id=USER_ID, biz_opaque_callback_data=opaque)


def lives(shop: Shop) -> str:
    """The person is a customer of the shop for a while; the id of the buyer."""
    shop.place.backend_says = (f"thanks, {EMAIL} {PHONE}", {})
    shop.hear("HELP")
    shop.hear(f'10 EUR 06 98 76 54 32 REGISTER {EMAIL} "{CAKE}" FORM ORDER=A1')
    first = shop.order(
        Action.REGISTER_PAY,
        phone=PHONE,
        email=EMAIL,
        description=CAKE,
        collects_details=True,
        send=True,
        reference="A2",
    )
    shop.drain()
    buyer = actors.buyer(shop.get(first).buyer_id)
    for sent in [message for message in shop.place.sent if message.get("to") == PHONE]:
        reported(shop, "delivered", sent)
    buyer_details.give(shop.context.acting_as(buyer), first, DETAILS)
    shop.pay(first, save=True)
    shop.drain()
    writes(shop, ASKS)
    passed = next(m for m in reversed(shop.place.sent) if m["to"] == OPERATOR and "4711B" in json.dumps(m))
    shop.hear(ANSWERS, reply_to=passed["wamid"])
    shop.hear("LIST")
    (asked,) = [m for m in shop.hear(f"9999 EUR {PHONE} {EMAIL}") if m["to"] == OPERATOR]
    assert buttons(asked)
    answered(shop, buyer.id or "")
    shop.order(phone=PHONE, email=EMAIL, description=CAKE, send=True, reference="A3")
    shop.drain()
    return buyer.id or ""


def answered(shop: Shop, buyer: str) -> None:
    """A request of an order backend was answered with what the buyer is."""
    run = idempotency.begin(shop.context, shop.id, "a-key", "POST /api/v1/orders")
    assert isinstance(run, idempotency.Run)
    idempotency.finish(shop.context, run.request_id, 201, json.dumps({"buyer": buyer, "email": EMAIL}).encode())
