"""The days for which people's data are kept: what may be said of them, and that the settings and the page say the same."""

from __future__ import annotations

from typing import Any

import pytest

from tools import retention as page
from webapp.config import Settings
from webapp.domain import retention
from webapp.domain.retention import DEFAULTS, MOST, RULES, Kept


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({}, None),
        ({"message_days": 30, "order_days": MOST}, None),
        ({"message_days": 29}, "from 30 to 3650"),
        ({"webhook_days": MOST + 1}, "from 14 to 3650"),
        ({"message_days": True}, "number of days"),
        ({"message_days": "90"}, "number of days"),
        ({"messages_days": 90}, "messages_days is nothing"),
    ],
)
def test_what_a_merchant_may_say(own: dict[str, Any], said: str | None) -> None:
    found = retention.fault(own)
    assert found is None if said is None else said in (found or "")


def test_a_merchant_s_days_come_before_the_installation_s() -> None:
    assert retention.days(Kept.MESSAGES, {"message_days": 40}, DEFAULTS) == 40
    assert retention.days(Kept.MESSAGES, {"order_days": 40}, DEFAULTS) == RULES[Kept.MESSAGES].days
    assert retention.days(Kept.MESSAGES, None, DEFAULTS) == RULES[Kept.MESSAGES].days


@pytest.mark.parametrize("kept", Kept)
def test_each_has_a_setting_of_the_same_days(kept: Kept) -> None:
    field, rule = Settings.model_fields[kept], RULES[kept]
    bounds = {type(each).__name__: each for each in field.metadata}
    assert (field.default, bounds["Ge"].ge, bounds["Le"].le) == (rule.days, rule.least, MOST)


def test_the_operator_s_page_says_what_is_declared() -> None:
    text = page.PAGE.read_text("utf-8")
    assert page.TIMES + page.times() in text, "python -m tools.retention"
    assert page.PLACES + page.places() in text, "python -m tools.retention"
