"""Merchants: declared by a file, their secrets sealed, their connections made from them."""

from __future__ import annotations

import contextlib
import logging
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from webapp import i18n
from webapp.callbacks import sender, standard
from webapp.db import merchants, models
from webapp.domain import characters, colours, ids, money, phone, retention, return_urls, zones
from webapp.domain.channels import LINKS_BY, ChannelName
from webapp.domain.errors import Invalid, NotFound
from webapp.domain.tasks import TaskType
from webapp.gateways import keys
from webapp.services.merchants import logos
from webapp.services.monitoring import page_monitor
from webapp.services.payments import reconciliation, retain
from webapp.services.runtime.context import ServiceContext
from webapp.services.webhooks import declared as declared_endpoints
from webapp.services.webhooks import endpoints
from webapp.services.webhooks import log as log_of_callbacks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webapp.db.session import Session

log = logging.getLogger(__name__)

LARGE = Decimal(500)  # whole units of a currency with two decimals
TASKS = {
    TaskType.RECONCILIATION: reconciliation.EVERY,
    TaskType.PAGE_CHECK: page_monitor.EVERY,
    TaskType.CALLBACK_SWEEP: log_of_callbacks.EVERY,
    TaskType.RETENTION: retain.EVERY,
}
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
    """A merchant as its file declares it (docs/operator/merchants.md)."""

    merchant: Shop
    gateway: GatewayTable
    whatsapp: WhatsAppKeys
    operators: tuple[Phone, ...] = ()
    users: tuple[Person, ...] = ()
    endpoints: tuple[Receiver, ...] = ()


