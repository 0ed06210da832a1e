"""The texts that a language gives to the catalogue of templates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """One language of a template: the body, and the label of the button that opens the order's page."""

    body: str
    label: str | None = None


@dataclass(frozen=True, kw_only=True)
class Words:
    """Every template in one language, and the footer that says how to get no more messages.

    Meta's rules hold for each (tests/whatsapp/test_templates.py): no variable first or last, 20 characters of label, 60 of footer.
    """

    payment_request: Wording
    terms_request: Wording
    register_request: Wording
    reminder: Wording
    receipt: Wording
    charge_receipt: Wording
    card_saved: Wording
    saving_receipt: Wording
    order_update: Wording
    merchant_notice: Wording
    stop: str
