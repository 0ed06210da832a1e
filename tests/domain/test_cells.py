"""Cells of CSV files: texts to every spreadsheet, and the same texts when they come back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import cells

ESCAPED = {
    "=1+1": "'=1+1",
    "+33612345678": "'+33612345678",
    "-10%": "'-10%",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t'=1",
    "\r=1": "'\r'=1",
    "\n=1": "'\n'=1",
    "＝1＋1": "'＝1＋1",
    "'=1": "''=1",
    'x;=HYPERLINK("http://evil")': 'x;\'=HYPERLINK("http://evil")',
    "a,-b": "a,'-b",
    "a\n@b": "a\n'@b",
    "2 pizzas, -10 %": "2 pizzas, -10 %",
    "O'Brien": "O'Brien",
    "a=b": "a=b",
    "": "",
}
PLAIN = {'="00123"': "00123", '="say ""hi"""': 'say "hi"', "'+33612345678": "+33612345678", "'hello": "'hello"}


def test_no_spreadsheet_takes_a_cell_or_a_part_of_one_for_a_formula() -> None:
    assert {text: cells.escaped(text) for text in ESCAPED} == ESCAPED
    assert {cell: cells.plain(cell) for cell in PLAIN} == PLAIN


@given(st.text(st.sampled_from("=+-@＝'\"\t\r\n,; a1")))
def test_what_is_escaped_comes_back_as_it_was(text: str) -> None:
    escaped = cells.escaped(text)
    assert not escaped.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    assert cells.plain(escaped) == text
