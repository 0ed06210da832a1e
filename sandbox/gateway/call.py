"""One request to the API, as the nouns see it, and what every noun does with it: find, list, number."""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.gateway.accounts import Caller
from sandbox.gateway.errors import invalid, no_such
from sandbox.gateway.heeded import Heeded
from sandbox.gateway.store import Doc, Transaction

_ALPHABET = string.ascii_letters + string.digits
_CLAUSE = re.compile(
    r"""(metadata\[(?P<q>["'])(?P<key>[^"'\]]+)(?P=q)\]|(?P<field>[a-z_]+)):(?P<r>["'])(?P<value>[^"']*)(?P=r)"""
)
_SEARCHABLE = frozenset({"status", "customer", "currency", "amount"})


def new_id(prefix: str) -> str:
    """An id that nobody can guess (143 bits)."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(24))


@dataclass
class Call:
    """`now` is in Unix seconds, `params` are typed and known to be allowed, `public_url` is the browser's origin of
    the gateway. `request_id` is None when nobody asked: something happened by itself."""

    tx: Transaction
    caller: Caller
    now: int
    request_id: str | None
    public_url: str
    params: Heeded = field(default_factory=lambda: Heeded({}))
    idempotency_key: str | None = None

    @property
    def scope(self) -> str:
        return self.caller.scope

    def get(self, kind: str, identity: str, *, param: str | None = None) -> Doc:
        """An object of the caller's own. Raises `resource_missing`."""
        doc = self.tx.find(self.scope, kind, identity)
        if doc is None:
            raise no_such(kind, identity, param=param)
        return doc

    def insert(self, doc: Doc) -> Doc:
        return self.tx.insert(self.scope, doc)

    def save(self, doc: Doc) -> Doc:
        return self.tx.save(self.scope, doc)

    def page(
        self, kind: str, url: str, matches: dict[str, object] | None = None, *, customer: str | None = None
    ) -> Doc:
        """Stripe's list object, newest first, by the call's `limit`, cursors and `created`; `matches` are fields'
        values, or lists of what they may be."""
        where, values = _created(self.params.get("created"))
        for name, value in (matches or {}).items():
            wanted = value if isinstance(value, list) else [value]
            marks = ", ".join("?" * len(wanted))
            where, values = f"{where} AND json_extract(body, '$.{name}') IN ({marks})", (*values, *wanted)
        if customer is not None:
            where, values = f"{where} AND customer = ?", (*values, customer)
        if "starting_after" in self.params and "ending_before" in self.params:
            raise invalid("You may only provide one of these parameters: starting_after, ending_before.")
        for param, sign in (("starting_after", "<"), ("ending_before", ">")):
            if param in self.params:
                place = self.tx.place(self.scope, kind, self.params[param])
                if place is None:
                    raise no_such(kind, self.params[param], param=param)
                where, values = f"{where} AND seq {sign} ?", (*values, place)
        limit = self._limit()
        if "ending_before" in self.params:  # the page just above the cursor, still newest first
            found = self.tx.select(self.scope, kind, where, values)
            return {"object": "list", "data": found[-limit:], "has_more": len(found) > limit, "url": url}
        found = self.tx.select(self.scope, kind, where, values, limit + 1)
        return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": url}

    def search(self, kind: str, url: str) -> Doc:
        """Stripe's search: clauses `field:'value'` and `metadata['key']:'value'`, joined by AND."""
        where = "1"
        values: tuple[object, ...] = ()
        query, position = self.params["query"].strip(), 0
        while position < len(query):
            clause = _CLAUSE.match(query, position)
            if clause is None or (clause["field"] and clause["field"] not in _SEARCHABLE):
                raise invalid("We were unable to parse your search query.", param="query")
            path = f"$.metadata.{json.dumps(clause['key'])}" if clause["key"] else f"$.{clause['field']}"
            where, values = f"{where} AND CAST(json_extract(body, ?) AS TEXT) = ?", (*values, path, clause["value"])
            joint = re.match(r"\s+AND\s+|\s*$", query[clause.end() :])
            if joint is None:
                raise invalid("We were unable to parse your search query.", param="query")
            position = clause.end() + joint.end()
        limit = self._limit()
        offset = int(self.params["page"]) if self.params.get("page", "").isdecimal() else 0
        found = self.tx.select(self.scope, kind, where, values, offset + limit + 1)[offset:]
        more = len(found) > limit
        return {
            "object": "search_result",
            "data": found[:limit],
            "has_more": more,
            "next_page": str(offset + limit) if more else None,
            "url": url,
        }

    def _limit(self) -> int:
        limit = int(self.params.get("limit", 10))
        if not 1 <= limit <= 100:
            said = "greater than or equal to 1" if limit < 1 else "less than or equal to 100"
            raise invalid(f"This value must be {said}.", code="parameter_invalid_integer", param="limit")
        return limit


def _created(created: object) -> tuple[str, tuple[object, ...]]:
    signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
    if created is None:
        return "1", ()
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    where = " AND ".join(f"created {signs[name]} ?" for name in bounds)
    return where or "1", tuple(bounds.values())


Handler = Callable[..., Doc]


@dataclass(frozen=True)
class Route:
    """An endpoint: `params` names the SDK's type of its parameters, `publishable` lets browsers in, `extra` is what
    only the gateway's own frame sends."""

    method: str
    path: str
    handler: Handler
    params: str
    publishable: bool = False
    extra: frozenset[str] = frozenset()
