"""Saved cards: kept when the buyer agreed, charged again, at most once."""

from __future__ import annotations

import dataclasses
import re

import pytest

from tests.kit import (
    ASKS,
    ASKS_ALWAYS,
    BUYER,
    CONSENT,
    DECLINED,
    FAILS_LATER,
    OPERATOR,
    WORKS,
    Killed,
    Shop,
    killed,
    meanwhile,
    saved,
    types,
)
from webapp.db import models
from webapp.domain import actors
from webapp.domain.actions import Action
from webapp.domain.actors import Actor
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.domain.money import Money
from webapp.services.payments import aliases

ASK = Action.ASK_REGISTER_PAY


def charged(shop: Shop, source: str, amount: int = 500) -> str:
    return aliases.charge(shop.context, shop.id, source, Money(amount, "EUR")).id


def kept_at_gateway(shop: Shop) -> int:
    return len(shop.ledger()["payment_methods"])


def test_ask_without_the_tick_keeps_nothing(shop: Shop) -> None:
    order = shop.order(ASK)
    shop.pay(order, save=False)
    assert (shop.state(order), shop.all(models.Alias), shop.all(models.Consent), kept_at_gateway(shop)) == (
        "paid",
        [],
        [],
        0,
    )


def test_ask_ticked_and_declined_then_unticked_and_paid_keeps_nothing(shop: Shop) -> None:
    order = shop.order(ASK)
    shop.pay(order, DECLINED, save=True)
    shop.pay(order, WORKS, save=False)
    assert (shop.state(order), shop.all(models.Alias), shop.all(models.Consent), kept_at_gateway(shop)) == (
        "paid",
        [],
        [],
        0,
    )


def test_a_plain_payment_keeps_nothing_even_when_a_page_was_tampered_with(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, save=True)
    assert (shop.all(models.Alias), kept_at_gateway(shop)) == ([], 0)


def test_the_consent_is_kept_as_it_was_shown_with_its_time(shop: Shop) -> None:
    order = shop.order(Action.REGISTER)
    shop.clock.forward(minutes=3)
    shop.pay(order)
    consent = shop.one(models.Consent)
    assert {name: getattr(consent, name) for name in CONSENT} == CONSENT
    assert (consent.given_at, consent.order_id) == (shop.clock(), order)
    assert shop.callbacks(order)[0]["data"]["consent"] == CONSENT | {"at": "2026-11-24T10:03:00Z"}


def test_the_consent_s_time_is_that_of_the_submit_not_of_the_bank_s_answer(shop: Shop) -> None:
    order = shop.order(Action.REGISTER)
    shop.pay(order, ASKS)
    agreed = shop.clock()
    shop.answer_bank(order, "passed")
    shop.later(minutes=5)
    assert shop.one(models.Consent).given_at == agreed


def test_the_same_card_again_keeps_one_alias_id_and_the_newest_consent(shop: Shop) -> None:
    first, second = saved(shop), saved(shop)
    assert shop.get(first).alias_id == shop.get(second).alias_id
    assert len(shop.all(models.Alias)) == 1
    assert kept_at_gateway(shop) == 1
    assert {consent.order_id for consent in shop.all(models.Consent)} == {first, second}
    assert "alias_renewed" in shop.kinds(second)


def test_another_card_of_the_same_buyer_is_another_alias(shop: Shop) -> None:
    assert shop.get(saved(shop)).alias_id != shop.get(saved(shop, "mastercard")).alias_id


def test_charge_again_takes_the_money_and_tells_everybody(shop: Shop) -> None:
    source = saved(shop, action=Action.REGISTER_PAY)
    order = charged(shop, source)
    assert shop.attempts(order) == ["started"]
    shop.drain()
    assert (shop.state(order), shop.charges()) == ("paid", [500, 1000])
    (told,) = shop.callbacks(order)
    assert (told["type"], told["data"]["amount"]) == ("order.paid", 500)
    assert told["data"]["charged_alias"] == shop.get(source).alias_id
    assert shop.place.sent[-1]["to"] == BUYER


def test_order_and_try_of_a_charge_are_written_together_or_not_at_all(shop: Shop) -> None:
    source = saved(shop)
    before = shop.dump()
    with pytest.raises(Killed), shop.context.database.write() as session:
        merchant = session.get_one(models.Merchant, shop.id)
        aliases.charge_in(session, shop.context, merchant, session.get_one(models.Order, source), Money(500, "EUR"))
        killed()
    assert shop.dump() == before


def test_a_bank_that_wants_the_buyer_turns_the_charge_into_a_link(shop: Shop) -> None:
    source = saved(shop, ASKS_ALWAYS)
    order = charged(shop, source)
    before = len(shop.place.sent)
    shop.drain()
    assert (shop.state(order), shop.charges()) == ("open", [])
    assert sorted(message["to"] for message in shop.place.sent[before:]) == sorted((BUYER, OPERATOR))
    shop.pay(order, WORKS)
    assert (shop.state(order), shop.charges()) == ("paid", [500])
    assert shop.callbacks(order)[0]["data"]["charged_alias"] is None


