"""What buyers' browsers report of their pages: something that the Content-Security-Policy kept from loading or running there.

A browser extension is the usual cause, and a script that somebody smuggled in the one that matters. A report counts for the merchant whose
link it names; whoever has no link of ours reports nothing. Of the page's address nothing is kept (W3C, capability URLs).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from webapp.db import limits, models, page_safety
from webapp.domain import cards
from webapp.domain.errors import NotFound
from webapp.services.orders import buyer_view
from webapp.services.runtime import counters
from webapp.services.runtime.counters import Per, Rule, What

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.pages import PageOrder
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

MOST = 200  # kinds of report that are kept of a merchant
MOST_OF_LINK = 20  # of those, that came by one link first: a page has one or two
EXTENSION = "browser extension"
# What our policies have (web/headers.py), and what a browser names in the place of one of them (CSP level 3, 6.7.2).
DIRECTIVES = frozenset(
    {
        *(
            "default-src",
            "script-src",
            "script-src-elem",
            "script-src-attr",
            "worker-src",
            "style-src",
            "style-src-elem",
        ),
        *(
            "style-src-attr",
            "img-src",
            "font-src",
            "media-src",
            "object-src",
            "manifest-src",
            "connect-src",
            "frame-src",
        ),
        *("child-src", "fenced-frame-src", "form-action", "base-uri", "frame-ancestors", "trusted-types"),
        "require-trusted-types-for",
    }
)
CROWDED = Rule(What.REPORT_DROPPED, Per.MERCHANT, 1, timedelta(days=1))
"""While it stands, kinds of report were dropped."""
RUNS = ("script-src", "script-src-elem", "script-src-attr", "worker-src")


@dataclass(frozen=True)
class Violation:
    """One report: the address of the page (with its link), the directive, what was blocked and which file asked for it."""

    page: str
    directive: str
    blocked: str
    source: str


def read(document: Any) -> list[Violation]:
    """What a browser sent, in either form: `application/csp-report` (CSP level 2, an object) or `application/reports+json` (Reporting
    API, a list). What is neither, or is about something else, is left out."""
    if isinstance(document, dict):
        body = document.get("csp-report")
        return [_violation(body, "document-uri", "effective-directive", "blocked-uri", "source-file")] if body else []
    return [
        _violation(each.get("body"), "documentURL", "effectiveDirective", "blockedURL", "sourceFile")
        for each in document[:20]
        if isinstance(each, dict) and each.get("type") == "csp-violation"
    ]


def _violation(body: Any, page: str, directive: str, blocked: str, source: str) -> Violation:
    given = body if isinstance(body, dict) else {}
    directive = _text(given.get(directive)) or _text(given.get("violated-directive"))
    return Violation(
        _text(given.get(page)),
        (re.match(r"[a-z-]{1,40}", directive) or [""])[0],
        _place(_text(given.get(blocked))),
        _place(_text(given.get(source))),
    )


def _text(value: Any) -> str:
    return cards.hidden(value)[:2000] if isinstance(value, str) else ""


def _place(value: str) -> str:
    """An origin, or a keyword such as `inline`; nothing of a path, which may be somebody's link."""
    if re.fullmatch(r"[a-z-]{1,30}", value):
        return value
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "?"
    if parts.scheme.endswith("-extension") or parts.scheme == "safari-web-extension":
        return EXTENSION
    if not host:
        return parts.scheme[:20] if re.fullmatch(r"[a-z]+", parts.scheme) else ""
    if not re.fullmatch(r"[0-9a-z.:-]{1,90}", host):
        return "?"
    return f"{parts.scheme[:10]}://{host}" + (f":{port}" if port else "")


def keep(context: ServiceContext, violations: Sequence[Violation], ip: str) -> None:
    """Count them. Raises `TooMany` above the limits."""
    for violation in violations:
        counters.report(context, ip)
        order = _order(context, violation.page)
        if order is None or violation.directive not in DIRECTIVES:
            continue
        with context.database.write() as session:
            now = context.now()
            new = models.CspReport(
                merchant_id=order.merchant_id,
                directive=violation.directive,
                blocked=violation.blocked,
                source=violation.source,
                link=context.sealer.blind(order.id, "csp/link"),
                count=1,
                first_at=now,
                last_at=now,
            )
            first, dropped = page_safety.report(session, new, MOST, MOST_OF_LINK)
            loud = dropped and limits.count(session, CROWDED.key(order.merchant_id), now, CROWDED.window).count == 1
        if loud:
            log.error(
                "so many kinds of report come from pages of %s that some are dropped: look at them", order.merchant_id
            )
        if first and violation.directive in RUNS and EXTENSION not in {violation.blocked, violation.source}:
            log.warning(
                "a script was kept off a page of %s: %s from %s", order.merchant_id, violation.blocked, violation.source
            )


def listed(context: ServiceContext, merchant: str) -> Sequence[models.CspReport]:
    """What was reported of the merchant's pages, newest first."""
    with context.database.read() as session:
        return page_safety.reports(session, merchant)


def are_crowded(context: ServiceContext, merchant: str) -> bool:
    """Whether kinds of report were dropped today: there are more than any page brings about, so somebody makes them up."""
    key = CROWDED.key(merchant)
    with context.database.read() as session:
        return key in limits.standing(session, [key], context.now())


def _order(context: ServiceContext, page: str) -> PageOrder | None:
    """The order whose page it is. None for a page that is none of ours."""
    path = urlsplit(page).path if page.startswith(f"{context.links.public_url}/p/") else ""
    match = re.fullmatch(r"/p/([^/]+)(?:/.*)?", path)
    try:
        return buyer_view.by_link(context, unquote(match[1])).order if match else None
    except NotFound:
        return None
