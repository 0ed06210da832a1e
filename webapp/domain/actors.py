"""Who did it: the actor of every change, kept on each line of an order's timeline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What kind of actor. OPERATOR: a phone that orders in the chat; USER: a person in the back office; API_KEY: an order backend's key;
    BUYER: who pays, in the chat or on the page; GATEWAY: what the payment provider reports; CLOCK: Ordo itself, of what came due or was
    reported of a delivery; CONSOLE: whoever runs a command on the server."""

    OPERATOR = "operator"
    USER = "user"
    API_KEY = "api_key"
    BUYER = "buyer"
    GATEWAY = "gateway"
    CLOCK = "clock"
    CONSOLE = "console"


@dataclass(frozen=True)
class Actor:
    """`id` is ours of the operator, user, key or buyer, and stays when the name behind it is erased. None where there is one of a kind
    only, and for a buyer of whom nothing is known but that the link was there."""

    kind: ActorKind
    id: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.id}" if self.id else str(self.kind)


GATEWAY = Actor(ActorKind.GATEWAY)
CLOCK = Actor(ActorKind.CLOCK)
CONSOLE = Actor(ActorKind.CONSOLE)


def operator(identity: str) -> Actor:
    """The operator of that id."""
    return Actor(ActorKind.OPERATOR, identity)


def user(identity: str) -> Actor:
    """The user of that id."""
    return Actor(ActorKind.USER, identity)


def api_key(identity: str) -> Actor:
    """The key of that id, of an order backend."""
    return Actor(ActorKind.API_KEY, identity)


def buyer(identity: str | None) -> Actor:
    """The buyer of that id."""
    return Actor(ActorKind.BUYER, identity)
