"""Orders from a CSV file: the whole file is looked at first, and while one line is wrong nothing is made. Then the worker, or a console, makes
the orders one by one, each in the transaction that strikes its line off: whatever dies, nothing is lost and nothing is made twice."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import imports, merchants, models, orders, work
from webapp.domain import cards, characters, ids, references
from webapp.domain.actors import Actor, ActorKind
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Conflict, Invalid
from webapp.services.notifications import notify
from webapp.services.orders import import_file, import_lines, lifecycle
from webapp.services.orders.import_file import LineError, WrongFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.domain.mentions import Mentions
    from webapp.services.orders.import_file import Line
    from webapp.services.runtime.context import ServiceContext

STEP = 50  # orders that a worker makes before it looks whether it is to stop
WRITES = 5  # of one line, where others write the same
PAUSE = 0.5  # seconds
LOOKED_UP = 500  # references in one statement
REFERENCES = frozenset({"reference_exists", "uq_orders_merchant_id_reference", "ix_orders_merchant_id_reference_key"})


@dataclass(frozen=True)
class Progress:
    """How far an import has come: how many lines became orders, did not, and wait."""

    row: models.Import
    created: int
    failed: int
    waiting: int

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.waiting == 0


def submit(context: ServiceContext, merchant_id: str, data: bytes, name: str | None = None) -> models.Import:
    """Take a file whose every line is right; the worker makes the orders. The very same file again is the same import, as far as it has come.

    Raises `WrongFile` with what is wrong, and then nothing is kept.
    """
    digest = hashlib.sha256(data).hexdigest()
    with context.database.read() as session:
        merchant, known = merchants.get(session, merchant_id), imports.of_digest(session, merchant_id, digest)
    if known is not None:
        return known
    requests = _checked(context, merchant, data)
    row = models.Import(
        id=ids.new("imp"),
        merchant_id=merchant_id,
        name=characters.printable(cards.hidden(name))[:200] if name else None,
        digest=digest,
        lines=len(requests),
        actor_kind=context.actor.kind,
        actor_id=context.actor.id,
        created_at=context.now(),
        due_at=context.now(),
    )
    documents = [(number, import_lines.document(request)) for number, request in requests.items()]
    with context.database.write() as session:
        merchants.lock(session, merchant_id)  # of two who bring one file at once, the second finds the first's
        known = imports.of_digest(session, merchant_id, digest)
        if known is None:
            imports.add(session, row, documents)
    return known or row


def carry_out(context: ServiceContext, row: models.Import, lease: work.Lease) -> None:
    """Make some of a claimed import's orders, as whoever brought it; the rest is due at once."""
    for _ in range(STEP):
        if not create_next(context, row):
            break
    with context.database.write() as session:
        left = imports.counts(session, row.id).waiting
        work.finish(session, models.Import, row.id, lease, due_at=context.now() if left else None, tries=0)


def create_next(context: ServiceContext, row: models.Import) -> bool:
    """Make the order of the next line that nobody has in hand, or keep why there is none; False where there is no such line. Any number of
    processes may do this at once: of two who write the same (a buyer's first order), the database refuses one, which does it again."""
    for left in reversed(range(WRITES)):
        try:
            return _next(context, row)
        except Conflict:
            if not left:
                raise
    return False


def _next(context: ServiceContext, row: models.Import) -> bool:
    actor = Actor(ActorKind(row.actor_kind), row.actor_id)
    number: int | None = None
    try:
        with context.database.write() as session:
            line = imports.lock_waiting(session, row.id)
            if line is None:
                return False
            number = line.number
            line.order_id = _create(session, context.acting_as(actor), row, line)
            line.document = None
    except (Invalid, Conflict) as error:
        if number is None or (isinstance(error, Conflict) and error.code not in REFERENCES):
            raise
        _keep(context, row, number, error)
    return True


def run(context: ServiceContext, row: models.Import) -> Iterator[Progress]:
    """Make all its orders here and now, beside workers too: how far it has come, again and again until it is done."""
    while True:
        busy = sum(create_next(context, row) for _ in range(STEP))
        found = progress(context, row.merchant_id, row.id)
        yield found
        if found.is_done:
            return
        if not busy:
            time.sleep(PAUSE)  # a worker has the last lines in hand


def progress(context: ServiceContext, merchant_id: str, import_id: str) -> Progress:
    """How far the merchant's import has come. Raises `NotFound`."""
    with context.database.read() as session:
        row = imports.of_merchant(session, merchant_id, import_id)
        counts = imports.counts(session, row.id)
    return Progress(row, counts.created, counts.failed, counts.waiting)


def failures(
    context: ServiceContext, merchant_id: str, import_id: str, *, after: int = 0, limit: int = import_file.LISTED
) -> Sequence[LineError]:
    """The lines behind that one of which no order could be made though they were right when the file came: somebody else had taken the
    reference, say. Raises `NotFound`."""
    with context.database.read() as session:
        row = imports.of_merchant(session, merchant_id, import_id)
        found = imports.failed(session, row.id, after, limit)
    return [LineError(each.number, each.field, each.code or "", each.message or "") for each in found]


def listed(
    context: ServiceContext, merchant_id: str, after: tuple[datetime, str] | None, limit: int
) -> Sequence[models.Import]:
    """The merchant's imports, the newest first."""
    with context.database.read() as session:
        return imports.newest(session, merchant_id, after, limit)


def forget(session: Session, merchant_id: str, addresses: Collection[str], mentions: Mentions) -> None:
    """Of the merchant's files, nothing that names a person who is erased, in the caller's transaction: `addresses` are the phones and e-mail
    addresses, and lines that wait and are theirs bring no order."""
    imports.unname(session, [each for each, name in imports.named(session, merchant_id) if mentions.within(name)])
    waiting = imports.waiting(session, merchant_id)
    theirs = [line for line, asked in waiting if {asked.get("phone"), asked.get("email")} & set(addresses)]
    imports.strike(session, theirs, "buyer_erased", "the buyer was erased")


def _create(session: Session, context: ServiceContext, row: models.Import, line: models.ImportLine) -> str:
    merchant = merchants.get(session, row.merchant_id)
    request = import_lines.request_of(line.document or {}, f"{row.id}:{line.number}")
    made = orders.by_idempotency_key(session, merchant.id, request.idempotency_key)
    if made is None:
        made = lifecycle.place(session, context, merchant, request)
        if request.channel is not OrderChannel.NONE:
            notify.request(session, context, merchant, made)
    return made.id


def _keep(context: ServiceContext, row: models.Import, number: int, error: Invalid | Conflict) -> None:
    code = "reference_exists" if error.code in REFERENCES else error.code
    field, message = import_lines.place(Invalid(code, str(error), **error.details))
    with context.database.write() as session:
        line = session.get_one(models.ImportLine, (row.id, number), with_for_update=True)
        if line.document is not None:
            line.document, line.field, line.code, line.message = None, field[:60], code[:40], message[:300]


def _checked(context: ServiceContext, merchant: models.Merchant, data: bytes) -> dict[int, lifecycle.Request]:
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
