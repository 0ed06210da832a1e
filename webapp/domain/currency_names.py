"""What people write for a currency: its code, its sign, or its name in several languages."""

from __future__ import annotations

import re

import iso4217

from webapp.domain import characters, money

_FUNDS = {"USN", "CHE", "CHW", "CLF", "COU", "MXV", "UYI", "UYW", "BOV"}


def _named(*names: str) -> frozenset[str]:
    """The currencies whose ISO name holds one of the words, without the funds codes that nobody is paid in."""
    pattern = re.compile(rf"\b(?:{'|'.join(names)})\b")
    return frozenset(
        code
        for code in money.currencies()
        if code not in _FUNDS and pattern.search(str(iso4217.raw_table[code]["CcyNm"]))
    )


DOLLARS, PESOS, POUNDS = _named("Dollar"), _named("Peso"), _named("Pound")
KRONER = _named("Krone", "Krona")
YEN_AND_YUAN = frozenset({"JPY", "CNY"})

# A sign or a word that several currencies share means one of them only where the merchant's own is in the family.
_SIGNS: dict[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "$": DOLLARS | PESOS,
    "£": POUNDS,
    "¥": YEN_AND_YUAN,
    "us$": frozenset({"USD"}),
    "ca$": frozenset({"CAD"}),
    "c$": frozenset({"CAD"}),
    "a$": frozenset({"AUD"}),
    "au$": frozenset({"AUD"}),
    "nz$": frozenset({"NZD"}),
    "hk$": frozenset({"HKD"}),
    "mx$": frozenset({"MXN"}),
    "r$": frozenset({"BRL"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW"}),
    "₺": frozenset({"TRY"}),
    "₽": frozenset({"RUB"}),
    "₴": frozenset({"UAH"}),
    "₦": frozenset({"NGN"}),
    "₫": frozenset({"VND"}),
    "₱": PESOS,
    "₪": frozenset({"ILS"}),
    "฿": frozenset({"THB"}),
    "zł": frozenset({"PLN"}),
    "kr": KRONER,
    "euro": frozenset({"EUR"}),
    "dollar": DOLLARS,
    "dolar": DOLLARS,
    "dollaro": DOLLARS,
    "dollari": DOLLARS,
    "peso": PESOS,
    "pound": POUNDS,
    "livre": POUNDS,
    "libra": POUNDS,
    "pfund": POUNDS,
    "sterlina": POUNDS,
    "sterline": POUNDS,
    "krone": KRONER,
    "krona": KRONER,
    "kroner": KRONER,
    "kronor": KRONER,
    "kronen": KRONER,
    "couronne": KRONER,
    "corona": KRONER,
    "coroa": KRONER,
    "corone": KRONER,
    "yen": frozenset({"JPY"}),
    "iene": frozenset({"JPY"}),
    "yuan": frozenset({"CNY"}),
    "franc": _named("Franc"),
    "franco": _named("Franc"),
    "franken": _named("Franc"),
    "franchi": _named("Franc"),
    "dinar": _named("Dinar"),
    "dirham": _named("Dirham"),
    "real": frozenset({"BRL"}),
    "reais": frozenset({"BRL"}),
    "zloty": frozenset({"PLN"}),
}


def meant(word: str) -> frozenset[str]:
    """The ISO 4217 codes that a code, a sign or a name may mean; none if it is no currency."""
    if len(word) == 3 and word.isascii() and money.known(word.upper()):
        return frozenset({word.upper()})
    folded = characters.fold(word)
    return (
        _SIGNS.get(folded) or _SIGNS.get(folded.removesuffix("es")) or _SIGNS.get(folded.removesuffix("s"), frozenset())
    )