def test_the_operator_who_asked_is_told_that_the_bank_wants_the_buyer(shop: Shop) -> None:
    source = saved(shop, ASKS_ALWAYS)
    aliases.charge(shop.as_operator(), shop.id, source, Money(500, "EUR"))
    before = len(shop.place.sent)
    shop.drain()
    assert {message["to"] for message in shop.place.sent[before:]} == {BUYER, OPERATOR}


def test_a_declined_charge_is_refused_at_once(shop: Shop) -> None:
    order = charged(shop, saved(shop, FAILS_LATER))
    shop.drain()
    assert (shop.state(order), shop.charges()) == ("refused", [])
    assert [told["type"] for told in shop.callbacks(order)] == ["order.refused"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_in_a_charge_takes_the_money_once(shop: Shop, moment: str) -> None:
    order = charged(shop, saved(shop))
    crashing = dataclasses.replace(shop, context=meanwhile(shop, "charge", **{moment: killed}))
    for _ in range(2):
        with pytest.raises(Killed):
            crashing.work(models.Attempt)
        shop.clock.forward(seconds=121)
        if moment == "after":  # the second look finds the charge and makes no other
            break
    shop.drain()
    assert (shop.state(order), shop.charges()) == ("paid", [500])
    assert len(shop.callbacks(order)) == 1


def test_an_answer_lost_in_a_charge_is_found_not_repeated(shop: Shop) -> None:
    order = charged(shop, saved(shop))
    shop.fault("timeout_after", "POST /v1/payment_intents")
    shop.drain()
    assert shop.state(order) == "processing"
    shop.later(hours=30)  # longer than the gateway keeps an idempotency key
    assert (shop.state(order), shop.charges()) == ("paid", [500])


def test_a_charge_that_never_arrived_is_not_repeated_once_its_key_is_forgotten(shop: Shop) -> None:
    order = charged(shop, saved(shop))
    shop.fault("timeout_before", "POST /v1/payment_intents")
    shop.drain()
    shop.later(hours=30)
    assert (shop.state(order), shop.charges()) == ("refused", [])


def test_a_gateway_that_is_down_delays_a_charge_and_does_not_lose_it(shop: Shop) -> None:
    order = charged(shop, saved(shop))
    dataclasses.replace(shop, context=shop.unreachable()).drain()
    assert shop.state(order) == "processing"
    shop.later(minutes=1)
    assert (shop.state(order), shop.charges()) == ("paid", [500])


def test_what_cannot_be_charged_is_said(shop: Shop) -> None:
    plain, source = shop.order(), saved(shop)
    with pytest.raises(Conflict, match="no_alias"):
        charged(shop, plain)
    with pytest.raises(Invalid, match="other_currency"):
        aliases.charge(shop.context, shop.id, source, Money(500, "USD"))
    with pytest.raises(NotFound):
        aliases.charge(shop.context, shop.id, "ord_unknown", Money(500, "EUR"))


# --- the life of an alias


def alias_of(shop: Shop, order: str) -> models.Alias:
    found: models.Alias = shop.one(models.Alias, models.Alias.id == shop.get(order).alias_id)
    return found


@pytest.mark.parametrize("who", [actors.user("usr_1"), actors.buyer("buy_1")], ids=str)
def test_a_card_that_is_removed_is_never_charged_again_and_forgotten_by_the_gateway(shop: Shop, who: Actor) -> None:
    order = saved(shop)
    for _ in range(2):
        aliases.revoke(shop.context.acting_as(who), shop.id, shop.get(order).alias_id or "")
    shop.drain()
    assert (alias_of(shop, order).status, kept_at_gateway(shop)) == ("revoked", 0)
    assert types(shop, order) == ["order.registered", "alias.revoked"]
    assert shop.callbacks(order)[-1]["data"]["alias"]["status"] == "revoked"
    with pytest.raises(Conflict):
        charged(shop, order)


def test_a_charge_that_is_still_to_be_made_is_not_made_once_its_alias_is_revoked(shop: Shop) -> None:
    source = saved(shop)
    again = charged(shop, source)
    aliases.revoke(shop.context, shop.id, shop.get(source).alias_id or "")
    shop.work(models.Attempt)  # the gateway has not forgotten the card yet
    assert (shop.state(again), shop.charges(), kept_at_gateway(shop)) == ("refused", [], 1)


def test_a_gateway_that_is_away_forgets_a_removed_card_later(shop: Shop) -> None:
    order = saved(shop)
    aliases.revoke(shop.context, shop.id, shop.get(order).alias_id or "")
    shop.fault("500", "POST /v1/payment_methods/*/detach", times=2)
    for _ in range(4):
        shop.later(seconds=121)
    assert kept_at_gateway(shop) == 0


def test_a_card_that_is_detached_at_the_gateway_is_an_alias_no_more(shop: Shop) -> None:
    order = saved(shop)
    alias = alias_of(shop, order)
    shop._stripe("POST", f"/v1/payment_methods/{alias.payment_method_id}/detach")
    shop.payment_method_hint(alias.payment_method_id, "payment_method.detached")
    assert (alias_of(shop, order).status, types(shop, order)[-1]) == ("revoked", "alias.revoked")


def test_a_new_expiry_date_at_the_gateway_is_followed_and_told_once(shop: Shop) -> None:
    order = saved(shop)
    alias = alias_of(shop, order)
    shop._stripe(
        "POST", f"/v1/payment_methods/{alias.payment_method_id}", {"card[exp_month]": "5", "card[exp_year]": "2040"}
    )
    for _ in range(2):
        shop.payment_method_hint(alias.payment_method_id, "payment_method.automatically_updated")
    assert (alias_of(shop, order).exp_month, alias_of(shop, order).exp_year) == (5, 2040)
    assert types(shop, order).count("alias.updated") == 1


def test_a_card_is_replaced_behind_the_same_alias(shop: Shop) -> None:
    order = saved(shop)
    alias = alias_of(shop, order)
    renewal = aliases.renew(shop.context, shop.id, alias.id).id
    shop.pay(renewal, "mastercard")
    shop.drain()
    assert shop.get(renewal).alias_id == alias.id
    assert (alias_of(shop, order).brand, len(shop.all(models.Alias)), kept_at_gateway(shop)) == ("mastercard", 1, 1)
    assert shop.state(charged(shop, order)) == "processing"
    shop.drain()
    assert shop.charges() == [500]


def test_a_month_before_a_card_expires_its_buyer_is_asked_for_another_once(shop: Shop) -> None:
    order = saved(shop)
    alias = alias_of(shop, order)
    assert alias.due_at is not None
    assert alias.due_at.isoformat() == "2034-12-02T00:00:00+00:00"
    shop.drain()
    before = len(shop.place.sent)
    shop.clock.at = alias.due_at
    shop.drain()
    shop.later(days=1)
    renewals = [row for row in shop.all(models.Order) if row.renews_alias_id == alias.id]
    assert [(row.action, row.state) for row in renewals] == [("REGISTER", "open")]
    assert types(shop, order)[-1] == "alias.expiring"
    asked = [message for message in shop.place.sent[before:] if message["to"] == BUYER]
    assert [message["template"]["name"] for message in asked] == ["ordo_register_request"]


def test_of_a_buyer_without_a_phone_the_operator_is_given_the_link(shop: Shop) -> None:
    order = shop.order(Action.REGISTER, phone=None)
    shop.pay(order)
    shop.drain()
    alias = alias_of(shop, order)
    assert alias.due_at is not None
    shop.clock.at = alias.due_at
    shop.drain()
    (renewal,) = [row for row in shop.all(models.Order) if row.renews_alias_id == alias.id]
    assert renewal.buyer_id == shop.get(order).buyer_id
    told = [str(message) for message in shop.place.sent if message["to"] == OPERATOR]
    assert any(shop.context.links.url(renewal.id, 1) in each for each in told)
    assert {message["to"] for message in shop.place.sent} == {OPERATOR}


def test_another_merchant_removes_nothing(shop: Shop) -> None:
    order = saved(shop)
    with pytest.raises(NotFound):
        aliases.revoke(shop.context, "another", shop.get(order).alias_id or "")
    assert alias_of(shop, order).status == "active"


def test_the_console_charges_by_reference_and_reads_amounts_as_a_form_does(shop: Shop) -> None:
    order = shop.get(saved(shop))
    for amount in ("7,50", "7.5 EUR"):
        aliases.charge_by_reference(shop.context, shop.id, order.reference, amount)
        shop.later(minutes=3)  # or it would be asked about
    shop.drain()
    assert shop.charges() == [750, 750]
    with pytest.raises(NotFound):
        aliases.charge_by_reference(shop.context, shop.id, "NOBODY", "5")


@pytest.mark.parametrize("amount", ["1.250", "$5", "5 A12", "-5", "0", "", "5.555"])
def test_the_console_says_which_amount_it_does_not_read(shop: Shop, amount: str) -> None:
    order = shop.get(saved(shop))
    with pytest.raises(Invalid, match=f"^{re.escape(amount)} is not an amount in EUR, such as 12.50$"):
        aliases.charge_by_reference(shop.context, shop.id, order.reference, amount)
    shop.drain()
    assert shop.charges() == []
