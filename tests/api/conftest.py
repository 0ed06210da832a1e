"""A shop, its door for order backends, and a backend with a key."""

from __future__ import annotations

from tests.api.backend import backend
from tests.kit import app, outside, shop, test_gateway

__all__ = ["app", "backend", "outside", "shop", "test_gateway"]
