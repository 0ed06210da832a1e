"""A shop, its web application, and the look at all that is left of what came in."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import TYPE_CHECKING

import pytest

from tests.canaries import readable
from tests.kit import BUYER, OPERATOR, STRANGER, app, outside, shop, test_gateway
from webapp import logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kit import Shop

__all__ = ["app", "outside", "shop", "test_gateway"]

LINK = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
PRIVATE = (
    *(phone[1:] for phone in (BUYER, OPERATOR, STRANGER)),
    *("buyer@example.com", "@cafe.example", "Ada Martin", "rue de la Paix", "75002", "2 pizzas", "Léa"),
    *("whsec_gateway", "an-app-secret", "a-verify-token", "ctoken_1", "sk_test_"),
)
"""People's own words and addresses, and secrets, of the shop and of what its doors are walked with."""


class Sinks:
    """The log as an operator has it, in each of its forms."""

    def __init__(self) -> None:
        self.plain, self.as_json = io.StringIO(), io.StringIO()
        logs.protect()
        self.handlers = [logging.StreamHandler(self.plain), logging.StreamHandler(self.as_json)]
        self.handlers[0].setFormatter(logging.Formatter(logs.PLAIN))
        self.handlers[1].setFormatter(logs.json_formatter())
        for handler in self.handlers:
            handler.setLevel(logging.INFO)
            logging.getLogger().addHandler(handler)

    def lines(self) -> list[str]:
        """All that was written; each line of JSON is an object."""
        objects = self.as_json.getvalue().splitlines()
        for line in objects:
            assert {"event", "level", "logger", "timestamp"} <= json.loads(line).keys()
        return [*self.plain.getvalue().splitlines(), *objects]

    def close(self) -> None:
        for handler in self.handlers:
            logging.getLogger().removeHandler(handler)


@pytest.fixture
def sinks() -> Iterator[Sinks]:
    made = Sinks()
    yield made
    made.close()


@pytest.fixture
def nothing_is_left(shop: Shop, sinks: Sinks, caplog: pytest.LogCaptureFixture) -> Callable[[], None]:
    """Of card numbers: in any row, in anything logged, at whatever level, in any message sent, in any callback told. And in the log as it is
    written, in words or as JSON, of links, secrets and people."""
    caplog.set_level(logging.DEBUG)

    def look() -> None:
        assert list(readable(shop.dump())) == []
        assert list(readable(shop.place.sent)) == []
        assert list(readable([body for _, body in shop.place.told])) == []
        assert list(readable([(record.getMessage(), record.exc_text) for record in caplog.records])) == []
        assert list(readable(caplog.text.splitlines())) == []
        lines = sinks.lines()
        assert list(readable(lines)) == []
        assert [line for line in lines if LINK.search(line) or any(each in line for each in PRIVATE)] == []

    return look
