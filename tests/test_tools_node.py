"""Programs of Node come from the lock alone, once, and a machine that cannot have them is told so."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tools import node

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[list[str]]:
    """What is called on a machine that has Node 22; npm does as it is told."""
    called: list[list[str]] = []

    def run(command: list[str], **_how: Any) -> subprocess.CompletedProcess[str]:
        called.append(command)
        (folder / node.PRELOADED).parent.mkdir(parents=True, exist_ok=True)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(node, "version", lambda: 22)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    return called


def test_it_is_installed_once_without_running_a_package_s_script(folder: Path, commands: list[list[str]]) -> None:
    assert node.main(folder) == node.main(folder) == 0
    (command,) = commands
    assert command[:3] == ["/bin/npm", "ci", "--ignore-scripts"]


def test_another_lock_is_installed_anew(folder: Path, commands: list[list[str]]) -> None:
    node.main(folder)
    (folder / "package-lock.json").write_text('{"packages": {}}')
    assert node.main(folder) == 0
    assert len(commands) == 2


def test_what_could_not_be_installed_is_tried_again(
    folder: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", lambda command, **_how: subprocess.CompletedProcess(command, 1))
        assert node.main(folder) == 1
    assert "could not be installed" in capsys.readouterr().out
    assert node.main(folder) == 0
    assert len(commands) == 1


@pytest.mark.parametrize(("have", "said"), [(None, "with npm.\n"), (18, "this is 18.\n")])
def test_an_old_node_or_none_is_said(
    folder: Path,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    have: int | None,
    said: str,
) -> None:
    monkeypatch.setattr(node, "version", lambda: have)
    assert node.main(folder) == 1
    assert said in capsys.readouterr().out
    assert commands == []


def test_every_package_of_the_lock_has_its_hash_and_no_registry_of_its_own() -> None:
    packages = json.loads((node.FOLDER / "package-lock.json").read_text("utf-8"))["packages"]
    own = packages.pop("")["dependencies"]
    assert all(version[0].isdigit() for version in own.values())
    assert [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
