"""Money: whole minor units and a currency, by ISO 4217. No floats, and no arithmetic across currencies.

What a gateway makes of an amount (currencies that it writes otherwise) is its adapter's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering

import iso4217

from webapp.domain.errors import Invalid

# ISO 8583, field 4: an amount on the card networks has twelve digits, in minor units.
MAXIMUM = 999_999_999_999

# Precious metals, test codes and the like have no minor unit ("N.A."): nobody pays in them.
_EXPONENTS = {
    code: int(str(entry["CcyMnrUnts"]))
    for code, entry in iso4217.raw_table.items()
    if code and str(entry["CcyMnrUnts"]).isdigit()
}


def known(currency: str) -> bool:
    """Whether it is an ISO 4217 code, in capitals, of a currency that one can pay in."""
    return currency in _EXPONENTS


def currencies() -> tuple[str, ...]:
    """Every code that `known` knows, in alphabetical order."""
    return tuple(sorted(_EXPONENTS))


def exponent(currency: str) -> int:
    """How many decimals the currency has by ISO 4217: EUR 2, JPY 0, KWD 3. Raises Invalid (`unknown_currency`)."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise Invalid("unknown_currency", f"no ISO 4217 currency {currency!r}", currency=currency) from None


@total_ordering
@dataclass(frozen=True)
class Money:
    """`amount` is in minor units of `currency` (1250 EUR is 12.50 euros), from 0 to `MAXIMUM`.

    Raises Invalid: `unknown_currency`, `negative`, `too_large`; `two_currencies` where two currencies meet.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"minor units are an int, not {type(self.amount).__name__}")
        exponent(self.currency)
        if self.amount < 0:
            raise Invalid("negative", f"{self.amount} is below zero")
        if self.amount > MAXIMUM:
            raise Invalid("too_large", "more than twelve digits of minor units")

    def to_decimal(self) -> Decimal:
        """Major units with all decimals of the currency: Money(1250, "EUR") is Decimal("12.50")."""
        return Decimal(self.amount).scaleb(-exponent(self.currency))

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __str__(self) -> str:
        return f"{self.to_decimal()} {self.currency}"

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise Invalid("two_currencies", f"{self.currency} and {other.currency} do not mix")
        return other.amount
