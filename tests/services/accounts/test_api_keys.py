"""Keys of the API: whose they are, what they may do, and when they are good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.kit import Shop
from tests.kit.merchant import BUYER
from webapp.db import actors as names
from webapp.db import models
from webapp.domain import actors, api_tokens
from webapp.domain.actions import Action
from webapp.domain.errors import Invalid, NotFound
from webapp.domain.money import Money
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys
from webapp.services.orders import lifecycle
from webapp.services.runtime.context import ServiceContext

READS = {Scope.ORDERS_READ}


def made(shop: Shop, name: str = "Backend", **more: object) -> tuple[models.ApiKey, str]:
    return api_keys.create(console(shop), shop.id, name, READS, **more)  # type: ignore[arg-type]  # its own


def console(shop: Shop) -> ServiceContext:
    return shop.context.acting_as(actors.CONSOLE)


def is_good(shop: Shop, token: str) -> bool:
    try:
        return api_keys.authenticate(shop.context, token).merchant_id == shop.id
    except Invalid as error:
        return error.code != "bad_key"


def test_a_key_says_whose_it_is_and_what_it_may_do(shop: Shop) -> None:
    wanted = [Scope.REFUNDS_WRITE, Scope.ORDERS_READ, Scope.REFUNDS_WRITE]
    key, token = api_keys.create(console(shop), shop.id, "  Back\u202eend  ", wanted)
    caller = api_keys.authenticate(shop.context, token)
    assert caller == api_keys.Caller(key.id, shop.id, "test", frozenset(wanted))
    assert (key.name, key.hint, key.scopes) == ("Backend", api_tokens.hint(token), ["orders:read", "refunds:write"])


def test_the_database_holds_no_token(shop: Shop) -> None:
    _, token = made(shop)
    assert token not in str(shop.dump())


def test_two_are_good_at_once_and_one_that_was_ended_is_not(shop: Shop) -> None:
    (former, old), (_, new) = made(shop), made(shop)
    assert is_good(shop, old)
    assert is_good(shop, new)
    for _ in range(2):
        api_keys.end(console(shop), shop.id, former.id)
    assert (is_good(shop, old), is_good(shop, new)) == (False, True)


def test_a_key_expires_to_the_second(shop: Shop) -> None:
    _, token = made(shop, expires_at=shop.clock() + timedelta(days=1))
    shop.clock.forward(days=1, seconds=-1)
    assert is_good(shop, token)
    shop.clock.forward(seconds=1)
    assert not is_good(shop, token)


def test_no_other_token_is_good(shop: Shop) -> None:
    made(shop)
    assert not any(is_good(shop, each) for each in (api_tokens.new("test"), "", "\ud800", "ordo_test_" + "A" * 38))


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("bad_name", {"name": " \u202e "}),
        ("bad_name", {"name": "x" * 81}),
        ("bad_name", {"name": "4242 4242 4242 4242"}),
        ("no_scopes", {"scopes": set()}),
        ("bad_expiry", {"expires_at": timedelta(0)}),
    ],
)
def test_what_is_wrong_makes_no_key(shop: Shop, code: str, change: dict[str, object]) -> None:
    given: dict[str, object] = {"name": "Backend", "scopes": READS} | change
    if "expires_at" in given:
        given["expires_at"] = shop.clock()
    with pytest.raises(Invalid) as refused:
        api_keys.create(console(shop), shop.id, **given)  # type: ignore[arg-type]  # its own
    assert (refused.value.code, shop.all(models.ApiKey)) == (code, [])


def test_another_merchant_s_key_is_unknown(shop: Shop) -> None:
    key, token = made(shop)
    for verb in (
        lambda: api_keys.end(console(shop), "rival", key.id),
        lambda: api_keys.end(console(shop), shop.id, "key_x"),
        lambda: api_keys.listed(shop.context, "nobody"),
        lambda: api_keys.create(console(shop), "nobody", "Backend", READS),
    ):
        with pytest.raises(NotFound):
            verb()
    assert is_good(shop, token)
    assert [each.id for each in api_keys.listed(shop.context, shop.id)] == [key.id]


def test_its_use_is_noted_every_ten_minutes_at_most(shop: Shop) -> None:
    _, token = made(shop)
    seen = []
    for _ in range(25):
        assert is_good(shop, token)
        seen.append(shop.one(models.ApiKey).used_at)
        shop.clock.forward(minutes=1)
    assert [seen.index(each) for each in sorted(set(seen), key=seen.index)] == [0, 10, 20]


def test_the_timeline_names_the_key(shop: Shop) -> None:
    key, _ = made(shop)
    request = lifecycle.Request(action=Action.PAYMENT, amount=Money(1000, "EUR"), phone=BUYER)
    order = lifecycle.create(shop.context.acting_as(actors.api_key(key.id)), shop.id, request, send=False)
    assert order.source == "api"
    with shop.context.database.read() as session:
        assert names.names(session, shop.all(models.OrderEvent)) == {key.id: "Backend"}
