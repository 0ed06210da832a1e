"""Sealing of secrets at rest: Fernet (AES-128-CBC and HMAC-SHA256) with a list of keys, newest first, bound to their place."""

from __future__ import annotations

import contextlib
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
        self._keys = [key.encode() for key in keys]
        self._fernets = [Fernet(key) for key in keys]
        self._fernet = MultiFernet(self._fernets)

    @property
    def keys(self) -> int:
        """How many there are."""
        return len(self._keys)

    def seal(self, document: Any, place: str) -> str:
        """The document, encrypted with the newest key."""
        return self._fernet.encrypt(json.dumps({"place": place, "document": document}).encode()).decode()

    def blind(self, value: str, place: str) -> str:
        """32 letters that stand for the value: the same each time under one key, and nobody without it can tell whose they
        are, for an address is soon guessed from a plain hash."""
        return self.blinds(value, place)[0]

    def blinds(self, value: str, place: str) -> list[str]:
        """What stands for the value under each key, newest first: one of them may have been written before the keys were changed."""
        said = f"{place}\0{value}".encode()
        return [hmac.new(key, said, hashlib.sha256).hexdigest()[:32] for key in self._keys]

    def key_of(self, sealed: str) -> int | None:
        """By which key it was sealed, 0 for the newest; None for a key that is not there any more."""
        for number, fernet in enumerate(self._fernets):
            with contextlib.suppress(InvalidToken):
                fernet.decrypt(sealed.encode())
                return number
        return None

    def sealed_anew(self, sealed: str) -> str | None:
        """The same document at the same place under the newest key. None where it is, and where no key opens it."""
        return self._fernet.rotate(sealed.encode()).decode() if self.key_of(sealed) else None

    def open(self, sealed: str, place: str) -> Any:
        """The document. Raises `CannotOpen`."""
        try:
            content = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise CannotOpen(f"{place} cannot be decrypted with ENCRYPTION_KEYS") from error
        if content["place"] != place:
            raise CannotOpen(f"{place} holds a secret that was sealed for {content['place']}")
        return content["document"]
