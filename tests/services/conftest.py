"""A shop for the tests of this floor."""

from __future__ import annotations

from tests.kit import outside, post, shop, test_gateway

__all__ = ["outside", "post", "shop", "test_gateway"]
