"""Fills a database with what past orders leave: their timelines, tries, messages, callbacks and POSTs, buyers, saved cards, refunds. One order with
all of it (`_leave`) is what all are copied from, by INSERT … SELECT in the database itself and with the indexes made afterwards, so a million
orders take minutes. The same count always brings the same rows.

Each order is a minute older than the one before, whatever their number: of the last hours there is always as much, and what grows is the past.
The oldest three in ten have a word that no newer one has. One in ten has expired, one in twenty has saved a card, one in twenty charges such a card,
one in fifty is refunded in part; `OPEN` new ones wait. The audit log has an entry for one in ten.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, delete, text

from webapp.db import merchants, models, order_search
from webapp.domain.actions import Action
from webapp.domain.actors import ActorKind
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.money import Money
from webapp.domain.statuses import AliasStatus, AttemptState, CallbackState, MailState, MessageState, RefundState
from webapp.domain.timeline import EventKind
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

ORDERS_OF_A_BUYER, OPEN = 10, 100
ID = "filled"  # begins the ids of what is copied, after their kind
SHIFTED = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', t.\"{}\", '-' || n.i || ' minutes') || '000'",
    "postgresql": "t.\"{}\" - n.i * interval '1 minute'",
}
QUICKLY = {
    "sqlite": ("PRAGMA synchronous=OFF", "PRAGMA cache_size=-500000", "PRAGMA temp_store=MEMORY"),
    "postgresql": (
        "SET session_replication_role = replica",  # no foreign key is looked up: all refer to what is here
        "SET maintenance_work_mem = '512MB'",
        "SET synchronous_commit = off",
    ),
}
# Of two that serve as well, SQLite takes the one that was made last: they are made anew in the same order.
INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
EVENTS = (EventKind.QUEUED, EventKind.SENT, EventKind.OPENED, EventKind.SUBMITTED, EventKind.PAID)
# How many of a table's rows there are: of which orders (n.i), each with its n.
SAVES, CHARGES, REFUNDED, AUDITED = "n.i % 20 = 5", "n.i % 20 = 15", "n.i % 50 = 7", "n.i % 10 = 0"


def fill(context: ServiceContext, merchant: str, url: str, count: int, *, shops: int = 1) -> None:
    """Give the merchant so many orders more, or that one and others, `shops` in all. `url` is the database's address."""
    wanted = lifecycle.Request(
        Action.REGISTER_PAY, Money(1250, "EUR"), "+33740000000", email="buyer0@example.com", description="2 pizzas"
    )
    made = lifecycle.create(context, merchant, wanted, send=False)
    with context.database.write() as session:
        _leave(session, merchant, made.id)
    engine = create_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in QUICKLY[engine.dialect.name]:
            connection.exec_driver_sql(setting)
        Filling(connection, merchant, made, count, shops).all(engine)
    if (
        engine.dialect.name == "postgresql"
    ):  # which does so by itself; a SQLite database has no statistics, as the product leaves it
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    engine.dispose()


