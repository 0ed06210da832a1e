"""Each field of each form, as a person or a script posts it, with a card number in it; and what else a request holds."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.canaries import SPELLINGS
from tests.doors import registry
from tests.kit import BUYER, STRANGER, Shop, browser, paid
from tests.office.forms import csrf, enter, leave_to_office
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.roles import Role
from webapp.domain.scopes import Scope
from webapp.office import new_order
from webapp.services.accounts import api_keys, operators, sessions
from webapp.services.conversation import order_forms
from webapp.services.merchants import declarations, members
from webapp.services.orders import import_previews
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


NOT_NOW = {
    "/p/<token>/pay",
    "/p/<token>/prepare",
    "/office/orders/<order_id>/renew",
    "/office/orders/<order_id>/revoke",
    "/office/orders/import",  # a file comes beside its fields: tests/office/test_order_imports.py
}


class Visitor:
    """Somebody who may post everything, and where it is to go."""

    def __init__(self, app: Flask, shop: Shop) -> None:
        leave_to_office(shop)
        self.shop, self.app, self.client = shop, app, enter(app, shop)
        self.order = shop.order(Action.ASK_REGISTER_PAY, collects_details=True, phone=STRANGER)
        self.told = paid(shop)
        self.numbers = itertools.count(1)
        self.key = api_keys.create(shop.context, shop.id, "shop", [Scope.ADMIN])[0].id
        self.endpoint = endpoints.listed(shop.context, shop.id)[0].id
        self.callback = endpoints.send_test(shop.context, shop.id, self.endpoint).id
        self.spellings = itertools.cycle(SPELLINGS.values())

    @property
    def link(self) -> str:
        """The one that counts: who says that it is not theirs has it replaced."""
        return self.shop.context.links.token(self.order, self.shop.get(self.order).link_version)

    def address(self, rule: str) -> str:
        context = self.shop.context
        operator = operators.listed(context, self.shop.id)[0].operator
        token = self.link
        if rule.startswith("/office/link/"):
            token = sessions.make_link(context, "clerk@cafe.example")
        elif rule.startswith("/office/order_forms/"):
            token = order_forms.url(context, operator).rpartition("/")[2]
        named: dict[str, Callable[[], str]] = {
            "token": lambda: token,
            "order_id": lambda: self.told if "<callback_id>" in rule else self.order,
            "callback_id": lambda: self.callback if "<order_id>" not in rule else self._own_callback(),
            "key_id": lambda: self.key,
            "buyer_id": self._buyer,
            "alias_id": self._alias,
            "endpoint_id": lambda: self.endpoint,
            "operator_id": lambda: operator.id,
            "user_id": self._member,
            "session_id": self._session,
            "import_id": self._import,
        }
        return re.sub(r"<(\w+)>", lambda found: named[found[1]](), rule)

    def _buyer(self) -> str:
        """A new one, who saved a card: erased, nobody is left."""
        number = next(self.numbers)
        self.saving = self.shop.order(Action.REGISTER, phone=f"+3369876{number:04}", reference=f"SAVING{number}")
        self.shop.pay(self.saving, save=True)
        self.shop.drain()
        return self.shop.get(self.saving).buyer_id

    def _alias(self) -> str:
        """The card of the buyer before it in the address."""
        return str(self.shop.get(self.saving).alias_id)

    def _own_callback(self) -> str:
        """One of the order that was paid."""
        return str(self.shop.all(models.Callback, models.Callback.order_id == self.told)[0].id)

    def _member(self) -> str:
        """One who was invited here."""
        address = f"ada{next(self.numbers)}@cafe.example"
        return members.invite(self.shop.context, self.shop.id, "Ada", address, Role.CLERK, "en").member.id

    def _session(self) -> str:
        """Another one of the visitor's."""
        before = {each.hash for each in self.shop.all(models.Login)}
        enter(self.app, self.shop)
        (made,) = {each.hash for each in self.shop.all(models.Login)} - before
        return str(made[: sessions.SHOWN])

    def _import(self) -> str:
        """A file that waits to be confirmed."""
        lines = f"reference,amount,phone\nFILE{next(self.numbers)},5,{BUYER}\n"
        return import_previews.take(self.shop.context, self.shop.id, lines.encode()).id

    def fields(self, rule: str) -> dict[str, str]:
        """A right form, of things that there are."""
        merchant, account = declarations.get(self.shop.context, self.shop.id), self.shop.account
        there = {
            "idempotency_key": f"idem_{len(rule)}",
            "reference": f"R{next(self.numbers)}",
            "order": self.order,
            "version": str(merchant.version),
            "publishable_key": account.publishable_key,
            "secret_key": account.secret_key,
            "phone_number_id": str(merchant.phone_number_id),
            "business_account_id": str(merchant.business_account_id),
        }
        return {name: there.get(name, text) for name, text in registry.FORMS[rule].items()}

    def post(self, rule: str, change: dict[str, str] | None = None, query: str = "") -> int:
        """A right form, but for the change; the status of the answer."""
        address, fields = self.address(rule), self.fields(rule) | (change or {})
        client = browser(self.app) if "<token>" in rule else self.client
        form = address if "<token>" in rule else "/office/orders"
        token = self.shop.context.links.form_token(self.link) if rule.startswith("/p/") else csrf(client, form)
        headers = {name: quote(next(self.spellings)) for name in ("User-Agent", "Referer", "X-Forwarded-For")}
        with client.post(address + query, data={"csrf_token": token, **fields}, headers=headers) as answer:
            return answer.status_code


