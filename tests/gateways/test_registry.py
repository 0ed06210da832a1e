"""The gateways of an installation have names that are theirs alone."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import pytest

from tests.gateways.toy import ToyProvider
from webapp.domain.errors import Invalid
from webapp.gateways.registry import Providers

TOY = ToyProvider("http://127.0.0.1:9")


def named(name_: str) -> ToyProvider:
    @dataclasses.dataclass(frozen=True)
    class Named(ToyProvider):
        name: ClassVar[str] = name_

    return Named(TOY.url)


@pytest.mark.parametrize("name", ["whatsapp", "csp", "", "Toy", "a/b", "1st", "a" * 21])
def test_a_name_that_cannot_stand_in_a_webhook_s_address_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name of their own"):
        Providers([TOY, named(name)])


@pytest.mark.parametrize("providers", [[], [TOY, TOY]])
def test_there_is_one_at_least_and_no_name_stands_for_two(providers: list[ToyProvider]) -> None:
    with pytest.raises(ValueError, match="name of their own"):
        Providers(providers)


def test_an_unknown_gateway_is_told_with_those_that_are_known() -> None:
    providers = Providers([TOY, named("lyra_fr")])
    assert providers.named("lyra_fr").name == "lyra_fr"
    assert providers.default is TOY
    with pytest.raises(Invalid, match=r"'lyra' is not known here; known are: lyra_fr, toy") as caught:
        providers.named("lyra")
    assert caught.value.code == "unknown_gateway"
