"""What a request for an endpoint or a callback finds when it is sent again because its answer was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import Shop
from webapp.db import models
from webapp.domain import actors
from webapp.services.runtime import idempotency
from webapp.services.runtime.idempotency import Run
from webapp.services.webhooks import endpoints, replay

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def begun(context: ServiceContext, key: str) -> str:
    found = idempotency.begin(context, "cafe", key, "the same")
    assert isinstance(found, Run)
    idempotency.drop(context, found.request_id)
    return found.request_id


def test_what_was_made_or_changed_is_found_with_its_secret_and_nothing_is_done_twice(shop: Shop) -> None:
    context = shop.context.acting_as(actors.api_key("key_1"))
    url = f"{shop.whatsapp_url.removesuffix('/whatsapp')}/backend?another"
    made = [endpoints.create(context, shop.id, url, idempotency_key=begun(context, "create")) for _ in range(2)]
    assert {(endpoint.id, secret) for endpoint, secret in made} == {(made[0][0].id, made[0][1])}
    one = made[0][0].id
    secrets = {endpoints.rotate(context, shop.id, one, idempotency_key=begun(context, "rotate"))[1] for _ in range(2)}
    row = shop.one(models.Endpoint, models.Endpoint.id == one)
    assert endpoints.signing_secrets(context, row) == [*secrets, made[0][1]]
    tests = {endpoints.send_test(context, shop.id, one, idempotency_key=begun(context, "test")).id for _ in range(2)}
    assert {each.id for each in shop.all(models.Callback)} == tests
    assert len(tests) == 1
    shop.drain()
    again = [replay.one(context, shop.id, *tests, idempotency_key=begun(context, "replay"))]
    shop.drain()
    again.append(replay.one(context, shop.id, *tests, idempotency_key=begun(context, "replay")))
    shop.drain()
    assert {each.id for each in again} == tests
    assert len(shop.all(models.Delivery)) == 2
