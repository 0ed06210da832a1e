"""WhatsApp does not answer, or does not know our token any more. Fault 17."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.actors import WORKS, until
from webapp.db import models

if TYPE_CHECKING:
    from tests.faults.actors import Buyer, Office, Phones, Product


def test_while_whatsapp_is_down_the_link_can_be_copied_and_each_message_arrives_once_afterwards(
    buyer: Buyer, office: Office, phones: Phones, product: Product
) -> None:
    product.is_idle()
    product.world.around.phones.stop()
    page = office.orders("DOWN")
    buyer.opens(office.link_of(page)).pays(WORKS).sees("Paid")
    until(lambda: min(row.tries for row in product.of("DOWN", models.Message)) > 0, "each message was tried")
    product.world.around.phones.start()
    product.is_idle()
    assert phones.received() == {row.id: 1 for row in product.of("DOWN", models.Message)}
    product.tells_the_truth()


def test_an_expired_token_is_an_alarm_and_when_it_is_mended_each_message_arrives_once(
    buyer: Buyer, office: Office, phones: Phones, product: Product
) -> None:
    product.is_idle()
    phones.fails("401", times=2)
    page = office.orders("TOKEN")
    until(lambda: not phones.failures_left(), "both tries are refused")
    assert [event.kind for event in product.of("TOKEN", models.OrderEvent)].count("alarm") == 1
    buyer.opens(office.link_of(page)).pays(WORKS).sees("Paid")
    product.is_idle()
    assert phones.received() == {row.id: 1 for row in product.of("TOKEN", models.Message)}
    product.tells_the_truth()
