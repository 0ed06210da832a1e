"""A mail server of the test's own, and what it took."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import mailbox, ports
from webapp.mail.smtp import Mailer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.shops import Shop


@dataclasses.dataclass
class Post:
    """A mail server of the test's own."""

    server: mailbox.Mailbox
    database: Path

    def letters(self) -> list[dict[str, Any]]:
        """What it took, oldest first."""
        return mailbox.letters(self.database)[::-1]


@pytest.fixture
def post(shop: Shop, tmp_path: Path) -> Iterator[Post]:
    """E-mail is set up, and the server runs."""
    (port,) = ports.free(1)
    made = Post(mailbox.Mailbox(tmp_path / "mail.db", port), tmp_path / "mail.db")
    made.server.start()
    shop.context = dataclasses.replace(
        shop.context, mailer=Mailer(f"smtp+plain://127.0.0.1:{port}", "receipts@ordo.example")
    )
    yield made
    made.server.stop()
