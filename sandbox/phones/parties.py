"""Who takes part: the business's number, the people's phones, and the neighbours that the screen shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from sandbox.outage import Outage

if TYPE_CHECKING:
    from collections.abc import Callable


class Role(StrEnum):
    """Which of the two phones on the screen shows a person."""

    SHOP = "shop"
    BUYER = "buyer"


@dataclass(frozen=True)
class Sender:
    """The shop's business number on WhatsApp, with the secrets that Meta would give for it."""

    phone_number_id: str
    business_account_id: str
    access_token: str
    app_secret: str
    verify_token: str
    name: str
    phone: str


@dataclass(frozen=True)
class Contact:
    """A person with a phone, from the start. `phone` is +E.164, `role` "shop" or "buyer"."""

    phone: str
    name: str
    role: str


class Control(Protocol):
    """A server that can be stopped and started, as `sandbox.outage.Switch` is."""

    @property
    def running(self) -> bool: ...

    def start(self) -> object: ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Links:
    """The neighbours: `ordo_url` is opened by the browser, the two others are fetched by this server. `outage` says what
    the order backend missed while it was stopped. `api_url` is the product's API, `api_token` its key, once there is one."""

    ordo_url: str
    gateway_cards_url: str
    backend_log_url: str
    backend_control: Control
    outage: Callable[[], Outage] = Outage
    api_url: str = ""
    api_token: Callable[[], str] = str
