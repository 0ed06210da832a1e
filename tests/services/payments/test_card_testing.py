"""A card tester is stopped, whichever way he turns; an honest crowd never notices."""

from __future__ import annotations

import contextlib
import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet

from tests.kit import (
    ASKS,
    ASKS_ALWAYS,
    CONSENT,
    DECLINED,
    ENCRYPTION_KEY,
    FAILS_LATER,
    NO_FUNDS,
    STRANGER,
    Shop,
    declaration,
)
from webapp.db import limits, models, orders
from webapp.db.session import Database
from webapp.domain.actions import Action
from webapp.domain.errors import GatewayRefused, TooMany
from webapp.domain.money import Money
from webapp.domain.outcome import Decline
from webapp.domain.outcome import Declined as No
from webapp.services.merchants import declarations
from webapp.services.payments import aliases, card_testing, checkout
from webapp.services.runtime import counters
from webapp.services.runtime.counters import Rule
from webapp.services.runtime.sealing import Sealer

CAFE, ELSEWHERE = "203.0.113.7", "198.51.100.9"
RULES = {name: rule for name, rule in (vars(card_testing) | vars(counters)).items() if isinstance(rule, Rule)}


def decline(shop: Shop, order: str, times: int, *, ip: str = "", reason: Decline = Decline.GENERIC) -> None:
    """What settling a decline counts, without the gateway's part."""
    with shop.context.database.write() as session:
        row = orders.lock(session, order)
        attempt = models.Attempt(ip=counters.blinded(shop.context, ip))
        for _ in range(times):
            card_testing.declined(session, shop.context, row, attempt, No("pi_1", reason, "x"))


def tried(shop: Shop, ip: str, times: int) -> None:
    """That many tries were started from there."""
    rule = card_testing.TRIES_OF_IP
    with shop.context.database.write() as session:
        for _ in range(times):
            limits.count(session, rule.key(counters.blinded(shop.context, ip) or ""), shop.clock(), rule.window)


def refused(shop: Shop, order: str, card: str = "visa", *, ip: str = "") -> bool:
    """Whether a limit turns this try away: then the order is as open as before, and it is said until when."""
    until = None
    try:
        shop.pay(order, card, ip=ip)
    except TooMany as error:
        until = error.until
    assert until is None or (until > shop.clock() and shop.state(order) == "open")
    return until is not None


def another_shop(shop: Shop) -> Shop:
    account = shop.gateway.account()
    document = declaration(account, "http://127.0.0.1:9/x", id="bar") | {"users": []}
    declarations.apply(shop.context, declarations.declared(document))
    return dataclasses.replace(shop, id="bar", account=account)


def told(shop: Shop) -> int:
    """How many messages warn of card testing."""
    shop.drain()
    return len([message for message in shop.place.sent if "stolen" in str(message)])


def counted(shop: Shop) -> int:
    return len(shop.all(models.Limit, models.Limit.key.startswith("decline:")))


# --- each rule: reached, over, and of no concern to others


def test_declines_stop_an_address_and_no_other(shop: Shop) -> None:
    decline(shop, shop.order(), 15, ip=CAFE)
    decline(shop, shop.order(), 14, ip=CAFE)
    shop.pay(shop.order(), DECLINED, ip=CAFE)
    order = shop.order()
    assert refused(shop, order, ip=CAFE)
    assert not refused(shop, shop.order(), ip=ELSEWHERE)
    shop.clock.forward(hours=1)
    assert not refused(shop, order, ip=CAFE)


def test_a_patient_tester_is_stopped_for_the_day(shop: Shop) -> None:
    for _ in range(5):
        decline(shop, shop.order(), 20, ip=CAFE)
        shop.clock.forward(hours=1)
    order = shop.order()
    assert refused(shop, order, ip=CAFE)
    shop.clock.forward(hours=19)
    assert not refused(shop, order, ip=CAFE)


def test_declines_stop_a_link_that_is_opened_again_and_again_and_no_other(shop: Shop) -> None:
    order = shop.order()
    for address in range(20):
        decline(shop, order, 1, ip=f"203.0.113.{address}")
    assert refused(shop, order, ip=ELSEWHERE)
    assert not refused(shop, shop.order(), ip=ELSEWHERE)
    shop.clock.forward(days=1)
    assert not refused(shop, order, ip=ELSEWHERE)


