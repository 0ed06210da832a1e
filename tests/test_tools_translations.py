"""The check of the translations finds what a translator has to do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from babel.support import Translations

from tools import translations

if TYPE_CHECKING:
    from pathlib import Path

HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
)
GOOD = 'msgid "Paid"\nmsgstr "Payé"\n\nmsgid "Pay %(amount)s"\nmsgstr "Payer %(amount)s"\n\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "webapp/translations/fr/LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    (tmp_path / "webapp/words.py").write_text('texts.gettext("Paid")\n')
    (tmp_path / "templates/page.html").write_text("{% trans amount=x %}Pay {{ amount }}{% endtrans %}")
    return tmp_path


def catalogue(tree: Path, text: str) -> Path:
    path = tree / "webapp/translations/fr/LC_MESSAGES/messages.po"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_texts_of_code_and_templates_are_found(tree: Path) -> None:
    found = {message.id: message.locations for message in translations.texts(tree) if message.id}
    assert found == {"Paid": [("webapp/words.py", 1)], "Pay %(amount)s": [("templates/page.html", 1)]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD, []),
        (GOOD.replace("Payé", ""), ["fr: not translated: 'Paid' (webapp/words.py:1)"]),
        (
            GOOD.replace('msgid "Paid"\nmsgstr "Payé"', ""),
            ["fr: missing (make translations adds it): 'Paid' (webapp/words.py:1)"],
        ),
        ("#, fuzzy\n" + GOOD, ["fr: marked as uncertain: 'Paid' (webapp/words.py:1)"]),
        (GOOD + 'msgid "Old"\nmsgstr "Vieux"\n', ["fr: no longer said anywhere: 'Old'"]),
    ],
)
def test_each_problem_is_one_line_with_its_place(tree: Path, text: str, problem: list[str]) -> None:
    catalogue(tree, text)
    assert list(translations.check(tree)) == problem


@pytest.mark.parametrize("wrong", ["Payer", "Payer %(montant)s", "Payer %(amount)d"])
def test_a_translation_fills_the_same_places(tree: Path, wrong: str) -> None:
    catalogue(tree, GOOD.replace("Payer %(amount)s", wrong))
    (problem,) = translations.check(tree)
    assert problem == "fr: its places to fill are others: 'Pay %(amount)s' (templates/page.html:1)"


def test_a_plural_form_may_do_without_the_number(tree: Path) -> None:
    (tree / "webapp/words.py").write_text('texts.ngettext("%(num)s card", "%(num)s cards", 2)\n')
    text = GOOD.replace('msgid "Paid"\nmsgstr "Payé"', "")
    plural = 'msgid "%(num)s card"\nmsgid_plural "%(num)s cards"\nmsgstr[0] "une carte"\nmsgstr[1] "%(num)s cartes"\n'
    catalogue(tree, text + plural)
    assert list(translations.check(tree)) == []


def test_an_update_adds_what_is_new_and_drops_what_is_old(tree: Path) -> None:
    path = catalogue(tree, 'msgid "Paid"\nmsgstr "Payé"\n\nmsgid "Old"\nmsgstr "Vieux"\n')
    translations.update(tree)
    text = path.read_text("utf-8")
    assert 'msgid "Paid"\nmsgstr "Payé"' in text
    assert 'msgid "Pay %(amount)s"\nmsgstr ""' in text
    assert "Old" not in text
    before = path.read_bytes()
    translations.update(tree)
    assert path.read_bytes() == before


def test_what_is_compiled_is_what_is_read(tree: Path) -> None:
    catalogue(tree, GOOD)
    translations.compile_all(tree)
    assert Translations.load(tree / "webapp/translations", ["fr"]).ugettext("Paid") == "Payé"


def test_a_newer_catalogue_is_compiled_again(tree: Path) -> None:
    path = catalogue(tree, GOOD)
    translations.compile_all(tree)
    catalogue(tree, GOOD.replace("Payé", "Réglé"))
    later = path.with_suffix(".mo").stat().st_mtime + 5
    os.utime(path, (later, later))
    translations.compile_all(tree)
    assert Translations.load(tree / "webapp/translations", ["fr"]).ugettext("Paid") == "Réglé"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("x = f\"{t.gettext('Paid')}: {n}\"", True),
        ("x = f\"{_('Paid')}\"", True),
        ("x = f\"{n:{len(_('Paid'))}}\"", True),
        ("x = f\"{t.money(n)}\" + _('Paid')", False),
    ],
)
def test_a_text_inside_an_f_string_is_a_problem(tree: Path, code: str, found: bool) -> None:
    catalogue(tree, GOOD)
    (tree / "webapp/more.py").write_text(code, encoding="utf-8")
    problem = "webapp/more.py:1: a text inside an f-string is not found"
    assert list(translations.check(tree)) == ([problem] if found else [])
