"""The gateways that an installation speaks to, by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.gateways.base import GatewayProvider

NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
RESERVED = frozenset({"whatsapp", "csp"})  # what else comes in below /hooks/


class Providers:
    """One provider at least. The first is that of a merchant whose file names none."""

    def __init__(self, providers: Sequence[GatewayProvider]) -> None:
        """Raises `ValueError` for a name that cannot stand in a webhook's address, or stands for two."""
        self._by_name = {each.name: each for each in providers}
        wrong = [name for name in self._by_name if not NAME.fullmatch(name) or name in RESERVED]
        if wrong or len(self._by_name) != len(providers) or not providers:
            raise ValueError(f"gateways need a name of their own: {[each.name for each in providers]}")
        self.default = providers[0]

    def __iter__(self) -> Iterator[GatewayProvider]:
        return iter(self._by_name.values())

    def named(self, name: str) -> GatewayProvider:
        """Raises `Invalid` (unknown_gateway)."""
        found = self._by_name.get(name)
        if found is None:
            known = ", ".join(sorted(self._by_name))
            raise Invalid("unknown_gateway", f"gateway.provider: {name!r} is not known here; known are: {known}")
        return found
