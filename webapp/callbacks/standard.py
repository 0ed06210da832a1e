"""Standard Webhooks 1.0: a callback's body, its secret and its signature, which the standard's own library makes."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from datetime import UTC
from typing import TYPE_CHECKING, Any

from standardwebhooks import Webhook

from webapp.callbacks import sender

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes of a secret, by the specification
SHOWN = 11  # characters of a signature that are kept: `v1,` and eight


def new_secret() -> str:
    """A secret for one endpoint: `whsec_` and 32 bytes of the system's CSPRNG in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def is_secret(secret: str) -> bool:
    """Whether it is `whsec_` and 24 to 64 bytes in base64. The library takes shorter ones, which can be guessed."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return secret.startswith(PREFIX) and SHORTEST <= len(key) <= LONGEST


def body(kind: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The JSON that is kept, signed and sent, byte for byte the same at every try. `at` is when it happened."""
    moment = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    document = {"type": kind, "timestamp": moment, "data": data}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def sign(callback: str, at: datetime, content: str, keys: Sequence[str]) -> dict[str, str]:
    """The headers of one try made at `at`; `callback` is the same at every try, so that a receiver knows a repeat.

    Several keys while one is being replaced: a signature by each, of which a receiver needs to know one.
    """
    moment = at.astimezone(UTC)  # the library takes any clock time for UTC
    return {
        "webhook-id": callback,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(callback, moment, content) for key in keys),
    }


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """What is kept of the headers of one try: of each signature its beginning, enough to compare with one's own, and too little to send the
    callback once more in our name."""
    signed = headers["webhook-signature"].split(" ")
    return {
        "content-type": "application/json",
        "user-agent": sender.AGENT,
        **headers,
        "webhook-signature": " ".join(f"{each[:SHOWN]}..." for each in signed),
    }
