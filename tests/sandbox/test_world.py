"""The world that `make run` starts, and the tests too."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import demo, ports
from sandbox import world as worlds
from sandbox.around import Addresses
from sandbox.keyring import Keyring
from sandbox.steps import Halt
from sandbox.world import World
from webapp.gateways import stripe

if TYPE_CHECKING:
    from pathlib import Path


def health(world: World) -> int:
    return requests.get(f"{world.addresses.ordo.server}/health", timeout=5).status_code


def test_browsers_get_names_and_servers_numbers() -> None:
    addresses = Addresses.of(range(8700, 8706))
    assert addresses.phones.browser == "http://phones.localhost:8700"
    assert addresses.identity.server == "http://127.0.0.1:8704"
    assert addresses.ports == [8700, 8701, 8702, 8703, 8704, 8705]


def test_the_demo_merchant_s_file_says_the_same_secrets_as_the_sandbox(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "secrets.env")
    text = demo.merchant_file(keyring, webhook_secret="whsec_1", backend_url="http://127.0.0.1:8703")
    told = tomllib.loads(text)
    assert told["merchant"]["name"] == "Café Lumière"
    assert told["gateway"]["secret_key"] == demo.account(keyring).secret_key
    assert told["whatsapp"]["app_secret"] == demo.sender(keyring).app_secret
    assert told["operators"] == [{"phone": "+33611111111", "name": "Léa", "language": "en"}]
    assert [user["role"] for user in told["users"]] == ["admin", "clerk", "viewer"]
    assert told["endpoints"] == [{"url": "http://127.0.0.1:8703/ordo", "secret": keyring["CALLBACK_SECRET"]}]


def test_all_answer_and_the_merchant_s_templates_are_there(world: World) -> None:
    here = world.addresses
    assert health(world) == 200
    assert requests.get(here.phones.server, timeout=5).status_code == 200
    assert requests.get(f"{here.gateway.server}/_sandbox/cards", timeout=5).json()
    assert isinstance(requests.get(f"{here.identity.server}/backend/log", timeout=5).json(), list)
    assert requests.get(here.backend.server, timeout=5).status_code == 200
    assert isinstance(requests.get(f"{here.phones.server}/mail/log", timeout=5).json(), list)
    assert world.console("templates", "submit", demo.MERCHANT).startswith("0 submitted")


def test_the_log_of_the_backend_is_readable_while_it_is_down(world: World) -> None:
    world.around.backend.stop()
    assert requests.get(f"{world.addresses.identity.server}/backend/log", timeout=5).ok
    assert requests.get(world.addresses.backend.server, timeout=5).status_code == 503
    world.around.backend.start()
    assert requests.get(world.addresses.backend.server, timeout=5).ok


def test_webhooks_and_the_pages_domain_are_registered_as_the_product_expects(world: World) -> None:
    public = world.settings["PUBLIC_URL"]
    at_the_gateway = requests.get(
        f"{world.addresses.gateway.server}/v1/webhook_endpoints",
        auth=(world.keyring["GATEWAY_SECRET_KEY"], ""),
        timeout=5,
    ).json()["data"]
    assert [each["url"] for each in at_the_gateway] == [f"{public}/hooks/stripe/{demo.MERCHANT}"]
    assert tuple(at_the_gateway[0]["enabled_events"]) == stripe.EVENTS
    domains = requests.get(
        f"{world.addresses.gateway.server}/v1/payment_method_domains",
        auth=(world.keyring["GATEWAY_SECRET_KEY"], ""),
        timeout=5,
    ).json()["data"]
    assert [each["domain_name"] for each in domains] == ["ordo.localhost"]
    sender = demo.sender(world.keyring)
    number = requests.get(
        f"{world.addresses.phones.server}/v26.0/{sender.phone_number_id}?fields=webhook_configuration",
        headers={"Authorization": f"Bearer {sender.access_token}"},
        timeout=5,
    ).json()
    assert number["webhook_configuration"] == {"application": f"{public}/hooks/whatsapp/{demo.MERCHANT}"}
    proof = requests.post(f"{world.addresses.phones.server}/_sandbox/verify-webhook", json={}, timeout=5).json()
    assert proof["verified"]


def test_what_was_killed_can_be_started_again(world: World) -> None:
    world.kill_app()
    world.kill_worker()
    with pytest.raises(requests.ConnectionError):
        health(world)
    world.start_app()
    world.start_worker()
    world.wait_until_healthy()
    assert health(world) == 200


@pytest.mark.slow
def test_started_again_on_other_ports_the_merchant_and_its_webhook_are_the_same(tmp_path: Path) -> None:
    first = World(tmp_path).start()
    first.stop()
    assert ports.taken(first.addresses.ports) == []
    again = World(tmp_path)
    try:
        again.start()
        assert again.keyring["GATEWAY_WEBHOOK_SECRET"] == first.keyring["GATEWAY_WEBHOOK_SECRET"]
        assert again.keyring["API_TOKEN"] == first.keyring["API_TOKEN"]
        assert "brought up to date" in again.console("merchant", "apply", str(tmp_path / "merchant.toml"))
    finally:
        again.stop()


def test_a_key_that_the_database_does_not_know_or_that_was_ended_is_made_anew() -> None:
    listed = "key_1  Sandbox  ordo_test_abcd…  orders:read  created 2026-11-24, expires never, ended {}, used never"
    assert worlds._is_good("ordo_test_abcdefgh", listed.format("never"))
    assert not worlds._is_good("ordo_test_abcdefgh", listed.format("2026-11-25"))
    assert not worlds._is_good("ordo_test_xbcdefgh", listed.format("never"))


def test_what_a_command_complains_of_is_told(world: World) -> None:
    with pytest.raises(Halt, match=r"/nowhere.toml' does not exist") as told:
        world.console("merchant", "apply", "/nowhere.toml", ",", "templates", "submit", demo.MERCHANT)
    assert "Traceback" not in str(told.value)
    assert "submitted" not in str(told.value)


def test_a_product_that_does_not_start_is_shown_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "wsgi.py").write_text("raise SystemExit('SECRET_KEYS is missing')")
    world = World(tmp_path / "data", project=tmp_path)
    try:
        world.start_app()
        with pytest.raises(Halt, match="SECRET_KEYS is missing"):
            world.wait_until_healthy()
    finally:
        world.stop()
