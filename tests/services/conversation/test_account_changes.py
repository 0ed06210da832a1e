"""Phones that have another WhatsApp account: no rights go over to whoever has one now."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.kit import BUYER, OPERATOR, STRANGER, Shop, rival, saved
from tests.services.conversation.chats import to, words
from tests.services.invitations import code_of, invited
from webapp.db import models
from webapp.services import inbox
from webapp.services.accounts import operators
from webapp.services.merchants import declarations
from webapp.whatsapp import inbound

pytestmark = pytest.mark.wording
COLLEAGUE = "+33611111112"


def says(shop: Shop, text: str, *, sender: str = OPERATOR, user: str = "FR.1") -> list[dict[str, Any]]:
    """Somebody writes under a user id."""
    return shop.receive({"type": "text", "text": {"body": text}, "from_user_id": user}, sender=sender)


def told(shop: Shop, *, former: str | None = OPERATOR, new: str | None = None, **ids: str) -> list[dict[str, Any]]:
    """WhatsApp says that somebody has another number, or another id."""
    system: dict[str, Any] = {"type": "user_changed_number" if new else "user_changed_user_id", "body": "…", **ids}
    message: dict[str, Any] = {"id": f"wamid.{secrets.token_hex(8)}", "timestamp": "0", "type": "system"}
    if new:
        system["wa_id"] = new[1:]
    if former:
        message["from"] = former[1:]
    before = len(shop.place.sent)
    value = {"metadata": {"phone_number_id": shop.number()}, "messages": [message | {"system": system}]}
    body = {"entry": [{"changes": [{"field": "messages", "value": value}]}]}
    inbox.keep_whatsapp(shop.context, shop.id, inbound.split(json.dumps(body).encode()))
    shop.drain()
    return shop.place.sent[before:]


def employ(shop: Shop) -> None:
    document = shop.declaration()
    document["operators"] += [{"phone": COLLEAGUE, "name": "Noé", "language": "en"}]
    declarations.apply(shop.context, declarations.declared(document))


def may_order(shop: Shop, sender: str = OPERATOR, user: str = "FR.1") -> bool:
    before = len(shop.all(models.Order))
    shop.clock.forward(minutes=3)
    says(shop, f"10 EUR {BUYER}", sender=sender, user=user)
    return len(shop.all(models.Order)) > before


def row(shop: Shop) -> models.Operator:
    found: models.Operator = shop.one(models.Operator, models.Operator.phone == OPERATOR)
    return found


CHANGES: dict[str, dict[str, Any]] = {
    "number": {"new": STRANGER, "previous_user_id": "FR.1", "user_id": "FR.2"},
    "number, as told before August 2026": {"new": STRANGER},
    "id": {"former": None, "previous_user_id": "FR.1", "user_id": "FR.2"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_operator_of_whom_whatsapp_says_so_orders_nothing_until_invited_anew(shop: Shop, change: str) -> None:
    employ(shop)
    assert may_order(shop)
    shop.hear("HELP", sender=COLLEAGUE)
    sent = told(shop, **CHANGES[change])
    assert not row(shop).active
    address = STRANGER if CHANGES[change].get("new") else "FR.2"
    assert ["new code" in str(each) for each in sent if address in {each.get("to"), each.get("recipient")}] == [True]
    told_colleague = [words(each) for each in sent if each.get("to") == COLLEAGUE]
    assert ["another WhatsApp account" in each for each in told_colleague] == [True]
    assert not may_order(shop)
    assert not may_order(shop, STRANGER, "FR.2")
    operators.invite_again(shop.context, shop.id, row(shop).id)
    says(shop, code_of(shop, row(shop).id), user="FR.3")
    assert may_order(shop, user="FR.3")


def test_a_known_phone_with_another_user_id_orders_nothing_and_is_told_how(shop: Shop) -> None:
    employ(shop)
    shop.hear("HELP", sender=COLLEAGUE)
    assert may_order(shop)
    shop.clock.forward(minutes=3)
    sent = says(shop, f"10 EUR {BUYER}", user="FR.2")
    assert len(shop.all(models.Order)) == 1
    assert ["new code" in words(each) for each in to(sent, OPERATOR)] == [True]
    assert ["Léa" in words(each) for each in to(sent, COLLEAGUE)] == [True]
    assert says(shop, "REFUND", user="FR.1") == []  # not even the former account, and told once a day
    declarations.apply(shop.context, declarations.declared(shop.declaration()))
    assert not may_order(shop, user="FR.2")  # the file does not know


def test_an_operator_of_the_file_who_has_a_new_phone_leaves_no_rights_with_the_old(shop: Shop) -> None:
    assert may_order(shop)
    told(shop, **CHANGES["number"])
    operators.invite_again(shop.context, shop.id, row(shop).id)
    says(shop, code_of(shop, row(shop).id), sender=STRANGER, user="FR.2")
    assert may_order(shop, STRANGER, "FR.2")
    declarations.apply(shop.context, declarations.declared(shop.declaration()))
    assert not may_order(shop, user="FR.9")
    assert may_order(shop, STRANGER, "FR.2")


def test_an_invited_operator_is_suspended_and_joins_again(shop: Shop) -> None:
    operator, code = invited(shop)
    says(shop, code, sender=STRANGER)
    told(shop, former=STRANGER, new="+33600000009", previous_user_id="FR.1", user_id="FR.2")
    assert not may_order(shop, STRANGER)
    operators.invite_again(shop.context, shop.id, operator)
    says(shop, code_of(shop, operator), sender="+33600000009", user="FR.2")
    assert may_order(shop, "+33600000009", "FR.2")
    operators.dismiss(shop.context, shop.id, operator)
    assert not may_order(shop, "+33600000009", "FR.2")


def test_a_change_of_an_id_that_is_no_longer_the_operator_s_is_about_somebody_else(shop: Shop) -> None:
    assert may_order(shop, user="FR.5")
    told(shop, new=STRANGER, previous_user_id="FR.1", user_id="FR.2")
    assert may_order(shop, user="FR.5")


def test_the_other_form_of_one_phone_is_no_other_phone(shop: Shop) -> None:
    document = shop.declaration() | {"operators": [{"phone": "+5511987654321", "name": "Ana", "language": "pt"}]}
    declarations.apply(shop.context, declarations.declared(document))
    told(shop, former="+551187654321", new="+5511987654321")
    assert may_order(shop, "+551187654321")


def test_another_merchant_s_operator_of_the_same_id_is_left_alone(shop: Shop) -> None:
    other = rival(shop)
    says(other, "HELP")
    assert may_order(shop)
    says(shop, "HELP", user="FR.2")
    assert may_order(other)


@pytest.mark.parametrize("how", ["number", "id", "writes", "status"])
def test_whoever_has_a_buyer_s_phone_now_is_offered_no_card_and_told_nothing(shop: Shop, how: str) -> None:
    shop.hear("HELP")
    saved(shop)
    order = shop.order(language="en", send=True)
    says(shop, "hello", sender=BUYER)
    request = next(each for each in shop.place.sent if each["to"] == BUYER and each["type"] == "template")
    (before,) = says(shop, f"PAY {shop.get(order).reference}", sender=BUYER)
    assert before["interactive"]["type"] == "button"
    match how:
        case "number":
            sent = told(shop, former=BUYER, new=STRANGER, previous_user_id="FR.1", user_id="FR.2")
        case "id":
            sent = told(shop, former=None, previous_user_id="FR.1", user_id="FR.2")
        case "writes":
            sent = says(shop, f"PAY {shop.get(order).reference}", sender=BUYER, user="FR.2")
        case "status":
            count = len(shop.place.sent)
            opaque = request["biz_opaque_callback_data"]
            shop.status(request["wamid"], "read", biz_opaque_callback_data=opaque, recipient_user_id="FR.2")
            sent = shop.place.sent[count:]
    assert ["another WhatsApp account" in words(each) for each in to(sent, OPERATOR)] == [True]
    assert "other_account" in shop.kinds(order)
    for text in (f"PAY {shop.get(order).reference}", "forget my card", "receipt", "not me", "link"):
        answers = str(to(says(shop, text, sender=BUYER, user="FR.2"), BUYER))
        assert "Visa" not in answers
        assert shop.context.links.url(order, 1) not in answers
    shop.tap(before, "yes", sender=BUYER)
    assert (shop.state(order), shop.charges()) == ("open", [])
    assert shop.callbacks(order) == []
    assert shop.all(models.Buyer)[0].former_phone == BUYER


def test_a_new_order_for_the_phone_begins_anew(shop: Shop) -> None:
    former = saved(shop)
    says(shop, "hello", sender=BUYER)
    told(shop, former=BUYER, new=STRANGER, previous_user_id="FR.1", user_id="FR.2")
    order = shop.order(language="en")
    (answer,) = says(shop, f"PAY {shop.get(order).reference}", sender=BUYER, user="FR.2")
    assert "No card is saved" in words(answer)
    assert shop.get(order).buyer_id != shop.get(former).buyer_id
    shop.pay(order)
    assert shop.callbacks(order)[0]["data"]["buyer"]["phone"] == BUYER
    assert says(shop, "receipt", sender=BUYER, user="FR.2")


def test_an_older_message_s_status_says_nothing_of_who_came_later(shop: Shop) -> None:
    shop.order(send=True)
    shop.drain()
    request = shop.place.sent[-1]
    says(shop, "hello", sender=BUYER)
    told(shop, former=BUYER, new=STRANGER, previous_user_id="FR.1", user_id="FR.2")
    shop.clock.forward(hours=1)
    shop.order(language="en")
    says(shop, "hello", sender=BUYER, user="FR.3")
    shop.status(
        request["wamid"], "read", biz_opaque_callback_data=request["biz_opaque_callback_data"], recipient_user_id="FR.1"
    )
    assert len(shop.all(models.Buyer, models.Buyer.phone == BUYER)) == 1


def test_what_was_still_to_be_sent_to_the_phone_is_dropped(shop: Shop) -> None:
    order = shop.order(send=True)
    shop.clock.forward(minutes=1)
    with shop.context.database.write() as session:
        session.scalars(select(models.Message)).one().due_at = shop.clock() + timedelta(minutes=5)
    assert to(told(shop, former=BUYER, new=STRANGER), BUYER) == []
    shop.later(minutes=6)
    shop.later(hours=30)
    assert to(shop.place.sent, BUYER) == []
    assert "dropped" in shop.kinds(order)
