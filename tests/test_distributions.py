"""What is shipped: the product without the sandbox, whole, and content with what production's lock installs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("webapp", "templates", "static")
DEVELOPMENT_ONLY = re.compile(r"\.po$|^static/vendor/(README\.md|SHA256SUMS)$|^sandbox/(LICENSE|pyproject\.toml)$")
IGNORED = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")

# Runs in a process of its own: refuses every module of a distribution that is not in the lock, then imports all modules.
WITH_THE_LOCK_ALONE = """
import importlib, json, re, sys
from importlib import metadata

given = json.load(sys.stdin)
sys.path.insert(0, given["folder"])
owners = {module: {re.sub("[-_.]+", "-", name.lower()) for name in names} for module, names in metadata.packages_distributions().items()}

class Refusal:
    def find_spec(self, name, path=None, target=None):
        owning = owners.get(name.partition(".")[0], set())
        if owning and not owning & set(given["allowed"]):
            raise ModuleNotFoundError(f"{name} is of {owning}", name=name)

sys.meta_path.insert(0, Refusal())
for module in given["modules"]:
    importlib.import_module(module)
from webapp.db import migrate
migrate.upgrade(given["database"])
import wsgi
assert wsgi.__file__.startswith(given["folder"]), wsgi.__file__
answers = [wsgi.app.test_client().get(path, headers={"Accept-Language": "fr"}) for path in given["paths"]]
print(json.dumps([[answer.status_code, answer.text] for answer in answers]))
"""


def files(folder: Path, *names: str) -> set[str]:
    paths = [path for name in names for path in (folder / name).rglob("*") if path.is_file()]
    return {name for path in paths if not DEVELOPMENT_ONLY.search(name := str(path.relative_to(folder)))}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the two distributions are built from: building leaves traces."""
    folder = tmp_path_factory.mktemp("tree")
    for name in (*PRODUCT, "sandbox"):
        shutil.copytree(ROOT / name, folder / name, ignore=IGNORED)
    for name in ("pyproject.toml", "README.md", "LICENSE", "wsgi.py"):
        shutil.copy(ROOT / name, folder)
    return folder


def built(project: Path, into: Path) -> Path:
    """The files of the project's wheel, unpacked."""
    code = f"from setuptools import build_meta; print('\\n' + build_meta.build_wheel({str(into)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    wheel = into / done.stdout.splitlines()[-1]
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(into / "unpacked")
    return into / "unpacked"


@pytest.fixture(scope="module")
def product(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tree, tmp_path_factory.mktemp("product"))


def shipped(wheel: Path) -> set[str]:
    return {name for name in files(wheel, ".") if not name.partition("/")[0].endswith(".dist-info")}


def test_the_product_is_shipped_whole_and_without_the_sandbox(tree: Path, product: Path) -> None:
    wanted = files(tree, *PRODUCT) | {"wsgi.py"}
    assert {"templates/base.html", "webapp/translations/fr/LC_MESSAGES/messages.mo"} <= wanted
    assert shipped(product) == wanted


def test_the_sandbox_is_shipped_whole_and_without_the_product(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    wanted = files(tree, "sandbox")
    assert {"sandbox/world.py", "sandbox/phones/pages/show.html"} <= wanted
    assert shipped(built(tree / "sandbox", tmp_path_factory.mktemp("sandbox"))) == wanted


def test_the_shipped_product_runs_with_what_production_s_lock_installs(product: Path, tmp_path: Path) -> None:
    locked = re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert not {"aiosmtpd", "setuptools", "uv"} & set(locked)
    modules = [name.removesuffix(".py").replace("/", ".") for name in files(product, "webapp") if name.endswith(".py")]
    database = f"sqlite:///{tmp_path}/ordo.db"
    given = {
        "folder": str(product),
        "allowed": [*locked, "ordo"],
        "modules": sorted(name.removesuffix(".__init__") for name in modules if ".migrations." not in name),
        "database": database,
        "paths": ["/health", "/static/js/pay.js", "/nothing"],
    }
    settings = {
        "PUBLIC_URL": "https://ordo.example",
        "DATABASE_URL": database,
        "SECRET_KEYS": "k" * 32,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }
    done = subprocess.run(
        [sys.executable, "-I", "-c", WITH_THE_LOCK_ALONE],
        cwd=tmp_path,
        env=os.environ | settings,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    health, script, nothing = json.loads(done.stdout)
    assert (health[0], script[0], nothing[0]) == (200, 200, 404)
    assert '<html lang="fr"' in nothing[1]
