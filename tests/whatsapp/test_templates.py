"""The catalogue of templates, against Meta's rules for what may be submitted and sent."""

from __future__ import annotations

import json
import operator
import re
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from tests.directions import FROM_THE_RIGHT, seen
from webapp import cli, config, i18n
from webapp.whatsapp import templates
from webapp.whatsapp.messages import Template

BASE = "https://pay.example.com"
DEFINITIONS = templates.definitions(BASE)
NAMED = [pytest.param(each, id=f"{each['name']}-{each['language']}") for each in DEFINITIONS]


def component(definition: dict[str, Any], kind: str) -> dict[str, Any]:
    """One component, or nothing."""
    return next((each for each in definition["components"] if each["type"] == kind), {})


def approved() -> list[dict[str, Any]]:
    """The account when all is well, as Meta lists it."""
    listed = {"status": "APPROVED", "parameter_format": "POSITIONAL", "id": "1"}
    return [deepcopy(each) | listed for each in DEFINITIONS]


def test_every_template_is_there_in_every_language_of_the_product() -> None:
    names = {entry.name for entry in templates.CATALOGUE}
    codes = {templates.best_language(language, templates.WORDS) for language in i18n.LANGUAGES}
    assert {code.split("_")[0] for code in codes} == set(i18n.LANGUAGES)
    assert {(each["name"], each["language"]) for each in DEFINITIONS} == {
        (name, code) for name in names for code in codes
    }


@pytest.mark.parametrize("definition", NAMED)
def test_a_definition_keeps_meta_s_rules(definition: dict[str, Any]) -> None:
    body = component(definition, "BODY")
    numbers = re.findall(r"\{\{(\d+)\}\}", body["text"])
    assert re.fullmatch(r"ordo_[a-z0-9_]{1,500}", definition["name"])
    assert definition["category"] == "UTILITY"
    assert len(body["text"]) <= 1024
    assert not re.match(r"\s*\{\{", body["text"])
    assert not re.search(r"\}\}\W*$", body["text"])
    assert not re.search(r"\}\}\s*\{\{|\n{3,}| {4}", body["text"])
    assert numbers == [str(n + 1) for n in range(len(body["example"]["body_text"][0]))]
    assert len(re.findall(r"\w+", body["text"])) > 3 * len(numbers)  # too many variables for the words: refused
    assert len(component(definition, "FOOTER").get("text", "")) <= 60


@pytest.mark.parametrize("definition", NAMED)
def test_a_button_leads_to_our_pages_alone_and_its_token_comes_last(definition: dict[str, Any]) -> None:
    buttons = component(definition, "BUTTONS").get("buttons", [])
    assert len(buttons) == (0 if definition["name"] == "ordo_merchant_notice" else 1)
    for button in buttons:
        assert button["url"] == "https://pay.example.com/p/{{1}}"
        assert button["example"] == ["https://pay.example.com/p/example"]
        assert 1 <= len(button["text"]) <= 20


@pytest.mark.parametrize("entry", templates.CATALOGUE, ids=lambda entry: entry.name)
@pytest.mark.parametrize("language", templates.WORDS)
def test_the_longest_values_still_fit(entry: templates.Entry, language: str) -> None:
    sent = entry.filled(language, ["🍕" * 2000] * len(entry.blanks), "t")
    text = entry.wordings[language].body
    for number, value in enumerate(sent.body, start=1):
        text = text.replace(f"{{{{{number}}}}}", value)
    assert len(text.encode("utf-16-le")) // 2 <= 1024


@pytest.mark.parametrize("language", ["ar", "he", "ja"])
def test_latin_words_within_another_script_are_what_is_typed(language: str) -> None:
    for entry in templates.CATALOGUE:
        words = re.findall(r"[A-Za-z]+", entry.wordings[language].body + entry.footers.get(language, ""))
        assert set(words) <= {"STOP", "STATUS", "HELP"}


def test_a_request_for_money_names_the_amount() -> None:
    sent = templates.request("fr", merchant="Café\nLumière", amount="10,00\xa0€", what="2 pizzas", token="abc")
    assert sent == Template("ordo_payment_request", "fr", ("Café Lumière", "10,00\xa0€", "2 pizzas"), "abc")


def test_a_request_without_an_amount_asks_to_save_a_card() -> None:
    sent = templates.request("es", merchant="Café", amount=None, what="pedido A12", token="abc")
    assert sent == Template("ordo_register_request", "es", ("Café", "pedido A12"), "abc")


def test_a_receipt_and_a_notice_fill_their_own_places() -> None:
    for merchant_initiated, name in ((False, "ordo_receipt"), (True, "ordo_charge_receipt")):
        paid = templates.receipt(
            "en",
            merchant="Café",
            amount="€10",
            card="Visa ••42",
            reference="A12",
            token="abc",
            merchant_initiated=merchant_initiated,
        )
        assert paid == Template(name, "en", ("Café", "€10", "Visa ••42", "A12"), "abc")
    told = templates.notice("fr", merchant="Café", text="Paid.\n€10 (A12)")
    assert told == Template("ordo_merchant_notice", "fr", ("Café", "Paid. €10 (A12)"), None)


