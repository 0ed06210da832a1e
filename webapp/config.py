"""Typed settings from the environment. What is missing or wrong is said at the start, with how to get it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

REAL_HOSTS = {
    "stripe_api_url": "api.stripe.com",
    "stripe_script_url": "js.stripe.com",
    "whatsapp_api_url": "graph.facebook.com",
    "whatsapp_chat_url": "wa.me",
}


class SettingsError(Exception):
    """Settings with which the service must not start; the message names each and says how to get it."""


class Settings(BaseSettings):
    """The whole of what differs between two installations. Every field is read from the variable of its name in upper case."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    public_url: str = Field(description="the https:// address under which buyers and merchants reach this service")
    database_url: str = Field(
        description="sqlite:////absolute/path.db, or postgresql+psycopg://user:password@host/database"
    )
    secret_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        description="signs links and sessions, newest first, separated by commas; make one: openssl rand -hex 32"
    )
    encryption_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        description="encrypts gateway and WhatsApp secrets, newest first, separated by commas; make one: openssl rand -base64 32 | tr '+/' '-_'"
    )
    stripe_api_url: str = Field("https://api.stripe.com", description="Stripe's API")
    stripe_script_url: str = Field("https://js.stripe.com/endive/stripe.js", description="Stripe's script")
    whatsapp_api_url: str = Field("https://graph.facebook.com", description="WhatsApp's Cloud API")
    whatsapp_api_version: str = Field("v26.0", description="the version of Meta's Graph API")
    whatsapp_chat_url: str = Field("https://wa.me", description="where a link opens a chat with a number")
    oidc_metadata_url: str | None = Field(
        None, description="your identity provider's …/.well-known/openid-configuration"
    )
    oidc_client_id: str | None = Field(None, description="this service's client id at your identity provider")
    oidc_client_secret: str | None = Field(None, description="this service's client secret at your identity provider")
    allow_sandbox_hosts: bool = Field(
        default=False, description="1 to speak to other hosts than Stripe's and Meta's own, in test mode only"
    )
    trusted_proxies: int = Field(0, ge=0, le=5, description="how many proxies in front set X-Forwarded-* headers")

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
            raise ValueError("must be an address without a path, such as https://pay.example.com")
        return value.rstrip("/")

    @field_validator("secret_keys", "encryption_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("secret_keys")
    @classmethod
    def _long_enough(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or any(len(key) < 32 for key in value):
            raise ValueError("each key needs 32 characters or more")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _fernet(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("one key at least")
        for key in value:
            try:
                Fernet(key)
            except ValueError as error:
                raise ValueError("each key must be 32 bytes in URL-safe base64") from error
        return value

    @model_validator(mode="after")
    def _together(self) -> Settings:
        provider = (self.oidc_metadata_url, self.oidc_client_id, self.oidc_client_secret)
        if any(provider) and not all(provider):
            raise ValueError("OIDC_METADATA_URL, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together: set all or none")
        if not self.allow_sandbox_hosts:
            for name, host in REAL_HOSTS.items():
                parts = urlsplit(getattr(self, name))
                if (parts.scheme, parts.hostname) != ("https", host):
                    raise ValueError(f"{name.upper()} must be on https://{host}, unless ALLOW_SANDBOX_HOSTS=1")
            if not self.public_url.startswith("https://"):
                raise ValueError("PUBLIC_URL must begin with https://, unless ALLOW_SANDBOX_HOSTS=1")
        return self


def load() -> Settings:
    """The settings of this environment. Raises SettingsError that names every one that is missing or wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_in_words(error)) from None


def _in_words(error: ValidationError) -> str:
    lines = ["These settings keep the service from starting:"]
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else ""
        message = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
        if name:
            lines.append(f"  {name.upper()} {message}: {Settings.model_fields[name].description}")
        else:
            lines.append(f"  {message}")
    return "\n".join(lines)
