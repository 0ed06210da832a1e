"""The translations: bring every catalogue up to what the code says, compile it, and say what is missing.

python -m tools.translations compile    make the .mo files that are older than their .po (the set-up does it)
python -m tools.translations update     after a text has changed: every messages.po gets the new strings
python -m tools.translations check      every string is in every catalogue, translated, with its places to fill
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
MARKS = {"_", "gettext", "ngettext", "pgettext", "npgettext", "lazy_gettext"}
FOLDER = "webapp/translations"
SOURCES = {"webapp": [("**.py", "python")], "templates": [("**.html", "jinja2")]}
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}}


def main(arguments: list[str]) -> int:
    """Do what the first argument says: 0, or 1 after saying what is missing, or 2 for an argument that is unknown."""
    match arguments:
        case ["compile"]:
            compile_all(ROOT)
        case ["update"]:
            update(ROOT)
        case ["check"]:
            problems = list(check(ROOT))
            print("\n".join(problems) or "Every text is in every language.")
            return 1 if problems else 0
        case _:
            print(__doc__)
            return 2
    return 0


def texts(root: Path) -> Catalog:
    """Every text that the code and the templates mark for translation, with the files it is in."""
    found = Catalog(project="Ordo", charset="utf-8")
    for folder, methods in SOURCES.items():
        if not (root / folder).is_dir():
            continue
        for name, line, text, comments, context in extract_from_dir(
            root / folder, methods, OPTIONS, DEFAULT_KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
        ):
            found.add(text, None, [(f"{folder}/{name}", line)], auto_comments=comments, context=context)
    return found


def compile_all(root: Path) -> None:
    """Write the .mo beside each .po that is newer."""
    for path in _catalogues(root):
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime_ns < path.stat().st_mtime_ns:
            with compiled.open("wb") as out:
                write_mo(out, _read(path))


def update(root: Path) -> None:
    """Add new texts to every catalogue, untranslated, and drop those that the code no longer says."""
    wanted = texts(root)
    for path in _catalogues(root):
        catalogue = _read(path)
        catalogue.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        with path.open("wb") as out:
            write_po(out, catalogue, width=0, sort_output=True, no_location=True, ignore_obsolete=True)


def check(root: Path) -> Iterator[str]:
    """One line for each text that some language lacks, has without being asked, or has with other places to fill, and for each that
    nobody finds."""
    wanted = texts(root)
    yield from _hidden(root)
    for path in _catalogues(root):
        language, catalogue = path.parts[-3], _read(path)
        for message in wanted:
            if message.id:
                ours = catalogue.get(message.id, message.context)
                yield from (f"{language}: {problem}: {_shown(message)}" for problem in _problems(ours))
        for message in catalogue:
            if message.id and wanted.get(message.id, message.context) is None:
                yield f"{language}: no longer said anywhere: {_shown(message)}"


def _hidden(root: Path) -> Iterator[str]:
    """Texts inside an f-string: Python runs them, and no tool extracts them, so that they are shown in English to everybody."""
    for path in sorted((root / "webapp").rglob("*.py")):
        strings = (node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.JoinedStr))
        calls = {each for string in strings for each in ast.walk(string) if isinstance(each, ast.Call)}
        lines = {call.lineno for call in calls if _called(call) in MARKS}
        yield from (
            f"{path.relative_to(root)}:{line}: a text inside an f-string is not found" for line in sorted(lines)
        )


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def _problems(message: Message | None) -> Iterator[str]:
    if message is None:
        yield "missing (make translations adds it)"
        return
    said = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    if not all(said):
        yield "not translated"
    elif message.fuzzy:
        yield "marked as uncertain"
    elif any(_places(text or "") != _places(message.id) for text in said):
        yield "its places to fill are others"


def _places(text: str | tuple[str, ...] | list[str]) -> set[str]:
    """What a text fills in; a plural form may do without the number itself ("one card")."""
    texts = text if isinstance(text, (tuple, list)) else [text]
    return {place for each in texts for place in re.findall(r"%(?:\(\w+\))?[a-z]", each)} - {"%(num)s", "%(num)d"}


def _shown(message: Message) -> str:
    text = message.id if isinstance(message.id, str) else message.id[0]
    places = ", ".join(f"{name}:{line}" for name, line in message.locations[:3])
    return f"{text!r} ({places})" if places else repr(text)


def _catalogues(root: Path) -> list[Path]:
    return sorted((root / FOLDER).glob("*/LC_MESSAGES/messages.po"))


def _read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.parts[-3], domain="messages")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
