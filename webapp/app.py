"""The only place where things are wired: settings in, an application out."""

from __future__ import annotations

import contextlib
import functools
import json
import threading
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from flask import Flask, Response
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import i18n, logs, metrics
from webapp.api import door, reference
from webapp.callbacks.sender import Sender
from webapp.config import SettingsError
from webapp.db import migrate
from webapp.db.session import Database, WrongAddress
from webapp.domain import message_rates
from webapp.domain.errors import Invalid, Unavailable
from webapp.domain.retention import Kept
from webapp.gateways import stripe
from webapp.gateways.base import Account
from webapp.gateways.registry import Providers
from webapp.gateways.stripe_provider import StripeProvider
from webapp.hooks.reports import reports
from webapp.hooks.views import MAX_BODY, hooks
from webapp.identity import discovery
from webapp.inventory.page import Expected
from webapp.mail.smtp import Mailer
from webapp.metrics import served
from webapp.office import identity, setup
from webapp.pay.brand import brand
from webapp.pay.views import pay
from webapp.services.merchants import declarations
from webapp.services.merchants import settings as shop_settings
from webapp.services.monitoring.measures import Measures
from webapp.services.runtime.context import ServiceContext
from webapp.services.runtime.links import Links
from webapp.services.runtime.sealing import Sealer
from webapp.services.runtime.slots import GatewaySlots
from webapp.web import errors, followed, headers, observed, request_guard
from webapp.web.locale import texts
from webapp.web.services import context, install
from webapp.whatsapp.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webapp.config import Settings
    from webapp.db.models import Merchant
    from webapp.db.pages import PageMerchant
    from webapp.domain.message_rates import Rates
    from webapp.gateways.base import Gateway, GatewayProvider
    from webapp.office.identity import IdentityProvider

ROOT = Path(__file__).resolve().parent.parent
MAX_FORM = (
    128 * 1024
)  # twice what Werkzeug reads at once of a form with a file: it counts that with what is left of the piece before
HEALTH, READY = "/health", "/ready"
WEB_CONNECTIONS, WORKER_CONNECTIONS = 8, 16  # to the database, for transactions, which take milliseconds


