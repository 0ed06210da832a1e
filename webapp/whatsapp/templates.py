"""The catalogue of message templates: what we say to people whose 24-hour window is closed, each text approved by Meta.

Category UTILITY: each follows from an order. A text that changes takes a new name, because Meta approves texts, and the
release before still sends the old one. Rules: Meta, templates/components.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webapp import i18n
from webapp.whatsapp.messages import Template, clipped, flat
from webapp.whatsapp.wordings import ar, de, en, es, fr, he, it, ja, nl, pl, pt, tr

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from webapp.whatsapp.wordings.words import Wording

CATEGORY = "UTILITY"


@dataclass(frozen=True)
class Blank:
    """A variable: the example that Meta's reviewer sees, and how many characters of a value fit (1,024 in all)."""

    example: str
    limit: int


@dataclass(frozen=True)
class Entry:
    """One template in all its languages."""

    name: str
    blanks: tuple[Blank, ...]
    wordings: Mapping[str, Wording]
    footers: Mapping[str, str]

    def filled(self, language: str, values: Sequence[str], token: str | None = None) -> Template:
        """Ready to send, in the language or the nearest there is; values too long for their place are cut."""
        apart = i18n.texts(language, "001").apart  # the direction is the language's, wherever in the world it is read
        cut = [apart(clipped(flat(value), blank.limit)) for blank, value in zip(self.blanks, values, strict=True)]
        return Template(self.name, best_language(language, self.wordings), tuple(cut), token)


MERCHANT, AMOUNT, WHAT = Blank("Café Lumière", 60), Blank("10.00 EUR", 40), Blank("2 pizzas", 120)
CARD, REFERENCE, NEWS = (
    Blank("Visa ••42", 40),
    Blank("A12", 64),
    Blank("Paid, Visa ••42 saved. 10.00 EUR, 2 pizzas", 700),
)

ORDERED, UNTIL = Blank("10.00 EUR, 2 pizzas (A12)", 220), Blank("30 Nov 2026, 10:00", 40)

TERMS = Blank("Your card is saved for your next payments to this shop; the page says what you agree to.", 400)
DONE = Blank(
    "4.00 EUR of 10.00 EUR was refunded to your card. Depending on your bank, it takes up to 10 days until you see it.",
    320,
)

AGREED, VERSION = Blank("24 Nov 2026, 10:00", 40), Blank("2026-11.1a2b3c4d", 40)
AGREEMENT = Blank("I let Café Lumière save my card for my next payments to this shop.", 450)

SHORT_REFERENCE, SHORT_VERSION = Blank("A12", 32), Blank("2026-11.1a2b3c4d", 30)

# By Meta's codes of languages. An account is asked for each of them: the order is that in which they are submitted.
WORDS = {
    "en": en.WORDS,
    "fr": fr.WORDS,
    "es": es.WORDS,
    "ar": ar.WORDS,
    "de": de.WORDS,
    "it": it.WORDS,
    "pt_PT": pt.WORDS,
    "nl": nl.WORDS,
    "he": he.WORDS,
    "ja": ja.WORDS,
    "pl": pl.WORDS,
    "tr": tr.WORDS,
}
STOP = {code: words.stop for code, words in WORDS.items()}

