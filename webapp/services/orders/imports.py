"""Orders from a CSV file: the whole file is looked at first, and while one line is wrong nothing is made. Then the worker, or a console, makes
the orders one by one, each in the transaction that strikes its line off: whatever dies, nothing is lost and nothing is made twice."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db import actors, imports, merchants, models, orders, work
from webapp.domain import cards, characters, ids
from webapp.domain.actors import Actor, ActorKind
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.services.notifications import notify
from webapp.services.orders import import_check, import_file, import_lines, lifecycle
from webapp.services.orders.import_file import LineError
from webapp.services.runtime import audit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.domain.mentions import Mentions
    from webapp.services.runtime.context import ServiceContext

PREVIEW = timedelta(days=1)  # that a file is kept which somebody has not had imported
STEP = 50  # orders that a worker makes before it looks whether it is to stop
WRITES = 5  # of one line, where others write the same
PAUSE = 0.5  # seconds
REFERENCES = frozenset({"reference_exists", "uq_orders_merchant_id_reference", "ix_orders_merchant_id_reference_key"})


Documents = list[tuple[int, dict[str, Any]]]
"""What lines ask for, by their numbers."""


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
    row, documents = read(context, merchant_id, data)
    if documents is None:
        return row
    with context.database.write() as session:
        row = keep(session, context, row, documents, name)
        if row.preview_until is not None:
            begin(session, context, row)
    return row


def read(context: ServiceContext, merchant_id: str, data: bytes) -> tuple[models.Import, Documents | None]:
    """What the file asks for, with its row, which nobody keeps yet; or its import, with nothing, where there is one. Raises `WrongFile`."""
    digest = hashlib.sha256(data).hexdigest()
    with context.database.read() as session:
        merchant, known = merchants.get(session, merchant_id), imports.of_digest(session, merchant_id, digest)
    if known is not None and known.preview_until is None:
        return known, None
    requests = import_check.checked(context, merchant, data)
    row = models.Import(id=ids.new("imp"), merchant_id=merchant_id, digest=digest, lines=len(requests))
    return row, [(number, import_lines.document(request)) for number, request in requests.items()]


def keep(
    session: Session, context: ServiceContext, row: models.Import, documents: Documents, name: str | None
) -> models.Import:
    """Keep a file that was read as a preview: nothing is made of it. The row of the same file where there is one, which is an import if somebody
    was quicker."""
    merchants.lock(session, row.merchant_id)  # of two who bring one file at once, the second finds the first's
    known = imports.of_digest(session, row.merchant_id, row.digest)
    if known is not None and known.preview_until is None:
        return known
    kept = known or row
    kept.name = characters.printable(cards.hidden(name))[:200] if name else None
    kept.lines, kept.created_at, kept.preview_until = len(documents), context.now(), context.now() + PREVIEW
    kept.actor_kind, kept.actor_id = context.actor.kind, context.actor.id
    if known is None:
        imports.add(session, row, documents)
    else:
        imports.replace_lines(session, known, documents)
    return kept


def begin(session: Session, context: ServiceContext, row: models.Import) -> None:
    """Make an import of a preview: its orders are the actor's, and the worker makes them from now on."""
    row.preview_until, row.created_at, row.due_at = None, context.now(), context.now()
    row.actor_kind, row.actor_id = context.actor.kind, context.actor.id
    after = {
        "lines": row.lines
    }  # not what the file is called: people's names stand there too, and an entry outlives their erasure
    audit.record(
        session, context, row.merchant_id, AuditAction.ORDERS_IMPORTED, AuditSubject.IMPORT, row.id, after=after
    )


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


def recent(context: ServiceContext, merchant_id: str, limit: int) -> Sequence[Progress]:
    """How far the newest have come."""
    with context.database.read() as session:
        rows = imports.newest(session, merchant_id, None, limit)
        found = imports.counts_of(session, [row.id for row in rows])
    return [Progress(row, each.created, each.failed, each.waiting) for row in rows for each in [found[row.id]]]


def file_name(context: ServiceContext, merchant_id: str, import_id: str) -> str | None:
    """What the file of the merchant's import is called, "" where nobody said. None: there is no such import."""
    with context.database.read() as session:
        try:
            return imports.of_merchant(session, merchant_id, import_id).name or ""
        except NotFound:
            return None


def names(context: ServiceContext, rows: Iterable[models.Import]) -> Mapping[str, str]:
    """What those who brought these files are called now, by their ids."""
    with context.database.read() as session:
        return actors.names_of(session, [(row.actor_kind, row.actor_id) for row in rows])


def forget(session: Session, merchant_id: str, addresses: Collection[str], mentions: Mentions) -> None:
    """Of the merchant's files, nothing that names a person who is erased, in the caller's transaction: `addresses` are the phones and e-mail
    addresses, and lines that wait and are theirs bring no order."""
    imports.unname(session, [each for each, name in imports.named(session, merchant_id) if mentions.within(name)])
    waiting = imports.waiting(session, merchant_id)
    theirs = [line for line, asked in waiting if {asked.get("phone"), asked.get("email")} & set(addresses)]
    imports.strike(session, theirs, "buyer_erased", "the buyer was erased")


def _create(session: Session, context: ServiceContext, row: models.Import, line: models.ImportLine) -> str:
    merchant = merchants.get(session, row.merchant_id)
    request = import_lines.request_of(line.document or {}, f"{row.id}:{line.number}", row.id)
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
