"""Parameters that know whether anybody asked for them: what Stripe takes and the sandbox does nothing with is refused, not ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Heeded(dict[str, Any]):
    """A call's parameters. `unread` are those that no noun has looked at; what is made of them by `|` counts as they do."""

    def __init__(self, values: Mapping[str, Any], read: set[str] | None = None) -> None:
        super().__init__(values)
        self._read = set() if read is None else read

    @property
    def unread(self) -> set[str]:
        return set(super().keys()) - self._read

    def heed(self, *names: str) -> None:
        """These are acted on where it comes to that: a question of the bank's, a decline."""
        self._read.update(names)

    def __getitem__(self, name: str) -> Any:
        self._read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._read.add(str(name))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self._read.update(super().keys())
        return super().__iter__()

    def get(self, name: str, default: Any = None) -> Any:
        self._read.add(name)
        return super().get(name, default)

    def __ror__(self, others: Mapping[str, Any]) -> Heeded:  # type: ignore[override]
        return Heeded({**others, **dict(super().items())}, self._read)
