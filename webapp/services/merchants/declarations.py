"""Merchants: declared by a file, their secrets sealed, their connections made from them."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from webapp.callbacks import sender
from webapp.db import merchants, models
from webapp.domain import ids, phone, return_urls
from webapp.domain.audit_actions import CHANGED, AuditAction, AuditSubject
from webapp.domain.errors import Invalid, NotFound
from webapp.domain.tasks import TaskType
from webapp.services.merchants import settings
from webapp.services.merchants.shop_file import Declaration, Shop
from webapp.services.monitoring import page_monitor
from webapp.services.payments import card_comparison, reconciliation, retain
from webapp.services.runtime import audit, totals
from webapp.services.runtime.context import ServiceContext
from webapp.services.runtime.sealing import CannotOpen
from webapp.services.webhooks import declared as declared_endpoints
from webapp.services.webhooks import log as log_of_callbacks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from webapp.db.session import Session
    from webapp.gateways.base import Account, GatewayProvider

log = logging.getLogger(__name__)

TASKS = {
    TaskType.RECONCILIATION: reconciliation.EVERY,
    TaskType.CARD_COMPARISON: card_comparison.EVERY,
    TaskType.PAGE_CHECK: page_monitor.EVERY,
    TaskType.CALLBACK_SWEEP: log_of_callbacks.EVERY,
    TaskType.RETENTION: retain.EVERY,
    TaskType.TOTALS: totals.EVERY,
}


def declared(document: dict[str, Any], present: Mapping[str, Any] | None = None) -> Declaration:
    """Check a merchant's file, but for what its gateway needs: `apply` has that looked at. `present` is what a merchant that there is already
    has (`present`): its file may leave to the back office what a new one's has to name. Raises `Invalid` (bad_declaration) that
    names each line to mend."""
    table = document.get("merchant")
    table = table if isinstance(table, dict) else {}
    named = [*table, *({"gateway", "whatsapp"} & document.keys())]
    needed = [] if present else [part for part in ("gateway", "whatsapp") if part not in document]
    try:
        if "named" in document:
            raise Invalid(
                "bad_declaration", "The merchant's file cannot be used:\n  named: Extra inputs are not permitted"
            )
        if needed:
            raise Invalid("bad_declaration", f"The merchant's file cannot be used:\n  {needed[0]}: Field required")
        whole = document | ({"merchant": {**present, **table}} if present else {})
        declaration = Declaration.model_validate(whole | {"named": named})
    except ValidationError as error:
        lines = [f"  {'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        raise Invalid("bad_declaration", "The merchant's file cannot be used:\n" + "\n".join(lines)) from None
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
        found = getattr(declaration, part)
        for name, value in (found.model_dump() if found is not None else {}).items():
            for each in value if isinstance(value, tuple | list) else [value]:
                if each is not None:
                    yield f"{part}.{name}", str(each)


REQUIRED = tuple(
    name for name, field in Shop.model_fields.items() if field.is_required() and name not in {"id", "mode"}
)


def present(context: ServiceContext, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of the merchant that the file is of, what a file may leave out once there is one; empty while there is none."""
    table = document.get("merchant")
    identity = table.get("id") if isinstance(table, dict) else None
    with context.database.read() as session:
        merchant = session.get(models.Merchant, identity) if isinstance(identity, str) else None
    return {name: getattr(merchant, name) for name in REQUIRED} if merchant is not None else {}


