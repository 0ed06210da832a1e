"""Endpoints by file and by API: secrets that overlap, what the file locks, one address once, and addresses that are never called."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.callbacks.addresses import MALFORMED, UNREACHABLE
from tests.kit import Shop, paid, rival
from webapp.callbacks import sender, standard
from webapp.db import models
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.services.merchants import declarations
from webapp.services.webhooks import endpoints, log


def file(shop: Shop, *tables: dict[str, Any]) -> None:
    """The merchant's file names these endpoints."""
    document = shop.declaration() | {"endpoints": list(tables)}
    declarations.apply(shop.context, declarations.declared(document))


def known(shop: Shop, *secrets: str) -> list[bool]:
    """Whether the last POST is verified by each of these."""
    headers, body = shop.place.told[-1]
    lower = {name.lower(): value for name, value in headers.items()}
    signed = lower["webhook-signature"].split(" ")
    at = datetime.fromtimestamp(int(lower["webhook-timestamp"]), UTC)
    return [Webhook(each).sign(lower["webhook-id"], at, body) in signed for each in secrets]


def tell(shop: Shop) -> None:
    paid(shop)
    shop.drain()


def test_a_secret_is_rotated_with_an_overlap_and_ends_with_it(shop: Shop) -> None:
    file(shop)
    endpoint, first = endpoints.create(shop.context, shop.id, shop.backend("/api"))
    tell(shop)
    assert known(shop, first) == [True]
    _, second = endpoints.rotate(shop.context, shop.id, endpoint.id, timedelta(hours=24))
    tell(shop)
    assert known(shop, second, first) == [True, True]
    shop.clock.forward(hours=24)
    tell(shop)
    assert known(shop, second, first) == [True, False]


def test_a_secret_in_wrong_hands_is_replaced_at_once(shop: Shop) -> None:
    file(shop)
    endpoint, first = endpoints.create(shop.context, shop.id, shop.backend("/api"))
    _, second = endpoints.rotate(shop.context, shop.id, endpoint.id)
    _, third = endpoints.rotate(shop.context, shop.id, endpoint.id)
    with pytest.raises(Conflict) as caught:
        endpoints.rotate(shop.context, shop.id, endpoint.id)
    tell(shop)
    assert (caught.value.code, known(shop, third, second, first)) == ("too_many_secrets", [True] * 3)
    _, last = endpoints.rotate(shop.context, shop.id, endpoint.id, timedelta())
    tell(shop)
    assert known(shop, last, third, second, first) == [True, False, False, False]


@pytest.mark.parametrize("hours", [-1, 169])
def test_an_overlap_has_bounds(shop: Shop, hours: int) -> None:
    endpoint, _ = endpoints.create(shop.context, shop.id, shop.backend("/api"))
    with pytest.raises(Invalid, match="0 to 168 hours"):
        endpoints.rotate(shop.context, shop.id, endpoint.id, timedelta(hours=hours))


def test_in_the_file_both_secrets_sign_as_long_as_it_names_both(shop: Shop) -> None:
    new, former = standard.new_secret(), standard.new_secret()
    url = shop.backend("/file")
    for table, signs in (
        ({"secret": former}, [False, True]),
        ({"secrets": [new, former]}, [True, True]),
        ({"secrets": [new]}, [True, False]),
    ):
        file(shop, {"url": url, **table})
        tell(shop)
        assert known(shop, new, former) == signs


