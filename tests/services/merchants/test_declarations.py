"""Merchants by their file: it is the whole truth, and what cannot be right is refused with the line to mend."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from tests.kit import BUYER, OPERATOR, Shop, declaration
from webapp.callbacks import standard
from webapp.db import models
from webapp.domain import zones
from webapp.domain.errors import Forbidden, Invalid
from webapp.domain.money import Money
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations
from webapp.services.payments import refunds
from webapp.services.webhooks import declared


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


def name(shop: Shop, *lines: tuple[str, str]) -> None:
    """The file names these endpoints: addresses of the shop's backend, each with a secret."""
    root = f"{shop.whatsapp_url.removesuffix('/whatsapp')}/backend"
    apply(shop, endpoints=[{"url": f"{root}{path}", "secret": SECRETS[secret]} for path, secret in lines])


SECRETS = {name: standard.new_secret() for name in "ab"}


@pytest.mark.parametrize("secret", ["a", "b"])
@pytest.mark.parametrize("before", ["never tried", "tried", "switched off"])
def test_callbacks_that_wait_go_to_the_endpoint_s_new_address(shop: Shop, before: str, secret: str) -> None:
    name(shop, ("/old", "a"))
    order = shop.order()
    shop.pay(order)
    if before != "never tried":
        shop.place.backend_answers.append(410 if before == "switched off" else 500)
        shop.work(models.Callback)
    tried = len(shop.place.told_at)
    name(shop, ("/new", secret))
    refunds.request(shop.context, shop.id, order, Money(1000, "EUR"))
    shop.drain()
    assert [row.state for row in shop.all(models.Callback)] == ["delivered"] * 2
    assert shop.place.told_at[tried:] == ["/new", "/new"]
    assert [json.loads(body)["type"] for _, body in shop.place.told[tried:]] == ["order.paid", "order.refunded"]
    (endpoint,) = (row for row in shop.all(models.Endpoint) if row.is_open)
    assert endpoint.url.endswith("/new")


def test_an_address_that_comes_back_gets_what_waits_at_both(shop: Shop) -> None:
    name(shop, ("/one", "a"))
    orders = [shop.order() for _ in range(2)]
    shop.pay(orders[0])
    name(shop, ("/two", "a"))
    shop.pay(orders[1])
    name(shop, ("/one", "a"))
    shop.drain()
    told = {json.loads(body)["data"]["order"] for _, body in shop.place.told}
    assert (told, shop.place.told_at) == (set(orders), ["/one", "/one"])
    assert {row.state for row in shop.all(models.Callback)} == {"delivered"}


def test_where_it_could_be_several_callbacks_wait_for_the_one_with_their_secret(shop: Shop) -> None:
    name(shop, ("/till", "a"), ("/books", "b"))
    shop.pay(shop.order())
    name(shop, ("/new-books", "b"), ("/new-till", "a"))
    shop.drain()
    assert sorted(shop.place.told_at) == ["/new-books", "/new-till"]


@pytest.mark.parametrize(
    ("gone", "new", "moved"),
    [
        ({"1": "a"}, {"2": "a"}, {"1": "2"}),
        ({"1": "a"}, {"2": "b"}, {"1": "2"}),
        ({"1": "a", "2": "b"}, {"3": "b", "4": "c"}, {"2": "3", "1": "4"}),
        ({"1": "a", "2": "b"}, {"3": "c", "4": "d"}, {}),
        ({"1": "a", "2": "b"}, {"3": "c"}, {}),
        ({"1": "a"}, {"2": "b", "3": "c"}, {}),
        ({"1": "a", "2": "a"}, {"3": "a"}, {}),
        ({"1": "a"}, {"2": "a", "3": "a"}, {}),
        ({"1": ""}, {"2": "a", "3": "b"}, {}),
        ({"1": "a"}, {}, {}),
        ({}, {"1": "a"}, {}),
    ],
)
def test_an_endpoint_takes_the_place_of_one_that_it_surely_is(
    gone: dict[str, str], new: dict[str, str], moved: dict[str, str]
) -> None:
    assert declared.moved(gone, new) == moved


def test_a_merchant_stays_in_its_mode(shop: Shop) -> None:
    with shop.context.database.write() as session:
        session.get_one(models.Merchant, shop.id).mode = "live"
    assert refused(shop).code == "other_mode"


def test_a_live_shop_needs_keys_of_live_mode(shop: Shop) -> None:
    error = refused(shop, {"id": "new", "mode": "live"}, users=[])
    assert error.code == "bad_declaration"
    assert "live" in str(error)


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


@pytest.mark.parametrize(
    ("zone", "advice"),
    [
        ("Paris", "did you mean Europe/Paris?"),
        ("europe/paris", "did you mean Europe/Paris?"),
        ("Asia/Paris", "did you mean Europe/Paris?"),
        ("CEST", "such as Europe/Paris"),
        ("+02:00", "such as Europe/Paris"),
        ("Europe", "such as Europe/Paris"),
        ("../../etc/passwd", "such as Europe/Paris"),
        ("/usr/share/zoneinfo/Europe/Oslo", "did you mean Europe/Oslo?"),
        ("Europe/Paris\n", "control character"),
        ("", "such as Europe/Paris"),
    ],
)
def test_a_time_zone_that_is_none_is_refused_with_what_was_meant(shop: Shop, zone: str, advice: str) -> None:
    with pytest.raises(Invalid) as caught:
        declarations.declared(declaration(shop.account, "http://127.0.0.1:9", time_zone=zone))
    assert "merchant.time_zone" in str(caught.value)
    assert advice in str(caught.value)


@pytest.mark.parametrize("zone", ["UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "Asia/Calcutta"])
def test_a_time_zone_of_the_list_is_taken(shop: Shop, zone: str) -> None:
    made = declarations.declared(declaration(shop.account, "http://127.0.0.1:9", time_zone=zone))
    assert made.merchant.time_zone == zone


def test_a_machine_without_time_zones_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones, "known", frozenset)
    assert "tzdata" in str(refused(shop))


def test_reminders_and_quiet_hours_are_the_file_s(shop: Shop) -> None:
    document = declaration(shop.account, "http://127.0.0.1:9", reminders=[2], quiet_from=20, quiet_until=9)
    declarations.apply(shop.context, declarations.declared(document))
    merchant = declarations.get(shop.context, shop.id)
    assert (merchant.reminders, merchant.quiet_from, merchant.quiet_until) == ([2], 20, 9)


def test_addresses_that_receipts_lead_to_are_the_file_s_and_of_https(shop: Shop) -> None:
    apply(shop, {"return_urls": ["https://shop.example/done", "http://localhost:3000/done"]})
    assert shop.one(models.Merchant).return_urls == ["https://shop.example/done", "http://localhost:3000/done"]
    for url in ("http://shop.example/done", "https://shop.example/4242424242424242", "https://shop.example/\n"):
        assert "return_urls" in str(refused(shop, {"return_urls": [url]}))
    shop.context = dataclasses.replace(shop.context, allow_sandbox_hosts=False)
    assert "http://localhost/ must begin with https://" in str(refused(shop, {"return_urls": ["http://localhost/"]}))