def create_app(settings: Settings, providers: Sequence[GatewayProvider] = ()) -> Flask:
    """The web application of these settings; `providers` are its gateways, as in `make_kit`."""
    logs.to_stderr(as_json=settings.log_format == "json")
    made = make_context(settings, providers)
    count(settings, made)
    app = Flask("webapp", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.request_class = request_guard.InMemory
    app.config.update(
        SECRET_KEY=settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        SESSION_COOKIE_NAME="__Host-ordo",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=7),
        SESSION_REFRESH_EACH_REQUEST=False,  # the session ends by the server's own clock, whatever the cookie says
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_FORM,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # `tojson`: only plain values are given to pages, so that one encoder does for all; Flask's makes one each time.
    app.jinja_env.policies |= {"json.dumps_function": json.JSONEncoder().encode, "json.dumps_kwargs": {}}
    ours = (str(urlsplit(settings.public_url).hostname), "127.0.0.1", "localhost")
    api = app.extensions["api"] = door.make(made, ours)
    app.wsgi_app = door.beside(app.wsgi_app, api.wsgi_app)  # type: ignore[method-assign,assignment]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        told = request_guard.plain_address(app.wsgi_app)
        app.wsgi_app = ProxyFix(told, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    behind = bool(settings.trusted_proxies)
    app.wsgi_app = observed.around(app.wsgi_app, behind_proxies=behind)  # type: ignore[method-assign,assignment]
    request_guard.install(app, ours, anywhere={HEALTH, READY})
    followed.install(app)
    csrf = CSRFProtect(app)
    i18n.bind(app, texts)
    errors.install(app)
    headers.install(app, {each.name: each.page.sources for each in made.providers}, https=_is_https(settings))
    install(app, made)
    app.register_blueprint(pay)
    app.register_blueprint(brand)
    app.register_blueprint(hooks)
    app.register_blueprint(reports)
    app.register_blueprint(reference.reference)
    csrf.exempt(pay)  # its forms carry a token bound to the link (pay/forms.py)
    csrf.exempt(hooks)  # its bodies are signed
    csrf.exempt(reports)  # a browser sends them by itself
    setup.install(app, _identity_provider(settings))
    app.add_url_rule(HEALTH, view_func=health)
    app.add_url_rule(READY, view_func=readiness(settings))
    return app


class _Sessions(threading.local):
    """The HTTP session of each thread: requests does not promise that threads may share one."""

    def __init__(self) -> None:
        self.own = requests.Session()
        self.own.trust_env = False


def count(settings: Settings, context: ServiceContext) -> None:
    """Open the port of the metrics where the settings name one, once in a process. Raises `SettingsError`."""
    if settings.metrics_port is None or settings.metrics_dir is None or metrics.is_on():
        return
    try:
        served.start(settings.metrics_host, settings.metrics_port, Path(settings.metrics_dir), Measures(context))
    except (OSError, OverflowError) as error:
        raise SettingsError(f"METRICS_HOST, METRICS_PORT, METRICS_DIR: {error}") from error


def must_fit(settings: Settings) -> None:
    """Raises `SettingsError` when this release cannot work with the database's schema, or its address can reach none. One that cannot be reached
    just now may come back: then requests are answered 503 until it does."""
    with contextlib.suppress(Unavailable):
        try:
            current = migrate.serves(settings.database_url)
        except WrongAddress as error:
            raise SettingsError(str(error)) from error
        if not current:
            raise SettingsError(
                "The database has not the schema of this release. Run `flask migrate`; if it says that the database was used "
                "with a newer release, run that release."
            )


def gateways(settings: Settings) -> Sequence[GatewayProvider]:
    """The gateways that this release speaks to. The first is that of a merchant's file that names none."""
    return (StripeProvider(stripe.Addresses(settings.stripe_api_url, settings.stripe_script_url)),)


def make_context(
    settings: Settings, providers: Sequence[GatewayProvider] = (), *, connections: int = WEB_CONNECTIONS
) -> ServiceContext:
    """What the services need, for the web application, the worker and the console alike.

    `providers` are the gateways to speak to, none given: `gateways`. `connections` to the database are opened at most, unless the settings say otherwise.
    """
    database = Database(settings.database_url, connections=settings.database_connections or connections)
    sealer = Sealer(settings.encryption_keys)
    sessions = _Sessions()
    known = Providers(providers or gateways(settings))

    @functools.lru_cache(maxsize=256)
    def connected(name: str, place: str, sealed: str, publishable_key: str, account: str | None) -> Gateway:
        # Every view of a payment page asks for its merchant's gateway: opened once for each set of keys, not each time.
        return known.named(name).connect(Account(sealer.open(sealed, place), publishable_key, account))

    def gateway(merchant: Merchant | PageMerchant) -> Gateway:
        made.must_be_real(merchant)
        place = shop_settings.gateway_place(merchant.id)
        keys = (merchant.gateway_secrets, merchant.publishable_key, merchant.gateway_account)
        return connected(merchant.gateway, place, *keys)

    def whatsapp(merchant: Merchant) -> Client:
        return Client(
            settings.whatsapp_api_url,
            settings.whatsapp_api_version,
            merchant.phone_number_id,
            merchant.business_account_id,
            declarations.whatsapp_secrets(made, merchant)["access_token"],
            sessions.own,
        )

    made = ServiceContext(
        database=database,
        now=lambda: datetime.now(UTC),
        sealer=sealer,
        links=Links(settings.secret_keys, settings.public_url),
        providers=known,
        gateway=gateway,
        whatsapp=whatsapp,
        sender=Sender(allow_loopback=settings.allow_sandbox_hosts),
        expected={each.name: expected(each, https=_is_https(settings)) for each in known},
        allow_sandbox_hosts=settings.allow_sandbox_hosts,
        gateway_slots=GatewaySlots.of_threads(settings.granian_blocking_threads, settings.gateway_slots),
        chat_url=settings.whatsapp_chat_url.rstrip("/"),
        identity=functools.partial(
            discovery.problems, settings.oidc_metadata_url, trust_email=settings.oidc_trust_email
        )
        if settings.oidc_metadata_url
        else None,
        rates=_rates(settings.whatsapp_rates),
        kept={each: getattr(settings, each) for each in Kept},
        mailer=Mailer(settings.smtp_url, settings.smtp_from) if settings.smtp_url and settings.smtp_from else None,
    )
    return made


def _identity_provider(settings: Settings) -> Callable[[Flask], IdentityProvider] | None:
    if settings.oidc_metadata_url is None:
        return None
    return functools.partial(
        identity.connect,
        metadata_url=settings.oidc_metadata_url,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        trust_email=settings.oidc_trust_email,
    )


def _rates(path: str | None) -> Rates | None:
    """What messages cost. Raises `SettingsError`."""
    if path is None:
        return None
    try:
        return message_rates.read(tomllib.loads(Path(path).read_text("utf-8")))
    except (OSError, ValueError, Invalid) as error:
        raise SettingsError(f"WHATSAPP_RATES: {path} cannot be used: {error}") from error


def expected(provider: GatewayProvider, *, https: bool) -> Expected:
    """How the pages of this gateway's merchants go out."""
    page = provider.page
    return Expected(headers.buyers(page.sources, https=https), page.script, page.gateway_script)


def health() -> Response:
    """200 when the database answers: what a load balancer asks."""
    context().database.ping()
    return Response("ok\n", mimetype="text/plain")


def readiness(settings: Settings) -> Callable[[], Response]:
    """What answers 200 when requests may be sent here, else 503 and why not: nobody has said that this server is about to end, the database
    answers, and its schema is one that this release can work with, which is looked at until it is."""
    fits = False

    def why_not() -> str:
        nonlocal fits
        if settings.drain_file and Path(settings.drain_file).exists():
            return "about to end"
        try:
            context().database.ping()
            fits = fits or migrate.serves(settings.database_url)
        except Unavailable:
            return "the database cannot be reached"
        return "" if fits else "the database has another schema: run `flask migrate`"

    def ready() -> Response:
        why = why_not()
        return Response(f"{why or 'ready'}\n", 503 if why else 200, mimetype="text/plain")

    return ready


def _is_https(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")
