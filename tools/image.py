"""The image of deploy/Containerfile without a container: its steps, one after the other, in folders made by debootstrap. Needs root, debootstrap and
the network. What a container's runtime does beside that (layers, networks, limits) is not done here.

python -m tools.image FOLDER     builds into FOLDER/final, and prints what is in it

Understood is what the Containerfile needs: FROM, RUN, COPY, WORKDIR, ENV, USER, EXPOSE, CMD. Anything else is an error.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "deploy" / "Containerfile"
IMAGE = re.compile(r"docker\.io/library/debian:(\w+)-slim")
LENT = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf")  # of this machine, while a step runs
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")  # a network may have one of its own


@dataclass
class Stage:
    """A folder that becomes an image, and what its processes are started with."""

    folder: Path
    workdir: str = "/"
    user: str = "0"
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    command: list[str] = field(default_factory=list)

    def run(self, words: list[str], *, user: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """A program in it, to its end, as the image's user unless another is named; what it printed."""
        return subprocess.run(
            self.starting(words, user=user),
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def starting(self, words: list[str], *, user: str = "") -> list[str]:
        """The command by which a program is started in it."""
        user = user or self.user
        inside = ["/usr/bin/env", "--chdir", self.workdir, *words]
        return ["/usr/sbin/chroot", f"--userspec={user}:{user}", str(self.folder), *inside]


def main(arguments: list[str]) -> int:
    """Build, and say how large it is."""
    (folder,) = arguments
    image = build(Path(folder))
    print(
        subprocess.run(
            ["/usr/bin/du", "-sh", str(image.folder)], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    return 0


def build(folder: Path) -> Stage:
    """Every stage; the last one. Raises RuntimeError with a step's last words."""
    stages: dict[str, Stage] = {}
    stage = Stage(folder)
    for name, rest in instructions(FILE.read_text("utf-8")):
        match name:
            case "FROM":
                image, _, as_name = rest.partition(" AS ")
                stage = stages[as_name or "final"] = _from(folder, image, as_name or "final", stages)
            case "RUN":
                run(stage, rest)
            case "COPY":
                _copy(stage, rest, stages)
            case "WORKDIR":
                stage.workdir = rest
                (stage.folder / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "ENV":
                stage.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            case "USER":
                stage.user = rest
            case "CMD":
                stage.command = json.loads(rest)
            case "EXPOSE":
                pass
            case _:
                raise RuntimeError(f"{name}: not understood here")
    return stage


def instructions(text: str) -> list[tuple[str, str]]:
    """Each with its rest, lines put together, comments gone."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    return [
        (name, " ".join(rest.split())) for line in lines.splitlines() if line for name, _, rest in [line.partition(" ")]
    ]


def _from(folder: Path, image: str, name: str, stages: dict[str, Stage]) -> Stage:
    into = folder / name
    if image in stages:
        before = stages[image]
        _whole(before.folder, into)
        return Stage(into, before.workdir, before.user, dict(before.environment))
    found = IMAGE.fullmatch(image)
    if found is None:
        raise RuntimeError(f"{image}: only Debian can be made here")
    return debian(folder, found[1], name)


def debian(folder: Path, release: str, name: str = "final") -> Stage:
    """A fresh one. Raises RuntimeError."""
    base, into = folder / f"base-{release}", folder / name
    if not base.exists():
        words = ["debootstrap", "--variant=minbase", release, str(base)]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"debootstrap: {done.stdout[-2000:]}")
    _whole(base, into)
    return Stage(into)


def run(stage: Stage, shell: str) -> str:
    """A shell's line in it, as root; what was printed. Raises RuntimeError.

    It has the name server, the mirrors and the certificate authorities of this machine, which stay outside of the image.
    """
    lent = {stage.folder / path[1:]: Path(path) for path in LENT if Path(path).exists()}
    lent[stage.folder / "tmp" / AUTHORITIES.name] = AUTHORITIES
    mine = {there: here for there, here in lent.items() if not there.exists()}
    for there, here in mine.items():
        shutil.copy(here, there)
    network = dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT"), f"/tmp/{AUTHORITIES.name}")  # noqa: S108  # of the chroot
    network |= {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    done = stage.run(["/bin/sh", "-c", shell], user="0", DEBIAN_FRONTEND="noninteractive", **network)
    for there in mine:
        there.unlink(missing_ok=True)
    if done.returncode:
        raise RuntimeError(f"RUN {shell}\n{done.stdout[-3000:]}")
    return done.stdout


def compiled(product: Path) -> bool:
    """Whether every module of the product and of its packages has its bytecode."""
    folders = {path.parent for where in ("webapp", ".venv/lib") for path in (product / where).rglob("*.py")}
    return all(
        any((folder / "__pycache__").glob(f"{path.stem}.*.pyc")) for folder in folders for path in folder.glob("*.py")
    )


def _copy(stage: Stage, rest: str, stages: dict[str, Stage]) -> None:
    words = rest.split()
    source, left_out = ROOT, shutil.ignore_patterns("__pycache__")  # as deploy/Containerfile.dockerignore does
    if words[0].startswith("--from="):
        source, left_out = stages[words.pop(0).removeprefix("--from=")].folder, shutil.ignore_patterns()
    *names, into = words
    target = stage.folder / str(Path(stage.workdir) / into).lstrip("/")
    for name in names:
        found = source / name.lstrip("/")
        if found.is_dir():
            shutil.copytree(found, target, symlinks=True, dirs_exist_ok=True, ignore=left_out)
        else:
            place = target / found.name if into.endswith("/") else target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, place)


def _whole(source: Path, target: Path) -> None:
    subprocess.run(["/usr/bin/cp", "--archive", "--reflink=auto", str(source), str(target)], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
