"""What Meta tells of the account beside messages: templates, the number, the business
(Cloud API, webhooks/reference: one page for each field)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.phones import catalogue, postman

if TYPE_CHECKING:
    import sqlite3

    from sandbox.phones.world import World

Wish = Mapping[str, Any]
_TEMPLATE_EVENTS = (
    "APPROVED", "ARCHIVED", "DELETED", "DISABLED", "FLAGGED", "IN_APPEAL", "LIMIT_EXCEEDED", "LOCKED", "PAUSED", "PENDING",
    "PENDING_DELETION", "REINSTATED", "REJECTED",
)  # fmt: skip
_STATUSES = {"REINSTATED": "APPROVED", "FLAGGED": "APPROVED"}  # events that are no status
_NUMBER_EVENTS = ("DOWNGRADE", "FLAGGED", "ONBOARDING", "THROUGHPUT_UPGRADE", "UNFLAGGED", "UPGRADE")
_ACCOUNT_EVENTS = ("ACCOUNT_DELETED", "ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION", "DISABLED_UPDATE", "VERIFIED_ACCOUNT")
_SCORES = ("GREEN", "YELLOW", "RED", "UNKNOWN")


def post(world: World, field: str, wish: Wish) -> dict[str, Any]:
    """Have it told; the value that is. Raises ValueError, in words, for a field or a word that Meta does not have, and LookupError
    for a template that the account does not have."""
    if field not in _VALUES:
        raise ValueError(f"field is one of {', '.join(sorted(_VALUES))}")
    with world.store.write() as db:
        value = _VALUES[field](world, db, wish)
        postman.enqueue(db, field, "", value, time.time())
    world.postman.wake()
    return value


def _found(db: sqlite3.Connection, wish: Wish) -> catalogue.Template:
    """Which template: the first of that name, in that language if one is said."""
    found = next(
        (t for t in catalogue.every(db) if t.name == wish.get("name") and wish.get("language") in (None, t.language)),
        None,
    )
    if found is None:
        raise LookupError(f"there is no template {wish.get('name')} in {wish.get('language') or 'any language'}")
    return found


def _named(template: catalogue.Template) -> dict[str, Any]:
    return {
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
    }


def _word(wish: Wish, name: str, known: tuple[str, ...], usual: str) -> str:
    word = str(wish.get(name, usual))
    if word not in known:
        raise ValueError(f"{name} is one of {', '.join(known)}")
    return word


def _status(_world: World, db: sqlite3.Connection, wish: Wish) -> dict[str, Any]:
    event, template = _word(wish, "event", _TEMPLATE_EVENTS, "PAUSED"), _found(db, wish)
    catalogue.judge(db, template, _STATUSES.get(event, event))
    value = {"event": event} | _named(template) | {"reason": wish.get("reason", "NONE")}
    if event == "PAUSED":
        pause = {"title": "FIRST_PAUSE", "description": "People gave it negative feedback. It is paused for 3 hours."}
        value["other_info"] = pause
    if event == "DISABLED":
        value["disable_info"] = {"disable_date": int(time.time())}
    return value


def _quality(_world: World, db: sqlite3.Connection, wish: Wish) -> dict[str, Any]:
    scores = {
        "previous_quality_score": _word(wish, "previous", _SCORES, "GREEN"),
        "new_quality_score": _word(wish, "new", _SCORES, "YELLOW"),
    }
    return scores | _named(_found(db, wish))


def _category(_world: World, db: sqlite3.Connection, wish: Wish) -> dict[str, Any]:
    template, new = _found(db, wish), _word(wish, "new", ("AUTHENTICATION", "MARKETING", "UTILITY"), "MARKETING")
    catalogue.put_into(db, template, new)
    return _named(template) | {"previous_category": template.category, "new_category": new}


def _number_quality(world: World, _db: sqlite3.Connection, wish: Wish) -> dict[str, Any]:
    return {
        "display_phone_number": world.sender.phone.removeprefix("+"),
        "event": _word(wish, "event", _NUMBER_EVENTS, "DOWNGRADE"),
        "old_limit": str(wish.get("old_limit", "TIER_1K")),
        "current_limit": str(wish.get("current_limit", "TIER_250")),
    }


def _number_name(world: World, _db: sqlite3.Connection, wish: Wish) -> dict[str, Any]:
    decision = _word(wish, "decision", ("APPROVED", "DEFERRED", "PENDING", "REJECTED"), "REJECTED")
    return {
        "display_phone_number": world.sender.phone.removeprefix("+"),
        "decision": decision,
        "requested_verified_name": str(wish.get("name", world.sender.name)),
        "rejection_reason": "NAME_NOT_ALLOWED" if decision == "REJECTED" else None,
    }


def _account(_world: World, _db: sqlite3.Connection, wish: Wish) -> dict[str, Any]:
    event = _word(wish, "event", _ACCOUNT_EVENTS, "ACCOUNT_RESTRICTION")
    value: dict[str, Any] = {"event": event}
    week = int(time.time()) + 7 * 24 * 3600
    match event:
        case "ACCOUNT_RESTRICTION":
            value["restriction_info"] = [
                {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": week},
            ]
        case "ACCOUNT_VIOLATION":
            value["violation_info"] = {"violation_type": "SPAM"}
        case "DISABLED_UPDATE":
            value["ban_info"] = {"waba_ban_state": "DISABLE", "waba_ban_date": time.strftime("%B %d, %Y")}
    return value


_VALUES: Mapping[str, Callable[[World, sqlite3.Connection, Wish], dict[str, Any]]] = {
    "account_update": _account,
    "message_template_quality_update": _quality,
    "message_template_status_update": _status,
    "phone_number_name_update": _number_name,
    "phone_number_quality_update": _number_quality,
    "template_category_update": _category,
}
