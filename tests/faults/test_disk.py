"""A database whose disk is full. Fault 15, on SQLite: PostgreSQL stops or goes on by rules of its own."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.actors import WORKS, Merchant, until
from tests.faults.actors import CHECKING, CONFIRM, Buyer, meanwhile, somebody
from tests.faults.place import Place
from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.actors import Gateway, Phones, Product

pytestmark = pytest.mark.slow
HOOK = "/hooks/stripe/demo"
WRITTEN = (models.InboxEvent, models.OrderEvent, models.Attempt)
SIZE = 16 * 1024 * 1024  # bytes: the database, and a log of it that is not written back yet


class Disk:
    """A small one, in memory, with nothing on it but the database."""

    def __init__(self, folder: Path) -> None:
        self.file, self._ballast = folder / "ordo.db", folder / "ballast"

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Not a page is left. What SQLite has put aside is written back first, for it would be room."""
        until(self._has_nothing_aside, "the database's log is empty")
        with contextlib.suppress(OSError), self._ballast.open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))
        assert os.statvfs(self.file).f_bavail == 0
        yield
        self._ballast.unlink()

    def _has_nothing_aside(self) -> bool:
        with contextlib.closing(sqlite3.connect(self.file, timeout=5)) as database:
            busy, *_ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    if os.geteuid() != 0:
        pytest.skip("a small disk can be mounted by root alone")
    folder = tmp_path_factory.mktemp("disk")
    mount, unmount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], ["umount", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield Disk(folder)
    subprocess.run(unmount, check=True)


@pytest.fixture(scope="module")
def place(disk: Disk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("place"), None, disk.file)
    yield place
    place.close()


def test_with_the_disk_full_nothing_is_acknowledged_that_is_not_kept_and_with_room_all_goes_on_by_itself(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, phones: Phones, product: Product, disk: Disk
) -> None:
    link, later = (merchant.orders(f"10 EUR {somebody()} ORDER={name}")[0] for name in ("FULL", "LATER"))
    other = Buyer(product.world, gateway).opens(later).fills(WORKS)
    buyer.opens(link).fills(WORKS)
    product.is_idle()
    gateway.fails("slow", CONFIRM, seconds=10)
    paying = meanwhile(buyer.sends)
    gateway.hangs()
    with disk.full():
        assert paying.result(60).status == 503
        gateway.took(1000)
        buyer.opens(link).sees(CHECKING)
        assert product.post(HOOK, *gateway.event("payment_intent.succeeded")) == 503
        assert other.sends().status == 503
        kept = [len(product.rows(model)) for model in WRITTEN]
        message = merchant.texts(f"12 EUR {somebody()} ORDER=MEANWHILE")
        until(phones.turned_away, "the shop's message is not acknowledged")
        assert [len(product.rows(model)) for model in WRITTEN] == kept
        gateway.took(1000)
    assert "MEANWHILE" in merchant.answer(message)["text"]
    product.page_is_left()
    buyer.finds("Paid")
    other.opens(later).pays(WORKS).sees("Paid")
    gateway.took(1000, 1000)
    product.tells_the_truth()
