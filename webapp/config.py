"""Typed settings from the environment. What is missing or wrong is said at the start, with how to get it."""

from __future__ import annotations

import re
from typing import Annotated, Literal
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
PSYCOPG = "postgresql+psycopg"
POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg2", PSYCOPG}
"""How providers and other programs spell the same database; the driver is ours to choose."""


class SettingsError(Exception):
    """Settings with which the service must not start; the message names each and says how to get it."""


class Settings(BaseSettings):
    """The whole of what differs between two installations. Every field is read from the variable of its name in upper case."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True, str_strip_whitespace=True
    )

    public_url: str = Field(description="the https:// address under which buyers and merchants reach this service")
    database_url: str = Field(
        repr=False, description="sqlite:////absolute/path.db, or postgresql://user:password@host/database"
    )
    database_direct_url: str | None = Field(
        None,
        repr=False,
        description="PostgreSQL's own address, not a pooler's; may be the same as DATABASE_URL: there the worker hears of new work at once",
    )
    database_connections: int | None = Field(
        None,
        ge=2,
        le=500,
        description="how many connections to PostgreSQL a process opens at most: a web process 8 for transactions and 8 for looks, a worker 16 and 1, unless set",
    )
    granian_blocking_threads: int = Field(
        8, ge=1, le=256, description="how many requests a web process carries out at once; granian reads it too"
    )
    gateway_slots: int | None = Field(
        None,
        ge=1,
        le=255,
        description="how many requests of a web process may wait for the gateway at once; three quarters of its threads unless set",
    )
    secret_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        repr=False,
        description="signs links and sessions, newest first, separated by commas; make one: openssl rand -hex 32",
    )
    encryption_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        repr=False,
        description="encrypts gateway and WhatsApp secrets, newest first, separated by commas; make one: openssl rand -base64 32 | tr '+/' '-_'",
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
    oidc_client_secret: str | None = Field(
        None, repr=False, description="this service's client secret at your identity provider"
    )
    oidc_trust_email: bool = Field(
        default=False,
        description="1 if your identity provider tells no email_verified and nobody there can choose an address, as with a single Entra tenant",
    )
    smtp_url: str | None = Field(
        None,
        repr=False,
        description="your mail server: smtps://user:password@host:465, smtp://user:password@host:587 (STARTTLS), or smtp+plain://127.0.0.1:25",
    )
    smtp_from: str | None = Field(None, description="the address that receipts come from, such as receipts@example.com")
    whatsapp_rates: str | None = Field(
        None,
        description="a file of what Meta bills for messages (docs/operator/whatsapp.md), such as /etc/ordo/rates.toml",
    )
    callback_days: int = Field(
        90,
        ge=7,
        le=3650,
        description="for how many days what order backends were told can be looked up and sent again, 7 to 3650",
    )
    webhook_days: int = Field(
        30, ge=14, le=3650, description="for how many days webhooks that are worked on are kept, 14 to 3650"
    )
    message_days: int = Field(
        180, ge=30, le=3650, description="for how many days texts and phones of messages are kept, 30 to 3650"
    )
    letter_days: int = Field(180, ge=30, le=3650, description="for how many days letters are kept, 30 to 3650")
    import_days: int = Field(
        90, ge=14, le=3650, description="for how many days the names of CSV files are kept, 14 to 3650"
    )
    report_days: int = Field(
        90, ge=14, le=3650, description="for how many days browsers' reports of payment pages are kept, 14 to 3650"
    )
    order_days: int = Field(
        730,
        ge=30,
        le=3650,
        description="for how many days after its last change what an order says of its buyer is kept, 30 to 3650",
    )
    buyer_days: int = Field(
        1095,
        ge=30,
        le=3650,
        description="for how many days after the last order and message a buyer is known, 30 to 3650",
    )
    log_format: Literal["plain", "json"] = Field(
        "plain", description="how the log is written: plain, for a terminal, or json, one object a line"
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="a port of its own where a Prometheus server reads what is counted, such as 9101",
    )
    metrics_host: str = Field("127.0.0.1", description="the address of this machine at which that port is opened")
    metrics_dir: str | None = Field(
        None,
        description="a folder that the processes of this machine share to count in, emptied whenever they are all started, such as /run/ordo/metrics",
    )
    allow_sandbox_hosts: bool = Field(
        default=False, description="1 to speak to other hosts than Stripe's and Meta's own, in test mode only"
    )
    drain_file: str | None = Field(
        None, description="while a file of this name exists, /ready answers 503: make it some seconds before a stop"
    )
    trusted_proxies: int = Field(0, ge=0, le=5, description="how many proxies in front set X-Forwarded-* headers")

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        origin = parts.hostname and parts.port != 0 and parts.path in {"", "/"} and not parts.query + parts.fragment
        if parts.scheme not in {"http", "https"} or not origin or "@" in parts.netloc:
            raise ValueError("must be an address without a path, such as https://pay.example.com")
        return value.rstrip("/")

    @field_validator("database_url", "database_direct_url")
    @classmethod
    def _a_database(cls, value: str | None) -> str | None:
        scheme, _, rest = (value or "").partition("://")
        if value is None or (scheme == "sqlite" and re.fullmatch(r"//[^?#]+", rest)):
            return value
        if scheme == "sqlite":
            raise ValueError(
                "must name a file by its whole path: every process opens it, whatever folder it was started in"
            )
        if scheme.lower() not in POSTGRESQL:
            raise ValueError("must be an address of SQLite or PostgreSQL: other databases are not supported")
        try:
            parts = urlsplit(f"{PSYCOPG}://{rest}")
            whole = parts.port != 0 and not parts.fragment
        except ValueError:
            whole = False
        if not whole:
            raise ValueError("cannot be read; in a password, write other signs than letters and digits as %XX")
        return f"{PSYCOPG}://{rest}"

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

    @field_validator("oidc_metadata_url")
    @classmethod
    def _a_document(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "https://nobody")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            raise ValueError("must be an address such as https://id.example.com/.well-known/openid-configuration")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _a_mail_server(cls, value: str | None) -> str | None:
        try:
            parts = urlsplit(value or "smtps://nobody")
            whole = parts.hostname and parts.port != 0 and parts.path in {"", "/"} and not parts.query + parts.fragment
        except ValueError:
            whole = False
        if not whole or parts.scheme not in {"smtps", "smtp", "smtp+plain"}:
            raise ValueError(
                "must be smtps://, smtp:// or smtp+plain:// and a host; in a password, write other signs than letters and digits as %XX"
            ) from None
        if parts.scheme == "smtp+plain" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError("smtp+plain has no TLS, and is for a server on this machine only")
        return value

    @field_validator("smtp_from")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+", value, re.ASCII):
            raise ValueError("must be a plain e-mail address")
        return value

    @model_validator(mode="after")
    def _together(self) -> Settings:
        provider = (self.oidc_metadata_url, self.oidc_client_id, self.oidc_client_secret)
        if any(provider) and not all(provider):
            raise ValueError("OIDC_METADATA_URL, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together: set all or none")
        addresses = (self.database_url, self.database_direct_url or self.database_url)
        if self.database_direct_url and not all(each.startswith("postgresql") for each in addresses):
            raise ValueError("DATABASE_DIRECT_URL is PostgreSQL's own address: SQLite needs none")
        if bool(self.metrics_port) != bool(self.metrics_dir):
            raise ValueError("METRICS_PORT and METRICS_DIR go together: set both or none")
        if bool(self.smtp_url) != bool(self.smtp_from):
            raise ValueError("SMTP_URL and SMTP_FROM go together: set both or none")
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
