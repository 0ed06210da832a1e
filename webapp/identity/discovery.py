"""Asks an identity provider what it says of itself (OpenID Connect Discovery 1.0), and names what would keep people from logging in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TIMEOUT = 10  # seconds
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Algorithms of an id token that are accepted: by a key of the provider's that is published, and never by none or by a shared secret."""
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


def problems(metadata_url: str, *, trust_email: bool) -> Sequence[str]:
    """What is to be mended, in words; empty when people can log in, as far as the provider tells. `trust_email` is the setting."""
    try:
        metadata = _document(metadata_url, "OIDC_METADATA_URL")
        missing = [name for name in NEEDED if not isinstance(metadata.get(name), str)]
        if missing:
            return [
                f"OIDC_METADATA_URL ({metadata_url}) is no provider's metadata: it does not name {', '.join(missing)}"
            ]
        keys = _document(str(metadata["jwks_uri"]), "jwks_uri")
    except _NoDocument as error:
        return [str(error)]
    return [*_keys(keys), *_ways(metadata), *_claims(metadata, trust_email=trust_email)]


def _keys(keys: dict[str, Any]) -> Iterator[str]:
    if not keys.get("keys"):
        yield "the provider publishes no key (jwks_uri), so no id token can be believed"


def _ways(metadata: dict[str, Any]) -> Iterator[str]:
    algorithms = _listed(metadata, "id_token_signing_alg_values_supported", "RS256")
    if not set(SIGNED_BY) & set(algorithms):
        yield f"the provider signs by {', '.join(algorithms)}; Ordo takes {', '.join(SIGNED_BY)}"
    if "code" not in _listed(metadata, "response_types_supported", "code"):
        yield "the provider does not offer the authorization code flow (response_types_supported)"


def _listed(metadata: dict[str, Any], name: str, default: str) -> list[str]:
    """What the provider lists; the default of the standard where it says nothing, or null. Whatever else it says is shown as one word."""
    told = metadata.get(name)
    match told:
        case None:
            return [default]
        case list():
            return list(map(str, told))
    return [str(told)]


def _claims(metadata: dict[str, Any], *, trust_email: bool) -> Iterator[str]:
    """Claims that it says it does not tell. Many providers do not say: then the log of a refused login names what was missing."""
    told = metadata.get("claims_supported")
    if not isinstance(told, list):
        return
    if "email" not in told:
        yield "the provider does not tell `email` (claims_supported), by which people are invited: let it, for this client"
    elif "email_verified" not in told and not trust_email:
        yield (
            "the provider does not tell `email_verified` (claims_supported), so invitations are not believed: let it, or set "
            "OIDC_TRUST_EMAIL=1 if nobody there can choose an address (docs/operator/running.md)"
        )


class _NoDocument(Exception):
    pass


def _document(url: str, name: str) -> dict[str, Any]:
    try:
        answer = requests.get(url, timeout=TIMEOUT)
        document = answer.json() if answer.ok else None
    except requests.exceptions.JSONDecodeError:
        document = None
    except (requests.RequestException, ValueError) as error:
        raise _NoDocument(f"{name} ({url}) cannot be reached: {type(error).__name__}. Nobody can log in") from error
    if not isinstance(document, dict):
        raise _NoDocument(f"{name} ({url}) answers {answer.status_code} and no JSON object: look at its spelling")
    return document
