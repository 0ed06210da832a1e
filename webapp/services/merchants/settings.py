"""A merchant's settings, whoever changes them: its file or the back office. What the file names is changed there alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from webapp.db import merchants, models
from webapp.domain import money, phone, return_urls
from webapp.domain.audit_actions import CHANGED, AuditAction, AuditSubject
from webapp.domain.errors import Changed, Conflict, Invalid
from webapp.services.merchants import logos
from webapp.services.merchants.shop_file import Shop, WhatsAppKeys
from webapp.services.runtime import audit as log

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from webapp.db.session import Session
    from webapp.gateways.base import Account
    from webapp.services.runtime.context import ServiceContext

LARGE = Decimal(500)  # whole units of a currency with two decimals


def locked(merchant: models.Merchant) -> frozenset[str]:
    """The settings that the merchant's file names, which are changed there alone; `gateway` and `whatsapp` among them where it has their keys."""
    if merchant.declared_fields is None:
        return frozenset({*Shop.model_fields, "gateway", "whatsapp"}) - {"id", "mode"}
    return frozenset(merchant.declared_fields)


def settle(merchant: models.Merchant, shop: Shop, names: Collection[str]) -> None:
    """Give the merchant these settings. A limit that is the former currency's own becomes the new one's. Raises `Invalid` (bad_declaration)
    for a logo that cannot be read."""
    merchant.id, merchant.mode = shop.id, shop.mode
    follows = "confirm_above" not in names and merchant.confirm_above == _large(merchant.currency)
    for name, value in shop.model_dump(exclude={"id", "mode", "logo", "confirm_above"}).items():
        if name in names:
            setattr(merchant, name, value)
    if "confirm_above" in names:
        merchant.confirm_above = _large(shop.currency) if shop.confirm_above is None else shop.confirm_above
    elif follows:
        merchant.confirm_above = _large(merchant.currency)
    if "logo" in names:
        picture = logos.read(Path(shop.logo)) if shop.logo else None
        merchant.logo, merchant.logo_digest = picture, logos.digest(picture)


def keep_account(context: ServiceContext, merchant: models.Merchant, account: Account) -> None:
    """The merchant's keys at its gateway are these from now on."""
    merchant.publishable_key, merchant.gateway_account = account.publishable_key, account.id
    merchant.gateway_secrets = context.sealer.seal(dict(account.secrets), gateway_place(merchant.id))


def keep_whatsapp(context: ServiceContext, merchant: models.Merchant, keys: WhatsAppKeys) -> None:
    """The merchant's WhatsApp number and its keys are these from now on. Raises `Invalid` for a number that is none."""
    merchant.number = phone.parse(keys.number, merchant.country)
    merchant.phone_number_id, merchant.business_account_id = keys.phone_number_id, keys.business_account_id
    secrets = {name: getattr(keys, name) for name in ("access_token", "app_secret", "verify_token")}
    merchant.whatsapp_secrets = context.sealer.seal(secrets, f"{merchant.id}/whatsapp")


def change(context: ServiceContext, merchant_id: str, wanted: Mapping[str, Any], version: int) -> models.Merchant:
    """Change settings of a merchant from the back office, by the fields of `Shop`; `logo` are a picture's bytes, or None. `version` is the
    settings' when they were shown.

    Raises `Changed` where somebody else has changed them since; `Conflict` (declared_in_file, with `fields`); `Invalid` (bad_settings with
    `fields`, each with what is wrong in English), and as `logos.drawn` does. Nothing is changed then.
    """
    with context.database.write() as session:
        merchant = merchants.lock(session, merchant_id)
        must_be_seen(session, merchant, version)
        before = {name: _plain(merchant, name) for name in wanted}
        if "logo" in wanted:
            _allow(merchant, ["logo"])
            picture = logos.drawn(wanted["logo"]) if wanted["logo"] is not None else None
            merchant.logo, merchant.logo_digest = picture, logos.digest(picture)
        given = {name: value for name, value in wanted.items() if name != "logo" and before[name] != _as_plain(value)}
        _allow(merchant, given)
        settle(merchant, _checked(context, merchant, given), given.keys())
        changed = log.changes(before, {name: _plain(merchant, name) for name in wanted})
        note(session, context, merchant, AuditAction.SETTINGS_CHANGED, *changed)
        return merchant


