"""Documents with a card number in each place."""

from __future__ import annotations

import copy
import itertools
from typing import TYPE_CHECKING, Any

from tests.canaries import SPELLINGS, VISA

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]


def leaves(document: Any, path: Path = ()) -> Iterator[Path]:
    """The way to each value that is no list and no object."""
    match document:
        case dict():
            for key, each in document.items():
                yield from leaves(each, (*path, key))
        case list():
            for number, each in enumerate(document):
                yield from leaves(each, (*path, number))
        case _:
            yield path


def objects(document: Any, path: Path = ()) -> Iterator[Path]:
    """The way to each object."""
    return (each for each in dict.fromkeys(leaf[:-1] for leaf in leaves(document, path)) if each)


def put(document: Any, path: Path, value: Any) -> Any:
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def variants(document: Any) -> Iterator[Any]:
    """The document with a number in each place in turn, in another spelling each time, and as a number of JSON in all at once."""
    spellings = itertools.cycle(SPELLINGS.values())
    for path in leaves(document):
        yield put(document, path, next(spellings))
    yield everywhere(document, int(VISA))
    for path in objects(document):
        yield put(document, (*path, next(spellings)), {"and": next(spellings)})


def everywhere(document: Any, value: object) -> Any:
    for path in list(leaves(document)):
        document = put(document, path, value)
    return document