def _leave(session: Session, merchant: str, order_id: str) -> None:
    """What the one order leaves that the others are like: its buyer paid on the page, saved the card, and got some of it back."""
    order = session.get_one(models.Order, order_id)
    buyer = session.get_one(models.Buyer, order.buyer_id)
    buyer.customer, order.intent, order.card = (
        "cus_filled0",
        "pi_filled0",
        {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034},
    )
    order.state, order.due_at, order.opened_at = "paid", None, order.created_at
    alias = models.Alias(
        id="al_filled0", merchant_id=merchant, buyer_id=buyer.id, customer="cus_filled0", payment_method_id="pm_filled0",
        brand="visa", last4="4242", exp_month=12, exp_year=2034, fingerprint="fp_filled0", status=AliasStatus.ACTIVE,
        created_at=order.created_at, due_at=None, tries=0,
    )  # fmt: skip
    session.add(alias)
    session.flush()
    order.alias_id = alias.id
    own, at = {"order_id": order_id}, order.created_at
    of_shop = {"merchant_id": merchant, **own, "created_at": at, "due_at": None, "tries": 1}
    number = {"direction": "out", "body": {"type": "text", "text": {"body": "Your order: " + "x" * 200}}}
    session.add_all(
        [
            models.Consent(id="con_filled0", alias_id=alias.id, **own, wording="I let the shop save my card.",
                version="2026-11", language="en", given_at=at),
            models.Attempt(id="att_filled0", **own, number=1, intent="pi_filled0", token="ctoken_filled0", saves=True,  # noqa: S106  # nobody's
                state=AttemptState.DONE, gateway_attempt_ref="ch_filled0", created_at=at, ended_at=at, due_at=None, tries=0),
            models.Message(id="msg_filled0c", **of_shop, direction="in", purpose="command", phone="+33611111111",
                wamid="wamid.filled0c", body={"text": "12,50 EUR 0740000000"}, state=MessageState.RECEIVED),
            models.Message(id="msg_filled0f", **of_shop, **number, purpose="confirmation", phone="+33611111111",
                wamid="wamid.filled0f", state=MessageState.READ),
            models.Message(id="msg_filled0r", **of_shop, **number, purpose="request", phone=buyer.phone,
                wamid="wamid.filled0r", state=MessageState.READ),
            models.Mail(id="mail_filled0", **of_shop, address="buyer0@example.com", subject="Receipt", text="Paid: " + "x" * 300,
                language="en", state=MailState.SENT),
            models.Reminder(id=order_id, sent=0, due_at=None, tries=0),
            models.Refund(id="rf_filled0", **of_shop, amount=100, state=RefundState.SUCCEEDED, actor_kind=ActorKind.CONSOLE,
                gateway_id="re_filled0"),
            models.SendQuota(merchant_id=merchant, phone=buyer.phone, full_at=at.timestamp(), reached_at=at - timedelta(days=2)),
            models.AuditEntry(id="aud_filled0", merchant_id=merchant, at=at, actor_kind=ActorKind.CONSOLE, action=AuditAction.EXPORT_MADE,
                subject_kind=AuditSubject.EXPORT, subject_id="orders", after={"what": "orders", "format": "csv"}, words="orders orders csv"),
            *(models.OrderEvent(**own, at=at, kind=kind, data={}) for kind in EVENTS),
            *(models.InboxEvent(merchant_id=merchant, source=source, external_id=f"{source}_filled0", received_at=at, due_at=None,
                tries=1, payload={"said": "x" * 200}) for source in ("whatsapp", "stripe")),
        ]
    )  # fmt: skip
    for endpoint in merchants.endpoints(session, merchant)[:1]:
        call = models.Callback(
            id="call_filled0", **of_shop, endpoint_id=endpoint.id, sequence=1, type="order.paid", delivered_at=at,
            body='{"type": "order.paid", "data": {"order": "' + "x" * 300 + '"}}', state=CallbackState.DELIVERED, posts=1,
        )  # fmt: skip
        session.add(call)
        session.flush()
        session.add(models.Delivery(callback_id=call.id, at=at, status=200, excerpt="ok", milliseconds=20))


