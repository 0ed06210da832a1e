"""What must hold after every fault, whatever it was: one function that looks at the database, the gateway, the order backend
and the logs, and says what does not agree."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import sqlite3
import time
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import requests
from sqlalchemy import func, inspect, select

from sandbox.demo import MERCHANT
from webapp.db import models
from webapp.db.session import Database
from webapp.domain import api_tokens, ids, states
from webapp.domain.cards import passes_luhn
from webapp.domain.errors import OrdoError
from webapp.domain.scopes import Scope
from webapp.domain.statuses import IN_FLIGHT
from webapp.services.notifications.whatsapp_delivery import DAY_FULL
from webapp.services.orders.lifecycle import TOLD
from webapp.services.runtime.links import Links

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sandbox.world import World

Row = Any
PATIENCE = 90.0  # seconds until all work is done; a look at the gateway that hangs takes ten of them
SETTINGS = ("SECRET_KEYS", "ENCRYPTION_KEYS", "OIDC_CLIENT_SECRET")
KEYRING = (
    "GATEWAY_SECRET_KEY",
    "GATEWAY_WEBHOOK_SECRET",
    "CALLBACK_SECRET",
    "WHATSAPP_ACCESS_TOKEN",
    "WHATSAPP_APP_SECRET",
    "WHATSAPP_VERIFY_TOKEN",
)
# What the schemes issue: Diners 14, American Express 15, all others 16 to 19 digits, with or without separators.
CARD = re.compile(r"(?<![\w.+-])(?:3[0689](?:[ -]?\d){12}|3[47](?:[ -]?\d){13}|[2-6]\d(?:[ -]?\d){14,17})(?!\w)")


@dataclass
class Rows:
    """The product's database, as it stands."""

    by_table: dict[Any, list[Row]] = field(default_factory=dict)

    def __getitem__(self, model: Any) -> list[Row]:
        return self.by_table[model]

    def of(self, model: Any, order: str) -> list[Row]:
        return [row for row in self[model] if row.order_id == order]


def rows(world: World, *wanted: Any) -> Rows:
    """The rows of these tables, of all if none is named. Raises `Unavailable`."""
    found = Rows()
    with opened(world).read() as session:
        for model in wanted or [mapper.class_ for mapper in models.Base.registry.mappers]:
            key = inspect(model).primary_key
            found.by_table[model] = list(session.scalars(select(model).order_by(*key)))
    return found


def key_of_the_api(world: World) -> str:
    """A new key with every scope, as `flask api-key create` makes one."""
    token = api_tokens.new("test")
    key = models.ApiKey(
        id=ids.new("key"),
        merchant_id=MERCHANT,
        name="Order backend",
        hash=hashlib.sha256(token.encode()).hexdigest(),
        hint=api_tokens.hint(token),
        scopes=[each.value for each in Scope],
        created_at=datetime.now(UTC),
    )
    with opened(world).write() as session:
        session.add(key)
    return token


def forget(world: World) -> None:
    """The database is another one from now on, or none."""
    opened(world).close()


def opened(world: World) -> Database:
    """The product's database."""
    return _opened_at(world.settings["DATABASE_URL"])


@functools.cache
def _opened_at(url: str) -> Database:
    return Database(url, connections=4)


def holds(world: World, *, told_again: Collection[str] = (), lost: Collection[str] = ()) -> None:
    """Wait until all work is done; then everything must agree.

    `told_again`: references of orders that the backend may have been told of before, in a life that a restored backup has
    forgotten. `lost`: references of orders that exist at the gateway only, for the same reason.
    """
    end = time.monotonic() + PATIENCE
    while (left := unfinished(world)) and time.monotonic() < end:
        time.sleep(0.2)
    assert not left, left
    found = rows(world)
    ledger = requests.get(f"{world.addresses.gateway.server}/_sandbox/ledger", timeout=10).json()
    (books,) = ledger.values()
    problems = [
        *_money(found, books, lost),
        *_saved(found, books),
        *_callbacks(world, found, told_again),
        *_leaks(world, found),
    ]
    assert not problems, problems


def unfinished(world: World) -> list[str]:
    """What the product or the gateway's courier has still to do. A message for which Meta's day has no room is left to the next one."""
    url = f"{world.addresses.backend.server}/ordo"
    ours = select(models.Endpoint.id).where(models.Endpoint.url == url).scalar_subquery()
    questions = {
        "try": (models.Attempt.id, models.Attempt.state.in_(IN_FLIGHT)),
        "callback": (models.Callback.id, (models.Callback.state == "pending") & (models.Callback.endpoint_id == ours)),
        "refund": (models.Refund.id, models.Refund.state.in_(("requested", "pending"))),
        "event": (models.InboxEvent.external_id, models.InboxEvent.due_at.is_not(None)),
        "message": (
            models.Message.id,
            models.Message.due_at.is_not(None) & (func.coalesce(models.Message.error, "") != DAY_FULL),
        ),
        "order": (models.Order.reference, models.Order.pending_transition.is_not(None)),
    }
    try:
        with opened(world).read() as session:
            left = [
                f"{name} {row}"
                for name, (column, condition) in questions.items()
                for row in session.scalars(select(column).where(condition))
            ]
    except OrdoError as error:
        return [f"database: {error}"]
    sent = requests.get(f"{world.addresses.gateway.server}/_sandbox/webhooks", timeout=10).json()
    return left + [f"webhook {row['id']} is {row['state']}" for row in sent if row["state"] in {"pending", "sending"}]


