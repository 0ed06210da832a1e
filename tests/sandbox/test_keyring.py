"""The secrets of a run."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet

from sandbox.keyring import Keyring

if TYPE_CHECKING:
    from pathlib import Path


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secrets.env"
    first, again = Keyring(path), Keyring(path)
    assert first["SECRET_KEYS"] == again["SECRET_KEYS"]
    assert len(first["SECRET_KEYS"]) >= 32
    Fernet(first["ENCRYPTION_KEYS"])


def test_no_two_runs_share_a_secret(tmp_path: Path) -> None:
    one, two = Keyring(tmp_path / "one"), Keyring(tmp_path / "two")
    names = [line.split("=")[0] for line in (tmp_path / "one").read_text().splitlines()[1:]]
    assert len(names) == 9
    assert not [name for name in names if one[name] == two[name]]


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    Keyring(path).keep(MORE="x=y")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["secrets.env"]


def test_what_is_told_later_is_kept_beside_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    keyring = Keyring(path)
    assert keyring.get("GATEWAY_WEBHOOK_SECRET") is None
    keyring.keep(GATEWAY_WEBHOOK_SECRET="whsec_a=b==")
    assert Keyring(path)["GATEWAY_WEBHOOK_SECRET"] == "whsec_a=b=="
    assert Keyring(path)["SECRET_KEYS"] == keyring["SECRET_KEYS"]


def test_a_file_of_an_older_release_gets_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    path.write_text("SECRET_KEYS=as-it-was\n")
    assert Keyring(path)["SECRET_KEYS"] == "as-it-was"
    assert Keyring(path)["CALLBACK_SECRET"] == Keyring(path)["CALLBACK_SECRET"]
