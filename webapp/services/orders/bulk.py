"""The same done to several orders of a merchant, each by itself: what becomes of one does not depend on another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.db import orders
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.domain.errors import OrdoError
    from webapp.services.runtime.context import ServiceContext

MOST = 100


class Verb(StrEnum):
    """What can be done to several orders at once."""

    RESEND = "resend"
    CANCEL = "cancel"


DONE_BY = {Verb.RESEND: lifecycle.resend, Verb.CANCEL: lifecycle.cancel}


@dataclass(frozen=True)
class Done:
    """What became of one order; `refused` is why nothing was done."""

    order_id: str
    reference: str
    refused: OrdoError | None


def named(context: ServiceContext, merchant_id: str, order_ids: Sequence[str]) -> dict[str, str]:
    """The references of those of these orders that are the merchant's, by their ids and in their order; `MOST` of them."""
    with context.database.read() as session:
        return orders.references_of(session, merchant_id, list(dict.fromkeys(order_ids))[:MOST])


def carry_out(context: ServiceContext, merchant_id: str, verb: Verb, order_ids: Sequence[str]) -> list[Done]:
    """Do it to each order of the merchant's; what is refused is told of each."""
    done = []
    for order_id, reference in named(context, merchant_id, order_ids).items():
        refused: OrdoError | None = None
        try:
            DONE_BY[verb](context, merchant_id, order_id)
        except (Conflict, Invalid, NotFound) as error:
            refused = error
        done.append(Done(order_id, reference, refused))
    return done
