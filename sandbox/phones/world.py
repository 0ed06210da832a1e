"""What every door of this simulator needs at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from sandbox.phones.api import Api
    from sandbox.phones.neighbours import Neighbours
    from sandbox.phones.parties import Links, Sender
    from sandbox.phones.postman import Postman
    from sandbox.phones.previews import Previews
    from sandbox.phones.store import Store


@dataclass(frozen=True)
class World:
    """One simulated WhatsApp. `close` ends its threads."""

    store: Store
    sender: Sender
    links: Links
    postman: Postman
    previews: Previews
    neighbours: Neighbours
    webhook_url: str
    api: Api

    def close(self) -> None:
        self.postman.close()
        self.previews.close()


def here() -> World:
    """The world of the request under way."""
    world: World = current_app.extensions["phones"]
    return world
