"""Orders into a CSV file, written while it is read (docs/integrator/csv.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from apiflask.schemas import FileSchema
from flask import Response
from pydantic import Field

from webapp.api.fields import Instant, Part
from webapp.api.guard import merchant_id
from webapp.api.imports import CSV
from webapp.api.operations import operation
from webapp.domain.scopes import Scope
from webapp.domain.states import State
from webapp.services.orders import exports as service
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

exports = APIBlueprint("exports", __name__, url_prefix="/api/v1/exports", tag="Files")


class Wanted(Part):
    """Which orders."""

    state: State | None = Field(None, description="Those that are in this state.")
    created_from: Instant | None = Field(None, description="Those that were made then or later.")
    created_before: Instant | None = Field(None, description="Those that were made before.")
    bom: bool = Field(False, description="Begin the file with the mark by which Excel knows UTF-8.")


@exports.get("/orders")
@operation(Scope.ORDERS_READ, FileSchema(type="string"), asks=Wanted, media=CSV, problems=("busy",))
def export_orders(query: Wanted) -> Any:
    """Export orders

    A CSV file in UTF-8, the newest order first. It comes while it is written, however many orders there are: one that breaks off is
    not whole, and has to be fetched again. Fetch one at a time: a second may be answered 503 with Retry-After."""
    selection = service.Selection((query.state,) if query.state else (), query.created_from, query.created_before)
    give_back = context().export_slots.take(merchant_id())
    try:
        pieces = _read_out(service.written(context(), merchant_id(), selection, bom=query.bom), give_back)
    except BaseException:
        give_back()
        raise
    headers = {"Content-Disposition": 'attachment; filename="orders.csv"'}
    answer = Response(pieces, headers=headers, content_type=f"{CSV}; charset=utf-8")
    answer.call_on_close(give_back)  # of one that broke off, or was never begun (HEAD)
    return answer


def _read_out(pieces: Iterator[bytes], end: Callable[[], None]) -> Iterator[bytes]:
    try:
        yield from pieces
    finally:
        end()
