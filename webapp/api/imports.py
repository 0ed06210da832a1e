"""Orders from CSV files: sent, followed while they are made, and what became of each line (docs/integrator/csv.md)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import request
from pydantic import Field

from webapp.api import lists
from webapp.api.fields import Answer, Moment, Part
from webapp.api.guard import merchant_id
from webapp.api.lists import Page
from webapp.api.operations import File, operation
from webapp.api.problems import line_error
from webapp.domain.errors import Invalid
from webapp.domain.scopes import Scope
from webapp.services.orders import import_file
from webapp.services.orders import imports as service
from webapp.services.webhooks.outbox import stamp
from webapp.web.services import context

CSV = "text/csv"
LINE_DIGITS = 9  # of a line's number: no file has as many lines, and no database takes any number of digits
imports = APIBlueprint(
    "imports",
    __name__,
    url_prefix="/api/v1/imports",
    tag={"name": "Files", "description": "Orders from CSV files, and into one."},
)


class Named(Part):
    """What is said of a file that is sent."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="What you call the file.", examples=["november.csv"]
    )


class Import(Answer):
    """A file whose every line was right, and how far its orders have come."""

    id: str
    name: str | None
    state: Literal["running", "done"]
    lines: int = Field(description="How many orders the file asks for.")
    created: int = Field(description="How many lines have become orders.")
    failed: int = Field(description="How many cannot any more: `errors` of this import says why.")
    created_at: Moment


class Imports(Answer):
    """A page of imports."""

    data: list[Import]
    next_cursor: str | None = Field(description="Send it as `after` for the next page; null on the last.")


class LineProblem(Answer):
    """What is wrong with a line."""

    line: int = Field(description="Where it begins in the file, counted from 1.")
    column: str | None = Field(description="The column's name; null where it is the line as a whole.")
    code: str
    detail: str


class LineProblems(Answer):
    """A page of them, in the order of the file."""

    data: list[LineProblem]
    next_cursor: str | None = Field(description="Send it as `after` for the next page; null on the last.")


@imports.post("")
@operation(
    Scope.ORDERS_WRITE, Import, takes=File(CSV, import_file.LARGEST), asks=Named, status=202, problems=("bad_csv",)
)
def create_import(query: Named) -> Any:
    """Import orders

    The body is a CSV file in UTF-8. While one line is wrong nothing is created, and `errors` tells of each; else its orders are made one
    after the other from now on. The very same file again is the same import, as far as it has come."""
    made = service.submit(context(), merchant_id(), request.get_data(), query.name)
    return _shown(made.id), 202, {"Location": f"{imports.url_prefix}/{made.id}"}


@imports.get("")
@operation(Scope.ORDERS_READ, Imports, asks=Page, problems=("bad_cursor",))
def list_imports(query: Page) -> Any:
    """List imports

    The newest first."""
    found = service.listed(context(), merchant_id(), query.place, query.limit + 1)
    rows, cursor = lists.page(found, query.limit, lambda each: (each.created_at, each.id))
    return {"data": [_shown(each.id) for each in rows], "next_cursor": cursor}


@imports.get("/<import_id>")
@operation(Scope.ORDERS_READ, Import)
def get_import(import_id: str) -> Any:
    """Get an import"""
    return _shown(import_id)


@imports.get("/<import_id>/errors")
@operation(Scope.ORDERS_READ, LineProblems, asks=Page, problems=("bad_cursor",))
def list_import_errors(import_id: str, query: Page) -> Any:
    """List the lines that brought no order

    They were right when the file came, and cannot become orders any more: somebody else has used the reference since, say."""
    at = service.progress(context(), merchant_id(), import_id).row.created_at
    found = service.failures(context(), merchant_id(), import_id, after=_line(query), limit=query.limit + 1)
    rows, cursor = lists.page(found, query.limit, lambda each: (at, str(each.line)))
    return {"data": [line_error(each) for each in rows], "next_cursor": cursor}


def _line(query: Page) -> int:
    place = query.place
    if place is None:
        return 0
    if not (place[1].isdecimal() and len(place[1]) <= LINE_DIGITS):
        raise Invalid("bad_cursor")  # of another list, or made by somebody
    return int(place[1])


def _shown(import_id: str) -> dict[str, object]:
    now = service.progress(context(), merchant_id(), import_id)
    return {
        "id": now.row.id,
        "name": now.row.name,
        "state": "done" if now.is_done else "running",
        "lines": now.row.lines,
        "created": now.created,
        "failed": now.failed,
        "created_at": stamp(now.row.created_at),
    }