def apply(context: ServiceContext, declaration: Declaration) -> tuple[str, bool]:
    """Create the merchant or bring it up to its file. Its id, and whether it is new.

    The file is the whole truth of what it names: users and operators that it does not name any more may do nothing, and endpoints are told
    nothing; those that it names are enabled, and what was held for them goes out. Operators and members who were invited in the back office
    stay, and so do the settings that it has never named; one that it names no more is as if it had never been set.

    Raises `Invalid`: live_in_sandbox; other_mode and other_gateway, for orders and cards of one account are worth nothing at another;
    unknown_gateway; user_elsewhere, for an address that another merchant has invited; bad_declaration.
    """
    shop = declaration.merchant
    provider, account = _account(context, declaration)
    if context.allow_sandbox_hosts and shop.mode == "live":
        raise Invalid("live_in_sandbox", "A live merchant needs the real hosts: unset ALLOW_SANDBOX_HOSTS.")
    for url in shop.return_urls:
        fault = return_urls.fault(url, loopback=context.allow_sandbox_hosts)
        if fault is not None:
            raise Invalid("bad_declaration", f"merchant.return_urls: {url} {fault}")
    with context.database.write() as session:
        merchant = session.get(models.Merchant, shop.id)
        new = merchant is None
        if merchant is not None:
            _must_be_the_same(merchant, shop, provider)
        else:
            merchant = models.Merchant(id=shop.id, gateway=(provider or context.providers.default).name)
            merchant.created_at, merchant.version = context.now(), 0
        before = {} if new else _told(session, context, merchant)
        settings.settle(merchant, shop, Shop.model_fields.keys() if new else _the_files(merchant, declaration))
        merchant.declared_fields = sorted(declaration.named - {"id", "mode"})
        merchant.version += 1
        if account is not None:
            settings.keep_account(context, merchant, account)
        if declaration.whatsapp is not None:
            settings.keep_whatsapp(context, merchant, declaration.whatsapp)
        session.add(merchant)
        session.flush()
        for task, every in TASKS.items():
            row = models.ScheduledTask(
                id=f"{task}:{shop.id}", type=task, merchant_id=shop.id, due_at=context.now() + every
            )
            session.merge(row)
        _people(session, shop, declaration)
        wanted = [declared_endpoints.Declared(each.url, each.signing, each.types) for each in declaration.endpoints]
        declared_endpoints.declare(session, context, shop.id, wanted)
        session.flush()
        changed = audit.changes(before, _told(session, context, merchant))
        if changed[1].get("secrets"):
            changed[0]["secrets"] = changed[1]["secrets"] = CHANGED
        was, action = None if new else changed[0], AuditAction.FILE_APPLIED
        audit.record(session, context, shop.id, action, AuditSubject.MERCHANT, shop.id, was, changed[1])
    log.info("%s was %s by %s", shop.id, "declared" if new else "declared anew", context.actor)
    return shop.id, new


def _must_be_the_same(merchant: models.Merchant, shop: Shop, provider: GatewayProvider | None) -> None:
    if merchant.mode != shop.mode:
        raise Invalid(
            "other_mode",
            f"{shop.id} is in {merchant.mode} mode, for good: declare a {shop.mode} merchant of another id.",
        )
    if provider is not None and merchant.gateway != provider.name:
        raise Invalid(
            "other_gateway",
            f"{shop.id} is a merchant of {merchant.gateway}, for good: declare one of {provider.name} with another id.",
        )


def _account(context: ServiceContext, declaration: Declaration) -> tuple[GatewayProvider | None, Account | None]:
    """The gateway that the file names, and its keys; None where it leaves them to the back office."""
    table = declaration.gateway
    if table is None:
        return None, None
    provider = context.providers.default if table.provider is None else context.providers.named(table.provider)
    return provider, provider.account(table.model_dump(exclude={"provider"}), live=declaration.merchant.mode == "live")


def _the_files(merchant: models.Merchant, declaration: Declaration) -> Collection[str]:
    """The settings that are the file's: those that it names, and those that it named before."""
    return declaration.named | settings.locked(merchant)


def _told(session: Session, context: ServiceContext, merchant: models.Merchant) -> dict[str, Any]:
    """What a file settles of a merchant, for the audit log to find what it changes; `secrets` is compared and never written."""
    shop = {name: getattr(merchant, name) for name in Shop.model_fields if name != "logo"}
    shop = {name: list(value) if isinstance(value, tuple) else value for name, value in shop.items()}
    secrets = [
        _opened(context, merchant.gateway_secrets, settings.gateway_place(merchant.id)),
        _opened(context, merchant.whatsapp_secrets, f"{merchant.id}/whatsapp"),
    ]
    return shop | {
        "logo": merchant.logo_digest,
        "number": merchant.number,
        "secrets": secrets,
        "users": {user.email: user.role for user in merchants.users(session, merchant.id) if user.active},
        "operators": sorted(each.name for each in merchants.operators(session, merchant.id) if each.active),
        "endpoints": sorted(each.url for each in merchants.endpoints(session, merchant.id)),
    }


def _opened(context: ServiceContext, sealed: str, place: str) -> Any:
    """None of secrets whose key is gone, which the file is then applied to mend."""
    try:
        return context.sealer.open(sealed, place)
    except CannotOpen:
        return None


def logo(context: ServiceContext, merchant_id: str) -> bytes:
    """The merchant's logo, a square PNG. Raises `NotFound`."""
    with context.database.read() as session:
        found = merchants.get(session, merchant_id).logo
    if found is None:
        raise NotFound("this shop has no logo")
    return found


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
        gone.active = gone.active and gone.source != "file"
    for member in declaration.users:
        email = member.email.lower()
        if any(other.merchant_id != shop.id for other in merchants.users_of_email(session, email)):
            raise Invalid("user_elsewhere", f"{email} is a user of another merchant: one address logs in to one shop.")
        user = users.get(email)
        if user is None:
            user = models.User(id=ids.new("usr"), merchant_id=shop.id, email=email)
            session.add(user)
        user.name, user.role, user.active, user.source = member.name, member.role, True, "file"
    merchants.end_logins(session, [gone.id for gone in users.values() if not gone.active])
