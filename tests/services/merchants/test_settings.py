"""Settings from the back office and from the merchant's file: one service, what the file names is its own, and two people do not undo each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit import Shop
from webapp.db import models
from webapp.domain import actors
from webapp.domain.audit_actions import AuditAction
from webapp.domain.errors import Changed, Conflict, Invalid
from webapp.services.merchants import declarations, settings


def apply(shop: Shop, *dropped: str, **table: Any) -> models.Merchant:
    """The shop's file anew, without some of what it names."""
    document = shop.declaration()
    document["merchant"] |= table
    for name in dropped:
        document["merchant"].pop(name, None)
        document.pop(name, None)
    context = shop.context.acting_as(actors.CONSOLE)
    declarations.apply(context, declarations.declared(document, declarations.present(context, document)))
    return declarations.get(shop.context, shop.id)


def change(shop: Shop, merchant: models.Merchant, **wanted: Any) -> models.Merchant:
    """A moment later, so that entries of the log have an order."""
    shop.clock.forward(seconds=1)
    return settings.change(shop.context.acting_as(actors.user("usr_1")), shop.id, wanted, merchant.version)


def test_what_the_file_names_is_changed_there_alone(shop: Shop) -> None:
    merchant = apply(shop)
    for name, value in (("name", "Café Nouveau"), ("country", "DE")):
        with pytest.raises(Conflict, match="file"):
            change(shop, merchant, **{name: value})
    assert change(shop, merchant, max_tries=5, name="Café Lumière").max_tries == 5  # the name is as it was


def test_a_shop_of_an_earlier_release_is_its_file_s_until_that_is_applied_again(shop: Shop) -> None:
    with shop.context.database.write() as session:
        session.get_one(models.Merchant, shop.id).declared_fields = None
    merchant = declarations.get(shop.context, shop.id)
    with pytest.raises(Conflict):
        change(shop, merchant, max_tries=5)
    assert change(shop, apply(shop), max_tries=5).max_tries == 5


def test_the_office_s_settings_outlive_the_next_file_and_what_it_drops_is_as_never_set(shop: Shop) -> None:
    merchant = apply(shop, link_days=30)
    change(shop, merchant, max_tries=9, colour="#112233")
    merchant = apply(shop, link_days=30)
    assert (merchant.max_tries, merchant.colour, merchant.link_days) == (9, "#112233", 30)
    merchant = apply(shop)
    assert (merchant.max_tries, merchant.link_days) == (9, 7)


def test_a_file_may_leave_to_the_office_what_a_new_merchant_s_has_to_name(shop: Shop) -> None:
    apply(shop)
    merchant = apply(shop, "name", "contact", "gateway", "whatsapp")
    assert (merchant.name, settings.locked(merchant) & {"name", "contact", "gateway", "whatsapp"}) == (
        "Café Lumière",
        frozenset(),
    )
    assert change(shop, merchant, name="Café Nouveau").name == "Café Nouveau"
    assert apply(shop, "name", "contact", "gateway", "whatsapp").name == "Café Nouveau"


@pytest.mark.parametrize("dropped", ["name", "gateway", "whatsapp"])
def test_a_new_merchant_s_file_names_all_of_it(shop: Shop, dropped: str) -> None:
    document = shop.declaration()
    document["merchant"]["id"] = "newshop"
    (document["merchant"] if dropped == "name" else document).pop(dropped)
    with pytest.raises(Invalid, match=f"{dropped}: Field required"):
        declarations.declared(document, declarations.present(shop.context, document))
    with pytest.raises(Invalid, match="named: Extra inputs"):
        declarations.declared(shop.declaration() | {"named": ["name"]})


def test_who_saves_what_somebody_else_has_changed_is_told_by_whom(shop: Shop) -> None:
    merchant = apply(shop)
    changed = change(shop, merchant, max_tries=5)
    with pytest.raises(Changed) as refused:
        change(shop, merchant, link_days=9)
    assert (refused.value.version, refused.value.details["actor_id"]) == (changed.version, "usr_1")
    assert declarations.get(shop.context, shop.id).link_days == merchant.link_days


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_tries", 0),
        ("colour", "red"),
        ("currencies", ("EUR", "XXY")),
        ("terms_url", "http://shop.example"),
        ("terms_url", "https://shop.example/\u202e"),
        ("legal_identity", "Café\nSARL"),
        ("legal_identity", "4242 4242 4242 4242"),
        ("return_urls", ("http://shop.example/",)),
        ("reminders", (4, 4)),
    ],
)
def test_a_setting_that_cannot_be_is_named_and_nothing_is_changed(shop: Shop, field: str, value: Any) -> None:
    merchant = apply(shop)
    with pytest.raises(Invalid) as refused:
        change(shop, merchant, link_days=9, **{field: value})
    fields = refused.value.details["fields"]
    assert isinstance(fields, dict)
    assert set(fields) == {field}
    assert declarations.get(shop.context, shop.id).version == merchant.version


def test_what_changed_is_told_once_with_what_it_was(shop: Shop) -> None:
    merchant = apply(shop)
    merchant = change(shop, merchant, max_tries=5, link_days=merchant.link_days)
    change(shop, merchant, max_tries=5)
    entries = shop.all(models.AuditEntry, models.AuditEntry.action == AuditAction.SETTINGS_CHANGED)
    assert [(each.before, each.after) for each in entries] == [({"max_tries": 3}, {"max_tries": 5})]
