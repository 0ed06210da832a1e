"""What is said, and done, on a machine without Chromium or PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools import machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A machine that lacks both until something is appended."""
    installed: list[Path] = []
    needs = [
        machine.Need(name, f"{name} for tests", lambda: installed[0] if installed else None) for name in ("a", "b")
    ]
    monkeypatch.setattr(machine, "NEEDS", needs)
    return installed


def test_nothing_is_done_where_all_is_there(nothing_installed: list[Path], tmp_path: Path) -> None:
    nothing_installed.append(tmp_path)
    assert machine.main() == 0


def test_who_may_not_install_is_told_the_command(
    nothing_installed: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "allowed", lambda: None)
    assert machine.main() == 1
    assert "sudo apt-get install -y --no-install-recommends a b" in capsys.readouterr().out


def test_who_may_install_has_it_done(
    nothing_installed: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> bool:
        done.append(command)
        nothing_installed.append(tmp_path)
        return True

    monkeypatch.setattr(machine, "allowed", lambda: ["sudo", "-n"])
    monkeypatch.setattr(machine, "_run", run)
    assert machine.main() == 0
    assert [words[2:4] for words in done] == [["apt-get", "update"], ["apt-get", "install"]]


def test_an_installation_that_fails_fails_the_run(
    nothing_installed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "allowed", list)
    monkeypatch.setattr(machine, "_run", lambda _command: False)
    assert machine.main() == 1


def test_the_newest_postgresql_of_this_machine_is_found() -> None:
    found = machine.postgresql()
    assert found
    assert (found / "pg_ctl").exists()


@pytest.mark.parametrize(
    ("there", "offered", "found"),
    [
        (["chromium-headless-shell", "chromium"], True, "chromium-headless-shell"),
        (["chromium"], True, None),
        (["chromium"], False, "chromium"),
        ([], False, None),
    ],
)
def test_tests_run_in_the_headless_build_and_in_chromium_where_no_package_of_it_is_offered(
    monkeypatch: pytest.MonkeyPatch, there: list[str], found: str | None, *, offered: bool
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}" if name in there else None)
    monkeypatch.setattr(machine, "_offered", lambda _package: offered)
    browser = machine.headless()
    assert (browser.name if browser else None) == found


def test_what_not_every_test_needs_is_installed_when_it_is_named(
    nothing_installed: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing_installed.append(tmp_path)
    monkeypatch.setattr(machine, "ALSO", [machine.Need("c", "c for few", lambda: None)])
    monkeypatch.setattr(machine, "allowed", lambda: None)
    assert machine.main() == 0
    assert machine.main(["c"]) == 1
    assert "apt-get install -y --no-install-recommends c" in capsys.readouterr().out
