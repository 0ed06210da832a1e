"""The world of the faults, for drills in it."""

from __future__ import annotations

from tests.faults.conftest import gateway, merchant, place, product

__all__ = ["gateway", "merchant", "place", "product"]
