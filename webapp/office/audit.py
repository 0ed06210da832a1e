"""The audit log: who changed what, searched, and written into a file."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request

from webapp.domain import cells
from webapp.domain.actors import ActorKind
from webapp.domain.audit_actions import AuditAction
from webapp.office import audit_words, days, timeline
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.accounts import audit as service
from webapp.web import pages
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from webapp.db.models import AuditEntry

audit = Blueprint("audit", __name__, url_prefix="/office/audit")

PAGE = 50
KINDS: pages.Kinds = (datetime, str)
FILES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@dataclass(frozen=True)
class Row:
    """An entry; `changes` are a field's name, what it was and what it is."""

    at: str
    iso: str
    who: str
    what: str
    subject: str
    changes: tuple[tuple[str, str, str], ...]


@audit.get("")
@permits(Permission.AUDIT_VIEW)
def index() -> str:
    """The newest entries, by whom, what and when."""
    t = texts()
    log = service.listed(context(), merchant_id(), _search(), pages.place(KINDS), PAGE)
    previous, following = pages.links(log.page)
    actors = sorted((timeline.by(t, kind, who, log.names), f"{kind}:{who or ''}") for kind, who in log.actors)
    kept = request.query_string.decode("ascii", "ignore")
    return render_template(
        "office/audit/index.html",
        rows=[_row(each, log.names) for each in log.page.rows],
        actors=[each for each in actors if each[0]],
        actions=sorted(((str(each), words) for each, words in audit_words.actions(t).items()), key=lambda one: one[1]),
        asked=request.args,
        previous=previous,
        following=following,
        kept=kept,
    )


@audit.get("/export.csv", defaults={"kind": "csv"})
@audit.get("/export.json", defaults={"kind": "json"})
@permits(Permission.AUDIT_VIEW)
def export(kind: str) -> Response:
    """All that match, as a file that comes while it is written."""
    give_back = context().export_slots.take(merchant_id())
    try:
        entries = service.exported(context(), merchant_id(), _search())
    except BaseException:
        give_back()
        raise
    answer = Response(_csv(entries) if kind == "csv" else _json(entries), content_type=FILES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="audit.{kind}"'
    answer.call_on_close(give_back)
    return answer


def _search() -> service.Search:
    """What the address narrows the log to; what cannot be read there narrows nothing."""
    kind, _, who = request.args.get("actor", "").partition(":")
    action = request.args.get("action", "")
    until = days.midnight(request.args.get("until", ""), days=1)
    return service.Search(
        actor=(ActorKind(kind), who[:40] or None) if kind in set(ActorKind) else None,
        action=AuditAction(action) if action in set(AuditAction) else None,
        since=days.midnight(request.args.get("since", "")),
        until=until,
        text=service.folded(request.args.get("q", "")[:80]),
    )


def _row(entry: AuditEntry, names: Mapping[str, str]) -> Row:
    t = texts()
    before, after = entry.before or {}, entry.after or {}
    return Row(
        at=t.clock(entry.at, visitor().merchant.time_zone),
        iso=entry.at.isoformat(),
        who=timeline.by(t, entry.actor_kind, entry.actor_id, names) or "Ordo",
        what=audit_words.actions(t)[entry.action],
        subject=entry.subject_id if entry.subject_id != merchant_id() else "",
        changes=tuple(
            (audit_words.field(t, name), was, now)
            for name in dict.fromkeys([*before, *after])
            for was, now in [(audit_words.value(t, before.get(name)), audit_words.value(t, after.get(name)))]
            if (was, now) != (audit_words.NOTHING, audit_words.NOTHING)
        ),
    )


COLUMNS = ("at", "actor_kind", "actor_id", "actor_name", "action", "subject_kind", "subject_id", "before", "after")


def _values(entry: AuditEntry, name: str) -> dict[str, object]:
    who = (entry.at.isoformat(), str(entry.actor_kind), entry.actor_id, name)
    about = (str(entry.action), str(entry.subject_kind), entry.subject_id, entry.before, entry.after)
    return dict(zip(COLUMNS, (*who, *about), strict=True))


def _csv(entries: Iterator[tuple[AuditEntry, str]]) -> Iterator[bytes]:
    yield _line(list(COLUMNS))
    for entry, name in entries:
        found = _values(entry, name).values()
        yield _line(
            [
                json.dumps(each, ensure_ascii=False) if isinstance(each, dict) else "" if each is None else str(each)
                for each in found
            ]
        )


def _line(row: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([cells.escaped(cell) for cell in row])
    return text.getvalue().encode()


def _json(entries: Iterator[tuple[AuditEntry, str]]) -> Iterator[bytes]:
    yield b"["
    for number, (entry, name) in enumerate(entries):
        separator = ",\n" if number else "\n"
        yield f"{separator}{json.dumps(_values(entry, name), ensure_ascii=False)}".encode()
    yield b"\n]\n"
