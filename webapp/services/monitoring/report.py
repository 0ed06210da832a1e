"""What `flask doctor` found, as programs read it: `docs/operator/doctor.schema.json`. A code keeps its meaning from release to release."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from webapp.domain import characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from webapp.services.monitoring.findings import Finding

VERSION = 1
"""Of the document: another one when a field goes or changes its meaning."""


class Severity(StrEnum):
    """OK: nothing to mend. WARNING: something will be wrong, or is of one shop's making. ERROR: something does not work."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Kind:
    """What a look is about: how grave it is when it finds something, and what to do then."""

    severity: Severity
    todo: str


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
KINDS: Mapping[str, Kind] = {
    "settings": Kind(_ERROR, "set what is named, and start the processes again"),
    "public_address": Kind(_ERROR, "point the name here, and have the proxy pass requests on with a valid certificate"),
    "database": Kind(_ERROR, "bring the database back, or run `flask migrate`"),
    "connections": Kind(
        _WARNING, "free connections of PostgreSQL, or set what is named (docs/operator/running.md, Connections)"
    ),
    "room_to_write": Kind(_ERROR, "make room on the database's disk, and look who may write there"),
    "worker": Kind(_ERROR, "start `flask worker`, or restart it; let NTP set its clock"),
    "waiting_work": Kind(_ERROR, "look at the workers' logs, and restart them"),
    "background_work": Kind(
        _ERROR, "mend the reason, and have the row tried again (docs/operator/running.md, Watching)"
    ),
    "web_server": Kind(_ERROR, "end all servers of the port but the newest"),
    "clock": Kind(_ERROR, "let NTP set this machine's clock"),
    "e_mail": Kind(_ERROR, "check SMTP_URL"),
    "identity_provider": Kind(_ERROR, "mend it at the provider, or in OIDC_METADATA_URL"),
    "merchants": Kind(_ERROR, "run `flask merchant apply FILE.toml`"),
    "gateway": Kind(
        _ERROR, "mend it in the gateway's back office or in the merchant's file, and run `flask merchant apply`"
    ),
    "whatsapp": Kind(
        _ERROR, "mend it in Meta's App Dashboard or in the merchant's file, and run `flask merchant apply`"
    ),
    "whatsapp_s_account": Kind(_WARNING, "see WhatsApp Manager"),
    "templates": Kind(_ERROR, "run `flask templates submit MERCHANT`, and wait for Meta's approval"),
    "payment_page": Kind(_ERROR, "compare what buyers receive with this release (docs/operator/page.md)"),
    "file": Kind(_ERROR, "mend the merchant's file, and run `flask merchant apply`"),
    "webhooks": Kind(
        _ERROR, "compare the secret at the sender with the merchant's file, and this machine's clock with the time"
    ),
    "endpoint": Kind(_ERROR, "tell the shop: its order backend does not answer"),
    "callbacks": Kind(
        _WARNING, "see why on the order's page; `flask endpoints enable` and `flask callbacks replay` send them again"
    ),
    "api_keys": Kind(_WARNING, "make another by `flask api-key create`, hand it over, and end this one"),
}


def document(findings: Iterable[Finding], now: datetime) -> dict[str, Any]:
    """All of it."""
    found = [_finding(each) for each in findings]
    return {
        "version": VERSION,
        "at": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "release": version("ordo"),
        "ok": all(each["severity"] == Severity.OK for each in found),
        "findings": found,
    }


def code(subject: str) -> str:
    """What a look is about, without whose."""
    words = subject.rpartition(": ")[2].partition(" of ")[0]
    return re.sub(r"\W+", "_", words.lower())


def _finding(finding: Finding) -> dict[str, Any]:
    name = code(finding.subject)
    kind = KINDS.get(name, Kind(_ERROR, ""))
    return {
        "code": name,
        "severity": Severity.OK if finding.ok else kind.severity,
        "merchant": finding.subject.partition(": ")[0] if ": " in finding.subject else None,
        "subject": characters.printable(finding.subject),
        "text": characters.printable(finding.text),
        "todo": None if finding.ok else kind.todo or characters.printable(finding.text),
    }
