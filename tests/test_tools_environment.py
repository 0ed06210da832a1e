"""The set-up: what it does again, what it does not, and what it says of a machine that lacks something."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.steps import RUN, Halt, Steps
from tools import environment

ROOT = environment.ROOT
LOCKS = ("requirements.txt", "requirements-sandbox.txt", "requirements-build.txt", "requirements-dev.txt")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "sandbox").mkdir()
    for name in ("pyproject.toml", "sandbox/pyproject.toml", *LOCKS):
        (tmp_path / name).write_text(f"{name}, as it is")
    return tmp_path


def pins(name: str) -> set[str]:
    return set(re.findall(r"^\S+==\S+", (ROOT / name).read_text("utf-8"), re.MULTILINE))


def locked(lock: str, package: str) -> str:
    """The lines of a lock that pin one package with its hashes."""
    found = re.search(rf"^{package}==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    "changed", ["pyproject.toml", "sandbox/pyproject.toml", "requirements.txt", "requirements-sandbox.txt"]
)
def test_a_changed_lock_or_project_is_installed_again(tree: Path, changed: str) -> None:
    before = environment.fingerprint(tree, "run")
    assert environment.fingerprint(tree, "run") == before
    (tree / changed).write_text("another")
    assert environment.fingerprint(tree, "run") != before


def test_the_tests_lock_does_not_trouble_those_who_only_run(tree: Path) -> None:
    run, dev = environment.fingerprint(tree, "run"), environment.fingerprint(tree, "dev")
    (tree / "requirements-dev.txt").write_text("another")
    assert environment.fingerprint(tree, "run") == run
    assert environment.fingerprint(tree, "dev") != dev


def test_the_sandbox_does_not_trouble_production(tree: Path) -> None:
    production = environment.fingerprint(tree, "production")
    for name in ("sandbox/pyproject.toml", "requirements-sandbox.txt", "requirements-dev.txt"):
        (tree / name).write_text("another")
    assert environment.fingerprint(tree, "production") == production
    (tree / "requirements.txt").write_text("another")
    assert environment.fingerprint(tree, "production") != production


def test_a_moved_folder_is_set_up_again(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    moved = tmp_path_factory.mktemp("moved") / "tree"
    before = environment.fingerprint(tree, "run")
    tree.rename(moved)
    assert environment.fingerprint(moved, "run") != before


def test_who_has_the_tests_packages_has_those_of_a_run(tree: Path) -> None:
    assert pins("requirements.txt") | pins("requirements-sandbox.txt") <= pins("requirements-dev.txt")
    (tree / ".venv").mkdir()
    environment._note(tree / ".venv", tree, "dev")
    assert environment.fingerprint(tree, "run") in environment._installed(tree / ".venv")


def test_an_environment_that_holds_more_is_not_production_s(tree: Path) -> None:
    (tree / ".venv").mkdir()
    for kind in ("run", "dev"):
        environment._note(tree / ".venv", tree, kind)
        assert environment.fingerprint(tree, "production") not in environment._installed(tree / ".venv")
    environment._note(tree / ".venv", tree, "production")
    assert environment._installed(tree / ".venv") == [environment.fingerprint(tree, "production")]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes_and_no_registry_is_named(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    blocks = [locked(text, re.escape(pin.split("==")[0])) for pin in pins(name)]
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


def test_what_installs_and_builds_is_in_a_lock_that_production_does_not_use() -> None:
    build = pins(environment.BUILD_LOCK)
    assert {pin.split("==")[0] for pin in build} == {"setuptools", "uv"}
    assert not build & pins("requirements.txt")
    assert build <= pins("requirements-dev.txt")


def test_a_production_s_packages_are_those_of_its_lock_and_nothing_that_was_there_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".venv").mkdir()
    commands: list[list[str]] = []
    monkeypatch.setattr(environment, "_run", lambda command, *_: commands.append(command))
    environment._fill(tmp_path, "production", tmp_path / ".venv/bin/python")
    words = [[word for word in command if "/" not in word] for command in commands]
    here = ["--quiet", "--python"]
    assert words[1:] == [
        ["pip", "sync", *here, "--require-hashes", "requirements.txt"],
        ["pip", "install", *here, "--no-deps", "--no-build-isolation", "--editable", "."],
        ["pip", "uninstall", *here, "setuptools", "uv"],
    ]
    assert words[0][-2:] == ["--requirement", environment.BUILD_LOCK]
    assert "--require-hashes" in words[0]


def test_what_is_there_is_not_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("nothing is to be made")

    wanted = environment.fingerprint(ROOT, "run")
    monkeypatch.setattr(environment, "_installed", lambda _folder: [wanted])
    monkeypatch.setattr(environment, "_make", fail)
    monkeypatch.setattr(environment, "_fill", fail)
    monkeypatch.setattr(environment, "_run", lambda *_: None)
    out = io.StringIO()
    environment.set_up(ROOT, "run", Steps(RUN, out))
    assert re.fullmatch(r"1/6 Python environment … ready .* s\n2/6 Packages … ready .* s\n", out.getvalue())


def test_a_missing_venv_module_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "find_spec", lambda name: None if name == "ensurepip" else name)
    with pytest.raises(Halt, match=r"apt-get install python3\.\d+-venv"):
        environment._make(tmp_path / ".venv")


def test_a_venv_that_cannot_be_made_is_told_with_the_package_that_may_lack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho ensurepip has no wheels; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(Halt, match=r"(?s)apt-get install python3\.\d+-venv.*ensurepip has no wheels"):
        environment._make(tmp_path / ".venv")


def test_an_old_python_says_which_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "OLDEST", (3, 99))
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert environment.main([]) == 1
    assert "needs Python 3.99 or newer" in capsys.readouterr().err


def test_a_failed_step_is_told_with_its_last_words_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Halt, match=r"(?s)needs the network.*no route"):
        environment._run(
            [sys.executable, "-c", "import sys; sys.exit('no route')"], tmp_path, "This needs the network."
        )


def test_the_set_up_can_be_read_by_an_old_python() -> None:
    for name in ("tools/environment.py", "sandbox/steps.py", "sandbox/__init__.py", "tools/__init__.py"):
        compile((ROOT / name).read_text("utf-8"), name, "exec", dont_inherit=True)
        assert not re.search(r"^\s*(match|except\*) ", (ROOT / name).read_text("utf-8"), re.MULTILINE)


def test_the_set_up_needs_the_standard_library_alone() -> None:
    code = "import sys; import tools.environment; print(*sorted(name.split('.')[0] for name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) <= sys.stdlib_module_names | {"__main__", "tools", "sandbox"}
