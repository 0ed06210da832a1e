"""A callback as the product sends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYq="
PAID: dict[str, Any] = {
    "type": "order.paid",
    "timestamp": "2026-11-24T10:00:00Z",
    "data": {
        "order": "ord_1",
        "reference": "A12",
        "state": "paid",
        "action": "REGISTER_PAY",
        "amount": 1000,
        "currency": "EUR",
        "buyer": {"phone": "+33612345678", "email": "buyer@example.com"},
        "alias": {"id": "al_1", "status": "active"},
        "consent": {"wording": "Keep my card", "version": "2026-11", "language": "en", "at": "2026-11-24T09:59:58Z"},
        "charged_alias": None,
    },
}


def sealed(body: str, *, id_: str = "msg_1", age: timedelta = timedelta(0), secret: str = SECRET) -> dict[str, str]:
    at = datetime.now(UTC) - age
    signature = Webhook(secret).sign(id_, at, body)
    return {"webhook-id": id_, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