class Filling:
    """One filling of a database, table by table."""

    def __init__(self, connection: Connection, merchant: str, made: models.Order, count: int, shops: int) -> None:
        self._connection, self._order, self._count = connection, made, count
        self._shift = SHIFTED[connection.dialect.name]
        self._buyers, self._shops = max(count // ORDERS_OF_A_BUYER, 1), shops
        self._buyer_of_order = f"(1 + n.i % {self._buyers})"
        self._merchant = merchant

    def all(self, engine: Engine) -> None:
        """Every table, without its indexes until all is there; the texts by which orders are found are written by the product, in a transaction."""
        asked = self._connection.exec_driver_sql(INDEXES[self._connection.dialect.name])
        indexes = [(name, made) for name, made in asked if not made.startswith("CREATE UNIQUE")]
        for name, _made in indexes:
            self._connection.exec_driver_sql(f"DROP INDEX {name}")
        self._rows()
        with engine.begin() as transaction:  # numbers as the orders were made: the one that was first is the newest
            transaction.execute(delete(models.OrderSearch))
            order_search.fill(transaction)
        for _name, made in indexes:
            self._connection.exec_driver_sql(made)

    def _rows(self) -> None:
        order, buyer = f"t.order_id = '{self._order.id}'", f"t.id = '{self._order.buyer_id}'"
        for table in (models.Merchant, models.Operator, models.User, models.Endpoint, models.ScheduledTask):
            self._shop(table.__table__)
        number = "'+33' || (740000000 + n.i)"
        self._of_buyers(models.Buyer.__table__, buyer, {"id": f"'buyer_{ID}' || n.i", "phone": number,
            "email": "'buyer' || n.i || '@example.com'", "customer": f"'cus_{ID}' || n.i"})  # fmt: skip
        self._of_buyers(models.SendQuota.__table__, "t.phone = '+33740000000'", {"phone": number})
        self._aliases()
        self._orders()
        self._of_orders(models.Consent, order, {"alias_id": f"'al_{ID}' || n.i"}, SAVES)
        self._of_orders(models.Attempt, order, {"intent": f"'pi_{ID}' || n.i", "token": f"'ctoken_{ID}' || n.i"})
        for kind in "cfr":
            phone = {"phone": f"'+33' || (740000000 + {self._buyer_of_order})"} if kind == "r" else {}
            about = f"t.id = 'msg_filled0{kind}'"
            own = {"id": f"'msg_{ID}' || n.i || '{kind}'", "wamid": f"'wamid.{ID}' || n.i || '{kind}'"}
            # Of a hundred messages one has failed for good: such rows keep their error.
            failed = {"error": "CASE WHEN n.i % 100 = 50 THEN '131026: undeliverable' END",
                "state": "CASE WHEN n.i % 100 = 50 THEN 'failed' ELSE t.state END"} if kind == "r" else {}  # fmt: skip
            self._of_orders(models.Message, about, own | phone | failed)
        self._of_orders(models.Mail, order, {})
        self._of_orders(models.Reminder, f"t.id = '{self._order.id}'", {"id": f"'ord_{ID}' || n.i"})
        self._of_orders(models.Refund, order, {"gateway_id": f"'re_{ID}' || n.i"}, REFUNDED)
        failed = {"error": "CASE WHEN n.i % 200 = 50 THEN 'HTTP 500' END",
            "state": "CASE WHEN n.i % 200 = 50 THEN 'failed' ELSE t.state END"}  # fmt: skip
        self._of_orders(models.Callback, order, failed | {"endpoint_id": self._of_shop("t.endpoint_id")})
        self._of_orders(models.Delivery, "t.callback_id = 'call_filled0'", {"callback_id": f"'callback_{ID}' || n.i"})
        self._of_orders(models.OrderEvent, order, {})
        self._audit()
        for source in ("whatsapp", "stripe"):
            self._of_orders(models.InboxEvent, f"t.external_id = '{source}_filled0'",
                {"external_id": f"'{source}_{ID}' || n.i"})  # fmt: skip

    def _orders(self) -> None:
        self._of_orders(models.Order, f"t.id = '{self._order.id}'", {
            "id": f"'ord_{ID}' || n.i",
            "buyer_id": f"'buyer_{ID}' || {self._buyer_of_order}",
            "reference": "'FILLED' || n.i",
            "reference_key": "'filled' || n.i",
            "idempotency_key": "NULL",
            "intent": f"'pi_{ID}' || n.i",
            "email": f"'buyer' || {self._buyer_of_order} || '@example.com'",
            "description": f"CASE WHEN n.i > {self._count * 7 // 10} THEN '2 kebabs' ELSE t.description END",
            "state": f"CASE WHEN n.i <= {OPEN} THEN 'open' WHEN n.i % 10 = 3 THEN 'expired' ELSE 'paid' END",
            "due_at": f"CASE WHEN n.i <= {OPEN} THEN t.expires_at END",
            "alias_id": f"CASE WHEN {SAVES} THEN 'al_{ID}' || n.i END",
            # The card that the buyer's order of ten before saved, or of somebody's before.
            "charges_alias_id": f"CASE WHEN {CHARGES} AND n.i > 10 THEN 'al_{ID}' || (n.i - 10) END",
        })  # fmt: skip

    def _audit(self) -> None:
        """One in twenty entries is of a person, of ten; the others of the console."""
        person = "n.i % 200 = 100"
        self._of_orders(models.AuditEntry, "t.id = 'aud_filled0'", {
            "id": f"'aud_{ID}' || n.i",
            "actor_kind": f"CASE WHEN {person} THEN 'user' ELSE t.actor_kind END",
            "actor_id": f"CASE WHEN {person} THEN 'user_{ID}' || (n.i / 200 % 10) END",
            "action": f"CASE WHEN {person} THEN 'session.ended' ELSE t.action END",
        }, AUDITED)  # fmt: skip

    def _aliases(self) -> None:
        own = {
            "buyer_id": f"'buyer_{ID}' || {self._buyer_of_order}",
            "customer": f"'cus_{ID}' || {self._buyer_of_order}",
        }
        names = {
            name: f"'{kind}_{ID}' || n.i"
            for name, kind in (("id", "al"), ("payment_method_id", "pm"), ("fingerprint", "fp"))
        }
        self._of_orders(models.Alias, "t.id = 'al_filled0'", own | names, SAVES)

    def _of_shop(self, own: str, of: str = "") -> str:
        """A merchant's id, or of what each merchant has one of: the first's own, those of the others by their number."""
        if self._shops == 1:
            return own
        number = f"({of or self._buyer_of_order} % {self._shops})"
        return f"CASE WHEN {number} = 0 THEN {own} ELSE {own} || '_' || {number} END"

    def _shop(self, table: Any) -> None:
        if self._shops == 1:
            return
        other = {"id": "t.id || '_' || n.i", "merchant_id": "t.merchant_id || '_' || n.i"}
        unlike = {name: f"n.i || t.{name}" for name in ("email", "phone_number_id", "number") if name in table.c}
        which = f"t.{'id' if table.name == 'merchants' else 'merchant_id'} = '{self._merchant}'"
        self._copy(table, self._shops - 1, which, {**other, **unlike})

    def _of_buyers(self, table: Any, like: str, other: dict[str, str]) -> None:
        usual = {"merchant_id": self._of_shop("t.merchant_id", "n.i")}
        self._copy(table, self._buyers, like, self._moments(table) | usual | other)

    def _of_orders(self, model: Any, like: str, other: dict[str, str], which: str = "") -> None:
        table = model.__table__
        kind = table.name.removesuffix("s")
        usual = {"merchant_id": self._of_shop("t.merchant_id"), "order_id": f"'ord_{ID}' || n.i"}
        if str(table.c.id.type).startswith("VARCHAR"):
            usual["id"] = f"'{kind}_{ID}' || n.i"
        self._copy(table, self._count, like, self._moments(table) | usual | other, which)

    def _moments(self, table: Any) -> dict[str, str]:
        moments = [each.name for each in table.c if isinstance(each.type, models.Moment) and each.name != "expires_at"]
        return {name: self._shift.format(name) for name in moments}

    def _copy(self, table: Any, count: int, like: str, other: dict[str, str], which: str = "") -> None:
        copy(self._connection, table, count, like, other, which)


def copy_order(url: str, order: str, count: int, *, prefix: str) -> list[str]:
    """So many orders like that one; their ids."""
    engine = create_engine(url)
    with engine.begin() as connection:
        other = {"id": f"'{prefix}' || n.i", "reference": f"'{prefix}' || n.i", "reference_key": f"'{prefix}' || n.i"}
        copy(connection, models.Order.__table__, count, f"t.id = '{order}'", {**other, "due_at": "NULL"})
    engine.dispose()
    return [f"{prefix}{number}" for number in range(1, count + 1)]


def copy(  # what a copy is made of
    connection: Connection, table: Any, count: int, like: str, other: dict[str, str], which: str = ""
) -> None:
    """As many rows like those, but for what is `other` (SQL, in which n.i counts from 1)."""
    columns = [column.name for column in table.columns if column.name != "id" or "id" in other]
    values = ", ".join(other.get(name, f't."{name}"') for name in columns)
    quoted = ", ".join(f'"{name}"' for name in columns)
    connection.execute(
        text(
            f"INSERT INTO {table.name} ({quoted}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "  # noqa: S608  # our own words
            f"SELECT {values} FROM n, (SELECT * FROM {table.name} t WHERE {like}) t {f'WHERE {which}' if which else ''}"
        )
    )
