"""The language that a buyer has chosen: that of the page and of all that is written to them, of this order and of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import buyers

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext


def choose(context: ServiceContext, buyer_id: str, language: str) -> None:
    """Keep the choice; the last one counts."""
    with context.database.write() as session:
        buyers.lock(session, buyer_id).language = language
