"""What programs post to us: a gateway's and WhatsApp's signed webhooks, and browsers' reports."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

from tests.kit import Shop, browser

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse


def stripe_post(
    app: Flask, body: str, secret: str = "whsec_gateway", *, merchant: str = "cafe", age: int = 0
) -> TestResponse:
    moment = int(time.time()) - age
    signature = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={moment},v1={signature}"}
    return browser(app).post(f"/hooks/stripe/{merchant}", data=body, headers=headers)


def whatsapp_post(app: Flask, body: bytes, secret: str = "an-app-secret", *, merchant: str = "cafe") -> TestResponse:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signature}"}
    return browser(app).post(f"/hooks/whatsapp/{merchant}", data=body, headers=headers)


def link(shop: Shop) -> str:
    order = shop.get(shop.order())
    return shop.context.links.url(order.id, order.link_version)


def old(page: str, **changes: Any) -> Any:
    """As CSP level 2 has it: Safari and Firefox."""
    body = {
        "document-uri": page,
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/skim.js?x=1",
        "source-file": f"{page}?lang=en",
    }
    return {"csp-report": body | changes}


def new(page: str, **changes: Any) -> Any:
    """As the Reporting API has it: Chromium."""
    body = {
        "documentURL": page,
        "effectiveDirective": "script-src-elem",
        "blockedURL": "https://evil.example/skim.js",
        "sourceFile": page,
    }
    return [{"type": "csp-violation", "age": 10, "url": page, "body": body | changes}]


def send(app: Flask, document: Any, kind: str = "application/csp-report") -> int:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return browser(app).post("/hooks/csp", data=body, content_type=kind).status_code
