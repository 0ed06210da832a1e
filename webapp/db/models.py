"""The tables. One class for each noun of the house; the words are defined in docs/contributor/words.md."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from webapp.domain import references, return_urls
from webapp.domain.actors import ActorKind
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.channels import OrderChannel
from webapp.domain.statuses import (
    AliasStatus,
    AttemptState,
    CallbackState,
    DisputeState,
    ErasureStage,
    MailState,
    MessageState,
    RefundState,
)
from webapp.domain.timeline import EventKind
from webapp.domain.totals import NOWHERE, Measure


class Moment(TypeDecorator[datetime]):
    """An aware UTC time. SQLite keeps none of the zone, so it is taken off and put back here, once."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the database")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, _dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Choice(TypeDecorator[StrEnum]):
    """A member of a StrEnum, kept as its word. Raises `ValueError` for a word that the release does not know."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum], length: int) -> None:
        self.words = words
        super().__init__(length)

    def process_bind_param(self, value: str | None, _dialect: Any) -> str | None:
        return str(self.words(value)) if value is not None else None

    def process_result_value(self, value: str | None, _dialect: Any) -> StrEnum | None:
        return self.words(value) if value is not None else None


class Sealed(Text):
    """What `services/runtime/sealing` has sealed: sealed anew when a new key is the first (`db/sealed`)."""


Document = JSON().with_variant(JSONB(), "postgresql")
OptionalDocument = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Of which None is SQL's NULL, also where it is written as a value."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy's own protocol
        datetime: Moment,
        dict[str, Any]: Document,
        list[dict[str, Any]]: Document,
        list[str]: Document,
        list[int]: Document,
    }


_WAITS: dict[str, Any] = {f"{dialect}_where": text("due_at IS NOT NULL") for dialect in ("postgresql", "sqlite")}
"""Of an index: what is to be done, and nothing of what is done."""


def _due(table: str) -> Index:
    return Index(f"ix_{table}_due_at", "due_at", **_WAITS)


def _filled(table: str, since: str) -> Index:
    """What is not emptied yet, by how long it has been kept: what retention looks for."""
    where = text("emptied_at IS NULL")
    return Index(f"ix_{table}_filled", "merchant_id", since, sqlite_where=where, postgresql_where=where)


def _turn(table: str, *lane: str) -> tuple[Index, Index]:
    """For `db/turns`: what is next, and how far each lane has got."""
    return Index(f"ix_{table}_turn", "turn", **_WAITS), Index(f"ix_{table}_lane", *lane, "turn", **_WAITS)


_PARKED = "error IS NOT NULL AND due_at IS NULL"
_RETRIED = "error IS NOT NULL AND due_at IS NOT NULL"
TROUBLED = {
    "inbox_events": _PARKED,
    "messages": f"{_PARKED} AND state IN ('queued', 'received')",
    "callbacks": f"{_PARKED} AND state = 'pending'",
    "reminders": _PARKED,
    "mails": f"{_PARKED} AND state = 'queued'",
    "imports": _PARKED,
    **dict.fromkeys(("attempts", "orders", "refunds", "aliases", "scheduled_tasks", "erasures"), _RETRIED),
}
"""What tells a row of work that somebody must look at from one that is done, or has failed for good: parked ones and, of money, those that fail
and are tried again and again. In the words of an index, which a database uses only where a statement has the same ones."""


def _troubled(table: str) -> Index:
    return Index(f"ix_{table}_troubled", "id", **_only(TROUBLED[table]))


def _only(condition: str) -> dict[str, Any]:
    """Of an index: the rows that it has."""
    return {f"{dialect}_where": text(condition) for dialect in ("postgresql", "sqlite")}


def _where(name: str, *columns: str, where: str) -> Index:
    """An index of those rows alone."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class Work:
    """A row that is itself a piece of background work: due when `due_at` has come, held by one worker until `lease_until`.

    `due_at` is null when nothing is left to do. `lease` is the token of the claim that holds the row, `tries` counts the claims.
    `error` is why the last try failed: gone with the next that does not, kept by a row that is parked or failed for good.
    """

    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(300))
    lease: Mapped[str | None]
    lease_until: Mapped[datetime | None]


