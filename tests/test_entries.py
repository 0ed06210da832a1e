"""Every way to start the product with settings that cannot be: a sentence and the exit code 1, and no traceback."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click import Group
from click.testing import CliRunner
from cryptography.fernet import Fernet

from webapp import cli, cli_buyers, cli_callbacks

if TYPE_CHECKING:
    from click import Command

ROOT = Path(__file__).resolve().parents[1]
GOOD = {
    "PUBLIC_URL": "https://pay.example.com",
    "DATABASE_URL": "sqlite:////nowhere/ordo.db",
    "SECRET_KEYS": "k" * 32,
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
}
WRONG = {
    "mysql://ordo:secret@127.0.0.1/ordo": "DATABASE_URL must be",
    "postgres://ordo:secret@127.0.0.1:1/ordo?pgbouncer=true": "pgbouncer",
    "": "DATABASE_URL is missing",
}
SHOP = """
[merchant]
id = "cafe"
name = "Café"
mode = "test"
country = "FR"
currency = "EUR"
language = "fr"
time_zone = "Europe/Paris"
contact = "hello@cafe.example"
[gateway]
publishable_key = "pk_test_1"
secret_key = "sk_test_1"
webhook_secrets = ["whsec_1"]
[whatsapp]
number = "+33199001234"
phone_number_id = "1"
business_account_id = "2"
access_token = "a"
app_secret = "b"
verify_token = "c"
"""
COMMANDS: dict[str, tuple[Command, list[str]]] = {
    "migrate": (cli.migrate, []),
    "merchant apply": (cli.apply, ["shop.toml"]),
    "templates submit": (cli.submit, ["cafe"]),
    "templates write": (cli.write, ["folder"]),
    "charge": (cli.charge, ["cafe", "A12", "5"]),
    "buyer show": (cli_buyers.show_buyer, ["cafe", "+33612345678"]),
    "buyer erase": (cli_buyers.erase_buyers, ["cafe", "buy_1", "--yes"]),
    "buyer erased": (cli_buyers.erased_buyers, ["cafe"]),
    "buyer erase-again": (cli_buyers.erase_again, ["shop.toml"]),
    "admin-link": (cli.admin_link, ["somebody@cafe.example"]),
    "api-key create": (cli.create_api_key, ["cafe", "Backend", "--scope", "orders:read"]),
    "api-key list": (cli.list_api_keys, ["cafe"]),
    "api-key end": (cli.end_api_key, ["cafe", "key_1"]),
    "worker": (cli.worker, []),
    "reconcile": (cli.reconcile, ["cafe"]),
    "doctor": (cli.doctor, []),
    "backup": (cli.backup, ["copy.db"]),
    "costs": (cli.costs, ["cafe"]),
    "orders import": (cli.import_orders, ["cafe", "shop.toml"]),
    "orders export": (cli.export_orders, ["cafe"]),
    "endpoints list": (cli_callbacks.list_endpoints, ["cafe"]),
    "endpoints create": (cli_callbacks.create_endpoint, ["cafe", "https://shop.example/ordo"]),
    "endpoints rotate": (cli_callbacks.rotate_secret, ["cafe", "ep_1"]),
    "endpoints types": (cli_callbacks.choose_types, ["cafe", "ep_1", "order.paid"]),
    "endpoints disable": (cli_callbacks.disable_endpoint, ["cafe", "ep_1"]),
    "endpoints enable": (cli_callbacks.enable_endpoint, ["cafe", "ep_1"]),
    "endpoints remove": (cli_callbacks.remove_endpoint, ["cafe", "ep_1"]),
    "endpoints test": (cli_callbacks.test_endpoint, ["cafe", "ep_1"]),
    "callbacks list": (cli_callbacks.list_callbacks, ["cafe"]),
    "callbacks show": (cli_callbacks.show_callback, ["cafe", "msg_1"]),
    "callbacks replay": (cli_callbacks.replay_callbacks, ["cafe", "--failed"]),
}
NEED_NO_DATABASE = {"templates write"}
NEED_NO_SETTINGS = {"merchant secret"}


def every_command() -> set[str]:
    """The words of each, as the distribution offers them."""
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["flask.commands"]
    found = set()
    for name, place in offered.items():
        module, _, command_name = place.partition(":")
        command = getattr(importlib.import_module(module), command_name)
        found |= {f"{name} {part}" for part in command.commands} if isinstance(command, Group) else {name}
    return found


def test_every_command_is_tried_here() -> None:
    assert set(COMMANDS) | NEED_NO_SETTINGS == every_command()


@pytest.mark.parametrize("url", WRONG)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_without_a_database_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    command, words = COMMANDS[name]
    done = CliRunner().invoke(command, words, env=GOOD | {"DATABASE_URL": url})
    if "pgbouncer" in url and name in NEED_NO_DATABASE:
        assert done.exit_code == 0
        return
    assert (done.exit_code, type(done.exception)) == (1, SystemExit), done.output
    assert ("pg_dump" if name == "backup" and "pgbouncer" in url else WRONG[url]) in done.output
    assert "secret" not in done.output


@pytest.mark.parametrize("url", WRONG)
def test_the_web_process_without_a_database_says_so(url: str) -> None:
    environment = {**os.environ, **GOOD, "DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr, "secret" in done.stderr) == (1, False, False)
    assert WRONG[url] in done.stderr
