"""Make or renew `.venv` from the hashed locks. Needs Python alone, and says in words what a machine lacks.

    python3 -m tools.environment                 what `make run` needs: the product and the sandbox
    python3 -m tools.environment --production    the product alone: its lock, Ordo and pip are all that is in `.venv`
    python3 -m tools.environment --dev           what the tests and checks need

What is installed is noted in `.venv/ordo-installed`, so that nothing is done twice: a changed lock, a changed
pyproject.toml, another Python or a moved folder (an environment holds absolute paths) makes it anew.

The locks name no index; `make locks` writes them after a change of dependencies. uv, which installs, and setuptools, which
builds the two distributions of this repository, have a lock of their own: both are deleted when the installation is done.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from sandbox.steps import RUN, Halt, Steps

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
BUILD_LOCK = "requirements-build.txt"
LOCKS = {
    "production": ("requirements.txt",),
    "run": ("requirements.txt", "requirements-sandbox.txt"),
    "dev": ("requirements-dev.txt",),
}
PROJECTS = {"production": (".",), "run": (".", "sandbox"), "dev": (".", "sandbox")}


def main(arguments: list[str]) -> int:
    """Set the environment up. 0, or 1 after saying what is wrong, or 130 for Ctrl-C."""
    kind = next((kind for kind in LOCKS if f"--{kind}" in arguments), "run")
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
        if kind == "production":
            # Whoever serves may not write there, and would compile all of it at each start.
            compiled = [str(python), "-m", "compileall", "-q", "-j", "0", "webapp", "wsgi.py", ".venv/lib"]
            _run(compiled, root, "The modules could not be compiled.")


def fingerprint(root: Path, kind: str) -> str:
    """Changes whenever the environment has to be filled again."""
    parts = [str(root).encode(), sys.version.encode()]
    names = [f"{project}/pyproject.toml" for project in PROJECTS[kind]]
    names += (LOCKS["run"] if kind == "dev" else ()) + LOCKS[kind]
    parts += [(root / name).read_bytes() for name in names]
    return kind + ":" + hashlib.sha256(b"\0".join(parts)).hexdigest()


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
    """uv by pip, all else by uv, which removes what is in no lock and is seven times faster than pip; pip is left when uv cannot."""
    failed = (
        "The packages could not be installed. This step needs the network, once.\n"
        "Behind a proxy set HTTPS_PROXY; with a package mirror of your own, pip's and uv's settings are honoured.\n"
        "Then run the same command again."
    )
    own = "Ordo itself could not be installed into its environment."
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    with tempfile.TemporaryDirectory(dir=str(root / ".venv")) as build:  # where programs may be executed for certain
        _run([*pip, "--target", build, "--requirement", BUILD_LOCK], root, failed)
        uv = [str(Path(build) / "bin" / "uv"), "pip"]
        here = ["--quiet", "--python", str(python)]
        try:
            _run([*uv, "sync", *here, "--require-hashes", *LOCKS[kind]], root, failed)
        except Halt:  # a mirror that only pip's own settings know
            # A lock names everything; asked for dependencies, pip takes `pydantic[email]` for something that is not in it.
            _run([*pip, "--no-deps", *(f"--requirement={lock}" for lock in LOCKS[kind])], root, failed)
        projects = [word for project in PROJECTS[kind] for word in ("--editable", project)]
        _run([*uv, "install", *here, "--no-deps", "--no-build-isolation", *projects], root, own, {"PYTHONPATH": build})
        if kind == "production":  # sync leaves these two: Python 3.11 brings the first, `--dev` both
            _run([*uv, "uninstall", *here, "setuptools", "uv"], root, own)


def _note(folder: Path, root: Path, kind: str) -> None:
    # The lock of the tests holds everything of a run's, in the same versions: having it is having both.
    kinds = ("run", "dev") if kind == "dev" else (kind,)
    (folder / "ordo-installed").write_text("\n".join(fingerprint(root, each) for each in kinds), encoding="utf-8")


def _installed(folder: Path) -> list[str]:
    try:
        return (folder / "ordo-installed").read_text("utf-8").split()
    except OSError:
        return []


def _run(command: list[str], root: Path, failed: str, variables: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=root,
        env={**os.environ, **(variables or {})},
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
