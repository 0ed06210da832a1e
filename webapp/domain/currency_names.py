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


DOLLARS, PESOS, POUNDS, FRANCS = _named("Dollar"), _named("Peso"), _named("Pound"), _named("Franc")
KRONER, RUPEES, SHILLINGS = _named("Krone", "Krona"), _named("Rupee"), _named("Shilling")
DINARS, DIRHAMS, RIALS = _named("Dinar"), _named("Dirham"), _named("Rial", "Riyal")
CFA = _named("CFA Franc")
YUAN = frozenset({"CNY", "TWD", "HKD"})

# A sign or a word that several currencies share means one of them only where the merchant's own is in the family.
_FAMILIES: dict[str, frozenset[str]] = {
    "$ dollar dolar dollaro dollari buck دولار דולר ドル": DOLLARS,
    "$ peso ₱": PESOS,
    "£ pound livre libra pfund pond sterlina sterline جنيه": POUNDS,
    "¥": frozenset({"JPY", "CNY"}),
    "元 块": YUAN,
    "kr krone krona kroner kronor kronen couronne corona coroa corone": KRONER,
    "franc franco franken franchi frank frs": FRANCS,
    "fcfa cfa xfcfa": CFA,
    "rs rupee roupie ₨ रु रुपये रुपए": RUPEES,
    "shilling shs": SHILLINGS,
    "dinar دينار": DINARS,
    "dirham dh درهم دراهم": DIRHAMS,
    "rial riyal ريال ریال ﷼": RIALS,
    "leu lei": frozenset({"RON", "MDL"}),
}
_OWN = {
    "EUR": "€ euro euri eurone balle pavo avro يورو אירו יורו ユーロ ευρω евро",
    "USD": "us$ usd$ $us",
    "CAD": "ca$ c$ $ca",
    "AUD": "a$ au$",
    "NZD": "nz$",
    "HKD": "hk$",
    "SGD": "s$",
    "TWD": "nt$",
    "MXN": "mx$",
    "DOP": "rd$",
    "BRL": "r$ real reais conto",
    "GBP": "quid",
    "INR": "₹",
    "BDT": "৳ taka",
    "IDR": "rp rupiah",
    "MYR": "ringgit",
    "THB": "฿ baht บาท",
    "VND": "₫ đ đồng dong vnđ",
    "KRW": "₩ 원 won",
    "JPY": "jp¥ 円 yen iene",
    "CNY": "cn¥ yuan rmb 人民币 renminbi",
    "TRY": "₺ tl lira",
    "RUB": "₽ руб рубль рублей рубля",
    "UAH": "₴ грн",
    "KZT": "₸ тенге",
    "GEL": "₾ lari",
    "AMD": "֏",
    "AZN": "₼ manat",
    "NGN": "₦ naira",
    "GHS": "₵ gh₵ ghc cedi",
    "KES": "ksh",
    "TZS": "tsh",
    "UGX": "ush",
    "ETB": "birr",
    "AOA": "kz kwanza",
    "PLN": "zł zl zloty zlote zlotych złoty złote złotych",
    "CZK": "kč kc koruna koruny korun",
    "HUF": "forint",
    "BGN": "лв",
    "ILS": "₪ ש״ח שקל שקלים nis shekel",
    "SAR": "ر.س",
    "QAR": "ر.ق",
    "OMR": "ر.ع",
    "AED": "د.إ dhs",
    "MAD": "د.م",
    "TND": "د.ت",
    "DZD": "د.ج",
    "KWD": "د.ك",
    "BHD": "د.ب",
    "JOD": "د.أ",
    "EGP": "ج.م",
    "PEN": "s/ sol soles",
    "CRC": "₡",
    "PYG": "₲ guarani",
    "PAB": "b/ balboa",
    "GTQ": "quetzal",
    "HNL": "lempira",
    "XPF": "fcfp cfp",
    "MOP": "mop$",
    "TOP": "t$",
    "WST": "ws$",
    "IQD": "د.ع",
    "LYD": "د.ل",
    "LBP": "ل.ل",
    "SYP": "ل.س",
    "SDG": "ج.س",
    "YER": "ر.ي",
    "AFN": "؋",
    "KHR": "៛",
    "LAK": "₭",
    "MNT": "₮",
    "LKR": "රු",
}
# What a currency is written as at home (CLDR), and what means nothing, or another, elsewhere.
_AT_HOME = {
    "fr f sfr": FRANCS,
    "r": frozenset({"ZAR"}),
    "p": frozenset({"PHP", "BWP"}),
    "l": frozenset({"HNL", "MDL", "RON"}),
    "k": frozenset({"MMK", "PGK", "ZMW"}),
    "sr": frozenset({"SCR", "SAR"}),
    "bs": frozenset({"BOB", "VES"}),
    "br": frozenset({"BYN", "ETB"}),
} | {
    written: frozenset({code})
    for code, written in {
        "ALL": "lek leke lekë",
        "AWG": "afl",
        "BAM": "km км",
        "BHD": "bd",
        "BIF": "fbu",
        "BTN": "nu",
        "CDF": "fc",
        "DJF": "fdj",
        "DZD": "da",
        "ERN": "nfk",
        "ETB": "ብር",
        "GMD": "d",
        "GNF": "fg",
        "GTQ": "q",
        "HUF": "ft",
        "KGS": "сом",
        "KMF": "cf",
        "KWD": "kd",
        "LSL": "m",
        "MGA": "ar",
        "MKD": "ден den",
        "MRU": "um أ.م",
        "MVR": "ރ rf",
        "MWK": "mk",
        "MYR": "rm",
        "BDT": "tk",
        "MZN": "mt mtn",
        "NIO": "c$",
        "NPR": "नेरू रू",
        "PYG": "gs",
        "RSD": "din дин",
        "RUB": "р",
        "RWF": "rf frw",
        "SLE": "le",
        "SOS": "s",
        "STN": "db",
        "SZL": "e",
        "TND": "dt",
        "UZS": "soʻm сўм sum",
        "VUV": "vt",
        "XCG": "cg",
    }.items()
}
# What stands beside the name of a currency and says which of its family: `F CFA`, `US dollars`.
_WHICH = {
    "cfa": CFA,
    "sterling": frozenset({"GBP"}),
    "us american americain americano amerikanische": frozenset({"USD"}),
    "canadian canadien canadiense": frozenset({"CAD"}),
    "australian": frozenset({"AUD"}),
    "suisse schweizer suizo svizzero svizzeri": frozenset({"CHF"}),
    "mexicano mn m.n": frozenset({"MXN"}),
    "argentino": frozenset({"ARS"}),
    "chileno": frozenset({"CLP"}),
    "colombiano": frozenset({"COP"}),
}
# `10 euros et 50 centimes`
AND = {"and", "et", "y", "con", "und", "e", "i", "en", "&"}
CENTS = {
    *("cent", "cents", "centime", "centimes", "centimo", "centimos", "centavo", "centavos", "centesimo", "centesimi"),
    *("cts", "ct", "rappen", "pence"),
}


