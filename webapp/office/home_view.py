"""What the home page shows, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.domain.money import Money
from webapp.domain.totals import Step
from webapp.office import charts, timeline
from webapp.services.monitoring.attention import COUNTED
from webapp.services.notifications import merchant_texts
from webapp.services.orders.summaries import PERIODS
from webapp.web.locale import texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.db import models
    from webapp.domain.timeline import EventKind
    from webapp.i18n import Texts
    from webapp.office.charts import Bar
    from webapp.services.monitoring.attention import Attention
    from webapp.services.orders.summaries import Compared, Summary, Takings


@dataclass(frozen=True)
class Period:
    """A choice of the page: its address, its words, and whether it is shown."""

    path: str
    words: str
    current: bool


@dataclass(frozen=True)
class AlarmedOrder:
    """An order that is to be looked at, why, and since when."""

    id: str
    reference: str
    why: str
    at: str


@dataclass(frozen=True)
class Note:
    """What is to be looked at elsewhere, with the page that says more (none where there is none)."""

    words: str
    path: str | None = None


@dataclass(frozen=True)
class Line:
    """A row of a table with its bar: how many, what part of the first row, how many before, and how the two compare."""

    words: str
    count: str
    part: str
    before: str
    change: str
    length: float


@dataclass(frozen=True)
class Currency:
    """The money of one currency with the picture of its days. `rows` are those days in words, the newest first."""

    code: str
    net: str
    taken: str
    refunded: str
    payments: str
    before: str
    change: str
    taken_bars: Sequence[Bar]
    refunded_bars: Sequence[Bar]
    rows: Sequence[tuple[str, str, str]]


def periods(days: int) -> list[Period]:
    """The periods to choose from."""
    t = texts()
    words = {1: t.gettext("Today")}
    return [
        Period(f"/office?days={each}", words.get(each) or t.gettext("%(number)s days", number=each), each == days)
        for each in PERIODS
    ]


def summary(found: Summary) -> dict[str, object]:
    """The figures of a period."""
    t = texts()
    first = found.funnel[0].count
    longest = max((each.count for each in found.declines), default=0)
    return {
        "days": t.short_day(found.first)
        if found.first == found.last
        else f"{t.short_day(found.first)} – {t.short_day(found.last)}",
        "single": found.first == found.last,
        "funnel": [_line(t, each, _steps(t)[each.name], first, first) for each in found.funnel],
        "money": [_currency(t, each) for each in found.money],
        "declines": [
            _line(t, each, merchant_texts.reason(t, each.name), longest, sum(one.count for one in found.declines))
            for each in found.declines
        ],
        "whole": found.whole,
        "orders": first,
    }


def attention(found: Attention, zone: str) -> dict[str, object]:
    """What is to be looked at."""
    t = texts()
    kinds = timeline.texts(t)
    orders = [
        AlarmedOrder(order.id, order.reference, _why(t, found, order, kinds), t.moment(order.alarmed_at, zone))
        for order in found.alarmed
        if order.alarmed_at is not None
    ]
    holds = [
        AlarmedOrder(
            order.id,
            order.reference,
            t.gettext("%(amount)s held: take it, or it goes back to the buyer", amount=_amount(t, order)),
            t.moment(order.capture_before, zone),
        )
        for order in found.holds
        if order.capture_before is not None
    ]
    return {"orders": orders, "more": found.more, "holds": holds, "notes": _notes(t, found), "empty": found.is_empty}


def _why(t: Texts, found: Attention, order: models.Order, kinds: Mapping[EventKind, str]) -> str:
    line = found.why.get(order.id)
    if line is None:
        return t.gettext("Needs your attention")
    if line.data.get("why"):
        return merchant_texts.alarm(t, order, str(line.data["why"]))
    return kinds[line.kind]


def _notes(t: Texts, found: Attention) -> list[Note]:
    notes = []
    if found.failed_callbacks:
        much = f"{COUNTED}+" if found.failed_callbacks >= COUNTED else t.number(found.failed_callbacks)
        notes.append(
            Note(
                t.gettext("Callbacks given up in the last 7 days: %(number)s", number=much),
                "/office/callbacks?state=failed",
            )
        )
    notes += [
        Note(
            t.gettext("Nothing is sent to %(address)s any more: it failed for days", address=each.url),
            "/office/callbacks",
        )
        for each in found.disabled
    ]
    notes += [
        Note(
            t.gettext(
                "News of %(name)s is not believed: its secret here is another than there, or a clock is wrong",
                name={"gateway": t.gettext("the payment provider"), "whatsapp": "WhatsApp"}.get(
                    each.source, each.source
                ),
            )
        )
        for each in found.refused
    ]
    notes += [Note(t.gettext("WhatsApp says: %(text)s", text=each.what)) for each in found.account]
    return notes


def _amount(t: Texts, order: models.Order) -> str:
    return t.money(Money(order.amount or 0, order.currency))


def _steps(t: Texts) -> dict[str, str]:
    words = {
        Step.CREATED: t.gettext("Made"),
        Step.SENT: t.gettext("Sent"),
        Step.DELIVERED: t.gettext("Delivered"),
        Step.READ: t.gettext("Read"),
        Step.OPENED: t.gettext("Page opened"),
        Step.TRIED: t.gettext("Card tried"),
        Step.PAID: t.gettext("Paid or saved"),
    }
    return {step.name.lower(): each for step, each in words.items()}


def _line(t: Texts, each: Compared, words: str, longest: int, whole: int) -> Line:
    return Line(
        words=words[:1].upper() + words[1:],
        count=t.number(each.count),
        part=t.share(each.count / whole) if whole else "",
        before=t.number(each.before),
        change=_change(t, each.count, each.before),
        length=charts.length(each.count, longest),
    )


def _change(t: Texts, now: int, before: int) -> str:
    """By how much it is more or less; nothing where there is nothing to compare with."""
    if before <= 0 or now == before:
        return ""
    part = (now - before) / before
    return f"{'+' if part > 0 else '−'}{t.share(abs(part))}"


def _currency(t: Texts, each: Takings) -> Currency:
    code = each.net.currency
    highest = max((day.taken for day in each.days), default=0)
    highest = max(highest, *(day.refunded for day in each.days), 1)
    labels = [f"{t.short_day(day.day)}: {t.money(Money(day.taken, code))}" for day in each.days]
    back = [f"{t.short_day(day.day)}: {t.money(Money(day.refunded, code))}" for day in each.days]
    return Currency(
        code=code,
        net=t.money(each.net),
        taken=t.money(each.taken),
        refunded=t.money(each.refunded),
        payments=t.number(each.payments),
        before=t.money(each.before),
        change=_change(t, each.net.amount, each.before.amount),
        taken_bars=charts.columns([day.taken for day in each.days], labels, highest),
        refunded_bars=charts.columns([day.refunded for day in each.days], back, highest),
        rows=[
            (t.short_day(day.day), t.money(Money(day.taken, code)), t.money(Money(day.refunded, code)))
            for day in reversed(each.days)
        ],
    )
