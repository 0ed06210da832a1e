"""Webhooks whose signature is refused: told once a minute in the log, and by the check-up until one is right."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from tests.hooks.posts import stripe_post, whatsapp_post
from tests.kit import browser
from webapp.db import models
from webapp.services.monitoring import refused_webhooks, shop_check

if TYPE_CHECKING:
    from flask import Flask

    from tests.kit import Shop


EVENT = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1"}}}


def told(shop: Shop) -> dict[str, str]:
    """What the check-up says of each sender."""
    found = shop_check.look(shop.context, shop.one(models.Merchant), shop.clock())
    return {each.subject.rpartition(" ")[2]: each.text for each in found if "webhooks of" in each.subject}


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The log's lines since the last time."""
    lines = [each.getMessage() for each in caplog.records if each.name == refused_webhooks.__name__]
    assert all(each.levelno == logging.WARNING for each in caplog.records if each.name == refused_webhooks.__name__)
    caplog.clear()
    return lines


def test_a_wrong_secret_is_told_once_a_minute_and_until_a_right_one_comes(
    app: Flask, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    said = "of gateway refused: no secret of the merchant's file makes that signature"
    for _ in range(20):
        assert stripe_post(app, json.dumps(EVENT), "whsec_wrong").status_code == 401
    assert (warned(caplog), [*told(shop)]) == ([f"cafe: a webhook {said}"], ["gateway"])
    shop.clock.forward(seconds=60)
    stripe_post(app, json.dumps(EVENT), "whsec_wrong")
    assert warned(caplog) == [f"cafe: 20 webhooks {said}"]
    assert told(shop)["gateway"].startswith("21 came with a signature")
    assert "from 2026-11-24 10:00 UTC to 2026-11-24 10:01 UTC" in told(shop)["gateway"]
    shop.clock.forward(seconds=1)
    assert stripe_post(app, json.dumps(EVENT)).status_code == 200
    assert told(shop) == {}
    shop.clock.forward(days=1)
    stripe_post(app, json.dumps(EVENT), "whsec_wrong")
    assert told(shop)["gateway"].startswith("1 came")
    shop.clock.forward(days=8)
    assert told(shop) == {}


def test_each_sender_counts_for_itself(app: Flask, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    assert whatsapp_post(app, b"{}", "wrong").status_code == 401
    assert stripe_post(app, json.dumps(EVENT)).status_code == 200
    assert told(shop).keys() == {"whatsapp"}
    assert len(warned(caplog)) == 1
    challenge = "?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1"
    shop.clock.forward(minutes=1)
    assert browser(app).get(f"/hooks/whatsapp/cafe{challenge}").status_code == 401
    assert told(shop)["whatsapp"].startswith("2 came")


def test_what_bears_no_signature_and_what_is_for_nobody_is_not_counted(app: Flask, shop: Shop) -> None:
    browser(app).post("/hooks/stripe/cafe", data="{}")
    browser(app).post("/hooks/whatsapp/cafe", data="{}")
    stripe_post(app, json.dumps(EVENT), merchant="nobody")
    assert shop.all(models.WebhookRefusal) == []
