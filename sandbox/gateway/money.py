"""Which amounts of which currencies are taken (https://docs.stripe.com/currencies)."""

from __future__ import annotations

from sandbox.gateway.errors import invalid

# "Supported presentment currencies".
SUPPORTED = frozenset((
    "usd", "aed", "afn", "all", "amd", "ang", "aoa", "ars", "aud", "awg", "azn", "bam", "bbd", "bdt", "bhd", "bif",
    "bmd", "bnd", "bob", "brl", "bsd", "bwp", "byn", "bzd", "cad", "cdf", "chf", "clp", "cny", "cop", "crc", "cve",
    "czk", "djf", "dkk", "dop", "dzd", "egp", "etb", "eur", "fjd", "fkp", "gbp", "gel", "gip", "gmd", "gnf", "gtq",
    "gyd", "hkd", "hnl", "htg", "huf", "idr", "ils", "inr", "isk", "jmd", "jod", "jpy", "kes", "kgs", "khr", "kmf",
    "krw", "kwd", "kyd", "kzt", "lak", "lbp", "lkr", "lrd", "lsl", "mad", "mdl", "mga", "mkd", "mmk", "mnt", "mop",
    "mur", "mvr", "mwk", "mxn", "myr", "mzn", "nad", "ngn", "nio", "nok", "npr", "nzd", "omr", "pab", "pen", "pgk",
    "php", "pkr", "pln", "pyg", "qar", "ron", "rsd", "rub", "rwf", "sar", "sbd", "scr", "sek", "sgd", "shp", "sle",
    "sos", "srd", "std", "szl", "thb", "tjs", "tnd", "top", "try", "ttd", "twd", "tzs", "uah", "ugx", "uyu", "uzs",
    "vnd", "vuv", "wst", "xaf", "xcd", "xof", "xpf", "yer", "zar", "zmw",
))  # fmt: skip
# "Zero-decimal currencies". UGX is special below: its amounts have two decimals.
_NO_DECIMALS = frozenset((
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
))  # fmt: skip
# "Three-decimal currencies": the last digit is 0.
_THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
# "Special cases": two decimals for compatibility, and yet whole numbers only. HUF and TWD are special for payouts alone.
_WHOLE = frozenset({"isk", "ugx"})

# "Minimum and maximum charge amounts", in minor units.
_LEAST = {
    "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400,
    "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200,
    "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
_MOST, _MOST_BY_CURRENCY = 99_999_999, {"idr": 999_999_999_999}


def exponent(currency: str) -> int:
    """Decimals of Stripe's amounts in a currency."""
    return 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2


def written(amount: int, currency: str) -> str:
    """An amount for people: `10.00 EUR`."""
    decimals = exponent(currency)
    return f"{amount / 10**decimals:.{decimals}f} {currency.upper()}"


def check(amount: int, currency: str) -> None:
    """Whether so much of it can be charged. Raises 400."""
    currency = currency.lower()
    if currency not in SUPPORTED:
        known = ", ".join(sorted(SUPPORTED))
        raise invalid(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: {known}", param="currency"
        )
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    check_step(amount, currency)
    most, least = _MOST_BY_CURRENCY.get(currency, _MOST), _LEAST.get(currency, 1)
    if amount > most:
        raise invalid(f"Amount must be no more than {written(most, currency)}", code="amount_too_large", param="amount")
    if amount < least:
        raise invalid(f"Amount must be at least {written(least, currency)}", code="amount_too_small", param="amount")


def check_step(amount: int, currency: str) -> None:
    """Whether the currency has such an amount at all. Raises 400."""
    step = 100 if currency in _WHOLE else 10 if currency in _THREE_DECIMALS else 1
    if amount % step:
        raise invalid(
            f"Invalid amount: in {currency.upper()} it must be a multiple of {step}.",
            code="invalid_charge_amount",
            param="amount",
        )
