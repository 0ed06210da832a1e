"""What Meta tells of a business account besides messages: its templates, its number and the account itself (Cloud API, webhooks/reference).

Each change is good, bad, or says nothing that somebody has to act on. `SUBSCRIBED` are the fields to subscribe the app to.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from webapp.whatsapp import templates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


class About(StrEnum):
    """What is changed."""

    TEMPLATE = "template"
    NUMBER = "number"
    ACCOUNT = "account"


@dataclass(frozen=True)
class AccountChange:
    """`subject` names what is changed, the same in each change of it; `what` is Meta's word and the template that it is of. `bad`: messages
    are not sent, or soon will not be, or cost more. `limit` is how many people a day may be written to, where it is told."""

    about: About
    subject: str
    what: str
    bad: bool
    at: datetime
    limit: str | None = None


def read(field: str, value: Mapping[str, Any], at: datetime) -> AccountChange | None:
    """What a change says; None for one of something that is not ours, or that needs nobody."""
    reader = _READERS.get(field)
    return reader(value, at) if reader is not None else None


TEMPLATE_BAD = {"REJECTED", "PAUSED", "DISABLED", "FLAGGED", "PENDING_DELETION", "DELETED", "ARCHIVED", "LOCKED"}
TEMPLATE_GOOD = {"APPROVED", "REINSTATED", "UNLOCKED", "UNARCHIVED"}
NUMBER_BAD, NUMBER_GOOD = {"FLAGGED", "DOWNGRADE"}, {"UNFLAGGED", "UPGRADE", "ONBOARDING"}
ACCOUNT_BAD = {"ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION", "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "PARTNER_REMOVED"}
ACCOUNT_GOOD = {"VERIFIED_ACCOUNT", "ACCOUNT_RECONNECTED"}


def _template(value: Mapping[str, Any], at: datetime) -> AccountChange | None:
    event = _word(value, "event")
    if event not in TEMPLATE_BAD | TEMPLATE_GOOD:
        return None
    reason = _word(value, "reason")
    return _of_template(
        value, "status", f"{event} {reason}" if reason not in {"", "NONE"} else event, at, bad=event in TEMPLATE_BAD
    )


def _quality(value: Mapping[str, Any], at: datetime) -> AccountChange | None:
    score = _word(value, "new_quality_score")
    if score not in {"RED", "YELLOW", "GREEN"}:
        return None
    return _of_template(value, "quality", f"quality {score}", at, bad=score == "RED")


def _category(value: Mapping[str, Any], at: datetime) -> AccountChange | None:
    category = _word(value, "new_category")
    if not category:
        return None
    return _of_template(value, "category", f"category {category}", at, bad=category != templates.CATEGORY)


def _of_template(value: Mapping[str, Any], part: str, what: str, at: datetime, *, bad: bool) -> AccountChange | None:
    """Of a template of ours: an account may have others, which are no business of ours."""
    name, language = _word(value, "message_template_name"), _word(value, "message_template_language")
    if name not in {entry.name for entry in templates.CATALOGUE}:
        return None
    return AccountChange(About.TEMPLATE, f"{name}/{language}/{part}", f"{name} ({language}): {what}", bad, at)


def _number_quality(value: Mapping[str, Any], at: datetime) -> AccountChange | None:
    event, limit = (
        _word(value, "event"),
        _word(value, "current_limit") or _word(value, "max_daily_conversations_per_business"),
    )
    if event not in NUMBER_BAD | NUMBER_GOOD and not limit:
        return None
    what = " ".join(filter(None, (_word(value, "display_phone_number"), event, limit)))
    return AccountChange(About.NUMBER, "quality", what, event in NUMBER_BAD, at, limit or None)


def _number_name(value: Mapping[str, Any], at: datetime) -> AccountChange | None:
    decision = _word(value, "decision")
    if decision not in {"APPROVED", "REJECTED", "DEFERRED"}:
        return None
    reason = _word(value, "rejection_reason")
    what = f"{_word(value, 'requested_verified_name')} {decision} {reason if reason != 'NONE' else ''}".strip()
    return AccountChange(About.NUMBER, "name", what, decision == "REJECTED", at)


def _account(value: Mapping[str, Any], at: datetime) -> AccountChange | None:
    event = _word(value, "event")
    ban = value.get("ban_info")
    state = _word(ban, "waba_ban_state") if isinstance(ban, dict) else ""
    if event == "DISABLED_UPDATE":
        return AccountChange(About.ACCOUNT, "account", f"{event} {state}".strip(), state != "REINSTATE", at)
    if event not in ACCOUNT_BAD | ACCOUNT_GOOD:
        return None
    told = value.get("restriction_info")
    kinds = (
        [_word(each, "restriction_type") for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    )
    return AccountChange(
        About.ACCOUNT, "account", " ".join((event, *filter(None, kinds)))[:200], event in ACCOUNT_BAD, at
    )


def _word(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return " ".join(found.split())[:80] if isinstance(found, str) else ""


_READERS: Mapping[str, Callable[[Mapping[str, Any], datetime], AccountChange | None]] = {
    "message_template_status_update": _template,
    "message_template_quality_update": _quality,
    "template_category_update": _category,
    "phone_number_quality_update": _number_quality,
    "phone_number_name_update": _number_name,
    "account_update": _account,
}
FIELDS = frozenset(_READERS)
