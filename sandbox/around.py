"""The servers around the product, wired to each other and to it by addresses alone."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from sandbox import backend, demo, identity, mailbox
from sandbox.gateway import app as gateway
from sandbox.outage import Switch
from sandbox.phones import app as phones
from sandbox.phones.parties import Links
from sandbox.serve import Served

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flask import Flask

    from sandbox.keyring import Keyring

LOGIN_RETURN = "/office/login/callback"  # where the product takes people back from the identity provider


@dataclass(frozen=True)
class Address:
    """One server: `browser` is what people open, `server` what other servers call, which may not resolve *.localhost."""

    name: str
    port: int

    @property
    def host(self) -> str:
        return f"{self.name}.localhost"

    @property
    def browser(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def server(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Addresses:
    """The six servers, in the order of their ports."""

    phones: Address
    ordo: Address
    gateway: Address
    backend: Address
    identity: Address
    mail: Address

    @classmethod
    def of(cls, numbers: Sequence[int]) -> Addresses:
        """With these six ports."""
        return cls(*(Address(field.name, port) for field, port in zip(fields(cls), numbers, strict=True)))

    @property
    def ports(self) -> list[int]:
        """All, in order."""
        return [getattr(self, field.name).port for field in fields(self)]


class Around:
    """Gateway, order backend, identity provider, mail server and phones, with databases in `data`. Each can be stopped alone."""

    def __init__(self, data: Path, addresses: Addresses, keyring: Keyring) -> None:
        told, here = data / "backend.db", addresses
        self._gateway = gateway.create_app(
            database=data / "gateway.db", accounts=[demo.account(keyring)], public_url=here.gateway.browser
        )
        self.gateway = Served(self._gateway, here.gateway.port)
        secret = keyring["CALLBACK_SECRET"]
        self.backend = Switch(backend.create_app(database=told, secret=secret), here.backend.port, told)
        # What the backend was told stays readable while it is down, so another server shows it as well.
        people = DispatcherMiddleware(_identity(here, keyring), {"/backend": backend.create_log_app(database=told)})
        self.identity = Served(people, here.identity.port)
        self._phones = phones.create_app(
            database=data / "phones.db",
            sender=demo.sender(keyring),
            contacts=demo.CONTACTS,
            webhook_url=f"{here.ordo.browser}/hooks/whatsapp/{demo.MERCHANT}",
            public_url=here.phones.browser,
            links=Links(
                ordo_url=here.ordo.browser,
                gateway_cards_url=f"{here.gateway.server}/_sandbox/cards",
                backend_log_url=f"{here.identity.server}/backend/log",
                backend_control=self.backend,
                outage=self.backend.outage,
                api_url=f"{here.ordo.server}/api/v1",
                api_token=lambda: keyring.get("API_TOKEN") or "",
            ),
        )
        letters = data / "mail.db"
        self.mailbox = mailbox.Mailbox(letters, here.mail.port)
        screens = DispatcherMiddleware(self._phones, {"/mail": mailbox.create_app(database=letters)})
        self.phones = Served(screens, here.phones.port)

    def start(self) -> None:
        """All of them. Raises OSError for a port that is taken."""
        for each in (self.gateway, self.backend, self.identity, self.mailbox, self.phones):
            each.start()

    def stop(self) -> None:
        """All of them, and the threads of those that send by themselves."""
        self.backend.close()
        for served in (self.phones, self.identity, self.gateway):
            served.stop()
        self.mailbox.stop()
        self._phones.extensions["phones"].close()
        self._gateway.extensions["courier"].stop()


def _identity(addresses: Addresses, keyring: Keyring) -> Flask:
    return identity.create_app(
        issuer=addresses.identity.browser,
        server_url=addresses.identity.server,
        client_id=demo.CLIENT_ID,
        client_secret=keyring["OIDC_CLIENT_SECRET"],
        redirect_uris=[addresses.ordo.browser + LOGIN_RETURN],
        people=demo.PEOPLE,
    )
