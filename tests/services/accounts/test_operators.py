"""Operators who are invited: a code that comes in from a phone makes it one; nobody learns anything by guessing."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.kit import BUYER, OPERATOR, STRANGER, Shop
from tests.services.invitations import code_of, invited
from webapp.db import merchants, models
from webapp.domain import actors
from webapp.domain.errors import Conflict, NotFound
from webapp.services.accounts import operators
from webapp.services.merchants import declarations

pytestmark = pytest.mark.wording


def said(messages: list[dict[str, Any]]) -> str:
    return "\n".join(message["text"]["body"] for message in messages)


def orders(shop: Shop, sender: str) -> bool:
    """Whether that phone may order."""
    before = len(shop.all(models.Order))
    shop.hear(f"{before + 1} EUR {BUYER}", sender=sender)
    return len(shop.all(models.Order)) > before


def test_a_code_that_comes_in_makes_that_phone_an_operator_and_teaches_the_syntax(shop: Shop) -> None:
    _, code = invited(shop)
    assert not orders(shop, STRANGER)
    answers = shop.hear(f"JOIN {code}", sender=STRANGER)
    assert "Noé" in said(answers)
    assert "ENREGISTRER" in said(answers)
    assert orders(shop, STRANGER)


@pytest.mark.parametrize("written", ["join {}", "  {} ", "JOIN: {}.", "{}"])
def test_a_code_may_be_typed_as_people_do(shop: Shop, written: str) -> None:
    _, code = invited(shop)
    shop.hear(written.format(code.lower().replace("-", " ")), sender=STRANGER)
    assert orders(shop, STRANGER)


def test_a_code_works_once(shop: Shop) -> None:
    _, code = invited(shop)
    shop.hear(code, sender=STRANGER)
    shop.hear(code, sender="+33600000001")
    assert not orders(shop, "+33600000001")


@pytest.mark.both_databases
def test_of_phones_that_send_one_code_at_the_same_moment_one_is_an_operator(shop: Shop) -> None:
    operator, code = invited(shop)
    phones = [f"+3360000000{number}" for number in range(6)]

    def join(phone: str) -> bool:
        with shop.context.database.write() as session:
            merchant = merchants.get(session, shop.id)
            return operators.enrol(session, shop.context, merchant, code, phone, None) is not None

    with ThreadPoolExecutor(len(phones)) as threads:
        assert sum(threads.map(join, phones)) == 1
    assert shop.one(models.Operator, models.Operator.id == operator).phone in phones


def test_a_code_is_good_for_seven_days(shop: Shop) -> None:
    operator, code = invited(shop)
    shop.clock.forward(days=7, seconds=1)
    shop.hear(code, sender=STRANGER)
    assert not orders(shop, STRANGER)
    operators.invite_again(shop.context, shop.id, operator)
    shop.hear(code_of(shop, operator), sender=STRANGER)
    assert orders(shop, STRANGER)


def test_guesses_are_answered_like_any_stranger_and_the_right_code_comes_too_late_after_ten(shop: Shop) -> None:
    _, code = invited(shop)
    answers = [shop.hear("JOIN 2222-2222-2222", sender=STRANGER) for _ in range(10)]
    assert [len(each) for each in answers] == [1] + [0] * 9
    assert "code" not in said(answers[0]).lower()
    shop.hear(f"JOIN {code}", sender=STRANGER)
    assert not orders(shop, STRANGER)
    shop.hear(f"JOIN {code}", sender="+33600000001")
    assert orders(shop, "+33600000001")


def test_who_is_taken_off_orders_nothing_any_more(shop: Shop) -> None:
    operator, code = invited(shop)
    shop.hear(code, sender=STRANGER)
    operators.dismiss(shop.context, shop.id, operator)
    assert not orders(shop, STRANGER)
    assert [each.operator.name for each in operators.listed(shop.context, shop.id)] == ["Léa"]


def test_an_invitation_that_was_taken_back_is_worth_nothing(shop: Shop) -> None:
    operator, code = invited(shop)
    operators.dismiss(shop.context, shop.id, operator)
    shop.hear(code, sender=STRANGER)
    assert not orders(shop, STRANGER)


def test_a_code_given_before_the_file_dropped_its_operator_is_worth_nothing(shop: Shop) -> None:
    operator, code = invited(shop)
    shop.hear(code, sender=STRANGER)
    operators.invite_again(shop.context, shop.id, operator)
    code = code_of(shop, operator)
    for named in ([{"phone": STRANGER, "name": "Noé", "language": "fr"}], []):
        declarations.apply(shop.context, declarations.declared(shop.declaration() | {"operators": named}))
    shop.hear(f"JOIN {code}", sender=STRANGER)
    assert not orders(shop, STRANGER)
    assert [row.code for row in shop.all(models.Operator)] == [None, None]


def test_an_operator_of_the_file_gets_a_new_phone_there(shop: Shop) -> None:
    with pytest.raises(Conflict):
        operators.invite_again(shop.context, shop.id, shop.operator_id())
    assert [each.invitation for each in operators.listed(shop.context, shop.id)] == [None]


@pytest.mark.both_databases
def test_a_new_phone_takes_the_place_of_the_old_one(shop: Shop) -> None:
    operator, code = invited(shop)
    shop.hear(code, sender=STRANGER)
    operators.invite_again(shop.context, shop.id, operator)
    assert orders(shop, STRANGER)
    shop.hear(code_of(shop, operator), sender="+33600000001")
    assert orders(shop, "+33600000001")
    assert not orders(shop, STRANGER)


@pytest.mark.both_databases
def test_a_phone_that_was_another_operator_s_becomes_this_one_s(shop: Shop) -> None:
    first, code = invited(shop)
    shop.hear(code, sender=STRANGER)
    operators.dismiss(shop.context, shop.id, first)
    second, code = invited(shop, "Inès")
    shop.hear(code, sender=STRANGER)
    assert orders(shop, STRANGER)
    assert shop.one(models.Order).operator_id == second


def test_an_operator_of_the_file_is_taken_off_there(shop: Shop) -> None:
    with pytest.raises(Conflict):
        operators.dismiss(shop.context, shop.id, shop.operator_id())
    assert orders(shop, OPERATOR)


def test_a_new_file_leaves_the_invited_alone(shop: Shop) -> None:
    _, code = invited(shop)
    shop.hear(code, sender=STRANGER)
    document = shop.declaration() | {"operators": []}
    declarations.apply(shop.context, declarations.declared(document))
    assert orders(shop, STRANGER)
    assert not orders(shop, OPERATOR)


@pytest.mark.both_databases
def test_who_hides_the_number_is_known_by_whatsapp_s_id(shop: Shop) -> None:
    message = {"type": "text", "text": {"body": f"10 EUR {BUYER}"}, "from_user_id": "FR.1"}
    shop.receive(message, sender=OPERATOR)
    shop.clock.forward(minutes=3)
    shop.receive({**message, "from": None}, sender=OPERATOR)
    assert len(shop.all(models.Order)) == 2
    _, code = invited(shop)
    shop.receive({"type": "text", "text": {"body": code}, "from": None, "from_user_id": "FR.2"}, sender=STRANGER)
    shop.clock.forward(minutes=3)
    shop.receive({**message, "from": None, "from_user_id": "FR.2"}, sender=STRANGER)
    assert len(shop.all(models.Order)) == 3
    assert shop.place.sent[-1].get("to") != STRANGER


def test_an_operator_of_another_merchant_is_not_found(shop: Shop) -> None:
    operator, _ = invited(shop)
    for act in (operators.dismiss, operators.invite_again):
        with pytest.raises(NotFound):
            act(shop.context, "another", operator)


def test_the_database_holds_no_code(shop: Shop) -> None:
    _, code = invited(shop)
    assert re.sub(r"\W", "", code) not in re.sub(r"\W", "", str(shop.dump()))


def test_who_invites_and_dismisses_is_noted(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    office = shop.context.acting_as(actors.user("usr_7"))
    with caplog.at_level("INFO", "webapp.services.accounts.operators"):
        operator = operators.invite(office, shop.id, "Max", "en").id
        operators.invite_again(office, shop.id, operator)
        operators.dismiss(office, shop.id, operator)
    assert [record.getMessage().endswith("by user usr_7") for record in caplog.records] == [True] * 3
