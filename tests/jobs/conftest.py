"""A shop for the tests of this floor."""

from __future__ import annotations

from tests.kit import outside, shop, test_gateway

__all__ = ["outside", "shop", "test_gateway"]