def test_a_form_that_is_filled_in_rightly_is_taken(app: Flask, shop: Shop) -> None:
    """Else the walk below would prove nothing. The logout is the last."""
    visitor, refused = Visitor(app, shop), set()
    for rule in sorted(registry.FORMS, key=lambda each: each == "/office/logout"):
        if visitor.post(rule) >= 400:
            refused.add(rule)
    assert refused <= NOT_NOW


def test_no_field_of_a_form_keeps_a_number(app: Flask, shop: Shop, nothing_is_left: Callable[[], None]) -> None:
    visitor = Visitor(app, shop)
    for rule, fields in registry.FORMS.items():
        for name in (*fields, "a field that the form has not"):
            text = next(visitor.spellings)
            status = visitor.post(rule, {name: text}, f"?lang={quote(text)}")
            assert status < 500
            # The two say so on the next page.
            assert status >= 400 or name not in fields or rule.endswith(("/charge", "/refund")), (rule, name, text)
            if rule == "/office/logout":
                visitor.client = enter(app, shop)
    shop.drain()
    nothing_is_left()


def test_no_spelling_is_taken_in_any_field_of_an_order(app: Flask, shop: Shop) -> None:
    merchant = shop.one(models.Merchant)
    for name, text in zip(itertools.cycle(registry.ORDER), SPELLINGS.values(), strict=False):
        for field in {name, "description"}:
            with app.test_request_context("/office/orders", method="POST", data=registry.ORDER | {field: text}):
                form = new_order.order_form(merchant)
                assert not form.validate()
                assert form[field].errors == [form.no_card()]


def test_addresses_keep_no_number(app: Flask, shop: Shop, nothing_is_left: Callable[[], None]) -> None:
    client = enter(app, shop)
    rules = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    for rule, text in zip(sorted(rules), itertools.cycle(SPELLINGS.values()), strict=False):
        path = quote(text, safe="").join(re.split(r"<[^>]+>", rule))
        query = "&".join(f"{name}={quote(text)}" for name in registry.ARGUMENTS)
        with client.get(f"{path}?{query}", headers={"User-Agent": quote(text)}) as answer:
            assert answer.status_code < 500
    nothing_is_left()