GOOD = standard.new_secret()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "`secret`, or while it is replaced `secrets`"),
        ({"secret": GOOD, "secrets": [GOOD]}, "`secret`, or while it is replaced `secrets`"),
        ({"secrets": []}, "`secret`, or while it is replaced `secrets`"),
        ({"secrets": [GOOD, GOOD]}, "and another one"),
        ({"secrets": [standard.new_secret() for _ in range(4)]}, "at most 3"),
        ({"secret": "whsec_short"}, "24 to 64 bytes"),
        ({"secret": GOOD, "types": []}, "name one type at least"),
        ({"secret": GOOD, "types": ["order.payed"]}, "'order.payed' is no type of callback: there are order.created"),
        ({"secret": GOOD, "tipes": ["order.paid"]}, "endpoints.0.tipes"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_cannot_be_is_refused_with_the_line_to_mend(shop: Shop, table: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        file(shop, {"url": shop.backend(), **table})
    assert words in str(caught.value)
    assert GOOD not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://shop.example/ordo", "https://shop.example/ordo"),
        ("https://shop.example/ordo", "https://SHOP.example:443/ordo"),
        ("https://shop.example", "https://shop.example./"),
        ("https://shop.example/?a=1", "https://shop.example/?a=1#b"),
    ],
)
def test_two_endpoints_of_one_address_are_refused_and_nothing_is_lost(shop: Shop, one: str, other: str) -> None:
    before = shop.all(models.Endpoint)
    with pytest.raises(Invalid, match="is named twice: one endpoint takes several `types`"):
        file(shop, *({"url": url, "secret": standard.new_secret()} for url in (one, other)))
    made, _ = endpoints.create(shop.context, shop.id, one)
    with pytest.raises(Conflict) as caught:
        endpoints.create(shop.context, shop.id, other)
    assert (caught.value.code, caught.value.details["endpoint"]) == ("endpoint_exists", made.id)
    assert [row.id for row in shop.all(models.Endpoint) if row.id != made.id] == [row.id for row in before]


def test_addresses_that_differ_are_several_endpoints(shop: Shop) -> None:
    urls = [
        "https://shop.example/a",
        "https://shop.example/A",
        "https://shop.example/a?b",
        "https://shop.example:8443/a",
    ]
    file(shop, *({"url": url, "secret": standard.new_secret()} for url in urls))
    assert [row.url for row in endpoints.listed(shop.context, shop.id)] == [
        row.url for row in sorted(shop.all(models.Endpoint), key=lambda row: row.id) if row.active
    ]
    assert {row.url for row in endpoints.listed(shop.context, shop.id)} == set(urls)


def test_what_the_file_names_is_locked_but_for_switching_it_on_and_testing_it(shop: Shop) -> None:
    (ours,) = endpoints.listed(shop.context, shop.id)
    for verb in (
        lambda: endpoints.rotate(shop.context, shop.id, ours.id),
        lambda: endpoints.choose(shop.context, shop.id, ours.id, ["order.paid"]),
        lambda: endpoints.disable(shop.context, shop.id, ours.id),
        lambda: endpoints.remove(shop.context, shop.id, ours.id),
    ):
        with pytest.raises(Conflict) as caught:
            verb()
        assert caught.value.code == "declared_in_file"
    shop.place.backend_answers.append(410)
    tell(shop)
    assert not endpoints.get(shop.context, shop.id, ours.id).is_open
    endpoints.send_test(shop.context, shop.id, ours.id)
    endpoints.enable(shop.context, shop.id, ours.id)
    shop.later(seconds=6)
    assert endpoints.get(shop.context, shop.id, ours.id).is_open
    assert {row.state for row in shop.all(models.Callback)} == {"delivered"}


def test_the_file_leaves_those_of_the_api_alone_until_it_names_their_address(shop: Shop) -> None:
    made, secret = endpoints.create(shop.context, shop.id, shop.backend("/api"), ["order.paid"])
    file(shop)
    (left,) = endpoints.listed(shop.context, shop.id)
    assert (left.id, left.source, left.types) == (made.id, "api", ["order.paid"])
    tell(shop)
    assert known(shop, secret) == [True]
    own = standard.new_secret()
    file(shop, {"url": shop.backend("/api"), "secret": own})
    (taken,) = endpoints.listed(shop.context, shop.id)
    assert (taken.id, taken.source, taken.types) == (made.id, "file", None)
    tell(shop)
    assert known(shop, own, secret) == [True, False]


