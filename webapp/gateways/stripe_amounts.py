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
