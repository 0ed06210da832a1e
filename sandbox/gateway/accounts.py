"""Who is asking: keys, accounts and connected accounts. Each has data of its own, named by its scope."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import Headers

from sandbox.gateway.errors import GatewayError


@dataclass(frozen=True)
class Account:
    """A merchant's account at the gateway."""

    secret_key: str
    publishable_key: str
    name: str

    @property
    def id(self) -> str:
        """The same over restarts, and tells nothing of the key."""
        return "acct_" + hashlib.sha256(self.secret_key.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Caller:
    """An account, the scope of its data, and whether it showed the secret key (or the publishable one, as browsers
    do)."""

    account: Account
    scope: str
    secret: bool

    @property
    def connected(self) -> str | None:
        """The connected account that is acted for, if any."""
        _, _, connected = self.scope.partition("/")
        return connected or None

    @property
    def account_id(self) -> str:
        return self.connected or self.account.id


def identify(accounts: Sequence[Account], headers: Headers) -> Caller:
    """The caller of a request, by `Authorization` and `Stripe-Account`. Raises 401, and 403 for somebody else's
    account."""
    key = _key(headers.get("Authorization", ""))
    for account in accounts:
        if key in {account.secret_key, account.publishable_key}:
            scope = _scope(account, accounts, headers.get("Stripe-Account") or account.id)
            return Caller(account, scope, secret=key == account.secret_key)
    shown = f"{key[:8]}***{key[-4:]}" if len(key) > 16 else "***"
    raise GatewayError(401, "invalid_request_error", f"Invalid API Key provided: {shown}")


def _key(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "basic":
        with contextlib.suppress(binascii.Error):
            credentials = base64.b64decode(credentials).decode(errors="replace").partition(":")[0]
    if not credentials:
        raise GatewayError(
            401,
            "invalid_request_error",
            "You did not provide an API key: send 'Authorization: Bearer YOUR_SECRET_KEY'.",
        )
    return credentials.strip()


def _scope(account: Account, accounts: Sequence[Account], wanted: str) -> str:
    if wanted == account.id:
        return account.id
    # Any other well-formed name is a connected account of this platform's own; what is another platform's stays closed.
    if not re.fullmatch(r"acct_[A-Za-z0-9]{1,64}", wanted) or any(wanted == other.id for other in accounts):
        raise GatewayError(
            403,
            "invalid_request_error",
            f"The provided key does not have access to account '{wanted}' (or that account does not exist).",
            code="account_invalid",
        )
    return f"{account.id}/{wanted}"
