"""What Meta tells of templates, number and account is an alarm before a buyer misses a link, once, until Meta takes it back."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from tests.kit import OPERATOR, Shop, text
from webapp.db import account_notices, models
from webapp.services import inbox
from webapp.services.monitoring import doctor
from webapp.whatsapp import inbound

TEMPLATE = {
    "message_template_id": 1,
    "message_template_name": "ordo_payment_request",
    "message_template_language": "fr",
}
NUMBER = {"display_phone_number": "33199001234"}


def tells(shop: Shop, field: str, value: dict[str, Any], time: int = 1764000000, account: str = "") -> None:
    """Meta POSTs a change of the account."""
    own = shop.one(models.Merchant, models.Merchant.id == shop.id).business_account_id
    entry = {"id": account or own, "time": str(time), "changes": [{"field": field, "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    inbox.keep_whatsapp(shop.context, shop.id, inbound.split(body))
    shop.drain()


def heard(shop: Shop) -> list[str]:
    """What operators were told since this was asked last."""
    sent, shop.place.sent[:] = list(shop.place.sent), []
    return [text(each) for each in sent if each["to"] == OPERATOR]


def bad(shop: Shop) -> list[str]:
    with shop.context.database.read() as session:
        return [row.what for row in account_notices.bad(session, shop.id)]


BAD: list[tuple[str, dict[str, Any], str]] = [
    (
        "message_template_status_update",
        TEMPLATE | {"event": "PAUSED", "reason": "NONE"},
        "ordo_payment_request (fr): PAUSED",
    ),
    (
        "message_template_status_update",
        TEMPLATE | {"event": "REJECTED", "reason": "INVALID_FORMAT"},
        "ordo_payment_request (fr): REJECTED INVALID_FORMAT",
    ),
    ("message_template_status_update", TEMPLATE | {"event": "DISABLED"}, "ordo_payment_request (fr): DISABLED"),
    (
        "message_template_quality_update",
        TEMPLATE | {"new_quality_score": "RED"},
        "ordo_payment_request (fr): quality RED",
    ),
    (
        "template_category_update",
        TEMPLATE | {"new_category": "MARKETING"},
        "ordo_payment_request (fr): category MARKETING",
    ),
    (
        "phone_number_quality_update",
        NUMBER | {"event": "FLAGGED", "current_limit": "TIER_1K"},
        "33199001234 FLAGGED TIER_1K",
    ),
    (
        "phone_number_quality_update",
        NUMBER | {"event": "DOWNGRADE", "current_limit": "TIER_250"},
        "33199001234 DOWNGRADE TIER_250",
    ),
    ("phone_number_name_update", NUMBER | {"decision": "REJECTED", "requested_verified_name": "Café"}, "Café REJECTED"),
    (
        "account_update",
        {
            "event": "ACCOUNT_RESTRICTION",
            "restriction_info": [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING"}],
        },
        "ACCOUNT_RESTRICTION RESTRICTED_BIZ_INITIATED_MESSAGING",
    ),
    (
        "account_update",
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
        "DISABLED_UPDATE DISABLE",
    ),
]


@pytest.mark.parametrize(("field", "value", "what"), BAD)
def test_what_is_bad_is_told_once_and_found_by_the_doctor(
    shop: Shop, caplog: pytest.LogCaptureFixture, field: str, value: dict[str, Any], what: str
) -> None:
    shop.hear("HELP")
    heard(shop)
    with caplog.at_level(logging.ERROR):
        tells(shop, field, value)
    (told,) = heard(shop)
    assert what in told
    logged = what.removeprefix("33199001234 ")  # a phone is hidden in the log
    assert (bad(shop), logged in caplog.text) == ([what], True)
    tells(shop, field, value)
    tells(shop, field, value, time=1764000060)
    assert heard(shop) == []
    merchant = shop.one(models.Merchant, models.Merchant.id == shop.id)
    (finding,) = doctor._account(shop.context, merchant)  # the whole check-up asks gateway and WhatsApp too
    assert (finding.ok, what in finding.text) == (False, True)


@pytest.mark.parametrize(
    ("field", "first", "then"),
    [
        ("message_template_status_update", TEMPLATE | {"event": "PAUSED"}, TEMPLATE | {"event": "APPROVED"}),
        (
            "message_template_quality_update",
            TEMPLATE | {"new_quality_score": "RED"},
            TEMPLATE | {"new_quality_score": "GREEN"},
        ),
        ("template_category_update", TEMPLATE | {"new_category": "MARKETING"}, TEMPLATE | {"new_category": "UTILITY"}),
        ("phone_number_quality_update", NUMBER | {"event": "FLAGGED"}, NUMBER | {"event": "UNFLAGGED"}),
        (
            "account_update",
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}},
        ),
    ],
)
def test_what_is_taken_back_is_well_again_in_whatever_order_it_comes(
    shop: Shop, field: str, first: dict[str, Any], then: dict[str, Any]
) -> None:
    shop.hear("HELP")
    tells(shop, field, first)
    tells(shop, field, then, time=1764000060)
    assert bad(shop) == []
    tells(shop, field, first, time=1763999000)  # late
    assert bad(shop) == []
    heard(shop)
    tells(shop, field, first, time=1764000120)
    assert (len(heard(shop)), len(bad(shop))) == (1, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_template_status_update", TEMPLATE | {"event": "PENDING"}),
        ("message_template_status_update", TEMPLATE | {"event": "PAUSED", "message_template_name": "somebody_else_s"}),
        ("message_template_status_update", {"event": 7}),
        ("message_template_quality_update", TEMPLATE | {"new_quality_score": "UNKNOWN"}),
        ("phone_number_quality_update", {}),
        ("account_update", {"event": "PARTNER_ADDED"}),
        ("user_preferences", {"event": "PAUSED"}),
    ],
)
def test_what_needs_nobody_is_no_alarm(shop: Shop, field: str, value: dict[str, Any]) -> None:
    tells(shop, field, value)
    assert (bad(shop), shop.place.sent) == ([], [])


def test_another_account_s_is_not_ours(shop: Shop) -> None:
    field, value, _ = BAD[0]
    tells(shop, field, value, account="4711")
    assert shop.all(models.InboxEvent) == []


def test_a_new_limit_of_the_number_is_kept(shop: Shop) -> None:
    tells(shop, "phone_number_quality_update", NUMBER | {"event": "UPGRADE", "current_limit": "TIER_10K"})
    assert (shop.one(models.Merchant).daily_limit, bad(shop)) == (10_000, [])


def test_no_card_number_is_kept_of_a_change(shop: Shop) -> None:
    number = "4242 4242 4242 4242"
    tells(shop, "message_template_status_update", TEMPLATE | {"event": "REJECTED", "reason": number, number: number})
    assert "4242 4242" not in str(shop.dump())
