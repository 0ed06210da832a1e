"""What can be said of a translation without reading it: marks, spaces, and the room that WhatsApp gives."""

from __future__ import annotations

import functools
import re

import pytest
from babel.messages.pofile import read_po

from tools import translations
from webapp import i18n

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


@pytest.mark.parametrize("language", [each for each in TRANSLATED if i18n.texts(each, "FR").direction == "rtl"])
def test_a_text_from_the_right_begins_in_its_own_script(language: str) -> None:
    """A chat lays a message out by its first letter, whoever it is written to."""
    assert [words for words in said(language).values() if re.match(r"[^\w%]*(%\(|[A-Za-z])", words)] == []


def test_a_phone_number_in_hebrew_keeps_its_plus_sign_in_front() -> None:
    """Without marks around it, +972 50 is shown as 50 972+ (Unicode's UAX 9); a chat takes no isolates, see whatsapp/messages."""
    told = [words for text, words in said("he").items() if "%(phone)s" in text]
    assert told
    assert [words for words in told if "\u200e%(phone)s\u200e" not in words] == []


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
