"""Amounts and currencies."""

from __future__ import annotations

from typing import Any

from tests.sandbox.gateway.documented.rig import Behaviour, Shop, refuses

PAGE = "currencies"
_LIMITS, _ZERO = f"{PAGE}#minimum-and-maximum-charge-amounts", f"{PAGE}#zero-decimal"
_THREE, _SPECIAL = f"{PAGE}#three-decimal", f"{PAGE}#special-cases"


def money(amount: Any, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def no(amount: Any, currency: str, code: str | None, param: str = "amount") -> Any:
    return refuses("/v1/payment_intents", money(amount, currency), code, param)


def yes(amount: int, currency: str) -> Any:
    def show(shop: Shop) -> None:
        made = shop.payment(**money(amount, currency))
        assert (made["amount"], made["currency"]) == (amount, currency.lower())

    return show


def least(currency: str, amount: int) -> Behaviour:
    def show(shop: Shop) -> None:
        shop.payment(**money(amount, currency))
        shop.tries("/v1/payment_intents", **money(amount - 1, currency)).refused(400, "amount_too_small", "amount")

    said = f"At least {amount} minor units are charged in {currency.upper()}."
    return Behaviour(f"amount-least-{currency}", _LIMITS, said, show)


_LEAST = {
    "usd": 50,
    "eur": 50,
    "gbp": 30,
    "czk": 1500,
    "dkk": 250,
    "huf": 17500,
    "jpy": 50,
    "mxn": 1000,
    "pln": 200,
    "aed": 200,
}

BEHAVIOURS = (
    Behaviour("amount-zero", "api/payment_intents/create", "An amount is a positive integer.", no(0, "eur", "parameter_invalid_integer")),
    Behaviour("amount-negative", "api/payment_intents/create", "No amount is negative.", no(-1, "eur", "parameter_invalid_integer")),
    Behaviour("amount-fraction", "api/payment_intents/create", "An amount is an integer.", no("10.5", "eur", "parameter_invalid_integer")),
    Behaviour("amount-words", "api/payment_intents/create", "An amount is a number.", no("ten", "eur", "parameter_invalid_integer")),
    Behaviour("amount-missing", "api/payment_intents/create", "An amount is required.",
              refuses("/v1/payment_intents", {"currency": "eur"}, "parameter_missing", "amount")),
    Behaviour("currency-missing", "api/payment_intents/create", "A currency is required.",
              refuses("/v1/payment_intents", {"amount": 1000}, "parameter_missing", "currency")),
    Behaviour("currency-unknown", PAGE, "Three letters that are no currency are refused.", no(1000, "xxy", None, "currency")),
    Behaviour("currency-not-supported", PAGE, "A currency that Stripe does not present is refused.", no(1000, "irr", None, "currency")),
    Behaviour("currency-long", PAGE, "A currency is a code of three letters.", no(1000, "euro", None, "currency")),
    Behaviour("currency-lower", PAGE, "Currencies are answered in lowercase.", yes(1000, "EUR")),
    Behaviour("amount-most", _LIMITS, "Eight digits are the most.", yes(99_999_999, "usd")),
    Behaviour("amount-too-large", _LIMITS, "Nine digits are too many.", no(100_000_000, "usd", "amount_too_large")),
    Behaviour("amount-idr", _LIMITS, "In rupiah twelve digits are the most.", yes(999_999_999_999, "idr")),
    Behaviour("amount-idr-too-large", _LIMITS, "Thirteen are too many there too.", no(10**12, "idr", "amount_too_large")),
    *(least(currency, amount) for currency, amount in _LEAST.items()),
    *(
        Behaviour(f"zero-decimal-{currency}", _ZERO, f"{currency.upper()} has no minor units: 501 is 501 of it.", yes(501, currency))
        for currency in ("jpy", "krw", "clp", "vnd", "xof")
    ),
    *(
        Behaviour(f"whole-{currency}", _SPECIAL, f"{currency.upper()} is written with two decimals that are 00.", no(150, currency, "invalid_charge_amount"))
        for currency in ("isk", "ugx")
    ),
    Behaviour("whole-isk-right", _SPECIAL, "5 ISK is written as 500.", yes(500, "isk")),
    Behaviour("payout-only-huf", _SPECIAL, "HUF may be charged with two decimals; only payouts are whole.", yes(17545, "huf")),
    Behaviour("payout-only-twd", _SPECIAL, "TWD may be charged with two decimals; only payouts are whole.", yes(80045, "twd")),
    *(
        Behaviour(f"three-decimal-{currency}", _THREE, f"{currency.upper()} has three decimals, the last is 0.", no(5124, currency, "invalid_charge_amount"))
        for currency in ("kwd", "bhd", "jod", "omr", "tnd")
    ),
    Behaviour("three-decimal-right", _THREE, "5.120 KWD is written as 5120.", yes(5120, "kwd")),
)  # fmt: skip
