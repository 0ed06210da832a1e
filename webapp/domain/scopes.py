"""What a key of the API may do."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """ORDERS_READ: orders, their events, saved cards and buyers are shown; ORDERS_WRITE: orders are placed and changed, and money that is held
    is captured or voided; REFUNDS_WRITE: money goes back; CHARGES_WRITE: saved cards are charged, replaced and revoked; CALLBACKS: callbacks are
    shown and replayed, endpoints changed; ADMIN: people are erased. None of them includes another."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    REFUNDS_WRITE = "refunds:write"
    CHARGES_WRITE = "charges:write"
    CALLBACKS = "callbacks"
    ADMIN = "admin"
