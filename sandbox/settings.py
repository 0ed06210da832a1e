"""What the product is told of this world: its settings, and the environment that its processes are started in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sandbox import demo

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.around import Addresses
    from sandbox.keyring import Keyring


def database(root: Path) -> str:
    """The address of the product's SQLite database in this folder."""
    return f"sqlite:///{(root / 'ordo.db').absolute()}"


def product(keyring: Keyring, here: Addresses, database_url: str) -> dict[str, str]:
    """The product's settings."""
    return {
        "PUBLIC_URL": here.ordo.browser,
        "DATABASE_URL": database_url,
        **({"DATABASE_DIRECT_URL": database_url} if database_url.startswith("postgresql") else {}),
        "SECRET_KEYS": keyring["SECRET_KEYS"],
        "ENCRYPTION_KEYS": keyring["ENCRYPTION_KEYS"],
        "STRIPE_API_URL": here.gateway.server,
        "STRIPE_SCRIPT_URL": f"{here.gateway.browser}/endive/stripe.js",
        "WHATSAPP_API_URL": here.phones.server,
        "WHATSAPP_API_VERSION": "v26.0",
        "WHATSAPP_CHAT_URL": f"{here.phones.browser}/wa.me",
        "OIDC_METADATA_URL": f"{here.identity.server}/.well-known/openid-configuration",
        "OIDC_CLIENT_ID": demo.CLIENT_ID,
        "OIDC_CLIENT_SECRET": keyring["OIDC_CLIENT_SECRET"],
        "SMTP_URL": f"smtp+plain://127.0.0.1:{here.mail.port}",
        "SMTP_FROM": demo.LETTERS_FROM,
        "ALLOW_SANDBOX_HOSTS": "1",
        "TRUSTED_PROXIES": "0",
    }


def environment(settings: dict[str, str]) -> dict[str, str]:
    """This process's environment with the settings over it; nothing here is to be reached through a proxy."""
    return {**os.environ, **settings, "NO_PROXY": "*", "no_proxy": "*", "PYTHONUNBUFFERED": "1"}
