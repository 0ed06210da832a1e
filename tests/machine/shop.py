"""A shop for the machine: the real services on a real database that is emptied rather than made anew, a gateway in memory, an order
backend in memory, a clock, and a worker that can be killed anywhere."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, event, exists, literal, or_, select, union_all

from sandbox.gateway.app import Account
from tests.kit import ENCRYPTION_KEY, PUBLIC_URL, SECRET_KEYS, Clock, Killed, declaration
from tests.machine.memory import Memory
from tests.machine.world import World
from webapp.callbacks.sender import Answer
from webapp.db import models, work
from webapp.db.session import Database
from webapp.domain import actors
from webapp.domain.errors import OrdoError
from webapp.gateways import stripe
from webapp.gateways.registry import Providers
from webapp.gateways.stripe_provider import StripeProvider
from webapp.inventory.page import Expected
from webapp.jobs import queues
from webapp.services.merchants import declarations
from webapp.services.runtime.context import ServiceContext
from webapp.services.runtime.links import Links
from webapp.services.runtime.sealing import Sealer
from webapp.services.runtime.slots import GatewaySlots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from webapp.db.session import Session

SHOP = "cafe"
KEPT = {"merchants", "operators", "users", "endpoints", "alembic_version"}
# What WhatsApp is sent has tests of its own: no money depends on it.
QUEUES = [kind for kind in queues.QUEUES if kind.model is not models.Message]
SCHEDULED = next(kind for kind in QUEUES if kind.model is models.ScheduledTask)
_now = bindparam("now", type_=models.Order.__table__.c.due_at.type)
_DUE = union_all(
    *(
        select(literal(place)).where(
            exists().where(
                kind.model.due_at <= _now, or_(kind.model.lease_until.is_(None), kind.model.lease_until < _now)
            )
        )
        for place, kind in enumerate(QUEUES)
    )
)  # of which kinds there is work, in one look: most of a run is looking


class Mortal(Database):
    """A database whose process is killed when it begins its next transaction but so many (`dies_in`). `written` counts them."""

    dies_in: int | None = None
    written = 0

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        if self.dies_in is not None:
            self.dies_in -= 1
            if self.dies_in < 0:
                self.dies_in = None
                raise Killed
        self.written += 1
        with super().write() as session:
            yield session


def in_a_hurry(url: str) -> Mortal:
    """An SQLite database that waits for no disk: its processes are killed, this machine is not."""
    database = Mortal(url)

    @event.listens_for(database._writer, "connect")
    def _hurry(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return database


class Backend:
    """The merchant's order backend: what it was told, in the order in which it took it."""

    def __init__(self) -> None:
        self.down = False
        self.told: list[str] = []

    def post(self, _url: str, _content: str, headers: Mapping[str, str]) -> Answer:
        if self.down:
            return Answer(500, None, "", 1)
        self.told.append(headers["webhook-id"])
        return Answer(200, None, "", 1)

    def reach(self, _url: str) -> Answer:
        """Nobody serves pages here."""
        return Answer(None, "nobody answers", "", 1)


class Arena:
    """One database, and the shop on it, for one run of the machine after the other."""

    def __init__(self, database: Mortal) -> None:
        self.database = database
        self.clock, self.backend = Clock(), Backend()
        account = Account("sk_test_machine", "pk_test_machine", "Café Lumière")
        self._file = declarations.declared(declaration(account, "http://127.0.0.1:9/x"))
        self.enable(self._context(lambda _deed: None))

    def begin(self, meanwhile: Callable[[str], None]) -> tuple[ServiceContext, Memory]:
        """An empty shop, on a gateway that knows nothing."""
        self.clock.at, self.database.dies_in = Clock().at, None
        self.backend.down, self.backend.told = False, []
        with self.database.write() as session:
            for table in reversed(models.Base.metadata.sorted_tables):
                if table.name not in KEPT:
                    session.execute(delete(table))
        context = self._context(meanwhile)
        self.enable(context)
        return context, self.memory

    def enable(self, context: ServiceContext) -> None:
        """The shop's file is applied: its endpoint is enabled again, and what was held for it goes out."""
        declarations.apply(context, self._file)

    def _context(self, meanwhile: Callable[[str], None]) -> ServiceContext:
        self.memory = Memory(World(self.clock), meanwhile)
        return ServiceContext(
            database=self.database,
            now=self.clock,
            sealer=Sealer([ENCRYPTION_KEY]),
            links=Links(SECRET_KEYS, PUBLIC_URL),
            providers=Providers([StripeProvider(stripe.Addresses("http://127.0.0.1:9", "http://127.0.0.1:9/x.js"))]),
            gateway=lambda _merchant: self.memory,
            whatsapp=lambda _merchant: None,  # type: ignore[arg-type,return-value]  # nothing is sent
            sender=self.backend,  # type: ignore[arg-type]
            expected={"stripe": Expected({}, "", "")},
            allow_sandbox_hosts=True,
            gateway_slots=GatewaySlots(64),
            acting=actors.user("usr_1"),
        )

    def close(self) -> None:
        self.database.close()


def drain(context: ServiceContext, without: queues.JobQueue | None = None) -> None:
    """Do all work that is due, as the worker does, until nothing is. What nobody foresaw is raised."""
    for _ in range(200):
        with context.database.read() as session:
            due = [QUEUES[place] for place in session.scalars(_DUE, {"now": context.now()})]
        if not sum(_work(context, kind) for kind in due if kind is not without):
            return
    raise AssertionError("there is no end to the work")


def _work(context: ServiceContext, kind: queues.JobQueue) -> int:
    with context.database.write() as session:
        lease, rows = work.claim(session, kind.model, now=context.now(), lease=kind.lease, limit=20)
    rows = sorted(rows, key=lambda row: row.id)  # a run that is repeated does the same in the same order
    for row in rows:
        try:
            kind.carry_out(context.acting_as(actors.CLOCK), row, lease)
        except Exception as error:
            queues.failed(context, kind, row, lease, error)
            if not isinstance(error, OrdoError):
                raise
    return len(rows)
