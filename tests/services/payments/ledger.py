"""What erasing and forgetting must leave as it was: the books here, and the customers at the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from webapp.db import models, personal

if TYPE_CHECKING:
    from tests.kit import Shop


def books(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    """What has to be as it was: of each row of the ledger, the columns that are kept and that no work moves."""
    moves = {"due_at", "tries", "lease", "lease_until", "revision", "state", "state_at", "closed_at", "status", "stage"}
    moves |= {"erased_at", "active_at", "emptied_at", "pending_transition"}
    names = ("buyers", "orders", "attempts", "refunds", "disputes", "aliases", "consents")
    tables = {name: models.Base.metadata.tables[name] for name in names}
    with shop.context.database.read() as session:
        return {
            name: sorted(
                (
                    tuple(row)
                    for row in session.execute(
                        table.select().with_only_columns(
                            *(column for column in table.columns if column.name in personal.KEPT[name] - moves)
                        )
                    )
                ),
                key=repr,
            )
            for name, table in tables.items()
        }


def knows(shop: Shop, customer: str) -> bool:
    """Whether the gateway still has that customer."""
    known = {"Authorization": f"Bearer {shop.account.secret_key}"}
    found = requests.get(f"{shop.gateway.served.url}/v1/customers/{customer}", headers=known, timeout=5).json()
    return not found.get("deleted")
