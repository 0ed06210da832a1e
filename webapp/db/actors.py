"""Queries on actors: what those who did something are called now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.db import models
from webapp.domain.actors import ActorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webapp.db.session import Session

NAMED: dict[ActorKind, type[models.Operator | models.User | models.ApiKey]] = {
    ActorKind.OPERATOR: models.Operator,
    ActorKind.USER: models.User,
    ActorKind.API_KEY: models.ApiKey,
}


def of_merchant(session: Session, merchant: str) -> list[tuple[str, str]]:
    """The ids and present names of the merchant's operators, users and keys, but for those whose name is gone."""
    queries = (select(model.id, model.name).where(model.merchant_id == merchant) for model in NAMED.values())
    return [(row.id, row.name) for query in queries for row in session.execute(query) if row.name]


def names(session: Session, events: Iterable[models.OrderEvent | models.Refund]) -> Mapping[str, str]:
    """The present names of the operators, users and keys behind these events and refunds, by their ids; whose name is gone is left out."""
    return names_of(session, ((event.actor_kind, event.actor_id) for event in events))


def names_of(session: Session, acting: Iterable[tuple[ActorKind | None, str | None]]) -> Mapping[str, str]:
    """The same of these kinds and ids."""
    wanted: dict[ActorKind, set[str]] = {}
    for kind, identity in acting:
        if kind is not None and kind in NAMED and identity:
            wanted.setdefault(kind, set()).add(identity)
    found: dict[str, str] = {}
    for kind, ids in wanted.items():
        model = NAMED[kind]
        found |= {row.id: row.name for row in session.execute(select(model.id, model.name).where(model.id.in_(ids)))}
    return {identity: name for identity, name in found.items() if name}
