"""Saved cards charged and looked at by an order backend, which knows a card by its alias and what it asked for by its own reference."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.kit import Shop, rival, saved
from webapp.db import models
from webapp.domain import actors, ids
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict, Invalid, NotFound, OrdoError
from webapp.domain.money import Money
from webapp.services.orders import lifecycle
from webapp.services.payments import alias_view, aliases
from webapp.services.payments.questions import Unanswered


def charge(
    shop: Shop, reference: str | None, *, alias: str = "", amount: int = 500, key: str = "", **more: object
) -> str:
    wanted = lifecycle.Request(
        Action.PAYMENT, None, reference=reference, description="Rent", idempotency_key=key or ids.new("req")
    )
    context = shop.context.acting_as(actors.api_key("key_1"))
    alias = alias or shop.one(models.Alias).id
    answered = more.get("answered", ())
    return aliases.charge_alias(context, shop.id, alias, Money(amount, "EUR"), wanted, answered).id  # type: ignore[arg-type]  # keys


def refused(shop: Shop, *given: object, **more: object) -> OrdoError:
    with pytest.raises(OrdoError) as error:
        charge(shop, *given, **more)  # type: ignore[arg-type]  # its own
    return error.value


def test_a_card_is_charged_by_its_alias_once_for_a_reference(shop: Shop) -> None:
    source = saved(shop)
    order = charge(shop, "RENT-1", key="req_1")
    shop.drain()
    made = shop.get(order)
    assert (made.state, made.reference, made.description, made.source) == ("paid", "RENT-1", "Rent", "api")
    assert made.charges_alias_id == shop.get(source).alias_id
    assert charge(shop, "RENT-1", key="req_1") == order
    error = refused(shop, "rent-1")  # another key, in the two minutes in which a repeated charge is asked about
    assert (error.code, error.details) == ("reference_exists", {"reference": "RENT-1", "order": order})
    assert isinstance(refused(shop, "RENT-2"), Unanswered)
    assert len(shop.all(models.Order)) == 2


def test_many_at_once_that_have_lost_their_keys_charge_once(shop: Shop) -> None:
    saved(shop)

    def ask(_: int) -> str:
        try:
            return charge(shop, "RENT-1")
        except Conflict as error:
            return str(error.details["order"])

    with ThreadPoolExecutor(10) as threads:
        assert len(set(threads.map(ask, range(50)))) == 1
    shop.drain()
    assert len(shop.all(models.Order, models.Order.charges_alias_id.is_not(None))) == 1


def test_what_cannot_be_charged_is_said_and_nothing_is_made(shop: Shop) -> None:
    saved(shop)
    alias = shop.one(models.Alias).id
    assert refused(shop, "R" * 65).code == "reference_too_long"
    assert refused(shop, "RENT-1", amount=50_001).code == "unanswered"
    assert refused(shop, "RENT-1", amount=0).code == "amount_needed"
    assert isinstance(refused(shop, "RENT-1", alias="al_x"), NotFound)
    with pytest.raises(Invalid, match="other_currency"):
        aliases.charge_alias(
            shop.context, shop.id, alias, Money(500, "USD"), lifecycle.Request(Action.PAYMENT, None, reference="R")
        )
    aliases.revoke(shop.context, shop.id, alias)
    assert refused(shop, "RENT-1").code == "no_alias"
    assert len(shop.all(models.Order)) == 1


def test_a_question_is_answered_with_its_key(shop: Shop) -> None:
    saved(shop)
    asked = refused(shop, "RENT-1", amount=50_001)
    assert isinstance(asked, Unanswered)
    order = charge(shop, "RENT-1", amount=50_001, answered=asked.answers)
    assert shop.get(order).amount == 50_001


def test_cards_are_listed_page_by_page_and_shown_with_what_was_agreed_to(shop: Shop) -> None:
    orders = [shop.order(Action.REGISTER, phone=f"+3361234567{number}") for number in range(3)]
    for order in orders:
        shop.pay(order, save=True)
    wanted = [shop.get(order).alias_id for order in reversed(orders)]
    shop_of, search, found = (shop.context, shop.id), alias_view.Search(), list[str]()
    while page := alias_view.listed(*shop_of, search, 2):
        found += [each.alias.id for each in page]
        search = alias_view.Search(after=(page[-1].alias.created_at, page[-1].alias.id))
    assert sorted(found) == sorted(each for each in wanted if each)
    buyer = shop.get(orders[1]).buyer_id
    assert [each.alias.id for each in alias_view.listed(*shop_of, alias_view.Search(buyer), 9)] == [wanted[1]]
    assert alias_view.one(*shop_of, found[0]).buyer.phone
    assert [each.order_id for each in alias_view.consents(*shop_of, str(wanted[1]))] == [orders[1]]


def test_another_merchant_s_card_is_unknown(shop: Shop) -> None:
    saved(shop)
    rival(shop)
    alias, context = shop.one(models.Alias).id, shop.context
    assert alias_view.listed(context, "rival", alias_view.Search(), 9) == []
    wanted = lifecycle.Request(Action.PAYMENT, None, reference="R")
    for verb in (
        lambda: alias_view.one(context, "rival", alias),
        lambda: alias_view.consents(context, "rival", alias),
        lambda: aliases.charge_alias(context, "rival", alias, Money(500, "EUR"), wanted),
        lambda: aliases.renew(context, "rival", alias, idempotency_key="req_1"),
    ):
        with pytest.raises(NotFound):
            verb()
