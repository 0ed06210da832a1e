"""The list of orders as its page shows it: rows, headings that sort, filters, sums and counts, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from webapp.domain.actions import Action
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Conflict
from webapp.domain.money import Money
from webapp.domain.states import State
from webapp.office import guard, present
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission
from webapp.services.notifications import merchant_texts
from webapp.services.orders import imports, order_list
from webapp.services.orders.order_list import Sort
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from webapp.services.orders.bulk import Done
    from webapp.services.orders.order_list import Page, Search, Totals

    Address = Callable[..., str]

Choices = tuple[tuple[str, str], ...]
"""The value and the words of each."""


@dataclass(frozen=True)
class Heading:
    """A heading that sorts: where it leads, and how the list is sorted by it now (`aria-sort`)."""

    url: str
    sorted: str


@dataclass(frozen=True)
class Chip:
    """A filter that another page has set: where that page is, and the list without it."""

    words: str
    url: str
    without: str


@dataclass(frozen=True)
class List:
    """A page of the list."""

    rows: Sequence[present.Row]
    search: Search
    fields: dict[str, str]
    chips: Sequence[Chip]
    narrowed: int
    previous: str | None
    next: str | None
    news: str
    totals: str
    sums: str
    clear: str
    created: Heading
    amount: Heading
    changed: Heading
    states: Choices
    actions: Choices
    channels: Choices
    makers: Choices
    sorts: Choices


@dataclass(frozen=True)
class Line:
    """What was taken, went back and is left of one currency."""

    taken: str
    refunded: str
    net: str


@dataclass(frozen=True)
class Count:
    """How many orders of a state there are; the link shows them alone, or, of the one that is shown, all again."""

    state: str
    words: str
    count: str
    url: str
    current: bool


@dataclass(frozen=True)
class Summary:
    """What the list comes to."""

    count: str
    lines: Sequence[Line]
    states: Sequence[Count]


@dataclass(frozen=True)
class Outcome:
    """What became of one order of several."""

    id: str
    reference: str
    refused: str


def listed(wanted: Search, page: Page, address: Address, here: dict[str, str]) -> List:
    """A page of the list; `here` is all that its address says."""
    t, zone = texts(), visitor().merchant.time_zone
    place = {name: here[name] for name in ("after", "before") if name in here}
    fields = {name: value for name, value in here.items() if name not in place}
    return List(
        rows=[present.row(line, zone) for line in page.rows],
        search=wanted,
        fields=fields,
        chips=list(_chips(wanted, address)),
        narrowed=len(fields.keys() - {"q", "sort", "buyer", "import"}),
        previous=address(wanted, before=page.before) if page.before else None,
        next=address(wanted, after=page.after) if page.after else None,
        news=address(wanted, "/news", revision=order_list.revision(context(), merchant_id()), **place),
        totals=address(wanted, "/totals"),
        sums=address(wanted, sums="1"),
        clear=address(order_list.Search(sort=wanted.sort)),
        created=_heading(wanted, address, Sort.NEWEST, Sort.OLDEST),
        amount=_heading(wanted, address, Sort.HIGHEST, Sort.LOWEST),
        changed=_heading(wanted, address, Sort.CHANGED, Sort.NEWEST),
        states=tuple(present.states()),
        actions=(
            (Action.PAYMENT, t.gettext("Take a payment")),
            (Action.REGISTER_PAY, t.gettext("Take a payment and save the card")),
            (Action.ASK_REGISTER_PAY, t.gettext("Take a payment and ask the buyer whether to save the card")),
            (Action.REGISTER, t.gettext("Save a card, take nothing")),
        ),
        channels=(
            (OrderChannel.WHATSAPP, "WhatsApp"),
            (OrderChannel.EMAIL, t.gettext("E-mail")),
            (OrderChannel.NONE, t.gettext("To nobody")),
        ),
        makers=tuple((each.id, each.name) for each in order_list.makers(context(), merchant_id())),
        sorts=(
            (Sort.NEWEST, t.gettext("Newest first")),
            (Sort.OLDEST, t.gettext("Oldest first")),
            (Sort.HIGHEST, t.gettext("Highest amount first")),
            (Sort.LOWEST, t.gettext("Lowest amount first")),
            (Sort.CHANGED, t.gettext("Last changed first")),
        ),
    )


def totals(wanted: Search, found: Totals, address: Address) -> Summary:
    """What the list comes to."""
    t = texts()
    by_currency: dict[str, tuple[int, int]] = {}
    for each in found.sums or ():
        taken, back = by_currency.get(each.currency, (0, 0))
        by_currency[each.currency] = (taken + each.taken, back + each.refunded)
    return Summary(
        _count(found),
        [
            Line(*(t.money(Money(much, currency)) for much in (taken, back, max(taken - back, 0))))
            for currency, (taken, back) in sorted(by_currency.items())
            if taken
        ],
        [_state(wanted, state, found, address) for state in State if (found.states or {}).get(state)],
    )


def _chips(wanted: Search, address: Address) -> Iterator[Chip]:
    t = texts()
    if wanted.buyer:
        yield Chip(
            t.gettext("Orders of one buyer"),
            f"/office/buyers/{quote(wanted.buyer, safe='')}",
            address(replace(wanted, buyer=None)),
        )
    if wanted.import_id:
        name = imports.file_name(context(), merchant_id(), wanted.import_id)
        words = t.gettext("Orders of the file %(name)s", name=name) if name else t.gettext("Orders of one file")
        url = (
            f"/office/orders/import/{wanted.import_id}"
            if name is not None and guard.may(Permission.ORDERS_CREATE)
            else ""
        )
        yield Chip(words, url, address(replace(wanted, import_id=None)))


def done(outcomes: Sequence[Done]) -> list[Outcome]:
    """What became of each order."""
    return [Outcome(each.order_id, each.reference, _refusal(each)) for each in outcomes]


def _refusal(done: Done) -> str:
    t, error = texts(), done.refused
    if error is None:
        return ""
    if error.code == "not_sent":
        return t.gettext("Nothing was sent: the buyer wants no messages, or has no phone here.")
    return present.moved(error) if isinstance(error, Conflict) else t.gettext("That can no longer be done.")


def _count(found: Totals) -> str:
    t = texts()
    if found.count is None:
        return t.gettext("More than %(count)s orders. Sums are shown for fewer.", count=t.number(order_list.MOST))
    return t.gettext("Orders: %(count)s", count=t.number(found.count))


def _state(wanted: Search, state: State, found: Totals, address: Address) -> Count:
    current = wanted.states == (state,)
    url = address(replace(wanted, states=() if current else (state,)))
    count = texts().number((found.states or {})[state])
    return Count(state, merchant_texts.state(texts(), state), count, url, current)


def _heading(wanted: Search, address: Address, first: Sort, other: Sort) -> Heading:
    ways = {Sort.NEWEST: "descending", Sort.HIGHEST: "descending", Sort.CHANGED: "descending"}
    is_own = wanted.sort is first or (wanted.sort is other and first is not Sort.CHANGED)
    sorted_ = ways.get(wanted.sort, "ascending") if is_own else ""
    return Heading(address(replace(wanted, sort=other if wanted.sort is first else first)), sorted_)
