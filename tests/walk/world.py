"""A shop whose doors are walked through, among past orders that `bench.filler` has written."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from tests.api.backend import Backend, backend_of
from tests.kit import Shop, application, browser, paid
from tests.office.forms import csrf, enter
from webapp.db import models
from webapp.domain.actions import Action
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PHONES = (f"+3365{number:07}" for number in itertools.count(1))
"""Of buyers that nobody has written to."""


@dataclass
class World:
    """The shop, its application, and who comes to its doors. `past` is one of the past orders that saved a card, by its number."""

    shop: Shop
    past: int = 45
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        # What each merchant has daily is walked by itself (jobs), not whenever the worker has something to do.
        self.put_off(models.ScheduledTask)

    @cached_property
    def app(self) -> Flask:
        return application(self.shop)

    @cached_property
    def office(self) -> FlaskClient:
        """The browser of an admin."""
        return enter(self.app, self.shop)

    @cached_property
    def form_token(self) -> str:
        return csrf(self.office, "/office/orders/new")

    @cached_property
    def backend(self) -> Backend:
        return backend_of(self.app, self.shop)

    @cached_property
    def endpoint(self) -> str:
        """One beside that of the file, which may be changed."""
        url = self.shop.backend(f"/{self.unique('e')}")
        return str(right(self.backend.post("/endpoints", {"url": url})).get_json()["id"])

    def unique(self, kind: str) -> str:
        return f"{kind}{self.shop.clock().timestamp():.0f}{next(self.numbers)}"

    # orders, each with a buyer of its own unless it is said

    def open(self, **more: Any) -> str:
        return self.shop.order(**{"phone": next(PHONES), **more})

    def cancelled(self) -> str:
        order = self.open()
        lifecycle.cancel(self.shop.as_operator(), self.shop.id, order)
        self.shop.drain()
        return order

    def paid(self, **more: Any) -> str:
        return paid(self.shop, **{"phone": next(PHONES), **more})

    def held(self) -> str:
        return self.paid(manual_capture=True)

    def registered(self) -> str:
        """With a saved card."""
        order = self.open(action=Action.REGISTER)
        self.shop.pay(order, save=True)
        return order

    def alarmed(self) -> str:
        """One that somebody has to look at."""
        order = self.paid()
        self._write(models.Order, models.Order.id == order, alarmed_at=self.shop.clock())
        return order

    def at_the_bank(self) -> str:
        return self.paid(card="authenticationRequired")

    def alias(self) -> str:
        return str(self.shop.get(self.registered()).alias_id)

    def link(self, order: str) -> str:
        return self.shop.context.links.token(order, self.shop.get(order).link_version)

    def give_logo(self) -> None:
        self._write(models.Merchant, models.Merchant.id == self.shop.id, logo=b"\x89PNG", logo_digest="d")

    # who comes

    def post(self, path: str, form: dict[str, Any]) -> TestResponse:
        return right(self.office.post(path, data={"csrf_token": self.form_token, **form}))

    def get(self, path: str) -> TestResponse:
        return right(self.office.get(path))

    def visit(self, order: str, what: str = "", form: dict[str, Any] | None = None) -> TestResponse:
        """The buyer's browser."""
        token, client = self.link(order), browser(self.app)
        if form is None:
            return right(client.get(f"/p/{token}{what}"))
        data = {"csrf_token": self.shop.context.links.form_token(token), **form}
        return right(client.post(f"/p/{token}{what}", data=data, headers={"HX-Request": "true"}))

    # the worker

    def put_off(self, model: Any) -> None:
        """All that is due of a kind is due in a year."""
        self._write(model, model.due_at.is_not(None), due_at=self.shop.clock() + timedelta(days=365))

    def make_due(self, model: Any, row: Any, **values: Any) -> None:
        self._write(model, model.id == row, due_at=self.shop.clock(), lease=None, lease_until=None, **values)

    def _write(self, model: Any, which: Any, **values: Any) -> None:
        with self.shop.context.database.write() as session:
            session.execute(update(model).where(which).values(**values).execution_options(synchronize_session=False))


Door = Callable[[World], Callable[[], Any]]


def right(answer: TestResponse) -> TestResponse:
    assert answer.status_code < 400, (answer.request.path, answer.status_code, answer.text[:500])
    return answer