def declared(document: dict[str, Any]) -> Declaration:
    """Check a merchant's file, but for what its gateway needs: `apply` has that looked at. Raises `Invalid` (bad_declaration) that
    names each line to mend."""
    try:
        declaration = Declaration.model_validate(document)
    except ValidationError as error:
        lines = [f"  {'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        raise Invalid("bad_declaration", "The merchant's file cannot be used:\n" + "\n".join(lines)) from None
    shop = declaration.merchant
    if not money.known(shop.currency):
        raise Invalid("bad_declaration", f"merchant.currency: {shop.currency} is no ISO 4217 currency")
    _must_differ([receiver.url for receiver in declaration.endpoints])
    for place, value in _secrets(declaration):
        if "…" in value or "..." in value or not value.strip():
            raise Invalid("bad_declaration", f"{place} still holds the sample's placeholder")
    return declaration


def _must_differ(urls: Sequence[str]) -> None:
    """Of two endpoints of one address one would be lost, or everything be told, and applied, twice."""
    known: set[str] = set()
    for url in urls:
        with contextlib.suppress(ValueError):  # one that cannot be read is refused by `endpoints`
            place = sender.same_place(url)
            if place in known:
                raise Invalid(
                    "bad_declaration",
                    f"endpoints: {url} is named twice: one endpoint takes several `types`, and several `secrets` while one is replaced",
                )
            known.add(place)


def _secrets(declaration: Declaration) -> Iterator[tuple[str, str]]:
    for part in ("gateway", "whatsapp"):
        for name, value in getattr(declaration, part).model_dump().items():
            for each in value if isinstance(value, tuple | list) else [value]:
                if each is not None:
                    yield f"{part}.{name}", str(each)


def apply(context: ServiceContext, declaration: Declaration) -> tuple[str, bool]:
    """Create the merchant or bring it up to its file. Its id, and whether it is new.

    The file is the whole truth: users and operators that it does not name any more may do nothing, and endpoints are told nothing;
    those that it names are enabled, and what was held for them goes out. Operators who were invited in the back office stay.

    Raises `Invalid`: live_in_sandbox; other_mode and other_gateway, for orders and cards of one account are worth nothing at another;
    unknown_gateway; user_elsewhere, for an address that another merchant has invited; bad_declaration.
    """
    shop, table = declaration.merchant, declaration.gateway
    provider = context.providers.default if table.provider is None else context.providers.named(table.provider)
    account = provider.account(table.model_dump(exclude={"provider"}), live=shop.mode == "live")
    if context.allow_sandbox_hosts and shop.mode == "live":
        raise Invalid("live_in_sandbox", "A live merchant needs the real hosts: unset ALLOW_SANDBOX_HOSTS.")
    for url in shop.return_urls:
        fault = return_urls.fault(url, loopback=context.allow_sandbox_hosts)
        if fault is not None:
            raise Invalid("bad_declaration", f"merchant.return_urls: {url} {fault}")
    with context.database.write() as session:
        merchant = session.get(models.Merchant, shop.id)
        new = merchant is None
        if merchant is not None and merchant.mode != shop.mode:
            raise Invalid(
                "other_mode",
                f"{shop.id} is in {merchant.mode} mode, for good: declare a {shop.mode} merchant of another id.",
            )
        if merchant is not None and merchant.gateway != provider.name:
            raise Invalid(
                "other_gateway",
                f"{shop.id} is a merchant of {merchant.gateway}, for good: declare one of {provider.name} with another id.",
            )
        if merchant is None:
            merchant = models.Merchant(id=shop.id, gateway=provider.name, created_at=context.now())
            session.add(merchant)
        for name, value in shop.model_dump(exclude={"logo", "confirm_above"}).items():
            setattr(merchant, name, value)
        merchant.confirm_above = _large(shop) if shop.confirm_above is None else shop.confirm_above
        picture = logos.read(Path(shop.logo)) if shop.logo else None
        merchant.logo, merchant.logo_digest = picture, logos.digest(picture)
        whatsapp = declaration.whatsapp
        merchant.publishable_key, merchant.gateway_account = account.publishable_key, account.id
        merchant.gateway_secrets = context.sealer.seal(dict(account.secrets), gateway_place(shop.id))
        merchant.number = phone.parse(whatsapp.number, shop.country)
        merchant.phone_number_id = whatsapp.phone_number_id
        merchant.business_account_id = whatsapp.business_account_id
        merchant.whatsapp_secrets = context.sealer.seal(
            {
                "access_token": whatsapp.access_token,
                "app_secret": whatsapp.app_secret,
                "verify_token": whatsapp.verify_token,
            },
            f"{shop.id}/whatsapp",
        )
        session.flush()
        for task, every in TASKS.items():
            row = models.ScheduledTask(
                id=f"{task}:{shop.id}", type=task, merchant_id=shop.id, due_at=context.now() + every
            )
            session.merge(row)
        _people(session, shop, declaration)
        wanted = [declared_endpoints.Declared(each.url, each.signing, each.types) for each in declaration.endpoints]
        declared_endpoints.declare(session, context, shop.id, wanted)
    log.info("%s was %s by %s", shop.id, "declared" if new else "declared anew", context.actor)
    return shop.id, new


def _large(shop: Shop) -> int:
    """Above what a shop is asked that sets no limit, in whole units: 500 EUR, 50,000 JPY, 50 KWD, for currencies with fewer decimals
    have smaller units."""
    return int(LARGE.scaleb(2 - money.exponent(shop.currency)))


def logo(context: ServiceContext, merchant_id: str) -> bytes:
    """The merchant's logo, a square PNG. Raises `NotFound`."""
    with context.database.read() as session:
        found = merchants.get(session, merchant_id).logo
    if found is None:
        raise NotFound("this shop has no logo")
    return found


def gateway_place(merchant: str) -> str:
    """Where a merchant's gateway secrets belong, sealed into them (`Account.secrets`)."""
    return f"{merchant}/gateway"


def whatsapp_secrets(context: ServiceContext, merchant: models.Merchant) -> dict[str, str]:
    """`access_token`, `app_secret` and `verify_token`, opened. Raises `CannotOpen`, `Misconfigured` (live_in_sandbox)."""
    context.must_be_real(merchant)
    return dict(context.sealer.open(merchant.whatsapp_secrets, f"{merchant.id}/whatsapp"))


def get(context: ServiceContext, merchant_id: str) -> models.Merchant:
    """The merchant of that id. Raises `NotFound`."""
    with context.database.read() as session:
        return merchants.get(session, merchant_id)


def _people(session: Session, shop: Shop, declaration: Declaration) -> None:
    rows = [row for row in merchants.operators(session, shop.id) if row.phone is not None]
    # Of two rows with different forms of one phone, the one that is in use.
    operators = {phone.identity(str(row.phone)): row for row in sorted(rows, key=lambda row: row.active)}
    suspended = {row.id: row.suspended_at for row in rows if row.source == "file"}
    for former in rows:
        if former.source == "file":
            former.active, former.suspended_at = False, None
        if not former.active and former.suspended_at is None:
            former.code = former.sealed = former.code_until = None
    for person in declaration.operators:
        number = phone.parse(person.phone, shop.country)
        operator = operators.get(phone.identity(number))
        if operator is None:
            operator = operators[phone.identity(number)] = models.Operator(
                id=ids.new("op"), merchant_id=shop.id, phone=number
            )
            session.add(operator)
        operator.name, operator.language, operator.source = person.name, person.language, "file"
        # The file does not know that the phone is another account's now: a new code has to come in.
        operator.suspended_at = suspended.get(operator.id, operator.suspended_at)
        operator.active = operator.suspended_at is None
    users = {row.email: row for row in merchants.users(session, shop.id)}
    for gone in users.values():
        gone.active = False
    for member in declaration.users:
        email = member.email.lower()
        if any(other.merchant_id != shop.id for other in merchants.users_of_email(session, email)):
            raise Invalid("user_elsewhere", f"{email} is a user of another merchant: one address logs in to one shop.")
        user = users.get(email)
        if user is None:
            user = models.User(id=ids.new("usr"), merchant_id=shop.id, email=email)
            session.add(user)
        user.name, user.role, user.active = member.name, member.role, True
    merchants.end_logins(session, [gone.id for gone in users.values() if not gone.active])
