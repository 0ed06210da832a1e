"""Merchants by their file: it is the whole truth, and what cannot be right is refused with the line to mend."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit import BUYER, OPERATOR, Shop, declaration
from webapp.db import models
from webapp.domain.errors import Forbidden, Invalid
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations


def apply(shop: Shop, change: dict[str, Any] | None = None, **parts: Any) -> None:
    document = declaration(shop.account, "http://127.0.0.1:1/backend", **(change or {})) | parts
    declarations.apply(shop.context, declarations.declared(document))


def refused(shop: Shop, change: dict[str, Any] | None = None, **parts: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        apply(shop, change, **parts)
    return caught.value


def test_an_operator_who_is_not_in_the_file_any_more_orders_nothing(shop: Shop) -> None:
    number = shop.number()
    apply(shop, operators=[{"phone": BUYER, "name": "Zoé", "language": "fr"}])
    with shop.context.database.write() as session:
        session.get_one(models.Merchant, shop.id).phone_number_id = number
    shop.hear(f"10 EUR {BUYER}", sender=OPERATOR)
    assert shop.all(models.Order) == []
    shop.hear("10 EUR +33698765432", sender=BUYER)
    assert len(shop.all(models.Order)) == 1


def test_a_user_who_is_not_in_the_file_any_more_is_out_at_once(shop: Shop) -> None:
    identity = sessions.Identity("https://id.example", "1", "clerk@cafe.example", email_verified=True)
    token = sessions.by_identity(shop.context, identity)
    assert sessions.visitor(shop.context, token)
    apply(shop, users=[{"email": "admin@cafe.example", "name": "Ada", "role": "admin"}])
    assert sessions.visitor(shop.context, token) is None
    with pytest.raises(Forbidden):
        sessions.by_identity(shop.context, identity)


def test_who_comes_back_into_the_file_is_who_they_were(shop: Shop) -> None:
    before = {row.id for row in shop.all(models.User)} | {row.id for row in shop.all(models.Operator)}
    apply(shop, users=[], operators=[])
    apply(shop)
    assert {row.id for row in shop.all(models.User)} | {row.id for row in shop.all(models.Operator)} == before
    assert all(row.active for row in shop.all(models.User))


def test_an_endpoint_that_is_not_in_the_file_any_more_is_switched_off(shop: Shop) -> None:
    (first,) = shop.all(models.Endpoint)
    apply(shop)
    assert {row.id for row in shop.all(models.Endpoint) if not row.is_open} == {first.id}
    order = shop.order()
    shop.pay(order)
    assert first.id not in {row.endpoint_id for row in shop.all(models.Callback)}


def test_a_merchant_stays_in_its_mode(shop: Shop) -> None:
    with shop.context.database.write() as session:
        session.get_one(models.Merchant, shop.id).mode = "live"
    assert refused(shop).code == "other_mode"


def test_one_address_logs_in_to_one_shop(shop: Shop) -> None:
    assert refused(shop, {"id": "rival"}).code == "user_elsewhere"
    assert [row.id for row in shop.all(models.Merchant)] == ["cafe"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://shop.example/ordo", "must begin with https://"),
        ("https://shop.example:25/ordo", "443 or 8443"),
        ("https://user:word@shop.example/ordo", "without user"),
        ("ftp://shop.example", "must be https://"),
    ],
)
def test_an_endpoint_that_can_never_be_called_is_refused_by_its_name(shop: Shop, url: str, words: str) -> None:
    secret = declaration(shop.account, url)["endpoints"][0]["secret"]
    error = refused(shop, endpoints=[{"url": url, "secret": secret}])
    assert url in str(error)
    assert words in str(error)


@pytest.mark.parametrize("value", ["sk_test_…", "sk_test_..."])
def test_a_placeholder_of_the_sample_is_no_key(shop: Shop, value: str) -> None:
    keys = {"publishable_key": "pk_test_1", "secret_key": value, "webhook_secrets": ["whsec_1"]}
    assert "gateway.secret_key" in str(refused(shop, gateway=keys))


def test_an_address_that_only_looks_like_another_is_no_user_s(shop: Shop) -> None:
    user = {"email": "\u212aevin@cafe.example", "name": "Kevin", "role": "admin"}
    assert "users.0.email" in str(refused(shop, users=[user]))
    look_alike = sessions.Identity("https://id.example", "2", "cler\u212a@cafe.example", email_verified=True)
    with pytest.raises(Forbidden):
        sessions.by_identity(shop.context, look_alike)


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?q?Shop=0d=0aReply-To:_x=40example.com?=",
        "Café =?",
        "Shop\r\nReply-To: x@example.com",
        "Shop\n",
        "Shop\t",
        "Shop\x1b[31m",
        "Shop\x85",
        "Shop\u2028",
        "Shop\u202eexample",
        "Shop\u2066",
        "Shop\0",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("field", ["name", "contact"])
def test_what_would_disturb_a_header_or_a_line_is_no_name(shop: Shop, field: str, value: str) -> None:
    error = refused(shop, {field: value})
    assert f"merchant.{field}" in str(error)
    assert value not in str(error)


@pytest.mark.parametrize(
    "name", ["Café Lumière", "ශ්\u200dරී", "کوچه\u200cی گل", "👩\u200d🍳 & Co.", "שלום\u200f!", "A = B?"]
)
def test_every_other_name_is_one(shop: Shop, name: str) -> None:
    apply(shop, {"name": name})
    assert declarations.get(shop.context, shop.id).name == name


def test_people_are_called_by_names_of_one_line(shop: Shop) -> None:
    operator = {"phone": BUYER, "name": "Zoé\nx", "language": "fr"}
    assert "operators.0.name" in str(refused(shop, operators=[operator]))


@pytest.mark.parametrize("hours", [[24, 4], [4, 4], [0, 1], [1, 2, 3, 4], [5000]])
def test_reminders_are_three_hours_at_most_each_later_than_the_one_before(shop: Shop, hours: list[int]) -> None:
    with pytest.raises(Invalid, match="reminders"):
        declarations.declared(declaration(shop.account, "http://127.0.0.1:9", reminders=hours))


def test_reminders_and_quiet_hours_are_the_file_s(shop: Shop) -> None:
    document = declaration(shop.account, "http://127.0.0.1:9", reminders=[2], quiet_from=20, quiet_until=9)
    declarations.apply(shop.context, declarations.declared(document))
    merchant = declarations.get(shop.context, shop.id)
    assert (merchant.reminders, merchant.quiet_from, merchant.quiet_until) == ([2], 20, 9)
