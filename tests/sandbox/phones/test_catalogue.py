from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.phones import catalogue
from sandbox.phones.refusals import Refusal
from sandbox.phones.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def body(text: str, *examples: str) -> dict[str, Any]:
    return {"type": "BODY", "text": text} | ({"example": {"body_text": [list(examples)]}} if examples else {})


def link(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Open", "url": url} | more]}


def submit(tmp_path: Path, components: list[dict[str, Any]], **more: Any) -> catalogue.Template:
    wish = {"name": "order", "language": "en", "category": "UTILITY", "components": components} | more
    with Store(tmp_path / "phones.db").write() as db:
        return catalogue.submit(db, wish)


GOOD = body("Order {{1}} is paid.", "A12")


@pytest.mark.parametrize(
    "components",
    [
        [],
        [GOOD, GOOD],
        [body("{{1}} is paid", "A12")],
        [body("Paid: {{1}}", "A12")],
        [body("Order {{1}} is paid.")],
        [body("Order {{2}} is paid.", "A12")],
        [body("Order {{1}} {{2}} is paid.", "A", "B")],
        [body("x" * 1025)],
        [GOOD, {"type": "FOOTER", "text": "x" * 61}],
        [GOOD, {"type": "FOOTER", "text": "For {{1}} only"}],
        [GOOD, {"type": "HEADER", "format": "TEXT", "text": "x" * 61}],
        [GOOD, {"type": "BUTTONS", "buttons": []}],
        [GOOD, link("https://ordo.example/{{1}}/pay", example=["x"])],
        [GOOD, link("https://ordo.example/{{1}}")],
        [GOOD, link("ordo")],
        [GOOD, link("https://ordo.example", text="x" * 26)],
    ],
)
def test_components_against_metas_rules_are_refused(tmp_path: Path, components: list[dict[str, Any]]) -> None:
    with pytest.raises(Refusal) as refused:
        submit(tmp_path, components)
    assert refused.value.code == 100


@pytest.mark.parametrize(
    "more", [{"name": "Order"}, {"name": ""}, {"language": "english please"}, {"category": "NEWS"}]
)
def test_a_name_a_language_and_a_category_have_their_forms(tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        submit(tmp_path, [GOOD], **more)


def test_named_parameters_are_filled_by_their_names(tmp_path: Path) -> None:
    example = {"body_text_named_params": [{"param_name": "shop", "example": "Café"}]}
    component = {"type": "BODY", "text": "From {{shop}} to you.", "example": example}
    template = submit(tmp_path, [component], parameter_format="NAMED")
    parameter = {"type": "text", "parameter_name": "shop", "text": "Café"}
    assert catalogue.fill(template, [{"type": "body", "parameters": [parameter]}])["text"] == "From Café to you."


def test_a_parameter_that_looks_like_a_variable_stays_as_it_is(tmp_path: Path) -> None:
    template = submit(tmp_path, [body("From {{1}} to {{2}}, thanks.", "a", "b")])
    parameters = [{"type": "text", "text": text} for text in ("{{2}}", r"\1")]
    assert (
        catalogue.fill(template, [{"type": "body", "parameters": parameters}])["text"] == r"From {{2}} to \1, thanks."
    )