LONGEST_ABBREVIATION = 3


def _folded(families: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for written, family in families.items():
        for word in written.split():
            found[characters.fold(word)] = found.get(characters.fold(word), frozenset()) | family
    return found


_SIGNS = _folded(_FAMILIES | {written: frozenset({code}) for code, written in _OWN.items()})
_LETTERS, _QUALIFIERS = _folded(_AT_HOME), _folded(_WHICH)


def is_code(word: str) -> bool:
    """Whether a word is a code of ISO 4217, in any case."""
    return len(word) == 3 and word.isascii() and money.known(word.upper())


def is_abbreviation(word: str) -> bool:
    """Whether a word is a currency's short sign, which a full stop may follow (`Rs.`, `Fr.`)."""
    folded = characters.fold(word)
    return len(folded) <= LONGEST_ABBREVIATION and (folded in _LETTERS or folded in _SIGNS)


def meant(word: str, home: str = "") -> frozenset[str]:
    """The ISO 4217 codes that a code, a sign or a name may mean to a shop whose currency is `home`; none if it is no currency."""
    if is_code(word):
        return frozenset({word.upper()})
    letters = _LETTERS.get(characters.fold(word), frozenset())
    return frozenset({home}) if home in letters else _found(_SIGNS, word)


def which(word: str) -> frozenset[str]:
    """The currencies that a word beside the name of one leaves; none if it is no such word."""
    return _found(_QUALIFIERS, word)


def _found(names: dict[str, frozenset[str]], word: str) -> frozenset[str]:
    folded = characters.fold(word).rstrip(".")
    return names.get(folded) or names.get(folded.removesuffix("es")) or names.get(folded.removesuffix("s"), frozenset())