class Merchant(Base):
    """A shop. `gateway` is the name of its gateway's provider, `gateway_account` the gateway's id of its account, and `publishable_key`
    what its pages show of its keys (empty: nothing). Its gateway's and WhatsApp's secrets are sealed (`services/runtime/sealing`).
    `number` is its WhatsApp number (E.164), null until a file that names it is applied. `colour` (`#09604a`)
    and `logo` (a square PNG, with a digest of it) are how its pages look.
    `daily_limit` is how many people its number may begin to write to in 24 hours, when Meta was last asked; 250 is what every new one
    has. `reminders` are the hours after which a buyer is reminded, at most three; none of them goes out between `quiet_from` and
    `quiet_until`, hours of the buyer's day.
    `links_by` are the channels by which a link is sent, one after the other until one reaches the buyer; null: as `domain.channels` says.
    `return_urls` are the addresses to which a receipt may lead (`domain.return_urls`).
    `confirm_above` is in whole units of its currency: a larger amount is asked about in the chat before anything is sent.
    `retention` are the days for which it has people's data kept (`domain.retention`), where they are not the installation's.
    `currencies` are those that it uses besides, `legal_identity` who it is by law and `terms_url` where its terms are, both for its
    buyers. `clerk_refund_limit` is what a clerk may give back in a day, in whole units of its currency; null: any amount.
    `declared_fields` are the settings that its file names, which are changed there alone; null: the file was applied by a release that did
    not note them, so that it may name any. `version` counts the changes of its settings.
    """

    __tablename__ = "merchants"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    mode: Mapped[str] = mapped_column(String(4))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(8))
    time_zone: Mapped[str] = mapped_column(String(40))
    contact: Mapped[str] = mapped_column(String(200))
    max_tries: Mapped[int] = mapped_column(default=3)
    link_days: Mapped[int] = mapped_column(default=7)
    confirm_above: Mapped[int] = mapped_column(BigInteger, default=500, server_default="500")
    colour: Mapped[str | None] = mapped_column(String(7))
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    logo_digest: Mapped[str | None] = mapped_column(String(12))
    gateway: Mapped[str] = mapped_column(String(20))
    publishable_key: Mapped[str] = mapped_column(String(200))
    gateway_account: Mapped[str | None] = mapped_column(String(80))
    gateway_secrets: Mapped[str] = mapped_column(Sealed)
    number: Mapped[str | None] = mapped_column(String(16))
    phone_number_id: Mapped[str] = mapped_column(String(40))
    business_account_id: Mapped[str] = mapped_column(String(40))
    whatsapp_secrets: Mapped[str] = mapped_column(Sealed)
    daily_limit: Mapped[int] = mapped_column(default=250, server_default="250")
    reminders: Mapped[list[int]]
    quiet_from: Mapped[int]
    quiet_until: Mapped[int]
    links_by: Mapped[list[str] | None]
    return_urls: Mapped[list[str] | None]
    retention: Mapped[dict[str, Any] | None] = mapped_column(OptionalDocument)
    currencies: Mapped[list[str] | None]
    legal_identity: Mapped[str | None] = mapped_column(String(400))
    terms_url: Mapped[str | None] = mapped_column(String(300))
    clerk_refund_limit: Mapped[int | None] = mapped_column(BigInteger)
    declared_fields: Mapped[list[str] | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]


class Operator(Base):
    """A phone that may order payments for a merchant by WhatsApp, while it is `active`.

    `phone` is E.164 or, of people who hide theirs, WhatsApp's id of them; null until the person has sent the invitation's code in.
    `user_id` is that id in any case, once heard. `source` is file or office. `code` is the invitation's code, blinded, and `sealed` the
    code itself, for the page that shows it until `code_until`. Since `suspended_at` another WhatsApp account has the phone: it is not active
    until a new code has come in.
    """

    __tablename__ = "operators"
    __table_args__ = (
        UniqueConstraint("merchant_id", "phone"),
        UniqueConstraint("merchant_id", "user_id"),
        UniqueConstraint("merchant_id", "code"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    phone: Mapped[str | None] = mapped_column(String(250))
    user_id: Mapped[str | None] = mapped_column(String(250))
    name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(8), default="file", server_default="file")
    code: Mapped[str | None] = mapped_column(String(40))
    sealed: Mapped[str | None] = mapped_column(Sealed)
    code_until: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    suspended_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]


class User(Base):
    """A person of the merchant who logs in to the back office, known to the identity provider by issuer and subject.

    Until the first login both are null and `email` is an invitation, which only a verified address accepts. One who is not
    `active` cannot log in. `source` is file or office; `invited_at` is when the office last wrote to the address.
    """

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("merchant_id", "email"),
        UniqueConstraint("issuer", "subject"),
        Index("ix_users_email", "email"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(10))
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(8), default="file", server_default="file")
    invited_at: Mapped[datetime | None]
    issuer: Mapped[str | None] = mapped_column(String(300))
    subject: Mapped[str | None] = mapped_column(String(300))


