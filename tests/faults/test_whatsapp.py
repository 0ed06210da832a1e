"""WhatsApp does not answer, or does not know our token any more. Fault 17."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.actors import WORKS, until
from webapp.db import models
from webapp.domain.statuses import MessageState

if TYPE_CHECKING:
    from tests.faults.actors import Buyer, Office, Phones, Product


def to_be_said(product: Product, reference: str) -> dict[str, int]:
    """Each message of an order that still had something to say when WhatsApp was there again: a link did not, once its order was paid."""
    rows = product.of(reference, models.Message)
    said = {row.id: 1 for row in rows if row.state != MessageState.DROPPED}
    assert said
    assert {row.purpose for row in rows if row.id not in said} <= {"request"}
    return said


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
    assert phones.received() == to_be_said(product, "DOWN")
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
    assert phones.received() == to_be_said(product, "TOKEN")
    product.tells_the_truth()
