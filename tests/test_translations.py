"""What can be said of a translation without reading it: marks, spaces, and the room that WhatsApp gives."""

from __future__ import annotations

import functools
import re

import pytest
from babel.messages.pofile import read_po

from tests.directions import FROM_THE_RIGHT, seen
from tools import translations
from webapp import i18n
from webapp.whatsapp import messages

TEXTS = [str(message.id) for message in translations.texts(translations.ROOT) if message.id]
TRANSLATED = [language for language in i18n.LANGUAGES if language != "en"]
QUOTES = {
    "fr": "«\u00a0 \u00a0»",
    "es": "« »",
    "ar": "« »",
    "de": "„ “",
    "it": "« »",
    "pt": "“ ”",
    "nl": "‘ ’",
    "he": "” ”",
    "ja": "「 」",
    "pl": "„ ”",
    "tr": "“ ”",
}
# Labels of WhatsApp's buttons: at most 20 characters, or they are cut.
LABELS = (
    "Another card",
    "Confirm",
    "No",
    "Open the page",
    "Remove the card",
    "See receipt",
    "See the order",
    "Yes, do it",
)


@functools.cache
def said(language: str) -> dict[str, str]:
    """Each text and its translation, as the translator's file has it."""
    path = translations.ROOT / translations.FOLDER / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    return {text: str(message.string) for text in TEXTS if (message := catalogue.get(text))}


@pytest.mark.parametrize("language", TRANSLATED)
def test_quotations_have_the_marks_of_the_language(language: str) -> None:
    opening, closing = QUOTES[language].split(" ")
    quoted = {text: words for text, words in said(language).items() if "“" in text}
    assert quoted
    for text, words in quoted.items():
        assert words.count(opening) >= text.count("“"), words
        assert re.search(f"{opening}[^{opening}]+{closing}", words), words
        others = set("“”„«»‘「」") - set(opening + closing)
        assert not others & set(words), words


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_has_typewriter_s_marks_or_stray_spaces(language: str) -> None:
    for text, words in said(language).items():
        assert "'" not in words, words
        assert "..." not in words, words
        assert not re.search(r" {2}| [,.:;?!](?!\d)", words.replace("\u00a0", "\u2007")), words
        assert words.count('"') == text.count('"'), words
        assert (words[0] == " ", words[-1] == " ") == (text[0] == " ", text[-1] == " ") or language == "ja", words


def test_french_keeps_its_marks_on_the_line() -> None:
    for words in said("fr").values():
        assert not re.search(r"[^\u00a0\u202f\d/\s][:;?!»](?!\d|//)", words.replace("https://", "")), words


@pytest.mark.parametrize("language", FROM_THE_RIGHT)
def test_a_text_from_the_right_begins_in_its_own_script(language: str) -> None:
    """A chat lays a message out by its first letter, whoever it is written to."""
    assert [words for words in said(language).values() if re.match(r"[^\w%]*(%\(|[A-Za-z])", words)] == []


@pytest.mark.parametrize(
    "value", ["+33 6 12 34 56 78", "(A12)-(3)", "10 EUR +33612345678", "-7.25%", "Visa ••42 (Apple Pay)", "C++"]
)
@pytest.mark.parametrize("language", FROM_THE_RIGHT)
def test_what_runs_from_the_left_stays_in_one_piece_within_words_from_the_right(language: str, value: str) -> None:
    t = i18n.texts(language, "FR")
    for text in TEXTS:
        places = re.findall(r"%\((\w+)\)s", text)
        told = t.gettext(text, **dict.fromkeys(re.findall(r"%\((\w+)\)d", text), 2), **dict.fromkeys(places, value))
        (shown,) = seen(messages.clean(told), "R")
        assert shown.count(value) == len(places), shown


@pytest.mark.parametrize("language", TRANSLATED)
def test_labels_of_buttons_are_not_cut(language: str) -> None:
    assert set(LABELS) <= set(TEXTS)
    assert [label for label in map(said(language).get, LABELS) if label and len(label) > 20] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_consent_names_the_shop_and_is_a_whole_text(language: str) -> None:
    consents = [text for text in TEXTS if "without my being present" in text]
    assert len(consents) == 2
    for text in consents:
        words = said(language)[text]
        assert words.count("%(merchant)s") == 1
        assert words[-1] in ".。"
        assert len(re.findall(r"[.。;]", words)) >= 2  # what for and without whom; how it ends
