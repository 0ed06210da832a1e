"""A buyer who types a card on the page, and what came of it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.looks.stage import PATIENCE, Stage

WORKS, ASKS_THE_BANK = "4242424242424242", "4000002500003155"


def types(page: Page, card: str) -> None:
    fields = page.frame_locator("#card-frame iframe")
    for label, text in (("Card number", card), ("Expiry date", "12/34"), ("Security code", "123")):
        fields.get_by_label(label).fill(text)


def pays(page: Page, card: str = WORKS) -> None:
    types(page, card)
    page.locator("#button").press("Enter")


def sees(page: Page, words: str = "Paid 10,00 €") -> None:
    expect(page.get_by_role("heading", name=words)).to_be_visible(timeout=PATIENCE)


def charges(scenes: Stage, order: str) -> int:
    """How often the gateway took the order's money."""
    intent = scenes.shop.get(order).intent
    return sum(
        charge["payment_intent"] == intent and charge["status"] == "succeeded"
        for charge in scenes.shop.ledger()["charges"]
    )
