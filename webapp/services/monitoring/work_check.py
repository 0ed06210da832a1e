"""Whether the background work is done: workers that look for it, work that waits or is parked, and room to write down what comes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import connections as postgresql
from webapp.db import heartbeats, limits, work
from webapp.db.clock import SKEW, DatabaseClock
from webapp.domain.errors import OrdoError
from webapp.services.monitoring import servers
from webapp.services.monitoring.findings import NAMED, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.services.runtime.context import ServiceContext

# A queue consumer gives a heartbeat every 15 s, and has a thread free again within a minute.
STALE = timedelta(seconds=90)
WAITED = timedelta(
    minutes=10
)  # a worker that is well takes what is due within seconds, and a lease ends after three minutes at most
LEAST_FREE = 20  # connections: a worker opens 18
LEAST_ROOM = 200 * 1024 * 1024  # bytes on the disk of a SQLite database


def look(context: ServiceContext, now: datetime) -> Iterator[Finding]:
    """All of it, by this machine's clock."""
    yield room(context, now)
    yield from clock(context)
    yield from connections(context)
    yield worker(context, now)
    yield from waiting(context, now)
    yield from troubled(context)
    yield from web_servers()


def room(context: ServiceContext, now: datetime) -> Finding:
    """Whether the database takes a write, and will go on taking some."""
    subject = "Room to write"
    try:
        with context.database.write() as session:
            limits.count(session, "doctor", now, timedelta(seconds=1))
    except OrdoError as error:
        text = f"the database takes nothing: {error}. Look for room on its disk, and for who may write there"
        return Finding(ok=False, subject=subject, text=text)
    left = context.database.room()
    if left is not None and left < LEAST_ROOM:
        text = f"{left // 1024**2} MB are left on the database's disk: make room, or nothing can be written down soon"
        return Finding(ok=False, subject=subject, text=text)
    return Finding(ok=True, subject=subject, text="the database takes what is written")


def clock(context: ServiceContext) -> Iterator[Finding]:
    """Whether this machine's clock is the database's, by which all workers work."""
    if context.database.is_sqlite:
        return
    asked = DatabaseClock(context.database)
    try:
        asked.look()
    except OrdoError:
        return  # `room` has said so
    more = ": let NTP set both, or workers here stop, and webhooks are refused as stale" if asked.differs else ""
    yield Finding(ok=not asked.differs, subject="Clock", text=f"{asked.in_words()}{more}")


def connections(context: ServiceContext) -> Iterator[Finding]:
    """Whether PostgreSQL has connections left for another process, and, behind a pooler, limits of its own for those that wait."""
    try:
        found = postgresql.room(context.database)
    except OrdoError:
        return  # `room` has said so
    if found is None:
        return
    full = found.allowed - found.used < LEAST_FREE
    more = ": raise max_connections, lower DATABASE_CONNECTIONS, or put PgBouncer in front" if full else ""
    text = f"{found.used} of PostgreSQL's {found.allowed} connections are open{more} (docs/operator/running.md, Connections)"
    yield Finding(ok=not full, subject="Connections", text=text)
    if found.pooled and found.unset:
        text = f"a pooler stands before PostgreSQL, and {' and '.join(found.unset)} are not set there: ALTER ROLE … SET (docs/operator/running.md, Connections)"
        yield Finding(ok=False, subject="Connections", text=text)


def worker(context: ServiceContext, now: datetime) -> Finding:
    """Who looks for work, and whether they know the time: by a clock that is ahead, what is due in days is done now."""
    with context.database.read() as session:
        seen = heartbeats.last_heartbeats(session)
        ahead = heartbeats.ahead(session, now + SKEW)
    kinds = [model.__tablename__ for model in work.EVERY]
    left = [kind for kind in kinds if kind not in seen or now - seen[kind] > STALE]
    if ahead:
        said = ", ".join(f"{name} ({round((at - now).total_seconds())} s)" for name, at in ahead.items())
        text = (
            f"the clock of {said} is ahead of this machine's: stop it, let NTP set both clocks, and start it again. "
            "What one that is gone for good has left: docs/operator/running.md, Watching"
        )
    elif len(left) == len(kinds):
        text = "none is at work: start `flask worker`, and have it restarted when it ends"
    elif left:
        text = f"nobody works on {', '.join(left)}: look at the workers' logs, and restart them"
    else:
        text = f"seen {max(0, *(round((now - seen[kind]).total_seconds()) for kind in kinds))} s ago"
    return Finding(ok=not left and not ahead, subject="Worker", text=text)


def waiting(context: ServiceContext, now: datetime) -> Iterator[Finding]:
    """Work that is due for long, and that nobody has taken: whatever the workers say of themselves."""
    subject = "Waiting work"
    late = {model: at for model, at in work.next_due(context.database, now).items() if at and now - at > WAITED}
    for model, at in late.items():
        text = f"{model.__tablename__} wait since {at:%Y-%m-%d %H:%M} UTC: look at the workers' logs, and restart them"
        yield Finding(ok=False, subject=subject, text=text)
    if not late:
        yield Finding(ok=True, subject=subject, text="all that is due is being done")


def troubled(context: ServiceContext) -> Iterator[Finding]:
    """Work that was parked, and money's that fails again and again."""
    subject, well = "Background work", True
    for model in work.EVERY:
        with context.database.read() as session:
            rows = work.troubled(session, model, NAMED)
        for row in rows:
            well = False
            what = "is parked" if row.due_at is None else "is tried again and again"
            yield Finding(ok=False, subject=subject, text=f"{model.__tablename__} {row.id} {what}: {row.error}")
    if well:
        yield Finding(ok=True, subject=subject, text="nothing is parked")


def web_servers() -> Iterator[Finding]:
    """Servers of this machine that share a port, of which the kernel gives each some of the requests: one has outlived its main process."""
    for port, mains in servers.sharing().items():
        named = ", ".join(map(str, mains))
        text = f"several listen on port {port}, as processes {named}: end all but the newest, an old one outlived its start"
        yield Finding(ok=False, subject="Web server", text=text)
