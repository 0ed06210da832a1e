"""Payment links: a signed value (order, version), not a row. State, expiry and revocation come from the database, at once."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from itsdangerous import BadData, BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.signer import SigningAlgorithm

from webapp.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class PaymentLink:
    """What a link says: which order, and which version of its link."""

    order: str
    version: int


@dataclass(frozen=True)
class FormLink:
    """What the link of an order form says: for which operator, until when (Unix seconds), and the form's one use."""

    operator: str
    until: int
    idempotency_key: str


class Links:
    """Makes and reads links. `keys`, newest first: the newest signs, all verify, so that a rotation loses nobody."""

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        oldest_first = list(reversed(keys))
        self._links = _signer(oldest_first, "ordo payment link")
        self._forms = _signer(oldest_first, "ordo payment form")
        self._order_forms = _signer(oldest_first, "ordo order form")
        self._statuses = _signer(oldest_first, "ordo order status")
        self.public_url = public_url

    def token(self, order: str, version: int) -> str:
        """The last part of the link's address: letters, digits, `-`, `_` and `.` only, as a template's button wants."""
        return self._links.sign(f"{order.removeprefix('ord_')}.{version}".encode()).decode()

    def url(self, order: str, version: int) -> str:
        """The whole address."""
        return self.address(self.token(order, version))

    def address(self, token: str) -> str:
        """The whole address of a link whose token is known."""
        return f"{self.public_url}/p/{token}"

    def read(self, token: str) -> PaymentLink:
        """What a token says. Raises `NotFound` for one that we did not sign, whatever is wrong with it."""
        try:
            order, version = _signed(self._links, token).split(".")
            return PaymentLink(f"ord_{order}", int(version))
        except (BadData, ValueError) as error:
            raise NotFound("no such link") from error

    def order_form_url(self, link: FormLink) -> str:
        """The address of the form with which an operator makes one order."""
        token = self._order_forms.sign(f"{link.operator}.{link.until}.{link.idempotency_key}".encode()).decode()
        return f"{self.public_url}/office/order_forms/{token}"

    def read_order_form(self, token: str) -> FormLink:
        """What the token of such a form says. Raises `NotFound` for one that we did not sign."""
        try:
            operator, until, idempotency_key = _signed(self._order_forms, token).split(".")
            return FormLink(operator, int(until), idempotency_key)
        except (BadData, ValueError) as error:
            raise NotFound("no such link") from error

    def status_url(self, order: str) -> str:
        """The address of the page that shows how an order stands, and nothing of the buyer."""
        return f"{self.public_url}/office/status/{self._statuses.sign(order.removeprefix('ord_').encode()).decode()}"

    def read_status(self, token: str) -> str:
        """The id of the order that such a page is of. Raises `NotFound` for one that we did not sign."""
        try:
            return f"ord_{_signed(self._statuses, token)}"
        except (BadData, ValueError) as error:
            raise NotFound("no such link") from error

    def form_token(self, token: str) -> str:
        """The CSRF token of the link's page: an HMAC of the link, so that the page needs no cookie."""
        return self._forms.get_signature(token).decode()

    def is_form_token(self, token: str, given: str) -> bool:
        """Whether a posted CSRF token belongs to this link."""
        return self._forms.verify_signature(token.encode(), given.encode("utf-8", "replace"))


class _HMAC(SigningAlgorithm):
    """HMAC-SHA-256 in one call; itsdangerous's own builds an object for each."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


def _signed(signer: Signer, token: str) -> str:
    """What was signed. Raises `BadData` or `ValueError` for anything else.

    A link has one spelling. The last letter of a base64 signature has bits that say nothing, which the decoder
    ignores: a token that is not spelled as we spell it is refused.
    """
    signature = token.rpartition(".")[2]
    if base64_encode(base64_decode(signature)).decode() != signature:
        raise BadSignature("not as we spell it")
    return signer.unsign(token.encode()).decode()


def _signer(keys: list[str], salt: str) -> Signer:
    # itsdangerous signs with SHA-1 unless told otherwise, and derives its keys anew for every signature.
    derived = [Signer(key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256).derive_key() for key in keys]
    return Signer(derived, sep=".", key_derivation="none", algorithm=_HMAC())
