"""The whole product behind PgBouncer in transaction mode: what is ordered is paid, told, charged again and given back, at the side of a kill."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import pgbouncer
from tests.actors import WORKS, Backend, Merchant
from tests.faults.actors import Buyer, Clock, Gateway, Product, somebody
from tests.faults.place import Place, lives_by
from tests.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ordo-faults-")))
        folder.chmod(0o755)
        clock = Clock(folder / "clock")
        cluster = Cluster(folder, variables=lives_by(clock)).start()
        stack.callback(cluster.stop)

        def through(url: str) -> str:
            front = Path(tempfile.mkdtemp(prefix="ordo-pgbouncer-"))
            front.chmod(0o755)
            return stack.enter_context(pgbouncer.before(url, front, size=8))

        place = Place(tmp_path_factory.mktemp("place"), cluster, clock=clock, through=through)
        stack.callback(place.close)
        yield place


@pytest.mark.slow
def test_behind_a_pooler_orders_are_paid_told_charged_again_and_recovered(
    product: Product, merchant: Merchant, gateway: Gateway, buyer: Buyer, backend: Backend
) -> None:
    link, confirmation = merchant.orders(f"10 EUR {somebody()} REGISTER buyer@example.com ORDER=CARD")
    buyer.opens(link).pays(WORKS).sees("Paid")
    merchant.texts("CHARGE 5 EUR", reply_to=confirmation)
    gateway.took(500, 1000)
    names = [f"POOL{number}" for number in range(8)]
    links = [merchant.orders(f"10 EUR {somebody()} ORDER={name}")[0] for name in names]
    product.dies()
    product.lives()
    for each in links:
        Buyer(product.world, gateway).comes_through(each)
    product.comes_to("paid", *names)
    product.is_idle()
    product.tells_the_truth()
    assert {told["copies"] for told in backend.log() if told["reference"] in names} == {1}
