"""What Meta bills for a message, by the operator's own table of rates. What the table does not say is unknown, and unknown is not zero.

Prices are not known to Ordo: Meta has a rate card for each currency, which changes (docs/operator/whatsapp.md).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ANYWHERE = "*"
CATEGORIES = frozenset({"utility", "service", "marketing", "authentication", "referral_conversion"})
_PRICE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Rates:
    """The price of a message in `currency`, by the country (ISO 3166) of who gets it, or `*` for all others, and by Meta's category."""

    currency: str
    prices: Mapping[str, Mapping[str, Decimal]]

    def price(self, country: str | None, category: str) -> Decimal | None:
        """None where the table says nothing."""
        for place in (country, ANYWHERE):
            known = self.prices.get(place or ANYWHERE, {}).get(category)
            if known is not None:
                return known
        return None


@dataclass
class Cost:
    """What some messages cost: how many were `free` and `billed`, the `total` of those whose price is known, and of how many it is not."""

    free: int = 0
    billed: int = 0
    unknown: int = 0
    total: Decimal = Decimal(0)
    categories: Counter[str] = field(default_factory=Counter)

    @property
    def messages(self) -> int:
        """All of them."""
        return self.free + self.billed + self.unknown


def cost(told: Iterable[tuple[str | None, Mapping[str, Any] | None]], rates: Rates | None) -> Cost:
    """Of messages that Meta took, each with its receiver's country and what Meta's statuses said of its price, None: nothing yet."""
    made = Cost()
    for country, pricing in told:
        category = str((pricing or {}).get("category") or "")
        made.categories[category or "?"] += 1
        if pricing is not None and pricing.get("billable") is False:
            made.free += 1
            continue
        price = rates.price(country, category) if rates is not None and pricing is not None else None
        if price is None:
            made.unknown += 1
        else:
            made.billed += 1
            made.total += price
    return made


def read(document: Mapping[str, Any]) -> Rates:
    """A table of rates, from its file. Raises `Invalid` (bad_rates) that names what to mend."""
    currency, tables = document.get("currency"), document.get("rates")
    if not isinstance(currency, str) or not re.fullmatch(r"[A-Z]{3}", currency):
        raise Invalid("bad_rates", 'currency: a code such as "EUR" is needed')
    if not isinstance(tables, dict) or not tables:
        raise Invalid("bad_rates", 'rates: a table such as [rates.FR] or [rates."*"] is needed')
    unknown = set(document) - {"currency", "rates"}
    if unknown:
        raise Invalid("bad_rates", f"{min(unknown)}: only currency and rates stand here")
    return Rates(currency, {country: _table(country, table) for country, table in tables.items()})


def _table(country: str, table: Any) -> Mapping[str, Decimal]:
    if not re.fullmatch(r"[A-Z]{2}|\*", country) or not isinstance(table, dict):
        raise Invalid("bad_rates", f'rates.{country}: a country such as FR, or "*", with its prices')
    prices: dict[str, Decimal] = {}
    for category, price in table.items():
        if category not in CATEGORIES:
            raise Invalid(
                "bad_rates", f"rates.{country}.{category}: Meta's categories are {', '.join(sorted(CATEGORIES))}"
            )
        if not isinstance(price, str) or not _PRICE.fullmatch(price):
            raise Invalid("bad_rates", f'rates.{country}.{category}: a price in quotes, such as "0.0300"')
        prices[category] = Decimal(price)
    return prices
