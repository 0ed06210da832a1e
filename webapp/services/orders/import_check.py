"""Whether a whole CSV file can become orders: each line by itself, and its references beside each other and those of the shop's orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import orders
from webapp.domain import references
from webapp.services.orders import import_file, import_lines
from webapp.services.orders.import_file import LineError, WrongFile

if TYPE_CHECKING:
    from webapp.db import models
    from webapp.services.orders import lifecycle
    from webapp.services.orders.import_file import Line
    from webapp.services.runtime.context import ServiceContext

LOOKED_UP = 500  # references in one statement


def checked(context: ServiceContext, merchant: models.Merchant, data: bytes) -> dict[int, lifecycle.Request]:
    """What each line asks for, by its number. Raises `WrongFile`."""
    reader, errors = import_lines.Reader(context, merchant), []
    requests: dict[int, lifecycle.Request] = {}
    for count, line in enumerate(import_file.lines(import_file.text(data), import_lines.KNOWN), 1):
        if count > import_file.MOST_LINES:
            message = f"more than {import_file.MOST_LINES} lines: send the file in parts"
            raise WrongFile([LineError(_number(line), None, "too_many_lines", message)])
        if isinstance(line, LineError):
            errors.append(line)
            continue
        request, wrong = reader.request(line)
        errors += wrong
        if request is not None:
            requests[line.number] = request
    errors += _repeated(requests)
    errors += _taken(context, merchant.id, requests)
    if errors:
        raise WrongFile(sorted(errors, key=lambda error: error.line))
    if not requests:
        raise WrongFile([LineError(1, None, "empty", "the file has column names and no line below them")])
    return requests


def _number(line: Line | LineError) -> int:
    return line.line if isinstance(line, LineError) else line.number


def _repeated(requests: dict[int, lifecycle.Request]) -> list[LineError]:
    """References that stand twice in the file, whatever their case."""
    first: dict[str, int] = {}
    wrong = []
    for number, request in requests.items():
        line = first.setdefault(references.key(request.reference or ""), number)
        if line != number:
            message = f"line {line} has this reference already"
            wrong.append(LineError(number, "reference", "repeated_reference", message))
    return wrong


def _taken(context: ServiceContext, merchant_id: str, requests: dict[int, lifecycle.Request]) -> list[LineError]:
    """References that orders have already."""
    keys = {number: references.key(request.reference or "") for number, request in requests.items()}
    wanted, taken = sorted(set(keys.values())), set[str]()
    with context.database.read() as session:
        for start in range(0, len(wanted), LOOKED_UP):
            taken |= orders.references_among(session, merchant_id, wanted[start : start + LOOKED_UP])
    column, message = import_lines.PLACES["reference_exists"]
    return [LineError(number, column, "reference_exists", message) for number, key in keys.items() if key in taken]