def test_one_that_is_disabled_by_hand_keeps_what_happens_and_one_that_is_removed_gives_it_up(shop: Shop) -> None:
    file(shop)
    endpoint, _ = endpoints.create(shop.context, shop.id, shop.backend("/api"))
    endpoints.disable(shop.context, shop.id, endpoint.id)
    tell(shop)
    assert shop.place.told == []
    assert "usr_test" in (endpoints.get(shop.context, shop.id, endpoint.id).disabled_why or "")
    endpoints.enable(shop.context, shop.id, endpoint.id)
    shop.drain()
    assert len(shop.place.told) == 1
    endpoints.disable(shop.context, shop.id, endpoint.id)
    shop.clock.forward(seconds=1)
    tell(shop)
    endpoints.remove(shop.context, shop.id, endpoint.id)
    assert [row.state for row in log.listed(shop.context, shop.id, log.Search(), 9)] == ["failed", "delivered"]
    with pytest.raises(NotFound):
        endpoints.get(shop.context, shop.id, endpoint.id)
    tell(shop)
    assert len(shop.place.told) == 1
    again, _ = endpoints.create(shop.context, shop.id, shop.backend("/api"))
    assert again.id == endpoint.id


def test_a_test_is_sent_once_to_a_disabled_endpoint_too_and_judges_nothing(shop: Shop) -> None:
    endpoint, secret = endpoints.create(shop.context, shop.id, shop.backend("/api"), ["order.paid"])
    endpoints.disable(shop.context, shop.id, endpoint.id)
    shop.place.backend_answers.append(503)
    shop.place.backend_says = ("<b>not yet</b>", {})
    sent = endpoints.send_test(shop.context, shop.id, endpoint.id)
    shop.later(days=2)
    found = log.one(shop.context, shop.id, sent.id)
    assert known(shop, secret) == [True]
    assert (found.callback.state, len(shop.place.told)) == ("failed", 1)
    assert [(each.status, each.excerpt) for each in found.deliveries] == [(503, "<b>not yet</b>")]
    assert found.endpoint.failing_since is None
    shop.place.backend_answers.append(200)
    sent = endpoints.send_test(shop.context, shop.id, endpoint.id)
    shop.drain()
    assert log.one(shop.context, shop.id, sent.id).callback.state == "delivered"


def test_a_merchant_has_so_many_endpoints_and_another_merchant_s_are_unknown(shop: Shop) -> None:
    other = rival(shop)
    (theirs,) = endpoints.listed(other.context, other.id)
    for verb in (
        endpoints.get,
        endpoints.rotate,
        endpoints.disable,
        endpoints.enable,
        endpoints.remove,
        endpoints.send_test,
    ):
        for name in (theirs.id, "ep_unknown"):
            with pytest.raises(NotFound):
                verb(shop.context, shop.id, name)
    for number in range(endpoints.MOST - 1):
        endpoints.create(shop.context, shop.id, shop.backend(f"/{number}"))
    with pytest.raises(Conflict, match="20 endpoints at most"):
        endpoints.create(shop.context, shop.id, shop.backend("/more"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_addresses_that_are_never_called_are_refused_or_never_reached_by_this_door_too(shop: Shop) -> None:
    outside = dataclasses.replace(shop.context, allow_sandbox_hosts=False, sender=sender.Sender(allow_loopback=False))
    for url in (
        *MALFORMED,
        "https://4242424242424242.example/",
        "https://a.example/\x00",
        "https://a.example/" + "a" * 500,
    ):
        with pytest.raises(Invalid) as caught:
            endpoints.create(outside, shop.id, url)
        assert caught.value.code == "bad_url"
    for host in UNREACHABLE:
        endpoint, _ = endpoints.create(outside, shop.id, f"https://{host}/")
        sent = endpoints.send_test(outside, shop.id, endpoint.id)
        dataclasses.replace(shop, context=outside).drain()
        (delivery,) = log.one(outside, shop.id, sent.id).deliveries
        assert (delivery.status, delivery.error) == (None, "the address is not on the public internet")
        endpoints.remove(outside, shop.id, endpoint.id)
