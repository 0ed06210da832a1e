"""A shop, and the world around it."""

from __future__ import annotations

from tests.kit import app, outside, shop, test_gateway

__all__ = ["app", "outside", "shop", "test_gateway"]
