"""Order backends that a worker tells, in its own process: each takes what it is told, or keeps the worker waiting."""

from __future__ import annotations

import dataclasses
import json
import threading
from typing import TYPE_CHECKING, Any

from webapp.callbacks.sender import Answer
from webapp.callbacks.standard import new_secret
from webapp.db import models
from webapp.domain import ids
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.kit import Shop
    from webapp.services.runtime.context import ServiceContext


class Backends:
    """What stands in for the sender: notes each POST, and answers `says` (200), those in `hanging` when it is over."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []  # the address and the id of each POST
        self.hanging: set[str] = set()
        self.says: dict[str, int] = {}  # by the order's id, or the address
        self.begun, self.over = threading.Semaphore(0), threading.Event()

    def post(self, url: str, content: str, headers: Mapping[str, str]) -> Answer:
        self.told.append((url, headers["webhook-id"]))
        self.begun.release()
        if url in self.hanging:
            assert self.over.wait(20)
        order = json.loads(content)["data"]["order"]
        return Answer(self.says.get(order, self.says.get(url, 200)), None, "", 1)

    def at(self, url: str) -> int:
        """How often that one was told something."""
        return sum(told == url for told, _id in self.told)


def told_by(shop: Shop, backends: Backends) -> ServiceContext:
    sender: Any = backends
    return dataclasses.replace(shop.context, sender=sender)


def another_endpoint(shop: Shop, port: int = 9) -> models.Endpoint:
    """One more, told of the orders from now on."""
    endpoint = models.Endpoint(
        id=ids.new("ep"),
        merchant_id=shop.id,
        url=f"http://127.0.0.1:{port}/",
        secrets=shop.context.sealer.seal([new_secret()], endpoints.secret_place(shop.id)),
    )
    with shop.context.database.write() as session:
        session.add(endpoint)
    return endpoint
