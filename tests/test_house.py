"""The rules of the house that a linter cannot see."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from webapp import i18n
from webapp.app import create_app
from webapp.config import Settings
from webapp.domain.states import State
from webapp.pay import present
from webapp.services.notifications import merchant_texts

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = sorted(str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*.html"))
VARIABLES = {
    "PUBLIC_URL": "https://pay.example.com",
    "DATABASE_URL": "sqlite:////nowhere/ordo.db",
    "SECRET_KEYS": "k" * 32,
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(Settings.model_validate({name.lower(): value for name, value in VARIABLES.items()}))


def test_the_service_starts_without_the_sandbox_and_opens_nothing() -> None:
    code = (
        "import sys, wsgi; print([name for name in sys.modules if name.split('.')[0] in {'sandbox', 'tests', 'tools'}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | VARIABLES, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_a_service_without_its_settings_does_not_start_and_says_which() -> None:
    bare = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=bare, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert all(name in done.stderr for name in VARIABLES)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_compiles(app: Flask, name: str) -> None:
    app.jinja_env.get_template(name)


@pytest.mark.parametrize("name", [name for name in TEMPLATES if Path(name).name.startswith("_")])
def test_every_fragment_is_included_by_a_page(name: str) -> None:
    others = [path.read_text("utf-8") for path in (ROOT / "templates").rglob("*.html") if not path.match(f"*/{name}")]
    assert any(re.search(rf"""(include|import|from|extends)\s+["']{name}["']""", text) for text in others)


def test_every_state_has_a_page_and_words() -> None:
    assert set(present.TEMPLATES) == set(State)
    assert set(present.TEMPLATES.values()) <= set(TEMPLATES)
    for language in i18n.LANGUAGES:
        assert all(merchant_texts.state(i18n.texts(language, "FR"), state) for state in State)


def test_no_template_turns_escaping_off() -> None:
    assert [
        name
        for name in TEMPLATES
        if re.search(r"\|\s*safe\b|autoescape false", (ROOT / "templates" / name).read_text("utf-8"))
    ] == []


def modules_of(path: Path) -> set[str]:
    """What a file imports, and what it imports from there, which may be modules too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import():
                found |= {name.name for name in node.names}
            case ast.ImportFrom():
                found |= {str(node.module)} | {f"{node.module}.{name.name}" for name in node.names}
    return found


@pytest.mark.parametrize("folder", ["tests", "bench", "tools"])
def test_nothing_is_imported_from_a_test_module(folder: str) -> None:
    """What tests share is in modules of their own: tests/kit where several packages do, else beside them."""
    tests = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(tests) > 100
    shared = {
        f"{path.relative_to(ROOT)}: {', '.join(found)}"
        for path in (ROOT / folder).rglob("*.py")
        if (found := sorted(modules_of(path) & tests))
    }
    assert shared == set()


NAMED = {
    "webapp/app.py": "chooses the gateways",
    "webapp/config.py": "has their addresses",
    "webapp/inventory/scripts.toml": "names every script of the page, and whose it is",
    "webapp/db/migrations/versions/0017_gateways.py": "was written when there was one",
}
"""Where a gateway may be named besides in its adapter and its script, and why."""


def test_no_gateway_is_named_outside_its_adapter() -> None:
    names = ("webapp/gateways", "static/js/gateways", "webapp/translations")
    adapters = [ROOT / name for name in (*names, "static/vendor")]  # what others wrote: a sheet has striped tables
    found = set()
    for folder in ("webapp", "templates", "static"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix not in {".py", ".html", ".js", ".css", ".toml"} or any(
                each in path.parents for each in adapters
            ):
                continue
            if "stripe" in path.read_text("utf-8").lower():
                found.add(str(path.relative_to(ROOT)))
    assert found == set(NAMED)