def _money(found: Rows, books: Any, lost: Collection[str]) -> Iterator[str]:
    """At most one success for each order, and what the gateway took and gave back is what the orders say."""
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    registered: Counter[str] = Counter()
    order_of = {intent["id"]: intent["metadata"]["order"] for intent in books["intents"]}
    for charge in books["charges"]:
        if charge["status"] == "succeeded":
            taken[order_of[charge["payment_intent"]]].append((charge["amount"], charge["amount_refunded"]))
    for intent in books["intents"]:
        if intent["object"] == "setup_intent" and intent["status"] == "succeeded":
            registered[intent["metadata"]["order"]] += 1
    for order in found[models.Order]:
        paid = order.state in states.MONEY
        expected = ([(order.amount, order.refunded)] if paid else [], int(order.state == "registered"))
        if (taken[order.id], registered[order.id]) != expected:
            yield f"{order.reference} is {order.state}, the gateway has {taken[order.id]}, {registered[order.id]}"
    known = {order.id for order in found[models.Order]}
    for intent in books["intents"]:
        order, reference = intent["metadata"]["order"], intent["metadata"]["reference"]
        if order not in known and reference not in lost and intent["status"] == "succeeded":
            yield f"the gateway has a success of {reference}, which no order of ours is"


def _saved(found: Rows, books: Any) -> Iterator[str]:
    """The cards that the gateway keeps are those that we know as aliases."""
    kept = {means["id"] for means in books["payment_methods"]}
    known = {alias.payment_method_id for alias in found[models.Alias] if alias.status != "revoked"}
    if kept != known:
        yield f"the gateway keeps {kept - known} unknown to us, we know {known - kept} that it does not keep"


def _callbacks(world: World, found: Rows, told_again: Collection[str]) -> Iterator[str]:
    """One callback for each state that others are to know, arrived, applied once, signed."""
    ours = _endpoint(world, found)
    log, applied = _told(world)
    if odd := [call for call in log if call["signature"] != "valid"]:
        yield f"calls without a valid signature: {odd}"
        return
    for order in found[models.Order]:
        told = sorted((row for row in found.of(models.Callback, order.id) if row.endpoint_id == ours), key=_sequence)
        if [row.type for row in told if row.type.startswith("order.")] != _final(found.of(models.OrderEvent, order.id)):
            yield f"{order.reference} came to {_final(found.of(models.OrderEvent, order.id))}, queued: {[row.type for row in told]}"
        arrived = {call["id"] for call in log if json.loads(call["body"])["data"]["order"] == order.id}
        if {row.id for row in told} - arrived or (order.reference not in told_again and len(told) != len(arrived)):
            yield f"{order.reference}: the backend has {arrived} of {[row.id for row in told]}"
        if applied.get(order.id, 0) != len(arrived):
            yield f"{order.reference}: applied {applied.get(order.id)} times, of {len(arrived)} callbacks"


def _told(world: World) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """What the backend received, each call once, and how many of them it applied to each order."""
    with closing(sqlite3.connect(world.root / "backend.db")) as connection:
        connection.row_factory = sqlite3.Row
        calls = [dict(row) for row in connection.execute("SELECT * FROM calls ORDER BY number")]
        return calls, dict(connection.execute("SELECT id, applied FROM orders").fetchall())


def _final(events: list[Row]) -> list[str]:
    """The callbacks that a timeline asks for."""
    state, types = states.State.OPEN, []
    for event in sorted(events, key=lambda event: event.id):
        if event.kind in set(states.Event):
            state = states.step(state, states.Event(event.kind))
            if state in TOLD or event.kind == states.Event.REACTIVATED:
                types.append(f"order.{state}")
    return types


def _leaks(world: World, found: Rows) -> Iterator[str]:
    """No secret, card number or link in any log."""
    links = Links(world.settings["SECRET_KEYS"].split(","), "")
    secrets = {part for name in SETTINGS for part in world.settings[name].split(",")}
    secrets |= {world.keyring[name] for name in KEYRING}
    secrets |= {links.token(order.id, order.link_version) for order in found[models.Order]}
    for path in (world.root / "log").iterdir():
        text = path.read_text("utf-8", errors="replace")
        if said := [secret for secret in secrets if secret in text]:
            yield f"{path.name} has {said}"
        if numbers := [run[0] for run in CARD.finditer(text) if passes_luhn(re.sub(r"\D", "", run[0]))]:
            yield f"{path.name} has what may be a card number: {numbers}"
        if re.search(r"/p/[\w-]{10,}\.\d+\.", text):
            yield f"{path.name} has a link"


def _endpoint(world: World, found: Rows) -> str:
    """The id of the order backend among the merchant's endpoints."""
    url = f"{world.addresses.backend.server}/ordo"
    return str(next(row.id for row in found[models.Endpoint] if row.url == url))


def _sequence(callback: Row) -> int:
    return int(callback.sequence)
