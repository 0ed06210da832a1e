"""What Stripe documents, the sandbox's gateway does; and every answer has the fields and types that the SDK declares."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.sandbox.gateway.documented import (
    amounts,
    asking,
    cards,
    disputes,
    events,
    holds,
    page,
    payments,
    refunds,
    saved,
    setups,
)
from tests.sandbox.gateway.documented.rig import Behaviour, Gateway, gateway, opened

ALL: tuple[Behaviour, ...] = (
    *asking.BEHAVIOURS,
    *amounts.BEHAVIOURS,
    *payments.BEHAVIOURS,
    *cards.BEHAVIOURS,
    *holds.BEHAVIOURS,
    *page.BEHAVIOURS,
    *setups.BEHAVIOURS,
    *saved.BEHAVIOURS,
    *refunds.BEHAVIOURS,
    *disputes.BEHAVIOURS,
    *events.BEHAVIOURS,
)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("documented")) as made:
        yield made


@pytest.mark.parametrize("behaviour", ALL, ids=lambda behaviour: behaviour.id)
def test_it_is_as_stripe_documents_it(behaviour: Behaviour, at: Gateway) -> None:
    with opened(at) as shop:
        behaviour.show(shop)


def test_the_list_is_long_and_names_a_page_for_each() -> None:
    assert len(ALL) >= 150
    assert len({each.id for each in ALL}) == len(ALL)
    for each in ALL:
        assert urlsplit(f"https://docs.stripe.com/{each.page}").path.strip("/"), each.id
        assert each.says.endswith("."), each.id