def test_tries_that_bring_no_decline_stop_a_link_too(shop: Shop) -> None:
    order = shop.order()
    for address in range(10):
        with pytest.raises(GatewayRefused):
            shop.pay(order, token="ctoken_nonsense", ip=f"203.0.113.{address}")
    assert refused(shop, order)
    assert len(shop.attempts(order)) == 10
    assert not refused(shop, shop.order())
    shop.clock.forward(hours=1)
    assert not refused(shop, order)


def test_tries_stop_an_address_and_no_other(shop: Shop) -> None:
    tried(shop, CAFE, 149)
    assert not refused(shop, shop.order(), ip=CAFE)
    order = shop.order()
    assert refused(shop, order, ip=CAFE)
    assert not refused(shop, shop.order(), ip=ELSEWHERE)
    shop.clock.forward(minutes=10)
    assert not refused(shop, order, ip=CAFE)


def test_declines_from_everywhere_stop_a_merchant_and_no_other(shop: Shop) -> None:
    for address in range(60):
        decline(shop, shop.order(), 1, ip=f"203.0.113.{address}")
    order, other = shop.order(), another_shop(shop)
    assert refused(shop, order, ip=ELSEWHERE)
    assert not refused(other, other.order(), ip=ELSEWHERE)
    shop.clock.forward(minutes=30)
    assert not refused(shop, order, ip=ELSEWHERE)


def test_declines_stop_a_card_over_all_links_of_a_merchant_and_no_other_card_or_merchant(shop: Shop) -> None:
    for address in range(10):
        shop.pay(shop.order(), DECLINED, ip=f"203.0.113.{address}")
    order, other = shop.order(), another_shop(shop)
    assert refused(shop, order, DECLINED, ip=ELSEWHERE)
    assert (shop.attempts(order), shop.get(order).intent) == (["abandoned"], None)
    assert not refused(shop, order, NO_FUNDS)
    assert not refused(other, other.order(), DECLINED)
    shop.clock.forward(days=1)
    assert not refused(shop, order, DECLINED)


def test_a_gateway_that_cannot_tell_a_card_is_asked_to_charge_it(shop: Shop) -> None:
    for _ in range(10):
        shop.pay(shop.order(), DECLINED)
    with pytest.raises(GatewayRefused):
        shop.pay(shop.order(), token="ctoken_nonsense")


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_a_name_of_its_own_and_lets_somebody_through(name: str) -> None:
    rule = RULES[name]
    assert [other.key("x") for other in RULES.values()].count(rule.key("x")) == 1
    assert rule.most > 1


def test_of_several_limits_the_one_that_ends_last_is_told(shop: Shop) -> None:
    order = shop.order()
    decline(shop, order, 60, ip=CAFE)
    with pytest.raises(TooMany) as refusal:
        shop.pay(order, ip=CAFE)
    assert refusal.value.until - shop.clock() == card_testing.DECLINES_OF_LINK.window


# --- many at once


@pytest.mark.both_databases
def test_many_at_once_in_two_processes_start_no_more_than_the_limit(shop: Shop) -> None:
    tried(shop, CAFE, 143)
    made, tokens = [shop.order() for _ in range(20)], [shop.token("visa") for _ in range(20)]
    with contextlib.closing(Database(shop.context.database.url.render_as_string(hide_password=False))) as second:
        kits = [shop.context, dataclasses.replace(shop.context, database=second)]

        def start(number: int) -> bool:
            submission = checkout.Submission(tokens[number], False, CONSENT, "", CAFE)
            with contextlib.suppress(TooMany):
                checkout.start(kits[number % 2], made[number], submission)
                return True
            return False

        with ThreadPoolExecutor(20) as threads:
            started = list(threads.map(start, range(20)))
    assert (started.count(True), len(shop.charges())) == (7, 7)
    assert [shop.state(order) for order in made] == ["paid" if one else "open" for one in started]


def test_a_crowd_behind_one_address_pays_and_meets_no_limit(shop: Shop) -> None:
    for number in range(40):
        order = shop.order()
        if number % 10 == 0:
            shop.pay(order, NO_FUNDS if number % 20 else DECLINED, ip=CAFE)
        shop.pay(order, ip=CAFE)
        shop.clock.forward(seconds=10)
    assert (shop.charges(), told(shop)) == ([1000] * 40, 0)


def test_a_whole_day_of_a_full_house_meets_no_limit(shop: Shop) -> None:
    for _ in range(11):  # hours, with 90 payments each from one address, of which one in ten is declined
        for _ in range(9):
            decline(shop, shop.order(), 1, ip=CAFE)
        assert not refused(shop, shop.order(), ip=CAFE)
        shop.clock.forward(hours=1)


