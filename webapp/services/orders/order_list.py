"""Lists of a merchant's orders for its people: what is looked for, page by page in both directions, and what it comes to."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from webapp.db import actors, merchants, order_lists, order_selection
from webapp.domain import amounts, cards, money, search
from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db import models
    from webapp.db.session import Session
    from webapp.domain.money import Money
    from webapp.services.runtime.context import ServiceContext

Sort = order_selection.Sort
Sum = order_lists.Sum
Listed = order_lists.Listed
MOST = order_lists.MOST
BY_AMOUNT = (Sort.HIGHEST, Sort.LOWEST)
IDENTITY = re.compile(r"[A-Za-z0-9_]{1,40}", re.ASCII)


@dataclass(frozen=True)
class Search:
    """What a list is narrowed to. `text` is as somebody typed it; `since` and `until` are days of the merchant's time zone, both included;
    `made_by` is the id of an operator, user or API key; `channel` is by what the order's link is sent; `buyer` is a buyer's id,
    `import_id` that of a file of orders."""

    text: str = ""
    states: tuple[str, ...] = ()
    action: str | None = None
    since: date | None = None
    until: date | None = None
    made_by: str | None = None
    channel: str | None = None
    buyer: str | None = None
    import_id: str | None = None
    sort: Sort = Sort.NEWEST


@dataclass(frozen=True)
class Page:
    """A page of a list: `before` and `after` are the cursors of the pages beside it, where there are some."""

    rows: Sequence[Listed]
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Totals:
    """What a selection comes to: `sums` by state and currency; None where there are more than `MOST` orders. `states` are how many there are of
    each state, whichever of them are selected; None likewise."""

    sums: Sequence[Sum] | None
    states: dict[str, int] | None

    @property
    def count(self) -> int | None:
        """How many orders are selected."""
        return sum(each.count for each in self.sums) if self.sums is not None else None


def page(
    context: ServiceContext,
    merchant_id: str,
    wanted: Search,
    limit: int,
    *,
    after: str | None = None,
    before: str | None = None,
) -> Page:
    """The page of the list behind a cursor, or before one; the first without. What is new meanwhile neither repeats a row nor hides one.

    Raises `Invalid`: bad_cursor; card_number, for those are looked for nowhere.
    """
    place = read_cursor(after or before, wanted.sort)
    back = place is not None and not after
    with context.database.read() as session:
        selection = _selection(session, merchant_id, wanted)
        window = order_selection.Window(wanted.sort, limit + 1, place, back)
        found = order_lists.page(session, merchant_id, selection, window)
    more = len(found) > limit
    rows = (found[1:] if back else found[:-1]) if more else found
    if not rows:
        return page(context, merchant_id, wanted, limit) if place else Page((), None, None)
    return Page(
        rows,
        cursor(wanted.sort, rows[0].order) if (more if back else place is not None) else None,
        cursor(wanted.sort, rows[-1].order) if back or more else None,
    )


def totals(context: ServiceContext, merchant_id: str, wanted: Search) -> Totals:
    """What the whole list comes to, and how many orders of each state it has. Raises `Invalid` as `page`."""
    with context.database.read() as session:
        selection = _selection(session, merchant_id, wanted)
        every = order_lists.sums(session, merchant_id, order_lists.of_any_state(selection))
        if every is None:
            some = order_lists.sums(session, merchant_id, selection) if selection.states else None
            return Totals(some, None)
    states: dict[str, int] = {}
    for each in every:
        states[each.state] = states.get(each.state, 0) + each.count
    return Totals([each for each in every if not wanted.states or each.state in wanted.states], states)


def revision(context: ServiceContext, merchant_id: str) -> str:
    """Another one as soon as an order is made or its state changes."""
    with context.database.read() as session:
        moments = order_lists.newest(session, merchant_id)
    return "-".join(f"{moment.timestamp():.6f}" if moment else "0" for moment in moments)


def named(wanted: Search) -> dict[str, str]:
    """What a list is narrowed to, in plain words: of a text only that there is one."""
    given = {
        "text": "given" if wanted.text else "",
        "states": " ".join(wanted.states),
        "action": wanted.action,
        "since": wanted.since,
        "until": wanted.until,
        "made_by": wanted.made_by,
        "channel": wanted.channel,
        "buyer": wanted.buyer,
        "import": wanted.import_id,
    }
    return {name: str(value) for name, value in given.items() if value}


@dataclass(frozen=True)
class Maker:
    """Somebody who can make orders, or could once: an operator, a user or an API key."""

    id: str
    name: str


def makers(context: ServiceContext, merchant_id: str) -> Sequence[Maker]:
    """All of the merchant's, by their names."""
    with context.database.read() as session:
        return sorted((Maker(*each) for each in actors.of_merchant(session, merchant_id)), key=lambda each: each.name)


def cursor(sort: Sort, order: models.Order) -> str:
    """The name of a row's place in a list that is sorted so."""
    return _named(sort, (getattr(order, order_selection.KEYS[sort][0].key), order.id))


def read_cursor(given: str | None, sort: Sort) -> order_selection.Place | None:
    """The place that a cursor names; none of a list that is sorted otherwise. Raises `Invalid` (bad_cursor)."""
    if not given:
        return None
    try:
        padded = given + "=" * (-len(given) % 4)
        of, value, identity = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
        of = Sort(of)
        place = value if of in BY_AMOUNT else datetime.fromisoformat(value).astimezone(UTC), identity
        is_one = IDENTITY.fullmatch(identity) and _named(of, place) == given
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Invalid("bad_cursor") from None
    if not is_one or (of in BY_AMOUNT and not (type(value) is int and 0 <= value <= money.MAXIMUM)):
        raise Invalid("bad_cursor")
    return place if of is sort else None


def _named(sort: Sort, place: order_selection.Place) -> str:
    value, identity = place
    shown = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([sort, shown, identity]).encode()).decode().rstrip("=")


def _selection(session: Session, merchant_id: str, wanted: Search) -> order_selection.Selection:
    merchant = merchants.get(session, merchant_id)
    zone = ZoneInfo(merchant.time_zone)
    selection = order_selection.Selection(
        wanted=_text(merchant, wanted.text),
        states=wanted.states,
        action=wanted.action,
        since=_midnight(wanted.since, zone) if wanted.since else None,
        until=_midnight(wanted.until + timedelta(days=1), zone) if wanted.until else None,
        made_by=wanted.made_by,
        import_id=wanted.import_id,
        channel=wanted.channel,
        buyers=(wanted.buyer,) if wanted.buyer else None,
    )
    return order_lists.identified(session, merchant_id, selection)


def _text(merchant: models.Merchant, written: str) -> search.Wanted | None:
    if cards.found_in(written):
        raise Invalid("card_number")
    return search.wanted(written, merchant.country, _prices(written, merchant.currency))


def _prices(written: str, currency: str) -> Sequence[Money]:
    """What was typed, as an amount in the merchant's currency: all that it can mean."""
    try:
        return [amounts.in_field(written, currency)]
    except Invalid as error:
        readings = error.details.get("readings")
        return readings if isinstance(readings, tuple) else []


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
