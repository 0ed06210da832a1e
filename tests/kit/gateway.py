"""The sandbox's gateway, served once for all tests, and gateways at which something happens around a call."""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.gateway.app import Account, create_app
from sandbox.serve import Served
from webapp.services.runtime.context import ServiceContext

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.shops import Shop


@dataclass
class TestGateway:
    """The sandbox's gateway; every test has an account of its own there."""

    __test__ = False

    served: Served
    accounts: list[Account]

    def account(self) -> Account:
        number = secrets.token_hex(6)
        self.accounts.append(Account(f"sk_test_{number}", f"pk_test_{number}", "Café Lumière"))
        return self.accounts[-1]


@pytest.fixture(scope="session")
def test_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGateway]:
    """The gateway, started once."""
    with gateway_in(tmp_path_factory.mktemp("gateway")) as gateway:
        yield gateway


@contextlib.contextmanager
def gateway_in(folder: Path) -> Iterator[TestGateway]:
    """A gateway that keeps its things in a folder."""
    accounts: list[Account] = []
    app = create_app(
        database=folder / "gateway.db",
        accounts=accounts,
        public_url="http://gateway.localhost",
    )
    served = Served(app).start()
    yield TestGateway(served, accounts)
    served.stop()
    app.extensions["courier"].stop()


class Killed(BaseException):
    """kill -9, as far as one thread can tell: nothing catches it, nothing is tidied up."""


class Meanwhile:
    """A gateway at which something happens before a call reaches it, or after it was carried out."""

    def __init__(self, gateway: Any, method: str, *, before: Any = None, after: Any = None) -> None:
        self._gateway, self._method, self._before, self._after = gateway, method, before, after

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._gateway, name)
        if name != self._method:
            return real

        def called(*args: Any, **named: Any) -> Any:
            if self._before is not None:
                self._before()
            answer = real(*args, **named)
            if self._after is not None:
                self._after()
            return answer

        return called


def meanwhile(shop: Shop, method: str, **happens: Any) -> ServiceContext:
    """The shop's kit, where that happens around the gateway's `method`."""
    return dataclasses.replace(shop.context, gateway=lambda m: Meanwhile(shop.context.gateway(m), method, **happens))


def killed() -> None:
    """Die here."""
    raise Killed
