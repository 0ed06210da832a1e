"""What comes in by webhooks: what an operator and a buyer write, messages of every type, what became of ours, the gateway's events. Each is
stored and worked on, with all that follows, until the worker has nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.doors import registry
from tests.kit import BUYER
from tests.walk.world import PHONES, Door, World
from webapp.db import models
from webapp.gateways import stripe
from webapp.whatsapp.grammar.words import Verb
from webapp.whatsapp.replies import Wish

if TYPE_CHECKING:
    from collections.abc import Callable

STATUSES = ("sent", "delivered", "read", "failed")


def every() -> set[str]:
    """Verbs, wishes, types of messages, statuses, the gateway's types of events."""
    return {
        *(f"chat {verb}" for verb in Verb),
        *(f"buyer {wish}" for wish in Wish),
        *(f"message {kind}" for kind in registry.MESSAGES),
        *(f"webhook {kind}" for kind in stripe.EVENTS),
    }


def _chat(text: str, order: Callable[[World], str] | None = None) -> Door:
    """An operator writes; `{}` is the order's reference."""

    def ready(world: World) -> Callable[[], Any]:
        reference = world.shop.get(order(world)).reference if order else next(PHONES)
        world.shop.drain()
        return lambda: world.shop.hear(text.format(reference))

    return ready


def _buyer(text: str) -> Door:
    """The buyer of a past order writes. Not by a past order's number: their own last one is meant."""

    def ready(world: World) -> Callable[[], Any]:
        world.open(phone=BUYER)
        world.shop.drain()
        return lambda: world.shop.hear(text, sender=BUYER)

    return ready


def _of_past(text: str) -> Door:
    """Of a buyer of past orders alone, each time another."""

    def ready(world: World) -> Callable[[], Any]:
        number = 740000000 + world.past % 90 + next(world.numbers) % 9
        world.shop.drain()
        return lambda: world.shop.hear(text, sender=f"+33{number}")

    return ready


def _stranger(world: World) -> Callable[[], Any]:
    sender = next(PHONES)
    return lambda: world.shop.hear("hello", sender=sender)


def _message(kind: str) -> Door:
    def ready(world: World) -> Callable[[], Any]:
        world.open(phone=BUYER)
        world.shop.drain()
        content = {"type": kind, **registry.MESSAGES[kind]}
        return lambda: world.shop.receive(content, sender=BUYER)

    return ready


def _status(word: str) -> Door:
    def ready(world: World) -> Callable[[], Any]:
        order = world.open(phone=next(PHONES), send=True)
        world.shop.drain()
        (sent,) = [
            each
            for each in world.shop.all(models.Message, models.Message.order_id == order)
            if each.purpose == "request"
        ]
        return lambda: world.shop.status(sent.wamid, word)

    return ready


def _event(kind: str) -> Door:
    if kind.startswith("payment_method."):
        return lambda world: lambda: world.shop.payment_method_hint(f"pm_filled{world.past}", kind)

    def ready(world: World) -> Callable[[], Any]:
        order = world.registered() if kind.startswith("setup_intent.") else world.paid()
        world.shop.drain()
        return lambda: world.shop.hint(order, kind)

    return ready


DOORS: dict[str, Door] = {
    "chat PAYMENT": _chat("10 EUR {}"),
    "chat PAYMENT abroad": _chat("10 EUR +447700900123"),
    f"chat {Verb.REGISTER}": _chat("REGISTER {} a@b.example"),
    f"chat {Verb.ASK}": _chat("ASK 10 EUR {} a@b.example"),
    f"chat {Verb.CHARGE}": _chat("CHARGE 5 EUR {}", World.registered),
    f"chat {Verb.STATUS}": _chat("STATUS {}", World.open),
    f"chat {Verb.CANCEL}": _chat("CANCEL {}", World.open),
    f"chat {Verb.RESEND}": _chat("RESEND {}", World.open),
    f"chat {Verb.REVOKE}": _chat("REVOKE {}", World.open),
    f"chat {Verb.EXTEND}": _chat("EXTEND 3 {}", World.open),
    f"chat {Verb.REFUND}": _chat("REFUND 1 EUR {}", World.paid),
    f"chat {Verb.LIST}": _chat("LIST"),
    f"chat {Verb.LINK}": _chat("LINK"),
    f"chat {Verb.LANGUAGE}": _chat("LANGUAGE en"),
    f"chat {Verb.HELP}": _chat("HELP"),
    f"chat {Verb.STOP}": _chat("STOP"),
    **{f"buyer {wish}": _buyer(str(wish).replace("_", " ")) for wish in Wish},
    "buyer hello": _of_past("hello"),
    "buyer receipt, past": _of_past("receipt"),
    "stranger hello": _stranger,
    **{f"message {kind}": _message(kind) for kind in registry.MESSAGES},
    **{f"status {word}": _status(word) for word in STATUSES},
    **{f"webhook {kind}": _event(kind) for kind in stripe.EVENTS},
}
