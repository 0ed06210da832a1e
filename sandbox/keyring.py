"""The secrets of one world: made once, kept in a file that only its owner can read."""

from __future__ import annotations

import base64
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEADING = "# The secrets of this machine's sandbox, made by `make run`. Not for production, and not for git.\n"


class Keyring:
    """Names and secrets. What the file lacks is made and added; what it has stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._secrets = _read(path)
        new = {name: value for name, value in _made().items() if name not in self._secrets}
        if new:
            self.keep(**new)

    def __getitem__(self, name: str) -> str:
        return self._secrets[name]

    def get(self, name: str) -> str | None:
        """A secret that somebody else makes, once it is known."""
        return self._secrets.get(name)

    def keep(self, **new: str) -> None:
        """Add or replace, on disk first: a crash leaves the old file or the new one."""
        whole = {**self._secrets, **new}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(HEADING + "".join(f"{name}={value}\n" for name, value in whole.items()))
        draft.replace(self._path)
        self._secrets = whole


def _made() -> dict[str, str]:
    return {
        "SECRET_KEYS": secrets.token_hex(32),
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "OIDC_CLIENT_SECRET": secrets.token_urlsafe(32),
        "GATEWAY_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
        "GATEWAY_PUBLISHABLE_KEY": f"pk_test_{secrets.token_hex(24)}",
        "WHATSAPP_ACCESS_TOKEN": f"EAA{secrets.token_hex(32)}",
        "WHATSAPP_APP_SECRET": secrets.token_hex(16),
        "WHATSAPP_VERIFY_TOKEN": secrets.token_hex(16),
        "CALLBACK_SECRET": f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
