"""A merchant's file as it may be written (docs/operator/merchants.md): each setting with what it must be. The back office checks by the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from webapp import i18n
from webapp.callbacks import standard
from webapp.domain import characters, colours, money, retention, zones
from webapp.domain.channels import LINKS_BY, ChannelName
from webapp.gateways import keys
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Iterable

NUMERIC = {"phone_number_id", "business_account_id"}
"""Ids that Meta gives as 15 to 17 digits: by chance one looks like a card number, and nothing but digits may stand there."""
OURS = rf"^({'|'.join(i18n.LANGUAGES)})$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @field_validator("*")
    @classmethod
    def _no_card_number(cls, value: Any, info: ValidationInfo) -> Any:
        if info.field_name not in NUMERIC:
            keys.refuse_card_number(value)
        return value

    @field_validator("*")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        """They go into headers of letters, messages and pages: no text has a sign that ends a line or turns it round."""
        if isinstance(value, str) and characters.disturbs(value):
            raise ValueError("a control character, or one that changes the direction of writing, stands here")
        return value


class Shop(_Part):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str = Field(min_length=1, max_length=80)
    mode: Literal["test", "live"]
    country: str = Field(pattern=r"^[A-Z]{2}$")
    currency: str
    language: str = Field(pattern=OURS)
    time_zone: str
    contact: str = Field(min_length=3, max_length=200)
    max_tries: int = Field(3, ge=1, le=20)
    link_days: int = Field(7, ge=1, le=90)
    confirm_above: int | None = Field(None, ge=0, le=10**10)
    colour: str | None = Field(None, pattern=colours.WRITTEN)
    logo: str | None = None
    reminders: tuple[Annotated[int, Field(ge=1, le=24 * 90)], ...] = Field((4, 24, 72), max_length=3)
    quiet_from: int = Field(21, ge=0, le=23)
    quiet_until: int = Field(8, ge=0, le=23)
    links_by: tuple[ChannelName, ...] = LINKS_BY
    return_urls: tuple[str, ...] = Field((), max_length=50)
    retention: dict[str, Any] = {}
    currencies: tuple[str, ...] = Field((), max_length=20)
    legal_identity: str | None = Field(None, min_length=1, max_length=400)
    terms_url: str | None = Field(None, max_length=300)
    clerk_refund_limit: int | None = Field(None, ge=0, le=10**10)

    @field_validator("currency", "currencies")
    @classmethod
    def _known_currencies(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for code in (value,) if isinstance(value, str) else value:
            if not money.known(code):
                raise ValueError(f"{code} is no ISO 4217 currency")
        return value

    @field_validator("terms_url")
    @classmethod
    def _address_of_terms(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and (parts.scheme != "https" or not parts.hostname or not value.isprintable()):
            raise ValueError("an address of a page, such as https://shop.example/terms")
        return value

    @field_validator("retention")
    @classmethod
    def _days(cls, value: dict[str, Any]) -> dict[str, Any]:
        fault = retention.fault(value)
        if fault is not None:
            raise ValueError(fault)
        return value

    @field_validator("name", "contact")
    @classmethod
    def _no_encoded_word(cls, value: str) -> str:
        if "=?" in value:
            raise ValueError("“=?” begins a coded word in the header of a letter, so it cannot stand here")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        known = zones.known()
        if value in known:
            return value
        alike = sorted(zone for zone in known if zone.rpartition("/")[2].lower() == value.rpartition("/")[2].lower())
        right = f"did you mean {', '.join(alike)}?" if alike else "a name of IANA's list, such as Europe/Paris"
        raise ValueError(right if known else "this machine knows no time zones: install its tzdata package")

    @field_validator("links_by")
    @classmethod
    def _whatsapp_and_each_once(cls, value: tuple[ChannelName, ...]) -> tuple[ChannelName, ...]:
        if ChannelName.WHATSAPP not in value or len(set(value)) != len(value):
            raise ValueError(
                'the channels of links, in the order in which they are tried, "whatsapp" among them, such as ["email", "whatsapp"]'
            )
        return value

    @field_validator("reminders")
    @classmethod
    def _one_after_the_other(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if list(value) != sorted(set(value)):
            raise ValueError("hours after the request, each later than the one before, such as [4, 24, 72]")
        return value


class GatewayTable(BaseModel):
    """`provider` is the gateway's name; what it needs besides, it reads itself (`GatewayProvider.account`)."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)
    provider: str | None = None

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Pydantic's own hook: the keys are not for everybody who prints this."""
        return [("provider", self.provider)]

    @field_validator("provider")
    @classmethod
    def _no_card_number(cls, value: str | None) -> str | None:
        keys.refuse_card_number(value)
        return value


class WhatsAppKeys(_Part):
    number: str
    phone_number_id: str = Field(pattern=r"^([0-9]{1,32}|…|\.\.\.)$")
    business_account_id: str = Field(pattern=r"^([0-9]{1,32}|…|\.\.\.)$")
    access_token: str = Field(repr=False)
    app_secret: str = Field(repr=False)
    verify_token: str = Field(repr=False)


class Phone(_Part):
    phone: str
    name: str
    language: str = Field(pattern=OURS)


class Person(_Part):
    email: str = Field(pattern=r"^[!-~]+@[!-~]+$")
    name: str
    role: Literal["viewer", "clerk", "admin"]


class Receiver(_Part):
    """An order backend: `secret`, or while it is replaced `secrets`, the new one first."""

    url: str
    secret: str | None = Field(None, repr=False)
    secrets: tuple[str, ...] = Field((), max_length=endpoints.MOST_SECRETS, repr=False)
    types: tuple[str, ...] | None = None

    @property
    def signing(self) -> tuple[str, ...]:
        """The secrets that sign, newest first."""
        return self.secrets if self.secret is None else (self.secret,)

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Receiver:
        if (self.secret is None) != bool(self.secrets):
            raise ValueError(
                '`secret`, or while it is replaced `secrets`, the new one first, such as ["whsec_…", "whsec_…"]'
            )
        if not all(map(standard.is_secret, self.signing)) or len(set(self.signing)) < len(self.signing):
            raise ValueError("each secret must be whsec_ and 24 to 64 bytes in base64, and another one")
        return self


class Declaration(_Part):
    """A merchant as its file declares it (docs/operator/merchants.md). `named` are the settings that the file itself names; without `gateway`
    or `whatsapp` their keys stay as they are, and are the back office's."""

    merchant: Shop
    gateway: GatewayTable | None = None
    whatsapp: WhatsAppKeys | None = None
    named: frozenset[str] = frozenset()
    operators: tuple[Phone, ...] = ()
    users: tuple[Person, ...] = ()
    endpoints: tuple[Receiver, ...] = ()
