"""Amounts as Stripe writes them. Its units are ISO 4217's minor units but for the currencies of the tables below.

Source: https://docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal currencies" and "Special cases".
HUF and TWD are special there for payouts only: charges take their two decimals.
"""

from __future__ import annotations

from webapp.domain import money
from webapp.domain.errors import Invalid

_NO_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
# UGX stands among the zero-decimal ones too; the special case says what to send: "to charge 5 UGX", 500.
_TWO_DECIMALS_ALWAYS_00 = frozenset({"ISK", "UGX"})
_THREE_DECIMALS_LAST_0 = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})

# https://docs.stripe.com/currencies, "Minimum charge amount by currency", in Stripe's units. A merchant that is paid out in
# another currency may have a higher one; then Stripe refuses and the shop is told.
_LEAST = {
    "AED": 200, "ARS": 50, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "COP": 50, "CZK": 1500, "DKK": 250, "EUR": 50,
    "GBP": 30, "HKD": 400, "HUF": 17500, "IDR": 50, "ILS": 50, "INR": 50, "JPY": 50, "KRW": 50, "MXN": 1000, "MYR": 200,
    "NOK": 300, "NZD": 50, "PHP": 50, "PLN": 200, "RON": 200, "RUB": 50, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
    "ZAR": 50,
}  # fmt: skip
# There, "Maximum charge amounts", "Card payments": twelve digits. What a card's network or Stripe's account takes less than
# that, Stripe refuses and the shop is told: the eight digits of its API reference are those of other means of payment.
_MOST = 999_999_999_999


def check(amount: int, currency: str) -> None:
    """Whether Stripe can take this amount. Raises Invalid as `to_stripe` does, and `amount_too_small` and `too_large` with
    `limit`, the Money that it can just take."""
    units = to_stripe(amount, currency)
    least = _LEAST.get(currency, 1)
    if units < least:
        raise Invalid("amount_too_small", limit=money.Money(from_stripe(least, currency), currency))
    if units > _MOST:
        _decimals, step = _units(currency)
        raise Invalid("too_large", limit=money.Money(from_stripe(_MOST // step * step, currency), currency))


def to_stripe(amount: int, currency: str) -> int:
    """Stripe's `amount` for minor units of an ISO 4217 currency (upper case).

    Nothing is rounded. Raises Invalid: `amount_not_chargeable` when Stripe cannot take just this amount (1.50 MGA,
    5.124 KWD), `currency_not_chargeable` when it does not say how the currency is written, `unknown_currency`.
    """
    decimals, step = _units(currency)
    return _converted(amount, money.exponent(currency), decimals, currency, step)


def from_stripe(amount: int, currency: str) -> int:
    """Minor units for Stripe's `amount`; the inverse of `to_stripe`. Raises Invalid as it does."""
    decimals, _ = _units(currency)
    return _converted(amount, decimals, money.exponent(currency), currency)


def _units(currency: str) -> tuple[int, int]:
    """How many decimals Stripe writes, and of what its amounts are multiples."""
    if currency in _NO_DECIMALS:
        return 0, 1
    if currency in _TWO_DECIMALS_ALWAYS_00:
        return 2, 100
    if currency in _THREE_DECIMALS_LAST_0:
        return 3, 10
    if money.exponent(currency) != 2:  # in no table of Stripe's, so it would be taken for two decimals
        raise Invalid("currency_not_chargeable", f"Stripe does not take {currency}", currency=currency)
    return 2, 1


def _converted(amount: int, old: int, new: int, currency: str, step: int = 1) -> int:
    converted, rest = divmod(amount * int(10**new), int(10**old))
    if rest or converted % step:
        raise Invalid(
            "amount_not_chargeable", f"Stripe cannot charge {amount} minor units of {currency}", currency=currency
        )
    return converted
