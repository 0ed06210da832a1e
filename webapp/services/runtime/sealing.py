"""Sealing of secrets at rest: Fernet (AES-128-CBC and HMAC-SHA256) with a list of keys, newest first, bound to their place."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from webapp.domain.errors import OrdoError

if TYPE_CHECKING:
    from collections.abc import Sequence


class CannotOpen(OrdoError):
    """A sealed secret was made with a key that is no longer in ENCRYPTION_KEYS, or was copied from another place."""

    code = "cannot_open"


class Sealer:
    """Seals small documents. `place` (merchant and column) is sealed in, so that a row copied to another merchant is useless."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._newest = keys[0].encode()
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, document: Any, place: str) -> str:
        """The document, encrypted with the newest key."""
        return self._fernet.encrypt(json.dumps({"place": place, "document": document}).encode()).decode()

    def blind(self, value: str, place: str) -> str:
        """32 letters that stand for the value: the same each time under one key, and nobody without it can tell whose they
        are, for an address is soon guessed from a plain hash."""
        return hmac.new(self._newest, f"{place}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]

    def open(self, sealed: str, place: str) -> Any:
        """The document. Raises `CannotOpen`."""
        try:
            content = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise CannotOpen(f"{place} cannot be decrypted with ENCRYPTION_KEYS") from error
        if content["place"] != place:
            raise CannotOpen(f"{place} holds a secret that was sealed for {content['place']}")
        return content["document"]
