"""The payment page as it reaches buyers: whether it is what it should be, and what browsers reported of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template

from webapp.inventory.page import What
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.monitoring import csp_reports, page_monitor
from webapp.web.locale import texts
from webapp.web.services import context

safety = Blueprint("safety", __name__, url_prefix="/office/safety")


@dataclass(frozen=True)
class ReportRow:
    """One kind of report. `grave`: something was to run on the page that is neither ours nor a browser extension's."""

    blocked: str
    source: str
    directive: str
    count: str
    first: str
    last: str
    extension: bool
    grave: bool


@safety.get("")
@permits(Permission.SETTINGS_VIEW)
def index() -> str:
    """The last look at the page, and the reports of 90 days."""
    t, zone = texts(), visitor().merchant.time_zone
    look = page_monitor.last_check(context(), merchant_id())
    rows = []
    for each in csp_reports.listed(context(), merchant_id()):
        extension = csp_reports.EXTENSION in {each.blocked, each.source}
        rows.append(
            ReportRow(
                blocked="" if each.blocked == csp_reports.EXTENSION else each.blocked,
                source="" if each.source == csp_reports.EXTENSION else each.source,
                directive=each.directive,
                count=str(each.count),
                first=t.clock(each.first_at, zone),
                last=t.clock(each.last_at, zone),
                extension=extension,
                grave=each.directive in csp_reports.RUNS and not extension,
            )
        )
    return render_template(
        "office/safety/index.html",
        looked=t.moment(look.at, zone) if look else "",
        since=t.moment(look.since, zone) if look and look.since else "",
        differences=[_words(line) for line in look.differences] if look else [],
        rows=rows,
        crowded=csp_reports.are_crowded(context(), merchant_id()),
    )


def _words(line: str) -> tuple[str, str]:
    """A difference in the reader's words, and what it is about."""
    t, (what, _, detail) = texts(), line.partition(" ")
    words = {
        What.UNREACHABLE: t.gettext("The page could not be fetched"),
        What.HEADER: t.gettext("A security header is missing or another one"),
        What.UNKNOWN: t.gettext("A script that is not in the inventory"),
        What.INLINE: t.gettext("Code that stands in the page itself"),
        What.MISSING: t.gettext("A script of the page is missing"),
        What.CHANGED: t.gettext("A script of ours is not what was approved"),
    }
    return words[What(what)], detail
