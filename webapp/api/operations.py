"""What an address of this door declares of itself, and what every one does with a request.

`@operation` stands under the route, above the view. It reads body and query by their models, has a POST done once for each
Idempotency-Key, and writes the answer by its model. APIFlask's own `input` and `output` do the reading and the writing, and make the document.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from apiflask.scaffold import APIScaffold
from flask import g, make_response, request

from webapp.api import idempotent, reading
from webapp.api.fields import Empty
from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from apiflask.schemas import FileSchema
    from pydantic import BaseModel

    from webapp.domain.scopes import Scope

View = TypeVar("View", bound=Callable[..., Any])
JSON = "application/json"
_apiflask = APIScaffold()


@dataclass(frozen=True)
class File:
    """A body that is no JSON: its type, and how many bytes it may have. The view reads it."""

    type: str
    largest: int


@dataclass(frozen=True)
class Operation:
    """`scope` is what the key must have; None: no key is asked for. `problems` are the codes that this operation may answer with beside those of
    every one, for the document. `takes` is the type of the body, None where nothing is to be said."""

    scope: Scope | None
    problems: tuple[str, ...] = ()
    takes: str | None = None


def operation(
    scope: Scope | None,
    gives: type[BaseModel] | FileSchema,
    *,
    takes: type[BaseModel] | File | None = None,
    asks: type[BaseModel] = Empty,
    status: int = 200,
    media: str = JSON,
    problems: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Declare an operation. `takes` is its body (the view's `body`, but for a file), `asks` its query (`query`, where it asks anything),
    `gives` its answer, `media` the answer's type."""

    def declared(view: View) -> View:
        call: Callable[..., Any] = view
        taken = takes.type if isinstance(takes, File) else JSON if takes is not None else None
        written = _apiflask.output(gives, status, content_type=media)(call)
        once = idempotent.once(written)
        if takes is not None and not isinstance(takes, File):
            once = _apiflask.input(takes, location="json", arg_name="body")(once)
        if asks is not Empty:
            once = _apiflask.input(asks, location="query", arg_name="query")(once)

        @functools.wraps(once)
        def checked(**given: Any) -> Any:
            if asks is Empty and request.args:
                raise Invalid("unknown_parameter")
            if request.method == "POST":
                idempotent.key()
                if isinstance(takes, File):
                    request.max_content_length = takes.largest
                _media_type(expected=taken or (JSON if request.get_data() else None))
                if takes is None and request.get_data() and reading.document(request.get_data()):
                    raise Invalid("no_fields_here")
            return once(**given)

        checked.operation = Operation(scope, problems, taken)  # type: ignore[attr-defined]
        return cast("View", checked)

    return declared


def _media_type(expected: str | None) -> None:
    if expected is not None and request.mimetype != expected:
        raise Invalid("unsupported_media_type", expected=expected)


def request_id() -> str:
    """The id of this request, the same when it is sent again: what services find again by it, they do not do twice."""
    return cast("str", g.request_id)


__all__ = ["File", "Operation", "make_response", "operation", "request_id"]
