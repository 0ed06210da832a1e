"""A template that is built once for each language says what Jinja would say of it."""

from __future__ import annotations

import jinja2
import pytest
from markupsafe import Markup

from webapp import i18n
from webapp.web import headers, precompiled

TEMPLATES = {
    "page.html": '{% extends "frame.html" %}{% block title %}{{ _("Paid") }}{% endblock %}{% block main %}<b>{% include "part.html" %}</b>{% endblock %}',
    "frame.html": "<title>{% block title %}{{ _('Payment request') }}{% endblock %}</title>{% block main %}{% endblock %}{% block end %}.{% endblock %}",
    "part.html": "{% trans trimmed merchant=shop %}Your card details go to {{ merchant }}, 100 %.{% endtrans %}{{ _('Pay %(amount)s', amount=amount) }}"
    "{% if amount %}{{ _('Paid') }}{% else %}{{ _('Expired') }}{% endif %}{% include 'languages.html' %}",
    "languages.html": "{% for code, name in languages.items() %}{{ code }}{{ '*' if code == language }}{% endfor %}",
}
VALUES = {"shop": "<i>Café</i>", "amount": "€10 & more"}


def environment(loader: dict[str, str]) -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.DictLoader(loader), autoescape=True, extensions=["jinja2.ext.i18n"])


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_built_page_reads_as_jinja_s_own_in_every_language(language: str) -> None:
    plain = environment(TEMPLATES)
    words = i18n.texts(language, i18n.HOMES[language]).gettext
    plain.install_gettext_callables(words, words, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    there = {"language": language, "languages": i18n.NAMES}
    ours = environment(TEMPLATES)
    ours.install_gettext_callables(str, str, newstyle=True)  # type: ignore[attr-defined]  # the words are to be in already
    expected = plain.get_template("page.html").render(VALUES | there)
    assert "".join(precompiled.pieces(precompiled.precompiled(ours, "page.html", language), VALUES)) == expected
    assert "&lt;i&gt;Café&lt;/i&gt;" in expected


def test_text_that_is_known_is_one_piece() -> None:
    tree = environment({"a": "<p>{{ _('Paid') }}</p>{% include 'b' %}{{ x }}", "b": "<i>{{ _('Paid') }}</i>"})
    made = precompiled.precompiled(tree, "a", "fr")
    assert len(list(precompiled.pieces(made, {"x": 1}))) == 2


@pytest.mark.parametrize("values", [("<b>", Markup("<b>")), (Markup("<b>"), "<b>")])
def test_text_is_escaped_whatever_equal_markup_was_on_a_page_before(values: tuple[str, str]) -> None:
    made = precompiled.precompiled(environment({"a": "{{ x }}"}), "a", "en")
    written = ["".join(precompiled.pieces(made, {"x": value})) for value in values]
    assert written == [str(value) if isinstance(value, Markup) else "&lt;b&gt;" for value in values]


@pytest.mark.parametrize("text", ["{{ _('a <b>b</b> &amp; c') if x }}", "{% set y = _('a <b>b</b> &amp; c') %}{{ y }}"])
def test_our_own_markup_stands_wherever_a_text_is_taken_from(text: str) -> None:
    assert (
        "".join(precompiled.pieces(precompiled.precompiled(environment({"a": text}), "a", "en"), {"x": 1}))
        == "a <b>b</b> &amp; c"
    )


@pytest.mark.parametrize("text", ["{% set dir = 'ltr' %}", "{% for language in x %}{% endfor %}"])
def test_a_page_s_constants_are_not_set_anew(text: str) -> None:
    with pytest.raises(TypeError, match="constant"):
        precompiled.precompiled(environment({"a": text}), "a", "en")


def test_a_name_that_is_only_known_later_cannot_be_included() -> None:
    with pytest.raises(TypeError):
        precompiled.precompiled(environment({"a": "{% include which %}"}), "a", "en")


def test_what_is_no_text_keeps_its_percent_signs() -> None:
    tree = environment({"a": "<style>{{ style('css/pay.css') }}</style>"})
    assert (
        "".join(precompiled.pieces(precompiled.precompiled(tree, "a", "en"), {}))
        == f"<style>{headers.style('css/pay.css')}</style>"
    )
