"""A shop and its web application for the tests of this door."""

from __future__ import annotations

from tests.kit import app, outside, shop, test_gateway

__all__ = ["app", "outside", "shop", "test_gateway"]
