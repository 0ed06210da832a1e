"""The served document against what is served, by somebody else's program: requests that are right by it, and wrong in every way, with all checks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.serve import Served
from tests.api.backend import backend_of
from webapp.services.accounts import api_limits

if TYPE_CHECKING:
    from flask import Flask

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PROGRAM = Path(sys.executable).with_name("schemathesis")
ENVIRONMENT = os.environ | {"SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks", "PYTHONPATH": str(Path.cwd())}
CONFIG = Path(__file__).with_name("schemathesis.toml")


def run(app: Flask, shop: Shop, *words: str) -> subprocess.CompletedProcess[str]:
    token = backend_of(app, shop).token
    server = Served(app).start()
    command = [str(PROGRAM), f"--config-file={CONFIG}", "run", f"{server.url}/api/v1/openapi.json"]
    key = f"--header=Authorization: Bearer {token}"
    try:
        return subprocess.run([*command, key, *words], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    finally:
        server.stop()


def test_what_is_served_is_what_the_document_says(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for kind in api_limits.Kind:
        monkeypatch.setitem(api_limits.MOST, kind, 60_000_000)
    monkeypatch.chdir(tmp_path)
    done = run(app, shop, "--max-examples=4", "--generation-deterministic", "--no-shrink")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_what_is_served_is_what_the_document_says_by_many_examples(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for kind in api_limits.Kind:
        monkeypatch.setitem(api_limits.MOST, kind, 60_000_000)
    monkeypatch.chdir(tmp_path)
    done = run(app, shop, "--max-examples=200", "--continue-on-failure")
    assert done.returncode == 0, done.stdout + done.stderr
