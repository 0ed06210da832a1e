"""The adapters under the contract: each with the stand-in that it speaks to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gateways import rigs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gateways.rigs import Rig, StripeRig

RIGS = {"stripe": rigs.stripe_rig}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """Every adapter, one after the other."""
    with RIGS[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def stripe_rig(tmp_path: Path) -> Iterator[StripeRig]:
    """For what only Stripe has."""
    with rigs.stripe_rig(tmp_path) as made:
        yield made
