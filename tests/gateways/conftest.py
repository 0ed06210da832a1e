"""The adapters under the contract: each with the stand-in that it speaks to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateways import rigs
from tests.gateways.toy import ToyProvider
from webapp.gateways.stripe_provider import StripeProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gateways.rigs import Rig, StripeRig
    from webapp.gateways.base import Capability

RIGS: dict[str, tuple[Any, frozenset[Capability]]] = {
    "stripe": (rigs.stripe_rig, StripeProvider.capabilities),
    "toy": (rigs.toy_rig, ToyProvider.capabilities),
}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """Every adapter that can do what the test needs, one after the other."""
    with RIGS[request.param][0](tmp_path) as made:
        yield made


@pytest.fixture
def stripe_rig(tmp_path: Path) -> Iterator[StripeRig]:
    """For what only Stripe has."""
    with rigs.stripe_rig(tmp_path) as made:
        yield made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a gateway says that it cannot do, it is not tested for: `needs` names the capabilities."""
    items[:] = [item for item in items if _can(item)]


def _can(item: pytest.Item) -> bool:
    rig = getattr(item, "callspec", None) and item.callspec.params.get("rig")  # type: ignore[attr-defined]
    needed = {each for mark in item.iter_markers("needs") for each in mark.args}
    return rig not in RIGS or needed <= RIGS[rig][1]
