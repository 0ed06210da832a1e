"""What is wired: one database and one set of keys for the process, one HTTP session for each thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.kit import ENCRYPTION_KEY, PUBLIC_URL, SECRET_KEYS, outside, shop, test_gateway
from webapp import app as wiring
from webapp.config import Settings
from webapp.services.merchants import declarations

if TYPE_CHECKING:
    from tests.kit import Shop

__all__ = ["outside", "shop", "test_gateway"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_thread_shares_its_http_session_with_another(shop: Shop, database_url: str) -> None:
    settings = Settings(
        public_url=PUBLIC_URL, database_url=database_url, secret_keys=SECRET_KEYS, encryption_keys=(ENCRYPTION_KEY,)
    )
    context, merchant = wiring.make_context(settings), declarations.get(shop.context, shop.id)

    def session(_number: int) -> int:
        return id(context.whatsapp(merchant)._session)

    assert session(0) == session(1)
    with ThreadPoolExecutor(1) as other:
        assert other.submit(session, 2).result() != session(0)
    context.database.close()
