"""Make or renew `.venv` from the hashed lock. Needs Python alone, and says in words what a machine lacks.

    python3 -m tools.environment          what `make run` needs
    python3 -m tools.environment --dev    and what the tests and checks need

What is installed is noted in `.venv/ordo-installed`, so that nothing is done twice: a changed lock, a changed
pyproject.toml, another Python or a moved folder (an environment holds absolute paths) makes it anew.

The two locks name no index. After a change to pyproject.toml's dependencies they are made by

    .venv/bin/uv pip compile pyproject.toml --group build --universal --generate-hashes --no-header -o requirements.txt
    .venv/bin/uv pip compile pyproject.toml --group dev --group build --universal --generate-hashes --no-header -o requirements-dev.txt

which keep the versions that are there; `--upgrade` takes newer ones.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from sandbox.steps import RUN, Halt, Steps

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
LOCKS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}


def main(arguments: list[str]) -> int:
    """Set the environment up. 0, or 1 after saying what is wrong, or 130 for Ctrl-C."""
    kind = "dev" if "--dev" in arguments else "run"
    try:
        _with_a_fitting_python(arguments)
        set_up(ROOT, kind, Steps(RUN if kind == "run" else RUN[:2]))
    except Halt as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Nothing is broken: the same command goes on from here.")
        return 130
    return 0


def set_up(root: Path, kind: str, steps: Steps) -> None:
    """Both steps, or their names alone when all is there. Raises Halt."""
    folder = root / ".venv"
    python = folder / "bin" / "python"
    wanted = fingerprint(root, kind)
    ready = wanted in _installed(folder) and python.exists()
    with steps.step("Python environment") as note:
        if ready or _works(python):
            note.text = "ready"
        else:
            _make(folder)
    with steps.step("Packages") as note:
        if ready:
            note.text = "ready"
        else:
            _fill(root, kind, python)
            _note(folder, root, kind)
        _run([str(python), "-m", "tools.translations", "compile"], root, "The translations could not be compiled.")


def fingerprint(root: Path, kind: str) -> str:
    """Changes whenever the environment has to be filled again."""
    parts = [str(root).encode(), sys.version.encode()]
    names = ["pyproject.toml", LOCKS["run"]] + ([LOCKS["dev"]] if kind == "dev" else [])
    parts += [(root / name).read_bytes() for name in names]
    return kind + ":" + hashlib.sha256(b"\0".join(parts)).hexdigest()


def locked(lock: str, package: str) -> str:
    """The lines of a lock file that pin one package with its hashes."""
    found = re.search(rf"^{package}==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    if found is None:
        raise Halt(f"The lock file does not pin {package}: make it again (docs/contributor).")
    return found[0]


def _with_a_fitting_python(arguments: list[str]) -> None:
    """Go on with a newer Python of this machine when `python3` is too old. Raises Halt when there is none."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(14, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, "-m", "tools.environment", *arguments])  # noqa: S606  # no shell is wanted
    raise Halt(
        "Ordo needs Python {}.{} or newer; this is {}.{} ({}).\n"
        "Install a newer one, or say where it is: make run PYTHON=/path/to/python3.11".format(
            *OLDEST, *sys.version_info[:2], sys.executable
        )
    )


def _works(python: Path) -> bool:
    """Whether there is an environment of this very Python at this very place."""
    probe = "import sys, pip; print(sys.prefix, sys.version)"
    try:
        answer = subprocess.run([str(python), "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == f"{python.parent.parent} {sys.version}".strip()


def _make(folder: Path) -> None:
    package = "sudo apt-get install python{}.{}-venv".format(*sys.version_info)
    again = "Then run the same command again."
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        raise Halt(
            f"Python's venv module is missing for {sys.executable}.\n"
            f"On Debian and Ubuntu it is a package of its own: {package}\n{again}"
        )
    failed = (
        f"{sys.executable} could not make the environment {folder}; its last words below say why.\n"
        f"If a part of Python's venv is missing, on Debian and Ubuntu this brings it: {package}\n{again}"
    )
    _run([sys.executable, "-m", "venv", "--clear", str(folder)], folder.parent, failed)


def _fill(root: Path, kind: str, python: Path) -> None:
    """uv from the lock by pip, all else by uv: seven times faster than pip, which is what is left when uv cannot."""
    lock = root / LOCKS[kind]
    failed = (
        "The packages could not be installed. This step needs the network, once.\n"
        "Behind a proxy set HTTPS_PROXY; with a package mirror of your own, pip's and uv's settings are honoured.\n"
        "Then run the same command again."
    )
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "uv.txt"
        own.write_text(locked(lock.read_text("utf-8"), "uv"), encoding="utf-8")
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--require-hashes", "--requirement", str(own)], root, failed)
        install = [str(python), "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
        try:
            _run([*install, "--require-hashes", "--requirement", str(lock)], root, failed)
        except Halt:  # a mirror that only pip's own settings know
            _run([*pip, "--require-hashes", "--requirement", str(lock)], root, failed)
        project = ["--no-deps", "--no-build-isolation", "--editable", str(root)]
        _run([*install, *project], root, "Ordo itself could not be installed into its environment.")


def _note(folder: Path, root: Path, kind: str) -> None:
    # The lock of the tests holds everything of the other, in the same versions: having it is having both.
    kinds = ("run", "dev") if kind == "dev" else ("run",)
    (folder / "ordo-installed").write_text("\n".join(fingerprint(root, each) for each in kinds), encoding="utf-8")


def _installed(folder: Path) -> list[str]:
    try:
        return (folder / "ordo-installed").read_text("utf-8").split()
    except OSError:
        return []


def _run(command: list[str], root: Path, failed: str) -> None:
    done = subprocess.run(
        command,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join("  " + line for line in done.stdout.splitlines()[-12:])
        raise Halt(f"{failed}\n\nIts last words:\n{tail}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