def change_gateway(context: ServiceContext, merchant_id: str, given: Mapping[str, Any], version: int) -> None:
    """Give a merchant other keys at its gateway, by `GatewayProvider.key_fields`; what is not given stays as it is. Raises as `change` does,
    and `Invalid` (bad_declaration) as the provider does."""
    with context.database.write() as session:
        merchant = merchants.lock(session, merchant_id)
        must_be_seen(session, merchant, version)
        _allow(merchant, ["gateway"])
        provider = context.provider(merchant)
        secrets = dict(context.sealer.open(merchant.gateway_secrets, gateway_place(merchant.id)))
        present = {"publishable_key": merchant.publishable_key, "account": merchant.gateway_account, **secrets}
        known = {each.name: each for each in provider.key_fields}
        present = {name: value for name, value in present.items() if name in known and value not in (None, "")}
        keep_account(context, merchant, provider.account(present | dict(given), live=merchant.mode == "live"))
        shown = {name: CHANGED if known[name].secret else _as_plain(value) for name, value in given.items()}
        before = {name: CHANGED if known[name].secret else _as_plain(present.get(name)) for name in shown}
        shown = {name: value for name, value in shown.items() if known[name].secret or before[name] != value}
        before = {name: before[name] for name in shown}
        note(session, context, merchant, AuditAction.CONNECTIONS_CHANGED, before, shown)


def change_whatsapp(context: ServiceContext, merchant_id: str, given: Mapping[str, str], version: int) -> None:
    """Give a merchant another WhatsApp number or other keys of it; what is not given stays as it is. Raises as `change` does, and
    `Invalid` (bad_phone) for a number that is none."""
    with context.database.write() as session:
        merchant = merchants.lock(session, merchant_id)
        must_be_seen(session, merchant, version)
        _allow(merchant, ["whatsapp"])
        ids = {name: getattr(merchant, name) for name in ("number", "phone_number_id", "business_account_id")}
        secrets = dict(context.sealer.open(merchant.whatsapp_secrets, f"{merchant.id}/whatsapp"))
        try:
            wanted = WhatsAppKeys.model_validate({**ids, **secrets, **given})
        except ValidationError as error:
            faults = {str(each["loc"][0]): each["msg"] for each in error.errors() if each["loc"]}
            raise Invalid("bad_settings", str(faults), fields=faults) from None
        keep_whatsapp(context, merchant, wanted)
        shown = {name: getattr(merchant, name) for name in ids if ids[name] != getattr(merchant, name)}
        shown |= dict.fromkeys((name for name in secrets if given.get(name) not in (None, secrets[name])), CHANGED)
        before = {name: ids.get(name, CHANGED) for name in shown}
        note(session, context, merchant, AuditAction.CONNECTIONS_CHANGED, before, shown)


def note(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    action: AuditAction,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """One version more, and an entry of the audit log; nothing where nothing changed."""
    if after:
        merchant.version += 1
        log.record(session, context, merchant.id, action, AuditSubject.MERCHANT, merchant.id, before, after)


def must_be_seen(session: Session, merchant: models.Merchant, version: int) -> None:
    """Raises `Changed` where the merchant's settings are others than those of that version."""
    if merchant.version == version:
        return
    since = merchant.version - version
    raise Changed(merchant.version, **log.last(session, merchant.id, AuditSubject.MERCHANT, merchant.id, since))


def _allow(merchant: models.Merchant, names: Collection[str]) -> None:
    fixed = sorted(locked(merchant) & set(names))
    if fixed:
        raise Conflict(
            "declared_in_file",
            "the merchant's file names these settings, so they are changed there alone",
            fields=fixed,
        )


def _checked(context: ServiceContext, merchant: models.Merchant, given: Mapping[str, Any]) -> Shop:
    """The merchant with these settings. What was wrong before and is not given stays as it is."""
    present = {name: _plain(merchant, name) for name in Shop.model_fields if name != "logo"}
    present = {name: value for name, value in present.items() if value is not None}
    try:
        shop = Shop.model_validate(present | dict(given))
    except ValidationError as error:
        faults = {str(each["loc"][0]): each["msg"] for each in error.errors() if each["loc"]}
        raise Invalid("bad_settings", str(faults), fields=faults) from None
    for url in given.get("return_urls", ()):
        fault = return_urls.fault(url, loopback=context.allow_sandbox_hosts)
        if fault is not None:
            raise Invalid("bad_settings", f"{url} {fault}", fields={"return_urls": f"{url} {fault}"})
    return shop


def _plain(merchant: models.Merchant, name: str) -> Any:
    """A setting as JSON has it; of the logo its digest."""
    return _as_plain(getattr(merchant, "logo_digest" if name == "logo" else name))


def _as_plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _large(currency: str) -> int:
    """Above what a shop is asked that sets no limit, in whole units: 500 EUR, 50,000 JPY, 50 KWD, for currencies with fewer decimals
    have smaller units."""
    return int(LARGE.scaleb(2 - money.exponent(currency)))


def gateway_place(merchant: str) -> str:
    """Where a merchant's gateway secrets belong, sealed into them (`Account.secrets`)."""
    return f"{merchant}/gateway"
