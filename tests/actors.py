"""Who acts in stories of every kind, by the sandbox's own doors: the shop's phone and the order backend."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from sandbox.world import World

SHOP, BUYER = "+33611111111", "+33612345678"
WORKS, DECLINED, ASKS_THE_BANK = "4242424242424242", "4000000000000002", "4000002760003184"


def until(question: Any, what: str, patience: float = 90.0) -> Any:
    """Ask until the answer is true; the stories never sleep for a fixed time."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"did not happen within {patience:.0f} s: {what}")


class Merchant:
    """The shop's phone, by the sandbox's own doors."""

    def __init__(self, world: World) -> None:
        self.url, self.phone = world.addresses.phones.server, Phone(world, SHOP)

    def texts(self, text: str, reply_to: str | None = None) -> str:
        """Write a message; the id of it."""
        answer = requests.post(
            f"{self.url}/_sandbox/say", json={"from": SHOP, "text": text, "reply_to": reply_to}, timeout=10
        )
        answer.raise_for_status()
        return str(answer.json()["id"])

    def chat(self, phone: str = SHOP) -> list[dict[str, Any]]:
        """All messages of a phone, oldest first."""
        messages = requests.get(f"{self.url}/_sandbox/chats/{phone}", timeout=10).json()
        return [message for message in messages if message["from_business"]]

    def answer(self, wamid: str) -> dict[str, Any]:
        """The reply to a message."""
        return dict(
            until(lambda: next((m for m in self.chat() if m["reply_to"] == wamid), None), "an answer to the shop")
        )

    def shows(self, phone: str) -> None:
        """Somebody looks at the chat on that phone: what was delivered to it is read."""
        requests.post(f"{self.url}/_sandbox/seen", json={"phone": phone}, timeout=10).raise_for_status()

    def orders(self, text: str) -> tuple[str, str]:
        """Order something: the link that the confirmation has, and the confirmation's id. Where the product's clock is not the phone's,
        the shop is asked first, and means it."""
        confirmation = self.answer(self.texts(text))
        if "arrived late" in confirmation["text"]:
            confirmation = self.answer(self.phone.taps(confirmation, 0))
        found = re.search(r"http\S+/p/\S+", confirmation["text"])
        assert found is not None, confirmation["text"]
        return found[0], str(confirmation["id"])

    def hears(self, wamid: str, words: str) -> dict[str, Any]:
        """Wait for a reply to that message that says so."""
        return dict(
            until(
                lambda: next((m for m in self.chat() if m["reply_to"] == wamid and words in m["text"]), None),
                f"the shop hears {words!r}",
            )
        )


class Phone:
    """A buyer's phone: what is said, tapped and received there."""

    def __init__(self, world: World, number: str) -> None:
        self.url, self.number = world.addresses.phones.server, number

    def says(self, text: str) -> str:
        """Write to the shop's number; the message's id."""
        return self._does("say", {"text": text})

    def taps(self, message: dict[str, Any], place: int) -> str:
        """Tap the message's button in that place; the id of what that says."""
        return self._does("tap", {"message": message["id"], "button": message["buttons"][place]["id"]})

    def hears(self, words: str, *, in_reply_to: str | None = None) -> dict[str, Any]:
        """Wait for a message that says so."""

        def heard() -> dict[str, Any] | None:
            chat = requests.get(f"{self.url}/_sandbox/chats/{self.number}", timeout=10).json()
            return next(
                (
                    message
                    for message in chat
                    if message["from_business"]
                    and words in message["text"]
                    and in_reply_to in {None, message["reply_to"]}
                ),
                None,
            )

        return dict(until(heard, f"{self.number} hears {words!r}"))

    def _does(self, what: str, wish: dict[str, str]) -> str:
        answer = requests.post(f"{self.url}/_sandbox/{what}", json={"from": self.number, **wish}, timeout=10)
        answer.raise_for_status()
        return str(answer.json()["id"])


class Backend:
    """The merchant's order backend."""

    def __init__(self, world: World) -> None:
        self.world = world

    def hears_of(self, reference: str) -> dict[str, Any]:
        """Wait for the callback of that order."""
        return dict(
            until(
                lambda: next((c for c in self.log() if c["reference"] == reference), None), f"a callback of {reference}"
            )
        )

    def log(self) -> list[dict[str, Any]]:
        """What was received, whether or not the backend is running."""
        return list(requests.get(f"{self.world.addresses.identity.server}/backend/log", timeout=10).json())
