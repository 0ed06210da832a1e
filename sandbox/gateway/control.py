"""`/_sandbox`: faults, the ledger for assertions, the log of requests, the test cards. Only JSON, so no foreign page
can post here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.gateway import cards, faults, refunds
from sandbox.gateway.accounts import Account
from sandbox.gateway.courier import Courier
from sandbox.gateway.laters import Laters
from sandbox.gateway.store import Doc, Store, Transaction, public


def blueprint(store: Store, courier: Courier, accounts: Sequence[Account], chores: Laters) -> Blueprint:
    """The sandbox's own door, for tests and for the one screen."""
    door = Blueprint("control", __name__, url_prefix="/_sandbox")
    _add_faults(door, store)
    _add_release(door, courier)
    _add_disputes(door, store)
    _add_refunds(door, store, courier, chores)
    _add_views(door, store, accounts)
    return door


def _add_faults(door: Blueprint, store: Store) -> None:
    @door.post("/faults")
    def add_fault() -> Response | tuple[Response, int]:
        try:
            with store.transaction() as tx:
                return jsonify(faults.add(tx, request.get_json()))
        except ValueError as error:
            return jsonify({"error": str(error)}), 400

    @door.get("/faults")
    def list_faults() -> Response:
        with store.transaction() as tx:
            return jsonify(faults.listing(tx))

    @door.delete("/faults")
    def clear_faults() -> Response:
        with store.transaction() as tx:
            faults.clear(tx)
        return jsonify([])


def _add_release(door: Blueprint, courier: Courier) -> None:
    @door.post("/webhooks/release")
    def release_webhooks() -> Response | tuple[Response, int]:
        wish = request.get_json()
        order, repeat = wish.get("order", "fifo"), wish.get("repeat", 1)
        if order not in {"fifo", "reverse", "shuffle"} or not isinstance(repeat, int) or repeat < 1:
            return jsonify({"error": "order is fifo, reverse or shuffle; repeat a whole number from 1"}), 400
        return jsonify({"delivered": courier.release(order, repeat)})


def _add_disputes(door: Blueprint, store: Store) -> None:
    @door.post("/disputes")
    def decide() -> Response | tuple[Response, int]:
        """{"payment_intent", "status": won or lost}: the buyer's bank decides. No webhook tells it: the books do. (Evidence,
        `POST /v1/disputes/<dispute>`, ends a dispute with its webhooks.)"""
        wish = request.get_json()
        if wish.get("status") not in {"won", "lost"}:
            return jsonify({"error": "status is won or lost"}), 400
        with store.transaction() as tx:
            rows = tx.sql.execute(
                "SELECT scope, body FROM objects WHERE kind = 'dispute' AND json_extract(body, '$.payment_intent') = ?",
                (wish.get("payment_intent"),),
            ).fetchall()
            for row in rows:
                tx.save(row["scope"], json.loads(row["body"]) | {"status": wish["status"]})
        return jsonify({"decided": len(rows)})


def _add_refunds(door: Blueprint, store: Store, courier: Courier, chores: Laters) -> None:
    @door.post("/refunds")
    def become() -> Response | tuple[Response, int]:
        """{"refund", "status"}: what becomes of a refund, told as Stripe tells it."""
        wish = request.get_json()
        if wish.get("status") not in {"pending", "requires_action", *refunds.ENDS}:
            return jsonify({"error": "status is pending, requires_action, succeeded, failed or canceled"}), 400
        with store.transaction() as tx:
            row = tx.sql.execute(
                "SELECT scope, body FROM objects WHERE kind = 'refund' AND id = ?", (wish.get("refund"),)
            ).fetchone()
            if row is None:
                return jsonify({"error": "no such refund"}), 404
            doc = refunds.become(chores.call(tx, row["scope"]), json.loads(row["body"]), wish["status"])
        courier.wake()
        return jsonify(public(doc))


def _add_views(door: Blueprint, store: Store, accounts: Sequence[Account]) -> None:
    @door.get("/ledger")
    def ledger() -> Response:
        with store.transaction() as tx:
            return jsonify({scope: _ledger(tx, scope) for scope in _scopes(tx, accounts)})

    @door.get("/webhooks")
    def deliveries() -> Response:
        with store.transaction() as tx:
            rows = tx.sql.execute("SELECT * FROM deliveries ORDER BY id").fetchall()
        return jsonify([dict(row) for row in rows])

    @door.get("/requests")
    def requests_log() -> Response:
        with store.transaction() as tx:
            rows = tx.sql.execute("SELECT * FROM requests ORDER BY id").fetchall()
        return jsonify([dict(row) | {"replayed": bool(row["replayed"])} for row in rows])

    @door.get("/cards")
    def test_cards() -> Response:
        response = jsonify(cards.on_screen())
        response.headers["Access-Control-Allow-Origin"] = "*"  # public numbers, for the screen on another origin
        return response


def _scopes(tx: Transaction, accounts: Sequence[Account]) -> list[str]:
    used = [row[0] for row in tx.sql.execute("SELECT DISTINCT scope FROM objects ORDER BY scope")]
    return [account.id for account in accounts] + [scope for scope in used if "/" in scope]


def _ledger(tx: Transaction, scope: str) -> dict[str, Any]:
    intents = [*tx.select(scope, "payment_intent"), *tx.select(scope, "setup_intent")]
    return {
        "intents": [
            _line(doc, "id", "object", "status", "amount", "currency", "customer", "metadata") for doc in intents
        ],
        "charges": [
            _line(
                doc,
                "id",
                "amount",
                "currency",
                "status",
                "captured",
                "amount_refunded",
                "payment_intent",
                "payment_method",
            )
            for doc in tx.select(scope, "charge")
        ],
        "payment_methods": [
            _line(doc, "id", "customer", "card") for doc in tx.select(scope, "payment_method", "customer IS NOT NULL")
        ],
    }


def _line(doc: Doc, *names: str) -> Doc:
    shown = public(doc)
    return {name: shown[name] for name in names if name in shown}