PAYMENT_REQUEST = Entry(
    "ordo_payment_request",
    (MERCHANT, AMOUNT, WHAT),
    {code: words.payment_request for code, words in WORDS.items()},
    STOP,
)
TERMS_REQUEST = Entry(
    "ordo_terms_request",
    (MERCHANT, AMOUNT, WHAT, TERMS),
    {code: words.terms_request for code, words in WORDS.items()},
    STOP,
)
REGISTER_REQUEST = Entry(
    "ordo_register_request", (MERCHANT, WHAT), {code: words.register_request for code, words in WORDS.items()}, STOP
)
REMINDER = Entry(
    "ordo_reminder",
    (MERCHANT, ORDERED, UNTIL),
    {code: words.reminder for code, words in WORDS.items()},
    STOP,
)
RECEIPT = Entry(
    "ordo_receipt",
    (MERCHANT, AMOUNT, CARD, REFERENCE),
    {code: words.receipt for code, words in WORDS.items()},
    STOP,
)
CHARGE_RECEIPT = Entry(
    "ordo_charge_receipt",
    (MERCHANT, AMOUNT, CARD, REFERENCE),
    {code: words.charge_receipt for code, words in WORDS.items()},
    STOP,
)
CARD_SAVED = Entry(
    "ordo_card_saved",
    (MERCHANT, CARD, AGREED, VERSION, AGREEMENT),
    {code: words.card_saved for code, words in WORDS.items()},
    STOP,
)
SAVING_RECEIPT = Entry(
    "ordo_saving_receipt",
    (MERCHANT, AMOUNT, CARD, SHORT_REFERENCE, AGREED, SHORT_VERSION, AGREEMENT),
    {code: words.saving_receipt for code, words in WORDS.items()},
    STOP,
)
ORDER_UPDATE = Entry(
    "ordo_order_update",
    (MERCHANT, DONE, ORDERED),
    {code: words.order_update for code, words in WORDS.items()},
    STOP,
)
MERCHANT_NOTICE = Entry(
    "ordo_merchant_notice", (MERCHANT, NEWS), {code: words.merchant_notice for code, words in WORDS.items()}, {}
)

CATALOGUE = (
    PAYMENT_REQUEST,
    TERMS_REQUEST,
    REGISTER_REQUEST,
    REMINDER,
    RECEIPT,
    CHARGE_RECEIPT,
    CARD_SAVED,
    SAVING_RECEIPT,
    ORDER_UPDATE,
    MERCHANT_NOTICE,
)


def request(  # what a request says
    language: str, *, merchant: str, amount: str | None, what: str, token: str, terms: str | None = None
) -> Template:
    """To the buyer: the link. Without an amount, a card is to be saved and nothing is taken. `terms` is what paying means besides."""
    if amount is None:
        return REGISTER_REQUEST.filled(language, (merchant, what), token)
    if terms is not None:
        return TERMS_REQUEST.filled(language, (merchant, amount, what, terms), token)
    return PAYMENT_REQUEST.filled(language, (merchant, amount, what), token)


def receipt(  # what a receipt says
    language: str, *, merchant: str, amount: str, card: str, reference: str, token: str, merchant_initiated: bool
) -> Template:
    """To the buyer: paid, or charged without the buyer (`merchant_initiated`). The button opens the order's page, its receipt then."""
    entry = CHARGE_RECEIPT if merchant_initiated else RECEIPT
    return entry.filled(language, (merchant, amount, card, reference), token)


def reminder(language: str, *, merchant: str, what: str, until: str, token: str) -> Template:
    """To the buyer: the link is still there, and until when."""
    return REMINDER.filled(language, (merchant, what, until), token)


def consent(  # what a consent says
    language: str, *, merchant: str, card: str, agreed: str, version: str, wording: str, token: str
) -> Template:
    """To the buyer: a card is saved, and what was agreed to. The button opens the order's page, where it can be removed."""
    return CARD_SAVED.filled(language, (merchant, card, agreed, version, wording), token)


def update(language: str, *, merchant: str, news: str, order: str, token: str) -> Template:
    """To the buyer: what the shop has done with an order. The button opens its page."""
    return ORDER_UPDATE.filled(language, (merchant, news, order), token)


def notice(language: str, *, merchant: str, text: str) -> Template:
    """To an operator who has not written for a day: any news of an order, on one line of up to 700 characters."""
    return MERCHANT_NOTICE.filled(language, (merchant, text))


@dataclass(frozen=True)
class Said:
    """A template as its reader sees it: what it says, the small print under it, and its button."""

    text: str
    footer: str
    label: str


def said(template: Template) -> Said:
    """One of the catalogue's, as its reader sees it."""
    entry = next(each for each in CATALOGUE if each.name == template.name)
    wording = entry.wordings[template.language]
    values = dict(enumerate(map(flat, template.body), 1))
    text = re.sub(r"\{\{(\d+)\}\}", lambda blank: values[int(blank[1])], wording.body)
    return Said(text, entry.footers.get(template.language, ""), wording.label or "")