@pytest.mark.parametrize("entry", templates.CATALOGUE, ids=lambda entry: entry.name)
@pytest.mark.parametrize("language", FROM_THE_RIGHT)
def test_values_from_the_left_are_seen_as_written_in_texts_from_the_right(
    entry: templates.Entry, language: str
) -> None:
    payload = entry.filled(language, ["2 pizzas (A12)-"] * len(entry.blanks), "t").payload()
    text = entry.wordings[language].body
    for number, value in enumerate(payload["template"]["components"][0]["parameters"], start=1):
        text = text.replace(f"{{{{{number}}}}}", value["text"])
    assert "\n".join(seen(text, "R")).count("2 pizzas (A12)-") == len(entry.blanks)


@pytest.mark.parametrize(
    ("wanted", "available", "best"),
    [
        ("fr", ["en", "fr"], "fr"),
        ("fr_CA", ["en", "fr"], "fr"),
        ("pt-BR", ["pt", "en"], "pt"),
        ("pt_BR", ["pt", "pt_BR"], "pt_BR"),
        ("pt", ["en", "pt_PT"], "pt_PT"),
        ("pt-BR", ["en", "pt_PT"], "pt_PT"),
        ("de", ["en", "fr"], "en"),
        ("de", ["fr", "es"], "es"),
        ("", ["en"], "en"),
    ],
)
def test_the_nearest_language_is_taken(wanted: str, available: list[str], best: str) -> None:
    assert templates.best_language(wanted, available) == best
    assert templates.request("sv", merchant="m", amount=None, what="w", token="t").language == "en"


def test_an_account_with_everything_approved_has_no_differences() -> None:
    assert templates.differences(approved(), BASE) == []
    assert templates.missing(approved(), BASE) == []


def test_an_empty_account_misses_everything_and_is_told_what_to_run() -> None:
    assert templates.missing([], BASE) == DEFINITIONS
    told = templates.differences([], BASE)
    assert len(told) == len(DEFINITIONS)
    assert all("flask templates submit" in line for line in told)


def test_a_template_of_somebody_else_is_no_difference() -> None:
    assert (
        templates.differences([*approved(), {"name": "hello_world", "language": "en_US", "status": "PAUSED"}], BASE)
        == []
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "PENDING"}, "waits for Meta's review"),
        ({"status": "REJECTED", "rejected_reason": "INVALID_FORMAT"}, "REJECTED (INVALID_FORMAT)"),
        ({"status": "PAUSED", "rejected_reason": "NONE"}, "status PAUSED, so"),
        ({"category": "MARKETING"}, "category MARKETING"),
        ({"components": [{"type": "BODY", "text": "Something else"}]}, "another body"),
        ({"components": None}, "another body"),
    ],
)
def test_what_keeps_a_template_from_being_sent_is_said_in_words(change: dict[str, Any], words: str) -> None:
    account = approved()
    account[0] |= change
    told = templates.differences(account, BASE)
    assert words in told[0]
    assert all(line.startswith(f"Template {account[0]['name']} ({account[0]['language']}) ") for line in told)


def test_templates_that_lead_to_another_address_are_told() -> None:
    told = templates.differences(approved(), "https://new.example.com")
    with_button = [each for each in DEFINITIONS if component(each, "BUTTONS")]
    assert len(told) == len(with_button)
    assert "https://new.example.com/p/{{1}}" in told[0]


def test_the_operator_s_page_names_every_template_and_language() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/operator/whatsapp.md").read_text("utf-8")
    named = re.findall(r"^\| `(ordo_\w+)` \|", page, re.MULTILINE)
    assert named == [entry.name for entry in templates.CATALOGUE]
    codes = re.search(r"by Meta's codes: ([^.]+)\.", page)
    assert codes
    assert codes[1].split(", ") == list(templates.WORDS)


def test_the_definitions_are_written_as_files_that_meta_s_api_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SimpleNamespace(public_url="https://pay.example.com")
    monkeypatch.setattr(config, "load", lambda: settings)
    said = CliRunner().invoke(cli.templates, ["write", str(tmp_path / "made")])
    assert said.exit_code == 0, said.output
    files = sorted((tmp_path / "made").iterdir())
    assert len(files) == len(templates.CATALOGUE) * len(templates.WORDS)
    written = [json.loads(each.read_text("utf-8")) for each in files]
    key = operator.itemgetter("name", "language")
    assert sorted(written, key=key) == sorted(templates.definitions("https://pay.example.com"), key=key)
    assert files[0].name == "ordo_card_saved.ar.json"
