"""Where a visitor can go: the entries of the main menu and of the settings, those that exist and that the visitor may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import current_app, request

from webapp.office.guard import may
from webapp.office.permissions import Permission
from webapp.web.locale import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.i18n import Texts


@dataclass(frozen=True)
class Place:
    """An entry. `name` is what a template says of itself (`{% set here = "orders" %}`), `endpoint` the view that has to exist."""

    name: str
    words: str
    path: str
    endpoint: str
    needed: Permission


def main() -> Sequence[Place]:
    """The entries of the main menu."""
    t = texts()
    return _usable(
        [
            Place("home", t.gettext("Home"), "/office", "home.index", Permission.HOME_VIEW),
            Place("orders", t.gettext("Orders"), "/office/orders", "orders.index", Permission.ORDERS_VIEW),
            Place("buyers", t.gettext("Buyers"), "/office/buyers", "buyers.index", Permission.BUYERS_VIEW),
            Place(
                "callbacks", t.gettext("Callbacks"), "/office/callbacks", "callbacks.index", Permission.CALLBACKS_VIEW
            ),
            Place("api_keys", t.gettext("API keys"), "/office/api_keys", "api_keys.index", Permission.KEYS_MANAGE),
            *_first_of_settings(t),
            Place("audit", t.gettext("Audit log"), "/office/audit", "audit.index", Permission.AUDIT_VIEW),
        ]
    )


def settings() -> Sequence[Place]:
    """The entries of the settings."""
    return _usable(_settings(texts()))


def in_language(code: str) -> str:
    """The address of this page in another language: what is filtered and searched there stays."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"?{urlencode([*kept, ('lang', code)])}"


def _settings(t: Texts) -> list[Place]:
    view = Permission.SETTINGS_VIEW
    return [
        Place("shop", t.gettext("Shop"), "/office/settings", "settings.shop", view),
        Place("rules", t.gettext("Rules"), "/office/settings/rules", "settings.rules", view),
        Place(
            "connections", t.gettext("Gateway and WhatsApp"), "/office/settings/connections", "connections.index", view
        ),
        Place("operators", t.gettext("Operators"), "/office/operators", "operators.index", Permission.OPERATORS_MANAGE),
        Place("members", t.gettext("Members"), "/office/members", "members.index", Permission.MEMBERS_MANAGE),
        Place("safety", t.gettext("Page safety"), "/office/safety", "safety.index", view),
    ]


def _first_of_settings(t: Texts) -> list[Place]:
    first = next(iter(_usable(_settings(t))), None)
    return [Place("settings", t.gettext("Settings"), first.path, first.endpoint, first.needed)] if first else []


def _usable(places: Sequence[Place]) -> list[Place]:
    known = current_app.view_functions
    return [place for place in places if place.endpoint in known and may(place.needed)]