# --- what is told


def test_the_merchant_s_limit_is_an_alarm_told_once_and_every_buyer_turned_away_is_noted(shop: Shop) -> None:
    last = shop.order()
    decline(shop, shop.order(), 59)
    assert told(shop) == 0
    shop.pay(last, DECLINED)
    assert ("alarm" in shop.kinds(last), told(shop)) == (True, 1)
    decline(shop, shop.order(), 30)  # was in flight
    order = shop.order()
    assert refused(shop, order)
    assert refused(shop, order)
    assert (shop.kinds(order).count("alarm"), told(shop)) == (1, 1)


def test_a_buyer_whom_an_address_s_limit_turns_away_is_noted_on_the_order(shop: Shop) -> None:
    tried(shop, CAFE, 150)
    order = shop.order()
    for _ in range(3):
        assert refused(shop, order, ip=CAFE)
    alarm = shop.one(models.OrderEvent, models.OrderEvent.order_id == order, models.OrderEvent.kind == "alarm")
    assert (alarm.data["why"], shop.attempts(order), told(shop)) == ("too_many", [], 0)


# --- what counts


def test_a_no_that_comes_late_counts_for_the_address_that_tried(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS, ip=CAFE)
    assert shop.one(models.Attempt).ip == counters.blinded(shop.context, CAFE)
    shop.answer_bank(order, "failed")
    checkout.resume(shop.context, order)
    key = card_testing.DECLINES_OF_IP.key(counters.blinded(shop.context, CAFE) or "")
    assert shop.one(models.Limit, models.Limit.key == key).count == 1


def test_a_success_counts_as_no_decline(shop: Shop) -> None:
    shop.pay(shop.order(), ip=CAFE)
    assert counted(shop) == 0


def test_a_bank_that_is_out_of_order_is_no_tester(shop: Shop) -> None:
    decline(shop, shop.order(), 99, ip=CAFE, reason=Decline.PROCESSING_ERROR)
    assert counted(shop) == 0


@pytest.mark.parametrize("card", [FAILS_LATER, ASKS_ALWAYS])
def test_a_charge_that_the_merchant_asks_for_counts_nowhere(shop: Shop, card: str) -> None:
    source = shop.order(Action.REGISTER)
    shop.pay(source, card)
    if card == ASKS_ALWAYS:
        shop.answer_bank(source, "passed")
        shop.later(seconds=31)
    aliases.charge(shop.context, shop.id, source, Money(500, "EUR"))
    shop.drain()
    assert "declined" in {row.state for row in shop.all(models.Attempt)}
    assert counted(shop) == 0


# --- whose it is


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("fe80::1%eth0", "fe80::2", True),
    ],
)
def test_an_address_is_a_household_s(shop: Shop, one: str, other: str, same: bool) -> None:
    assert (counters.blinded(shop.context, one) == counters.blinded(shop.context, other)) is same


@pytest.mark.parametrize("ip", ["", "unknown", "/run/socket", "203.0.113.7:443"])
def test_what_is_no_address_is_nobody_s(shop: Shop, ip: str) -> None:
    assert counters.blinded(shop.context, ip) is None
    assert not refused(shop, shop.order(), ip=ip)


def test_no_address_and_no_card_stands_in_the_tables(shop: Shop) -> None:
    order = shop.order(phone=STRANGER)
    with shop.context.database.read() as session:
        gateway = shop.context.gateway(session.get_one(models.Merchant, shop.id))
    fingerprint = gateway.fingerprint(shop.token(DECLINED))
    shop.pay(order, DECLINED, ip=CAFE)
    shop.pay(shop.order(), ASKS, ip=CAFE)
    counters.wrong_link(shop.context, CAFE)
    dump = shop.dump()
    said = str(dump["limits"])
    assert len(dump["limits"]) == 9
    assert fingerprint
    assert not [word for word in (CAFE, fingerprint, STRANGER) if word in said or word in str(dump["attempts"])]
    assert [row.ip for row in shop.all(models.Attempt, models.Attempt.state == "declined")] == [None]


def test_names_differ_from_place_to_place_and_from_key_to_key(shop: Shop) -> None:
    other = Sealer([Fernet.generate_key().decode(), ENCRYPTION_KEY])
    places = ("limits/ip", "limits/card/cafe")
    assert len({sealer.blind(CAFE, place) for sealer in (shop.context.sealer, other) for place in places}) == 4
