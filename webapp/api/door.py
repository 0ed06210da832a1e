"""Makes the door: an application of its own beside that of the pages, so that neither has to know what the other needs.

It has no session, no cookie, no form token and no page; what it shares with the other doors are the services and the look at each request
(`web/request_guard`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import BadRequest

from webapp.api import document, field_errors, guard, idempotent, problems, reading
from webapp.api.aliases import aliases
from webapp.api.buyers import buyers
from webapp.api.callbacks import callbacks
from webapp.api.endpoints import endpoints
from webapp.api.events import events
from webapp.api.exports import exports
from webapp.api.imports import imports
from webapp.api.order_actions import order_actions
from webapp.api.orders import orders
from webapp.api.refunds import refunds
from webapp.web import headers, request_guard
from webapp.web.services import install

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

    from webapp.services.runtime.context import ServiceContext

RESOURCES = (
    orders,
    order_actions,
    events,
    refunds,
    aliases,
    buyers,
    imports,
    exports,
    endpoints,
    callbacks,
)
"""Each a module of this package, with its address below `PREFIX`."""
PREFIX = "/api/"
MAX_BODY = 64 * 1024
"""Bytes of a body; what takes more says so itself (`request.max_content_length`)."""


class Reader(Request):
    """A request whose body is read by `reading`, and by nothing else."""

    def get_json(self, *_: Any, **__: Any) -> Any:
        """What APIFlask takes for the body."""
        return reading.document(self.get_data())


class Writer(DefaultJSONProvider):
    """JSON as the models have it: in their order, in UTF-8."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Flask's own hook."""
        return json.dumps(obj, ensure_ascii=False, separators=(",", ":"))


class NoSession(SessionInterface):
    """Nothing of a caller is remembered, and no cookie is read or set."""

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002  # Flask's own hook
        """Flask's own hook."""
        return NullSession()


def make(context: ServiceContext, hosts: Collection[str]) -> APIFlask:
    """The door; `hosts` are the names under which it answers."""
    app = APIFlask(
        "webapp.api",
        title="Ordo",
        version="1",
        spec_path=None,
        docs_path=None,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]  # as Flask has it
    )
    app.request_class, app.json, app.session_interface = Reader, Writer(app), NoSession()
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, **document.SETTINGS)
    request_guard.install(app, hosts, refusal=BadRequest)
    app.before_request(guard.check)
    app.after_request(idempotent.keep)
    app.after_request(guard.tell_limits)
    problems.install(app)
    app.register_error_handler(HTTPError, field_errors.answer)
    for resource in RESOURCES:
        app.register_blueprint(resource)
    app.register_blueprint(document.pages)
    app.spec_processor(document.complete)
    install(app, context)
    return app


def beside(pages: WSGIApplication, api: WSGIApplication) -> WSGIApplication:
    """Both applications as one: what is asked below `PREFIX` is asked of the door, but for the page of its document."""

    def answering(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        return (api if path.startswith(PREFIX) and path != headers.READER else pages)(environ, start)

    return answering
