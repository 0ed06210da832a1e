"""What is wired: one database and one set of keys for the process, one HTTP session for each thread, so many proxies."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from flask import request

from tests.hooks.posts import stripe_post, whatsapp_post
from tests.kit import application, browser, outside, settings, shop, test_gateway
from webapp import app as wiring
from webapp.db import models
from webapp.db.session import Database
from webapp.domain import actors
from webapp.domain.errors import Misconfigured
from webapp.services.merchants import declarations
from webapp.services.monitoring import doctor
from webapp.services.runtime import counters
from webapp.web import services as web_services

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Shop

__all__ = ["outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_no_thread_shares_its_http_session_with_another(shop: Shop) -> None:
    context, merchant = wiring.make_context(settings(shop)), declarations.get(shop.context, shop.id)

    def session(_number: int) -> int:
        return id(context.whatsapp(merchant)._session)

    assert session(0) == session(1)
    with ThreadPoolExecutor(1) as other:
        assert other.submit(session, 2).result() != session(0)
    context.database.close()


def go_live(shop: Shop) -> models.Merchant:
    """As a database has it that was moved from elsewhere: `apply` refuses such a file here."""
    with shop.context.database.write() as session:
        merchant = session.get(models.Merchant, shop.id)
        assert merchant is not None
        merchant.mode = "live"
    return merchant


def test_the_keys_of_a_live_merchant_go_to_no_sandbox(shop: Shop) -> None:
    """Through every door that would use them, the worker and the console."""
    order = shop.order(send=True)
    merchant, app = go_live(shop), application(shop)
    context = wiring.make_context(settings(shop)).acting_as(actors.CLOCK)
    with pytest.raises(Misconfigured, match="cafe is live"):
        context.gateway(merchant)
    with pytest.raises(Misconfigured, match="unset ALLOW_SANDBOX_HOSTS"):
        context.whatsapp(merchant)
    web_services.install(app, dataclasses.replace(context, now=shop.clock))
    link = f"/p/{shop.context.links.token(order, 1)}"
    form = {"csrf_token": shop.context.links.form_token(link.removeprefix("/p/")), "confirmation_token": "ctoken_1"}
    asked = [browser(app).get(link)]
    asked += [browser(app).post(f"{link}/{name}", data=form) for name in ("pay", "resume", "another-card")]
    asked += [stripe_post(app, "{}"), whatsapp_post(app, b"{}")]
    assert {answer.status_code for answer in asked} <= {503, 303}
    running = dataclasses.replace(shop, context=dataclasses.replace(context, now=shop.clock))
    running.drain()
    found = [each for each in doctor.run(context, settings(shop).database_url, context.now()) if not each.ok]
    assert {"cafe: gateway", "cafe: WhatsApp"} <= {each.subject for each in found if "cafe is live" in each.text}
    assert shop.place.sent == []
    assert shop.get(order).intent is None
    context.database.close()


# What each of two proxies of ours says of who asked it, after what whoever asks may write there.
SAID = {
    "X-Forwarded-For": "203.0.113.66, 198.51.100.7, 10.0.0.2",
    "X-Forwarded-Proto": "gopher, https, http",
    "X-Forwarded-Host": "evil.example, ordo.localhost, 127.0.0.1",
    "X-Forwarded-Port": "66, 7, 2",
    "X-Forwarded-Prefix": "/evil, /seven, /two",
}


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        (0, ["192.0.2.1", "http", "localhost"]),
        (1, ["10.0.0.2", "http", "127.0.0.1"]),
        (2, ["198.51.100.7", "https", "ordo.localhost"]),
    ],
)
def test_as_many_proxies_are_believed_as_the_settings_say(shop: Shop, proxies: int, seen: list[str]) -> None:
    app = application(shop, trusted_proxies=proxies)
    app.add_url_rule(
        "/seen", view_func=lambda: [request.remote_addr, request.scheme, request.host, request.script_root]
    )
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    assert client.get("/seen", headers=SAID).json == [*seen, ""]


def test_a_proxy_more_than_there_are_lets_a_stranger_say_the_host_which_is_refused(shop: Shop) -> None:
    assert application(shop, trusted_proxies=3).test_client().get("/nothing", headers=SAID).status_code == 400


def test_a_limit_counts_an_address_whatever_port_the_proxy_writes_after_it(shop: Shop) -> None:
    client = application(shop, trusted_proxies=1).test_client()
    most = counters.WRONG_LINKS_OF_IP.most

    def asked(sender: str) -> int:
        return client.get("/p/forged", headers={"X-Forwarded-For": f"198.51.100.7, {sender}"}).status_code

    assert {asked(f"203.0.113.9:{port}") for port in range(40000, 40000 + most)} == {404}
    assert [asked("203.0.113.9"), asked("[::ffff:203.0.113.9]:7"), asked("203.0.113.8:40001")] == [429, 429, 404]
    assert {asked("unknown") for _ in range(most)} == {404}
    assert asked("_hidden") == 429  # as the proxy itself


def test_a_server_is_ready_while_the_database_answers_and_nobody_has_said_that_it_ends(
    shop: Shop, tmp_path: Path
) -> None:
    drain = tmp_path / "drain"
    made = application(shop, drain_file=str(drain))

    def asked(path: str) -> tuple[int, str]:
        answer = made.test_client().get(path, headers={"Host": "10.0.0.7:8000"})
        return answer.status_code, answer.text

    assert (asked("/health"), asked("/ready")) == ((200, "ok\n"), (200, "ready\n"))
    drain.touch()
    assert (asked("/health"), asked("/ready")) == ((200, "ok\n"), (503, "about to end\n"))
    drain.unlink()
    down = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    web_services.install(made, dataclasses.replace(shop.context, database=down))
    assert asked("/ready") == (503, "the database cannot be reached\n")
    down.close()


def test_a_server_is_not_ready_on_another_schema(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = application(shop)
    monkeypatch.setattr("webapp.app.migrate.serves", lambda _url: False)
    answer = made.test_client().get("/ready", headers={"Host": "localhost"})
    assert (answer.status_code, answer.text) == (503, "the database has another schema: run `flask migrate`\n")