def best_language(wanted: str, available: Collection[str]) -> str:
    """The wanted language among those there are: itself, its base (`fr_CA` → `fr`), that of a country (`pt` → `pt_PT`, as Meta
    knows no other), English, or the first by name."""
    base = wanted.replace("-", "_").split("_", maxsplit=1)[0].lower()
    countries = sorted(code for code in available if base and code.startswith(f"{base}_"))
    for language in (wanted, base, *countries, "en"):
        if language in available:
            return language
    return min(available)


def definitions(base_url: str) -> list[dict[str, Any]]:
    """Every template in every language, as `POST /<business account>/message_templates` takes it.

    `base_url` is our public address: it is part of what Meta approves, only the link's token is a variable.
    """
    return [
        _definition(entry, language, wording, base_url)
        for entry in CATALOGUE
        for language, wording in entry.wordings.items()
    ]


def missing(account: Sequence[Mapping[str, Any]], base_url: str) -> list[dict[str, Any]]:
    """The definitions that the business account has under no such name and language: those to submit."""
    there = {(template.get("name"), template.get("language")) for template in account}
    return [each for each in definitions(base_url) if (each["name"], each["language"]) not in there]


def differences(account: Sequence[Mapping[str, Any]], base_url: str) -> list[str]:
    """What keeps our templates from being sent by this account, a sentence each with what to do; empty: all is well."""
    there = {(template.get("name"), template.get("language")): template for template in account}
    return [
        f"Template {ours['name']} ({ours['language']}) {problem}"
        for ours in definitions(base_url)
        for problem in _problems(ours, there.get((ours["name"], ours["language"])))
    ]


def _problems(ours: Mapping[str, Any], theirs: Mapping[str, Any] | None) -> Iterator[str]:
    if theirs is None:
        yield "is not on the WhatsApp account: run `flask templates submit`."
        return
    match theirs.get("status"):
        case "APPROVED":
            pass
        case "PENDING" | "IN_APPEAL":
            yield "waits for Meta's review, which takes up to a day."
        case status:
            reason = theirs.get("rejected_reason")
            why = f" ({reason})" if reason and reason != "NONE" else ""
            yield f"has the status {status}{why}, so Meta does not send it: see WhatsApp Manager, Message templates."
    if theirs.get("category") != CATEGORY:
        yield (
            f"was put into the category {theirs.get('category')}, which costs more and is not always delivered: "
            "ask for a review in WhatsApp Manager."
        )
    given, wanted = _gist(theirs), _gist(ours)
    for part in wanted | given:
        if given.get(part) != wanted.get(part):
            yield f"has another {part} than this release: edit it in WhatsApp Manager to read {wanted.get(part)!r}."


def _gist(template: Mapping[str, Any]) -> dict[str, str]:
    """What a person reads and where the button leads, by part."""
    gist: dict[str, str] = {}
    for component in template.get("components") or []:
        kind = str(component.get("type")).lower()
        if kind == "buttons":
            for button in component.get("buttons") or []:
                gist["button's label"] = str(button.get("text"))
                gist["button's address"] = str(button.get("url"))
        else:
            gist[kind] = str(component.get("text"))
    return gist


def _definition(entry: Entry, language: str, wording: Wording, base_url: str) -> dict[str, Any]:
    examples = [blank.example for blank in entry.blanks]
    components: list[dict[str, Any]] = [{"type": "BODY", "text": wording.body, "example": {"body_text": [examples]}}]
    if language in entry.footers:
        components.append({"type": "FOOTER", "text": entry.footers[language]})
    if wording.label is not None:
        page = f"{base_url.rstrip('/')}/p/"
        button = {"type": "URL", "text": wording.label, "url": page + "{{1}}", "example": [page + "example"]}
        components.append({"type": "BUTTONS", "buttons": [button]})
    return {"name": entry.name, "language": language, "category": CATEGORY, "components": components}
