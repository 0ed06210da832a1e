"""The files that docs/operator gives as examples do what it says of them."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from webapp.app import create_app
from webapp.config import Settings
from webapp.domain import ids
from webapp.hooks.views import MAX_BODY
from webapp.services.orders import import_file
from webapp.services.runtime.links import FormLink, Links

ROOT = Path(__file__).resolve().parents[1]
OPERATOR = ROOT / "docs" / "operator"
LINK = "[link]"
KEYS = ("k" * 32,)
PLAIN = [
    "/",
    "/health",
    "/office/orders/ord_01JDXYZ7Q2W8V5N3M4K6P9RSTA",
    "/static/js/gateways/stripe.js",
    "/hooks/whatsapp/cafe",
]


@pytest.fixture(scope="module")
def app() -> Flask:
    settings = Settings(
        public_url="https://pay.example.com",
        database_url="sqlite:////nowhere/ordo.db",
        secret_keys=KEYS,
        encryption_keys=(Fernet.generate_key().decode(),),
    )
    return create_app(settings)


def logged(address: str) -> str:
    """What nginx's map makes of an address: its first pattern that fits counts (ngx_http_map_module)."""
    text = (OPERATOR / "nginx.conf").read_text("utf-8")
    lines = re.findall(
        r'^    "~(\S+)" "(\S+)";$', text.partition("map $request_uri")[2].partition("\n}")[0], re.MULTILINE
    )
    assert len(lines) == 2
    for pattern, written in lines:
        value = re.sub(r"\$\{?(\w+)\}?", r"{\1}", written)
        found = re.match(pattern.replace("(?<", "(?P<"), address)
        if found:
            return value.format_map(found.groupdict())
    return "-"


def addresses(app: Flask) -> set[str]:
    """The address of every page that is opened by a token, with a token as we make it."""
    links = Links(KEYS, "")
    tokens = {
        "pay": links.token(ids.new("ord"), 12),
        "order_forms": links.order_form_url(FormLink(ids.new("op"), 1_790_000_000, ids.new("idem"))).rpartition("/")[2],
        "public_status": links.status_url(ids.new("ord")).rpartition("/")[2],
        "accounts": "-_" + "a" * 41,
    }
    return {
        re.sub(r"<(?:\w+:)?token>", tokens[rule.endpoint.partition(".")[0]], str(rule))
        for rule in app.url_map.iter_rules()
        if "token" in rule.arguments
    }


def test_the_proxy_s_log_keeps_no_link_of_any_page(app: Flask) -> None:
    found = addresses(app)
    assert len(found) > 10
    for address in found:
        place = "/".join(address.split("/")[: 2 if address.startswith("/p/") else 3])
        token = address.removeprefix(f"{place}/").partition("/")[0]
        odd = "".join(f"%{ord(sign):02X}" if number % 7 == 0 else sign for number, sign in enumerate(token))
        for spelled in (
            address,
            f"{address}?lang=fr",
            f"{address}).",
            f"{address}/",
            f"/{address}",
            f"{place}/x/{token}",
        ):
            assert logged(spelled).endswith(LINK), spelled
        assert logged(address.replace(token, odd)) == f"{place}/{LINK}"


@pytest.mark.parametrize("address", PLAIN)
def test_other_addresses_are_logged_without_what_stands_after_the_question_mark(address: str) -> None:
    assert logged(f"{address}?code=secret&state=secret") == address


def test_the_log_has_nothing_else_that_holds_an_address() -> None:
    text = (OPERATOR / "nginx.conf").read_text("utf-8")
    (form,) = re.findall(r"log_format ordo '([^']+)'", text)
    held = {"$request", "$request_uri", "$uri", "$args", "$query_string", "$http_referer", "$document_uri"}
    assert not held & set(re.findall(r"\$\w+", form))
    assert re.findall(r"access_log ([^;]+);", text) == ["off", "/var/log/nginx/ordo.log ordo"]
    assert re.findall(r"error_log \S+ (\w+);", text) == ["alert"]


def test_the_proxy_lets_through_what_the_api_takes() -> None:
    text = (OPERATOR / "nginx.conf").read_text("utf-8")
    (most,) = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(most) * 1024**2 >= max(import_file.LARGEST, MAX_BODY)


@pytest.mark.parametrize("name", ["ordo-web", "ordo-worker"])
def test_a_unit_starts_what_the_docs_start_again_and_ends_the_whole_group(name: str) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)  # systemd adds one line to another
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    unit.read(OPERATOR / f"{name}.service", "utf-8")
    service = unit["Service"]
    assert (service["Restart"], service["KillMode"]) == ("always", "control-group")
    program, *words = shlex.split(service["ExecStart"])
    command = " ".join([Path(program).name, *words])
    text = (OPERATOR / "running.md").read_text("utf-8")
    assert re.search(rf"^(GRANIAN_BLOCKING_THREADS=8 )?{re.escape(command)}$", text, re.MULTILINE)
    patience = re.search(r"--workers-kill-timeout (\d+)", command)
    assert int(service["TimeoutStopSec"]) > int(patience[1] if patience else 180)
