"""A gateway whose form cannot be had without a call to it, as Lyra's: a GET makes none, and the page's script buys the form by a POST."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar

import pytest
import requests

from tests.gateways.house import House, open_house
from tests.gateways.toy import Toy, ToyProvider
from tests.kit import Shop, outside, shop, test_gateway
from webapp.gateways.base import Account, BrowserSources, Capability, Gateway, PageParts, Purchase
from webapp.services.payments import gateway_looks

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Selling(Toy):
    """Its form needs a token that is made with the payment."""

    def prepare(
        self,
        amount: int,
        currency: str,
        *,
        saves: bool,
        manual_capture: bool,
        language: str,
        purchase: Purchase | None = None,
    ) -> dict[str, object]:
        assert purchase is not None, "a GET asked for what has to be bought"
        assert (amount, currency, saves) == (purchase.amount, purchase.currency, purchase.saves)
        assert manual_capture == purchase.manual_capture
        return {"form_token": f"{self.open(purchase)}-token", "language": language}


@dataclasses.dataclass(frozen=True)
class SellingProvider(ToyProvider):
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.CARD_FIELDS})

    @property
    def page(self) -> PageParts:
        return PageParts(gateway_script=f"{self.url}/x.js", sources=BrowserSources((self.url,)), form_is_bought=True)

    def connect(self, account: Account) -> Gateway:
        return Selling(self.url, self.timeout, account.secrets["key"], account.secrets["webhook_secret"])


@pytest.fixture
def house(shop: Shop) -> Iterator[House]:
    with open_house(shop, SellingProvider) as made:
        yield made


def buy(house: House, order: str, **form: str) -> requests.Response:
    token = house.link(order).rpartition("/")[2]
    sent = {"csrf_token": house.shop.context.links.form_token(token)} | form
    return requests.post(f"{house.url}/p/{token}/prepare?lang=fr", sent, timeout=5)


def test_the_form_is_bought_by_a_post_and_never_by_a_get(house: House) -> None:
    order = house.order()
    html = requests.get(house.link(order), timeout=5).text
    assert ('id="card-form">{}</script>' in html, house.toy.calls) == (True, [])
    said = [buy(house, order).json() for _ in range(2)]
    assert said == [{"form_token": f"toy-{order}-1-token", "language": "fr"}] * 2
    assert house.toy.calls == ["customer", "open", "open"]
    assert (house.shop.state(order), house.shop.attempts(order)) == ("open", [])


def test_the_form_is_sold_to_the_page_only_and_while_the_order_can_be_paid(house: House) -> None:
    order = house.order()
    assert buy(house, order, csrf_token="x").status_code == 400
    assert requests.get(f"{house.link(order)}/prepare", timeout=5).status_code == 405
    house.shop.clock.forward(days=8)
    assert buy(house, order).status_code == 409
    assert house.toy.calls == []


def test_forms_are_sold_to_a_link_as_often_as_a_buyer_needs_them(house: House) -> None:
    """No card is tried by it, so it is no try against card testing; a call to the gateway is what it costs."""
    orders, most = [house.order() for _ in range(2)], gateway_looks.LOOKS_OF_LINK.most
    assert [buy(house, orders[0]).status_code for _ in range(most + 1)] == [200] * most + [429]
    assert buy(house, orders[1]).status_code == 200
    assert house.toy.calls.count("open") == most + 1


def test_a_gateway_whose_form_comes_with_the_page_sells_none(house: House) -> None:
    assert buy(house, house.shop.order()).status_code == 404
    assert house.shop.ledger()["intents"] == []
