"""A shop for tests: the real services on a database of the test's own, the sandbox's gateway, recorders in the place of
WhatsApp and of the order backend, and a clock that only the test moves. What several packages of tests share is here."""

from __future__ import annotations

from tests.kit.application import app, application, browser, settings
from tests.kit.events import fill
from tests.kit.gateway import Killed, Meanwhile, TestGateway, gateway_in, killed, meanwhile, test_gateway
from tests.kit.merchant import (
    ASKS,
    ASKS_ALWAYS,
    BUYER,
    CONSENT,
    DECLINED,
    ENCRYPTION_KEY,
    FAILS_LATER,
    NO_FUNDS,
    NUMBER,
    OPERATOR,
    PUBLIC_URL,
    SCRIPT,
    SECRET_KEYS,
    STRANGER,
    WORKS,
    declaration,
    setting,
)
from tests.kit.messages import buttons, confirmation, link, text
from tests.kit.opening import rival, shop, shop_on
from tests.kit.orders import paid, saved, types
from tests.kit.post import Post, post
from tests.kit.recorders import Outside, outside
from tests.kit.shops import Clock, Shop

__all__ = [
    "ASKS",
    "ASKS_ALWAYS",
    "BUYER",
    "CONSENT",
    "DECLINED",
    "ENCRYPTION_KEY",
    "FAILS_LATER",
    "NO_FUNDS",
    "NUMBER",
    "OPERATOR",
    "PUBLIC_URL",
    "SCRIPT",
    "SECRET_KEYS",
    "STRANGER",
    "WORKS",
    "Clock",
    "Killed",
    "Meanwhile",
    "Outside",
    "Post",
    "Shop",
    "TestGateway",
    "app",
    "application",
    "browser",
    "buttons",
    "confirmation",
    "declaration",
    "fill",
    "gateway_in",
    "killed",
    "link",
    "meanwhile",
    "outside",
    "paid",
    "post",
    "rival",
    "saved",
    "setting",
    "settings",
    "shop",
    "shop_on",
    "test_gateway",
    "text",
    "types",
]
