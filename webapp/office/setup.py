"""Puts the back office into the application: its pages behind the guard, and the identity provider, if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect
from flask.sessions import NullSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError

from webapp import i18n
from webapp.office import guard, order_list, places
from webapp.office.api_keys import api_keys
from webapp.office.audit import audit
from webapp.office.buyer_cards import buyer_cards
from webapp.office.buyer_exports import buyer_exports
from webapp.office.buyers import buyers
from webapp.office.callbacks import callbacks
from webapp.office.connections import connections
from webapp.office.endpoints import endpoints
from webapp.office.home import home
from webapp.office.logins import accounts
from webapp.office.members import members, own_sessions
from webapp.office.operators import operators
from webapp.office.order_forms import order_forms
from webapp.office.order_imports import order_imports
from webapp.office.order_page import order_page
from webapp.office.public_status import public_status
from webapp.office.safety import safety
from webapp.office.settings import settings
from webapp.web.locale import remember_language, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Request
    from flask.sessions import SecureCookieSession
    from werkzeug.wrappers import Response

    from webapp.office.identity import IdentityProvider

PAGES = (
    accounts,
    api_keys,
    audit,
    callbacks,
    buyers,
    buyer_cards,
    buyer_exports,
    connections,
    endpoints,
    home,
    members,
    operators,
    order_list.pages,
    order_page,
    order_forms,
    order_imports,
    own_sessions,
    public_status,
    safety,
    settings,
)
for _pages in PAGES:  # here and not in `install`: a blueprint takes nothing more once an application has it
    _pages.before_request(guard.check)
    _pages.after_request(remember_language)
    _pages.register_error_handler(CSRFError, guard.out_of_date)


class Sessions(SecureCookieSessionInterface):
    """The back office's own: no other page reads its cookie or sets it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Flask's own hook."""
        return super().open_session(app, request) if request.path.startswith("/office") else NullSession()


def install(app: Flask, provider: Callable[[Flask], IdentityProvider] | None) -> None:
    """Register the pages; log in at that provider, if there is one."""
    app.session_interface = Sessions()
    app.extensions["identity"] = provider(app) if provider else None
    for pages in PAGES:
        app.register_blueprint(pages)
    app.context_processor(
        lambda: {
            "language": texts().language,
            "dir": texts().direction,
            "languages": i18n.NAMES,
            "in_language": places.in_language,
        }
    )
    app.jinja_env.globals.update(may=guard.may, places=places.main, settings_places=places.settings)
    app.add_url_rule("/", "home", start)


def start() -> Response:
    """Where everybody begins."""
    return redirect("/office")
