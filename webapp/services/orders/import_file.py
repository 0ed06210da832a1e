"""A CSV file as spreadsheets and programs write it: its bytes, its columns, its lines. What a cell means: `import_lines`."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.domain import cards, cells, characters, metadata
from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LARGEST = 8 * 1024 * 1024  # bytes
MOST_LINES = 10_000
MOST_COLUMNS = 100  # that have a name: fewer than forty are known
LONGEST_NAME = 200  # characters of a column's name that is looked at
LISTED = 1000  # errors that are told of one file
DELIMITERS = ",;"
METADATA = "metadata."
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class LineError:
    """What is wrong with a line: where it begins in the file, counted from 1; the column's name, None where it is the line as a whole;
    a stable word, and what to do."""

    line: int
    column: str | None
    code: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}{f', {self.column}' if self.column else ''}: {self.message}"


@dataclass(frozen=True)
class Line:
    """A line by its columns: each cell that is not empty, as it is written."""

    number: int
    cells: dict[str, str]


class WrongFile(Invalid):
    """Nothing of the file was taken. `errors` are what is wrong, in the order of the lines; `found` how many there are in all."""

    def __init__(self, errors: Sequence[LineError], found: int | None = None) -> None:
        self.errors, self.found = tuple(errors[:LISTED]), len(errors) if found is None else found
        super().__init__("bad_csv", "\n".join(map(str, self.errors)), errors=self.errors, found=self.found)


def text(data: bytes) -> str:
    """The file's text. Raises `WrongFile`: empty, too_large, not_utf8."""
    if len(data) > LARGEST:
        raise WrongFile(
            [LineError(1, None, "too_large", f"the file is larger than {LARGEST // 1024**2} MB: send it in parts")]
        )
    if data.startswith(WIDE):
        raise _not_utf8(1, "UTF-16")
    try:
        found = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(data.count(b"\n", 0, error.start) + 1, "another encoding") from None
    if not found.strip():
        raise WrongFile([LineError(1, None, "empty", "the file is empty")])
    return found


def lines(content: str, known: Mapping[str, str]) -> Iterator[Line | LineError]:
    """The lines that say something, or what is wrong with one; `known` tells which column a name is of. Raises `WrongFile` for names that
    are not known, for columns that are there twice, or none, and where quotation marks are not closed."""
    content, skipped = _without_hint(content)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=_delimiter(content, known), strict=True)
    header: list[str] | None = None
    while True:
        number = reader.line_num + 1 + skipped
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise WrongFile([LineError(number, None, "bad_quotes", _quotes(str(error)))]) from None
        if row is None:
            break
        if not any(map(str.strip, row)):
            continue
        if header is None:
            header = _header(row, number, known)
        else:
            yield _line(number, header, row)
    if header is None:
        raise WrongFile([LineError(1, None, "empty", "the file has no line of column names")])


def _line(number: int, header: list[str], row: list[str]) -> Line | LineError:
    if len(row) != len(header):
        advice = (
            "put a text that holds the separator into double quotes" if len(row) > len(header) else "some are missing"
        )
        return LineError(
            number, None, "wrong_columns", f"has {len(row)} cells and the first line {len(header)}: {advice}"
        )
    made = [(name, cell.strip(" ")) for name, cell in zip(header, row, strict=True) if cell.strip(" ")]
    if not all(name for name, _ in made):
        return LineError(number, None, "wrong_columns", "has a cell in a column without a name")
    return Line(number, dict(made))


def _without_hint(content: str) -> tuple[str, int]:
    """Without the line by which a file tells Excel its separator, and how many lines that was."""
    hint = re.match(r"sep=[,;]\r?\n", content, re.IGNORECASE)
    return (content[hint.end() :], 1) if hint else (content, 0)


def _delimiter(content: str, known: Mapping[str, str]) -> str:
    """The one by which the first line has the most names that are known, else that is there."""
    first = next((line for line in content.splitlines() if line.strip()), "")

    def found(delimiter: str) -> tuple[int, int]:
        names = [_tidy(name) for name in first.replace('"', "").split(delimiter)]
        return sum(name in known or name.startswith(METADATA) for name in names), len(names)

    return max(DELIMITERS, key=found)


def _tidy(name: str) -> str:
    """A column's name without what spreadsheets add to it; `metadata.` has keys in capitals too."""
    name = cells.plain(name).strip()
    plain = name.lower()
    return METADATA + name[len(METADATA) :] if plain.startswith(METADATA) else plain.replace(" ", "_")


def _header(row: list[str], number: int, known: Mapping[str, str]) -> list[str]:
    names = [_tidy(name) for name in row]
    named = sum(map(bool, names))
    if named > MOST_COLUMNS or any(
        len(name) > LONGEST_NAME for name in names
    ):  # to look for what each means takes long
        message = f"{named} columns: at most {MOST_COLUMNS}, with names of {LONGEST_NAME} characters"
        raise WrongFile([LineError(number, None, "too_many_columns", message)])
    wrong = [error for name in names if name for error in _wrong_name(name, number, known)]
    names = [known.get(name, name) for name in names]
    for name, count in Counter(names).items():
        if name and count > 1:
            wrong.append(LineError(number, _shown(name), "repeated_column", "this column is there twice"))
    kept = [name for name in names if name.startswith(METADATA)]
    if len(kept) > metadata.MOST:
        wrong.append(
            LineError(number, None, "bad_metadata", f"{len(kept)} columns of metadata: at most {metadata.MOST}")
        )
    if wrong:
        raise WrongFile(wrong)
    return names


def _wrong_name(name: str, number: int, known: Mapping[str, str]) -> Iterator[LineError]:
    if name.startswith(METADATA):
        try:
            metadata.checked({name.removeprefix(METADATA): ""})
        except Invalid as error:
            yield LineError(number, _shown(name), error.code, str(error))
    elif name not in known:
        close = near(name, known)
        advice = f"did you mean {close}?" if close else f"columns are {', '.join(known)} and {METADATA}…"
        yield LineError(number, _shown(name), "unknown_column", f"there is no such column: {advice}")


def near(name: str, known: Mapping[str, str]) -> str | None:
    """The column that was perhaps meant by a name that is none's."""
    return next(iter(difflib.get_close_matches(name.replace("-", "_"), known, 1, 0.5)), None)


def _shown(name: str) -> str:
    return characters.printable(characters.cut(cards.hidden(name), 40))


def _not_utf8(line: int, what: str) -> WrongFile:
    message = f"the file is not UTF-8 but {what}: save it as “CSV UTF-8”"
    return WrongFile([LineError(line, None, "not_utf8", message)])


def _quotes(reason: str) -> str:
    if "field larger" in reason:
        return "a cell is longer than 131,072 characters: is a double quote missing?"
    return 'a double quote is not closed, or text follows one that is: write "" for one within a text'
