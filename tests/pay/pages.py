"""The buyer's pages with sample data, rendered without the application: what templates need, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from webapp.pay.brand import Look
from webapp.pay.page import PayPage, Problem, Step
from webapp.web import headers

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "http://gateway.localhost/endive/stripe.js"
PROBLEM = Problem("generic", "Your bank declined this card. Try another card.")
CONSENT = "Café Lumière keeps this card for your next orders."
BANK: dict[str, Any] = {
    "state": "processing",
    "step": Step.BANK,
    "next_step": {"action": {"clientSecret": "pi_1_secret_2"}},
}
WAITING: dict[str, Any] = {"state": "processing", "step": Step.WAITING}

PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "pay": ("show", {}),
    "ask": ("show", {"action": "ASK_REGISTER_PAY", "consent_text": CONSENT, "consent_version": "2026-11"}),
    "register": ("show", {"action": "REGISTER", "amount": None, "consent_text": CONSENT, "consent_version": "2026-11"}),
    "register and pay": ("show", {"action": "REGISTER_PAY", "consent_text": CONSENT, "consent_version": "2026-11"}),
    "to be held": ("show", {"held": True}),
    "declined": ("show", {"problem": PROBLEM}),
    "waiting": ("processing", WAITING),
    "bank": ("processing", BANK),
    "paid": ("done", {"state": "paid", "card": "Visa •• 4242", "closed_at": "24 Nov 2026, 09:59", "alias_saved": True}),
    "registered": ("done", {"state": "registered", "action": "REGISTER", "amount": None, "alias_saved": True}),
    "held": ("held", {"state": "authorised", "card": "Visa •• 4242", "alias_saved": True, "consent_text": CONSENT}),
    "expired": ("expired", {"state": "expired"}),
    "cancelled": ("cancelled", {"state": "cancelled"}),
    "refused": ("refused", {"state": "refused"}),
}


def environment() -> jinja2.Environment:
    """Templates as the application sets them up, in English; a name that no template should use is an error."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        undefined=jinja2.StrictUndefined,
    )
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    env.globals["static"] = lambda path: f"/static/{path}"
    env.globals["style"] = headers.style
    env.globals.update(language="en", dir="ltr", languages={"en": "English", "ar": "العربية"})
    env.globals["get_flashed_messages"] = lambda **_: [("message", "Saved")]
    return env


def page(**changes: Any) -> PayPage:
    """An open payment of 10 euros, with what differs."""
    values: dict[str, Any] = {
        "token": "9mPz.1.signature",
        "csrf_token": "form-token",
        "public_url": "http://ordo.localhost",
        "test_mode": True,
        "merchant_name": "Café Lumière",
        "merchant_contact": "hello@cafe-lumiere.example",
        "gateway_name": "Stripe",
        "look": Look(None, None, "/p/brand/cafe/0.card.png"),
        "preview": "Payment request",
        "state": "open",
        "action": "PAYMENT",
        "amount": "€10.00",
        "description": "2 pizzas",
        "reference": "A12",
        "expires": "24 Nov 2026, 10:00",
        "script": "/static/js/gateways/stripe.js",
        "gateway_script": SCRIPT,
        "gateway_form": {"key": "pk_test_1", "elements": {"mode": "payment", "amount": 1000, "currency": "eur"}},
    }
    return PayPage(**(values | changes))


def render(name: str, *, language: str = "en", direction: str = "ltr", **changes: Any) -> str:
    """One of PAGES, with what differs."""
    template, values = PAGES[name]
    shown = page(**(values | changes))
    return environment().get_template(f"pay/{template}.html").render(page=shown, language=language, dir=direction)


def status(**changes: Any) -> str:
    """The fragment that tells what became of a try."""
    return environment().get_template("pay/_status.html").render(page=page(**changes))