class Login(Base):
    """A session of the back office, or (kind `link`) a one-time link to start one. Only the token's hash is kept. `agent` is what the
    browser called itself, by which its user knows it among others; `proved_at` when the user proved at its beginning who they are, null
    where the identity provider had let them in before."""

    __tablename__ = "logins"
    __table_args__ = (Index("ix_logins_user_id", "user_id"), Index("ix_logins_expires_at", "expires_at"))

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    agent: Mapped[str | None] = mapped_column(String(120))
    proved_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who changed what of a merchant (`services/runtime/audit`); only ever added. `before` and `after` have no secrets and nothing of a buyer;
    `words` is the text by which an entry is found, without case and accents."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_merchant_id_at", "merchant_id", "at", "id"),
        Index("ix_audit_entries_actor", "merchant_id", "actor_kind", "actor_id", "at", "id"),
        Index("ix_audit_entries_action", "merchant_id", "action", "at", "id"),
        Index("ix_audit_entries_subject", "merchant_id", "subject_kind", "subject_id", "at", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(Choice(ActorKind, 10))
    actor_id: Mapped[str | None] = mapped_column(String(40))
    action: Mapped[AuditAction] = mapped_column(Choice(AuditAction, 40))
    subject_kind: Mapped[AuditSubject] = mapped_column(Choice(AuditSubject, 20))
    subject_id: Mapped[str] = mapped_column(String(80))
    before: Mapped[dict[str, Any] | None] = mapped_column(OptionalDocument)
    after: Mapped[dict[str, Any] | None] = mapped_column(OptionalDocument)
    words: Mapped[str] = mapped_column(Text)


class ApiKey(Base):
    """A key of the API, with which an order backend acts for its merchant: of its token only the hash is kept, and what may be shown of it
    (`hint`). `name` is what the timeline calls who acted by it, so the row stays after the key was ended (`ended_at`). `scopes` are of
    `domain.scopes`. `used_at` is when it was used last, to ten minutes.
    """

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("hash"), Index("ix_api_keys_merchant_id", "merchant_id"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    name: Mapped[str] = mapped_column(String(80))
    hash: Mapped[str] = mapped_column(String(64))
    hint: Mapped[str] = mapped_column(String(20))
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class IdempotentRequest(Base):
    """A request that its caller may send again under the same Idempotency-Key, until `until`. `owner` is whose keys they are, a merchant's id;
    `key_hash` and `fingerprint` are of the key and of what was asked by it: neither is kept itself.

    `id` is what the services are given as their idempotency key; `made` is the id of what one of them made or changed by it, written in the
    transaction that did. `lease_until`: until then a process that is taken to live works on it.
    `status` and `answer` (sealed) are what was answered; null until it was, and again once the answer is erased: the request is then carried
    out anew under the same `id`, and finds what it did.
    """

    __tablename__ = "idempotent_requests"
    __table_args__ = (
        UniqueConstraint("owner", "key_hash"),
        Index("ix_idempotent_requests_until", "until"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(40))
    key_hash: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    made: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Sealed)


class Buyer(Base):
    """A phone within one merchant, with the last e-mail address it was given and the gateway's customer made for it.

    `wa_id` and `user_id` are WhatsApp's names of that phone, once it has told them: digits that are not always the phone's own
    (Brazil, Mexico, Argentina), and the id of this business's for somebody who may hide the number. `language` is the one that they chose
    last, null until they have.
    Without a phone it is the buyer of one order, whose link the merchant gave out itself, and of the charges of the card that it saved; or
    the one whose `former_phone` has another WhatsApp account now: who writes from there has no part in former orders and cards.
    `active_at` is when the daily retention found that there was anything to do with the buyer last, null before it has looked.
    Since `erased_at` nothing is known of the person (`Erasure`): the row stays for the orders that refer to it, and takes no new one.
    """

    __tablename__ = "buyers"
    __table_args__ = (
        UniqueConstraint("merchant_id", "phone"),
        Index("ix_buyers_merchant_id_email", "merchant_id", "email"),
        Index("ix_buyers_merchant_id_created_at", "merchant_id", "created_at"),
        Index("ix_buyers_merchant_id_wa_id", "merchant_id", "wa_id"),
        Index("ix_buyers_merchant_id_user_id", "merchant_id", "user_id"),
        _where("ix_buyers_former_phone", "merchant_id", "former_phone", where="former_phone IS NOT NULL"),
        Index(
            "ix_buyers_known",
            "merchant_id",
            "active_at",
            "created_at",
            sqlite_where=text("erased_at IS NULL"),
            postgresql_where=text("erased_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    phone: Mapped[str | None] = mapped_column(String(16))
    former_phone: Mapped[str | None] = mapped_column(String(16))
    wa_id: Mapped[str | None] = mapped_column(String(40))
    user_id: Mapped[str | None] = mapped_column(String(250))
    email: Mapped[str | None] = mapped_column(String(254))
    customer: Mapped[str | None] = mapped_column(String(80))
    language: Mapped[str | None] = mapped_column(String(8))
    stopped_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    active_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class Erasure(Work, Base):
    """That a buyer is erased, since when and by whom (`domain.actors`), and how far the work is (`stage`, docs/adr/0026). `id` is the buyer's.

    `sought` (sealed) is by what the person is found in texts, null once they were looked through; `cursor` is the last row of the stage that
    was done. It stays when all is done (`done_at`): a backup that is restored has the buyer again.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        _due("erasures"),
        _troubled("erasures"),
        Index("ix_erasures_merchant_id_asked_at", "merchant_id", "asked_at"),
    )

    id: Mapped[str] = mapped_column(ForeignKey("buyers.id"), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    asked_at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(Choice(ActorKind, 10))
    actor_id: Mapped[str | None] = mapped_column(String(40))
    stage: Mapped[ErasureStage] = mapped_column(Choice(ErasureStage, 10))
    cursor: Mapped[str | None] = mapped_column(String(60))
    sought: Mapped[str | None] = mapped_column(Sealed)
    done_at: Mapped[datetime | None]


def _reference_key(statement: DefaultExecutionContext) -> str:
    written: dict[str, str] = statement.get_current_parameters()  # type: ignore[no-untyped-call]  # SQLAlchemy's, untyped
    return references.key(written["reference"])


def _ranked_amount(statement: DefaultExecutionContext) -> int:
    written: dict[str, int | None] = statement.get_current_parameters()  # type: ignore[no-untyped-call]  # SQLAlchemy's, untyped
    return written.get("amount") or 0


NEW = 2
"""The revision of an order on whose timeline stands that it was made, and nothing else."""


class Order(Work, Base):
    """The payment order. `amount` is in minor units of `currency`, null for a registration.

    `due_at` is when it expires. `intent` is the gateway's one intent of this `generation`. `link_version` is signed into the
    link, so raising it revokes the links given out. `charges_alias_id` is set when it is charged without the buyer,
    `renews_alias_id` when its card is to take the place of the one behind an alias. `pending_transition` is
    set when the merchant asked for something that the gateway has still to do first: `cancelled`, or, of money that is held, `paid`
    or `voided`. `manual_capture` says that the money is only held at first, `capture_before` until when, `to_capture` how much the
    merchant asked to be taken where that is not all, and `captured` how much of `amount` was taken, null where all of it was or nothing yet.
    `refunded` is what has gone back, in minor units. `reference_key` is what two references must differ in; none where an order of before has the same but for its case.
    `tax` is the rate that `amount` includes, in hundredths of a percent. `collects_details` says that the buyer gives a name and an
    address before paying, which `details` then holds. `language` is the shop's guess, if it made one, until the buyer pays: then that of the
    page on which they did. `idempotency_key` is the id of the form that made it: a
    form that is posted again finds the order that it made.
    `channel` is by what its link is sent, null: as the shop sends links. `return_url` is where the receipt leads, one of the shop's.
    `metadata_` is what the order backend keeps with it for itself (`domain.metadata`).
    `emptied_at` is when it had been over for so long that nothing is left of its buyer in it; null again once something more is noted.
    `reached` is how far it came with the buyer (`domain.totals.Step`), null where no total has counted it yet. `alarmed_at` is since when
    somebody has to look at it, null again once somebody has.
    `made_by` is the id of the operator, user or API key who made it. `ranked_amount` is what lists are sorted by: `amount`, 0 without one.
    `import_id` is the file of orders that it came with.
    """

    __tablename__ = "orders"
    __table_args__ = (
        *(
            Index(f"ix_orders_list_{name}", "merchant_id", *name.split("__"), "id")
            for name in (
                "action__created_at",
                "channel__created_at",
                "made_by__created_at",
                "ranked_amount",
                "state_at",
            )
        ),
        UniqueConstraint("merchant_id", "reference"),
        Index("ix_orders_merchant_id_reference_key", "merchant_id", "reference_key", unique=True),
        UniqueConstraint("merchant_id", "idempotency_key"),
        Index("ix_orders_merchant_id_created_at", "merchant_id", "created_at"),
        Index("ix_orders_merchant_id_state_created_at", "merchant_id", "state", "created_at"),
        Index("ix_orders_buyer_id_created_at", "buyer_id", "created_at"),
        _due("orders"),
        _filled("orders", "state_at"),
        _troubled("orders"),
        Index("ix_orders_intent", "intent"),
        Index("ix_orders_merchant_id_state_at", "merchant_id", "state_at", **_only("intent IS NOT NULL")),
        Index(
            "ix_orders_charges_alias_id_created_at",
            "charges_alias_id",
            "created_at",
            **_only("charges_alias_id IS NOT NULL"),
        ),
        Index(
            "ix_orders_alias_id_created_at",
            "alias_id",
            "created_at",
            sqlite_where=text("alias_id IS NOT NULL"),
            postgresql_where=text("alias_id IS NOT NULL"),
        ),
        Index(
            "ix_orders_charges_alias_id_state_at",
            "charges_alias_id",
            "state_at",
            sqlite_where=text("charges_alias_id IS NOT NULL"),
            postgresql_where=text("charges_alias_id IS NOT NULL"),
        ),
        _where(
            "ix_orders_list_import_id__created_at",
            *("merchant_id", "import_id", "created_at", "id"),
            where="import_id IS NOT NULL",
        ),
        _where("ix_orders_uncounted", "merchant_id", "id", where="reached IS NULL"),
        _where("ix_orders_alarmed", "merchant_id", "alarmed_at", where="alarmed_at IS NOT NULL"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("buyers.id"))
    operator_id: Mapped[str | None] = mapped_column(ForeignKey("operators.id"))
    made_by: Mapped[str | None] = mapped_column(String(40))
    import_id: Mapped[str | None] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    ranked_amount: Mapped[int] = mapped_column(BigInteger, default=_ranked_amount, server_default="0")
    currency: Mapped[str] = mapped_column(String(3))
    reference: Mapped[str] = mapped_column(String(references.LONGEST))
    reference_key: Mapped[str | None] = mapped_column(String(references.LONGEST_KEY), default=_reference_key)
    description: Mapped[str | None] = mapped_column(String(80))
    tax: Mapped[int | None]
    collects_details: Mapped[bool] = mapped_column(default=False, server_default=false())
    details: Mapped[dict[str, Any] | None]
    email: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str | None] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(10))
    idempotency_key: Mapped[str | None] = mapped_column(String(40))
    channel: Mapped[OrderChannel | None] = mapped_column(Choice(OrderChannel, 10))
    return_url: Mapped[str | None] = mapped_column(String(return_urls.LONGEST))
    metadata_: Mapped[dict[str, Any] | None] = mapped_column("metadata", OptionalDocument)
    state: Mapped[str] = mapped_column(String(20))
    state_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)
    link_version: Mapped[int] = mapped_column(default=1)
    generation: Mapped[int] = mapped_column(default=1)
    intent: Mapped[str | None] = mapped_column(String(80))
    declines: Mapped[int] = mapped_column(default=0)
    manual_capture: Mapped[bool] = mapped_column(default=False, server_default=false())
    capture_before: Mapped[datetime | None]
    to_capture: Mapped[int | None] = mapped_column(BigInteger)
    captured: Mapped[int | None] = mapped_column(BigInteger)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    alias_id: Mapped[str | None] = mapped_column(ForeignKey("aliases.id"))
    charges_alias_id: Mapped[str | None] = mapped_column(ForeignKey("aliases.id"))
    renews_alias_id: Mapped[str | None] = mapped_column(ForeignKey("aliases.id"))
    card: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    pending_transition: Mapped[str | None] = mapped_column(String(10))
    closed_at: Mapped[datetime | None]
    emptied_at: Mapped[datetime | None]
    reached: Mapped[int | None] = mapped_column(SmallInteger, default=NOWHERE)
    alarmed_at: Mapped[datetime | None]

    @property
    def paid(self) -> int:
        """What the buyer pays or has paid, in minor units: the whole amount, or what was taken of a hold. 0 for a registration."""
        return self.captured if self.captured is not None else self.amount or 0


class OrderSearch(Base):
    """By what an order is found: its text (`domain.search`), kept by `db.order_search` whenever one of its parts changes. `number` grows as
    orders are made, but for those that are `late` (`db.order_numbers`). Its trigrams are indexed as each database can, which the migration alone
    knows: by pg_trgm (`ix_order_search_text`), or in a table of FTS5's (`order_search_grams`)."""

    __tablename__ = "order_search"
    __table_args__ = (
        UniqueConstraint("order_id"),
        Index("ix_order_search_late", "merchant_id", sqlite_where=text("late = 1"), postgresql_where=text("late")),
    )

    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    text: Mapped[str] = mapped_column(Text)
    late: Mapped[bool] = mapped_column(default=False, server_default=false())


class Import(Work, Base):
    """A CSV file of orders whose every line was right, and whose orders are made one by one. `digest` is the file's: the same file again is
    the same import. `actor_kind` and `actor_id` are who brought it, and whose orders they are. `preview_until`: somebody looks at what the file
    asks for, and nothing is made until they say so, or the row goes; null for an import."""

    __tablename__ = "imports"
    __table_args__ = (
        UniqueConstraint("merchant_id", "digest"),
        Index("ix_imports_merchant_id_created_at", "merchant_id", "created_at"),
        Index(
            "ix_imports_previews",
            "merchant_id",
            "preview_until",
            sqlite_where=text("preview_until IS NOT NULL"),
            postgresql_where=text("preview_until IS NOT NULL"),
        ),
        _due("imports"),
        _troubled("imports"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    name: Mapped[str | None] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    lines: Mapped[int]
    actor_kind: Mapped[ActorKind] = mapped_column(Choice(ActorKind, 10))
    actor_id: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    preview_until: Mapped[datetime | None]


class ImportLine(Base):
    """A line of an import, by the number of the file's line where it begins. `document` is what it asks for, until `order_id` is the order
    that was made of it, or `code` says why none was, with the `field` and in words."""

    __tablename__ = "import_lines"
    __table_args__ = (
        Index(
            "ix_import_lines_waiting",
            "import_id",
            "number",
            sqlite_where=text("document IS NOT NULL"),
            postgresql_where=text("document IS NOT NULL"),
        ),
    )

    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any] | None] = mapped_column(OptionalDocument)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    field: Mapped[str | None] = mapped_column(String(60))
    code: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None] = mapped_column(String(300))


class Reminder(Work, Base):
    """An order's reminders: when the next is due, and how many were `sent`. `id` is the order's: there is one row for an order."""

    __tablename__ = "reminders"
    __table_args__ = (
        _due("reminders"),
        _troubled("reminders"),
    )

    id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    sent: Mapped[int] = mapped_column(default=0)


class Attempt(Work, Base):
    """One try at the gateway. At most one of an order is in flight, which the database itself guards.

    `state`: started, action_needed, pending, unknown (in flight); done, declined, abandoned (over). `due_at` is when recovery
    looks the truth up. `gateway_attempt_ref` is the gateway's name of the try, once it has told one. `consent` is what the buyer was shown and
    accepted. `customer` and `payment_method_id` are the saved card that is charged; `customer_initiated`: the buyer has said yes to it just now, from
    the phone. `ip` is whose try it is, blinded, while it is in
    flight (services/payments/card_testing).
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        Index(
            "uq_attempts_in_flight",
            "order_id",
            unique=True,
            sqlite_where=text("state IN ('started', 'action_needed', 'pending', 'unknown')"),
            postgresql_where=text("state IN ('started', 'action_needed', 'pending', 'unknown')"),
        ),
        Index("ix_attempts_intent", "intent"),
        _due("attempts"),
        _troubled("attempts"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    number: Mapped[int]
    intent: Mapped[str | None] = mapped_column(String(80))
    token: Mapped[str | None] = mapped_column(String(80))
    saves: Mapped[bool]
    consent: Mapped[dict[str, Any] | None]
    state: Mapped[AttemptState] = mapped_column(Choice(AttemptState, 16))
    reason: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str | None] = mapped_column(String(200))
    gateway_attempt_ref: Mapped[str | None] = mapped_column(String(80))
    customer: Mapped[str | None] = mapped_column(String(80))
    payment_method_id: Mapped[str | None] = mapped_column(String(80))
    customer_initiated: Mapped[bool] = mapped_column(default=False, server_default=false())
    ip: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Refund(Work, Base):
    """Money going back. `amount` is in minor units of the order's currency. `state`: requested (we have no answer yet), pending
    (on its way), succeeded, failed. `gateway_id` is the gateway's id, once known. `actor_kind` and `actor_id` are who asked for it; gateway
    for one that was made in the gateway's own back office. `idempotency_key` is as in `Order`. `reason` is the shop's own, for itself."""

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("order_id", "gateway_id"),
        UniqueConstraint("order_id", "idempotency_key"),
        Index("ix_refunds_merchant_id_created_at", "merchant_id", "created_at"),
        _due("refunds"),
        _troubled("refunds"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str | None] = mapped_column(ForeignKey("merchants.id"))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[RefundState] = mapped_column(Choice(RefundState, 10))
    actor_kind: Mapped[ActorKind] = mapped_column(Choice(ActorKind, 10))
    actor_id: Mapped[str | None] = mapped_column(String(40))
    idempotency_key: Mapped[str | None] = mapped_column(String(40))
    gateway_id: Mapped[str | None] = mapped_column(String(80))
    detail: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Dispute(Base):
    """A payment that the buyer's bank takes back, or tries to. `state`: open, won, lost (for the merchant). `id` is the gateway's."""

    __tablename__ = "disputes"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(60))
    state: Mapped[DisputeState] = mapped_column(Choice(DisputeState, 10))
    created_at: Mapped[datetime]


class Alias(Work, Base):
    """A saved card that can be charged again: the gateway's ids, what may be shown of the card, and the last consent given.

    `status`: active, revoked. `due_at`: of an active one, when its buyer is to be asked for another card because this one
    expires soon; of a revoked one, when the gateway is to forget it.
    """

    __tablename__ = "aliases"
    __table_args__ = (
        _due("aliases"),
        _troubled("aliases"),
        UniqueConstraint("merchant_id", "payment_method_id"),
        Index("ix_aliases_buyer_id_fingerprint", "buyer_id", "fingerprint"),
        Index("ix_aliases_merchant_id_created_at", "merchant_id", "created_at"),
        Index("ix_aliases_merchant_id_customer", "merchant_id", "customer"),
        Index("ix_aliases_merchant_id_status_id", "merchant_id", "status", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("buyers.id"))
    customer: Mapped[str] = mapped_column(String(80))
    payment_method_id: Mapped[str] = mapped_column(String(80))
    brand: Mapped[str] = mapped_column(String(30))
    last4: Mapped[str] = mapped_column(String(4))
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(80))
    wallet: Mapped[str | None] = mapped_column(String(30))
    status: Mapped[AliasStatus] = mapped_column(Choice(AliasStatus, 10))
    created_at: Mapped[datetime]


class Consent(Base):
    """What a buyer agreed to when a card was saved, kept as it was shown: wording, version, language and time."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("order_id"), Index("ix_consents_alias_id", "alias_id"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    alias_id: Mapped[str] = mapped_column(ForeignKey("aliases.id"))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    wording: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8))
    given_at: Mapped[datetime]


class OrderEvent(Base):
    """A line of an order's timeline; only ever added. `actor_kind` and `actor_id` are who did it (`domain.actors`), null on lines from before
    it was noted."""

    __tablename__ = "order_events"
    __table_args__ = (Index("ix_order_events_order_id_at", "order_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    at: Mapped[datetime]
    kind: Mapped[EventKind] = mapped_column(Choice(EventKind, 40))
    actor_kind: Mapped[ActorKind | None] = mapped_column(Choice(ActorKind, 10))
    actor_id: Mapped[str | None] = mapped_column(String(40))
    data: Mapped[dict[str, Any]]


class Message(Work, Base):
    """One WhatsApp message. `body` is Meta's JSON without the recipient (out), or what was understood of it (in). What is told by a `notice`
    (services/notices) has a body only when it is sent, and then the last one.

    `phone` is E.164 or, of people who hide theirs, WhatsApp's id of them for this business: neither its length nor a wamid's is promised.
    `state`: out: queued, sent, delivered, read, failed, dropped (there was nothing to say any more); in: received. `purpose` says why it was sent. `choices` holds the
    commands behind reply buttons until one is tapped, or whom a reply to it is for. `pricing` is what Meta last said of its price:
    billable, category, type. `turn` is when it is sent among those that wait (`db/turns`). Since `emptied_at` it was kept for long enough: it says
    nothing any more, and to or from whom it was is not known.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("wamid"),
        Index("ix_messages_order_id", "order_id"),
        Index("ix_messages_merchant_id_phone_created_at", "merchant_id", "phone", "created_at"),
        Index("ix_messages_merchant_id_created_at", "merchant_id", "created_at"),
        Index("ix_messages_waiting", "merchant_id", "phone", "direction", **_WAITS),
        _due("messages"),
        _filled("messages", "created_at"),
        *_turn("messages", "merchant_id"),
        _troubled("messages"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    direction: Mapped[str] = mapped_column(String(3))
    purpose: Mapped[str] = mapped_column(String(20))
    phone: Mapped[str] = mapped_column(String(250))
    wamid: Mapped[str | None] = mapped_column(String(500))
    reply_to: Mapped[str | None] = mapped_column(String(500))
    notice: Mapped[dict[str, Any] | None]
    body: Mapped[dict[str, Any] | None]
    choices: Mapped[dict[str, Any] | None]
    pricing: Mapped[dict[str, Any] | None]
    state: Mapped[MessageState] = mapped_column(Choice(MessageState, 10))
    turn: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    created_at: Mapped[datetime]
    emptied_at: Mapped[datetime | None]


class Mail(Work, Base):
    """One e-mail to a buyer, about an order: `notices` (services/notices) that become a letter, kept as it was sent. `state`: queued, sent,
    failed. `emptied_at` is as in `Message`."""

    __tablename__ = "mails"
    __table_args__ = (
        _due("mails"),
        _troubled("mails"),
        Index("ix_mails_order_id", "order_id"),
        _filled("mails", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    address: Mapped[str] = mapped_column(String(254))
    notices: Mapped[list[dict[str, Any]] | None]
    subject: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[MailState] = mapped_column(Choice(MailState, 10))
    created_at: Mapped[datetime]
    emptied_at: Mapped[datetime | None]


class AccountNotice(Base):
    """What Meta last said of one thing of a merchant's WhatsApp account: a template's status, quality or category, the number's quality or name,
    the account. `bad`: somebody has to look."""

    __tablename__ = "account_notices"

    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    what: Mapped[str] = mapped_column(String(300))
    bad: Mapped[bool]
    at: Mapped[datetime]


class SendQuota(Base):
    """How much a merchant's number may still write to one phone: `full_at` is when (Unix seconds) the pair's burst is all there
    again, `reached_at` when it was last written to without having written itself, which Meta counts by the day."""

    __tablename__ = "send_quotas"
    __table_args__ = (
        Index("ix_send_quotas_merchant_id_reached_at", "merchant_id", "reached_at"),
        Index("ix_send_quotas_merchant_id_full_at", "merchant_id", "full_at"),
    )

    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    phone: Mapped[str] = mapped_column(String(250), primary_key=True)
    full_at: Mapped[float] = mapped_column(Float)
    reached_at: Mapped[datetime | None]


class InboxEvent(Work, Base):
    """A verified inbound webhook, stored before it is worked on; unique by where it came from and its id there. `turn` is when it is worked
    on among those that wait (`db/turns`)."""

    __tablename__ = "inbox_events"
    __table_args__ = (
        UniqueConstraint("merchant_id", "source", "external_id"),
        Index("ix_inbox_events_merchant_id_received_at", "merchant_id", "received_at"),
        _due("inbox_events"),
        *_turn("inbox_events", "merchant_id", "source"),
        Index("ix_inbox_events_merchant_id_source_received_at", "merchant_id", "source", "received_at"),
        _troubled("inbox_events"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    source: Mapped[str] = mapped_column(String(10))
    external_id: Mapped[str] = mapped_column(String(250))
    payload: Mapped[dict[str, Any]]
    turn: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    received_at: Mapped[datetime]


class WebhookRefusal(Base):
    """Webhooks of one sender (`InboxEvent.source`) whose signature was refused, from `first_at` to `last_at`: counted anew after one that
    was right."""

    __tablename__ = "webhook_refusals"

    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    source: Mapped[str] = mapped_column(String(10), primary_key=True)
    count: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class ScheduledTask(Work, Base):
    """A merchant's recurring work, one row for each `type` (`domain.tasks`): the daily comparison with the gateway's records, the daily check of
    its payment page. Claimed like any other work, so several workers never do it twice.

    Of the comparison of saved cards: what the gateway has changed `since` then is to be followed; `after` is the alias up to which cards were
    looked up one by one, null where none are (`payments/card_comparison`)."""

    __tablename__ = "scheduled_tasks"
    __table_args__ = (
        _due("scheduled_tasks"),
        _troubled("scheduled_tasks"),
    )

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    type: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    since: Mapped[datetime | None]
    after: Mapped[str | None] = mapped_column(String(40))


class DailyTotal(Base):
    """What a `measure` of a shop's day came to (`domain.totals`): `count` of them, and `amount` in minor units where `part` is a currency."""

    __tablename__ = "daily_totals"

    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    measure: Mapped[Measure] = mapped_column(Choice(Measure, 10), primary_key=True)
    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)


class TotalChange(Base):
    """What is to be added to a daily total; written in the transaction that it counts, gone once it is added up."""

    __tablename__ = "total_changes"
    __table_args__ = (Index("ix_total_changes_merchant_id_id", "merchant_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    day: Mapped[date]
    measure: Mapped[Measure] = mapped_column(Choice(Measure, 10))
    part: Mapped[str] = mapped_column(String(40))
    count: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)


class CspReport(Base):
    """What buyers' browsers kept from loading or running on a merchant's pages, by their Content-Security-Policy: one row for each thing,
    counted. No address of a page is kept: it is a buyer's link. `link` stands for the one that it came by first, and nobody can tell
    which that is; None before migration 0020.
    """

    __tablename__ = "csp_reports"

    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    directive: Mapped[str] = mapped_column(String(40), primary_key=True)
    blocked: Mapped[str] = mapped_column(String(120), primary_key=True)
    source: Mapped[str] = mapped_column(String(120), primary_key=True)
    link: Mapped[str | None] = mapped_column(String(32))
    count: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class PageCheck(Base):
    """How a merchant's page was found when it was last fetched as a buyer's browser does: `differences` from what this release sends,
    seen `since` then, and whether the operators were `told`.
    """

    __tablename__ = "page_checks"

    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    at: Mapped[datetime]
    differences: Mapped[list[str]]
    since: Mapped[datetime | None]
    told: Mapped[bool] = mapped_column(default=False)


class Endpoint(Base):
    """Where a merchant's order backend is told. `secrets` is sealed, newest first: each signs, but for those after the first once
    `former_until` has come. `types` are the callbacks that it is told, null: those of `callback_types.USUAL`. `source` is file or api: what
    the merchant's file names is changed there alone.

    `failing_since` is when the first POST failed after the last success. Since `disabled_at` nothing is POSTed. One that is not
    `active` is not in the merchant's file any more, or was removed: it is told nothing.
    """

    __tablename__ = "endpoints"
    __table_args__ = (UniqueConstraint("merchant_id", "url"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    url: Mapped[str] = mapped_column(String(500))
    secrets: Mapped[str] = mapped_column(Sealed)
    former_until: Mapped[datetime | None]
    types: Mapped[list[str] | None]
    source: Mapped[str] = mapped_column(String(8), default="file", server_default="file")
    active: Mapped[bool] = mapped_column(default=True)
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str | None] = mapped_column(String(100))
    failing_since: Mapped[datetime | None]
    created_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Whether anything is POSTed there now."""
        return self.active and self.disabled_at is None


class Callback(Work, Base):
    """What an endpoint is told (the outbox): written in the transaction of the change, sent byte for byte as written.

    `id` is the webhook-id, the same at every try. `sequence` orders the callbacks of one order, which only a test (`endpoint.test`) has not.
    `state`: pending, delivered, failed (the schedule is spent). A pending one without `due_at` is held until its endpoint is enabled, or
    parked with its `error`. `posts` counts its tries since it was written, or since it was last sent again at `replayed_at`.
    """

    __tablename__ = "callbacks"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "order_id", "sequence"),
        Index("ix_callbacks_order_id", "order_id"),
        Index("ix_callbacks_merchant_id_created_at_id", "merchant_id", "created_at", "id"),
        Index("ix_callbacks_merchant_id_type_created_at_id", "merchant_id", "type", "created_at", "id"),
        Index("ix_callbacks_endpoint_id_created_at_id", "endpoint_id", "created_at", "id"),
        Index(
            "ix_callbacks_undelivered",
            "merchant_id",
            "state",
            "created_at",
            "id",
            sqlite_where=text("state <> 'delivered'"),
            postgresql_where=text("state <> 'delivered'"),
        ),
        Index("ix_callbacks_endpoint_id_due_at", "endpoint_id", "due_at", **_WAITS),
        Index("ix_callbacks_pending", "endpoint_id", "created_at", **_only("state = 'pending'")),
        _due("callbacks"),
        _troubled("callbacks"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoints.id"))
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    sequence: Mapped[int]
    type: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[CallbackState] = mapped_column(Choice(CallbackState, 10))
    posts: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    replayed_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


class Delivery(Base):
    """One POST of a callback and what came of it. `headers` are what was sent with it, the signatures cut short (`standard.kept`); null
    before migration 0027. `excerpt` is the beginning of the answer, as the receiver wrote it."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_callback_id", "callback_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[str] = mapped_column(ForeignKey("callbacks.id"))
    at: Mapped[datetime]
    headers: Mapped[dict[str, Any] | None]
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(200))
    excerpt: Mapped[str] = mapped_column(Text)
    milliseconds: Mapped[int]


class Heartbeat(Base):
    """When each queue consumer of each worker last looked for work; what `doctor` looks at. `queue` is the queue's table."""

    __tablename__ = "heartbeats"

    worker: Mapped[str] = mapped_column(String(100), primary_key=True)
    queue: Mapped[str] = mapped_column(String(40), primary_key=True)
    seen_at: Mapped[datetime]


class Limit(Base):
    """How often something was counted since its window began, until the window ends; then it counts for nothing and is swept.

    `key` names what is counted and for whom; what is personal in it is blinded (services/payments/card_testing).
    """

    __tablename__ = "limits"
    __table_args__ = (
        Index("ix_limits_until", "until"),
        # SQLite looks for a beginning by the key's own index.
        Index("ix_limits_key_prefix", "key", postgresql_ops={"key": "varchar_pattern_ops"}).ddl_if(
            dialect="postgresql"
        ),
    )

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    until: Mapped[datetime]
    count: Mapped[int]
