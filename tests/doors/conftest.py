"""A shop, its web application, and the look at all that is left of what came in."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.canaries import readable
from tests.kit import app, outside, shop, test_gateway

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Shop

__all__ = ["app", "outside", "shop", "test_gateway"]


@pytest.fixture
def nothing_is_left(shop: Shop, caplog: pytest.LogCaptureFixture) -> Callable[[], None]:
    """Of card numbers: in any row, in anything logged, at whatever level, in any message sent, in any callback told."""
    caplog.set_level(logging.DEBUG)

    def look() -> None:
        assert list(readable(shop.dump())) == []
        assert list(readable(shop.place.sent)) == []
        assert list(readable([body for _, body in shop.place.told])) == []
        assert list(readable([(record.getMessage(), record.exc_text) for record in caplog.records])) == []
        assert list(readable(caplog.text.splitlines())) == []

    return look
