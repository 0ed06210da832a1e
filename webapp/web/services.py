"""The services' context of this application."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, g

if TYPE_CHECKING:
    from flask import Flask

    from webapp.domain.actors import Actor
    from webapp.services.runtime.context import ServiceContext

EXTENSION = "ordo"


def install(app: Flask, made: ServiceContext) -> None:
    """Keep the context with the application."""
    app.extensions[EXTENSION] = made


def context() -> ServiceContext:
    """What this request's services need, with the actor once the door has named one."""
    found = g.get("context")
    return cast("ServiceContext", current_app.extensions[EXTENSION] if found is None else found)


def act_as(actor: Actor) -> None:
    """Name who asks by this request."""
    g.context = context().acting_as(actor)
