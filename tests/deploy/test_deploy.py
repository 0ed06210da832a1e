"""The files of deploy/ are what they say: each against the schema of those who read it, the units by systemd, the image by its steps in a chroot."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from cryptography.fernet import Fernet

from sandbox import ports
from tools import image, manifests

ROOT = Path(__file__).resolve().parents[2]
DEPLOY, OPERATOR = ROOT / "deploy", ROOT / "docs" / "operator"
LONGEST_REQUEST, PIECE_OF_WORK = 90, 180  # seconds
WEB = "granian --interface wsgi --workers 2 --respawn-failed-workers --workers-kill-timeout 90 wsgi:app"


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8")))


def manifest(kind: str, name: str) -> dict[str, Any]:
    every = [each for path in DEPLOY.glob("kubernetes/*.yaml") for each in yaml.safe_load_all(path.read_text("utf-8"))]
    (found,) = [each for each in every if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return dict(found)


def test_compose_is_what_its_own_schema_says() -> None:
    words = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml")]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_starts_nothing_before_the_schema_is_there_and_ends_nothing_in_midst_of_its_work() -> None:
    services = compose()["services"]
    for name, longest in (("web", LONGEST_REQUEST), ("worker", PIECE_OF_WORK)):
        service = services[name]
        assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert int(service["stop_grace_period"].removesuffix("s")) > longest
    assert services["migrate"]["command"] == ["flask", "migrate"]
    for name in ("web", "worker", "migrate"):
        assert (services[name]["read_only"], services[name]["cap_drop"]) == (True, ["ALL"])
        assert services[name]["user"] == image_of_the_file()["USER"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]


def test_the_proxy_of_compose_is_that_of_the_docs_but_for_where_things_are() -> None:
    def lines(path: Path) -> set[str]:
        text = path.read_text("utf-8")
        return {
            " ".join(line.split()) for line in text.splitlines() if line.strip() and not line.strip().startswith("#")
        }

    documented, composed = lines(OPERATOR / "nginx.conf"), lines(DEPLOY / "nginx.conf")
    assert {line.split()[0] for line in documented ^ composed} == {
        "ssl_certificate",
        "ssl_certificate_key",
        "access_log",
        "error_log",
        "proxy_pass",
        "resolver",
        "set",
    }
    assert "proxy_request_buffering on;" in composed


def image_of_the_file() -> dict[str, str]:
    """The last of each instruction."""
    return dict(image.instructions((DEPLOY / "Containerfile").read_text("utf-8")))


def test_the_image_starts_what_the_docs_start_as_nobody_in_particular() -> None:
    last = image_of_the_file()
    words = json.loads(last["CMD"])
    assert " ".join(word for word in words if word not in {"--host", "0.0.0.0"}) == WEB  # noqa: S104  # in a container
    assert f"\nGRANIAN_BLOCKING_THREADS=8 {WEB}\n" in (OPERATOR / "running.md").read_text("utf-8")
    assert int(last["USER"]) > 0
    for name, rest in image.instructions((DEPLOY / "Containerfile").read_text("utf-8")):
        if name == "COPY" and not rest.startswith("--from"):
            assert [each for each in rest.split()[:-1] if not (ROOT / each).exists()] == []


def test_pods_are_asked_whether_they_live_and_are_ready_and_have_time_to_end() -> None:
    for name, longest in (("ordo-web", LONGEST_REQUEST + 15), ("ordo-worker", PIECE_OF_WORK)):
        spec = manifest("Deployment", name)["spec"]
        pod = spec["template"]["spec"]
        assert pod["terminationGracePeriodSeconds"] > longest
        assert (pod["securityContext"]["runAsNonRoot"], spec["replicas"]) == (True, 2)
        (container,) = pod["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        budget = manifest("PodDisruptionBudget", name)["spec"]
        assert budget["selector"] == spec["selector"]
        assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    (web,) = manifest("Deployment", "ordo-web")["spec"]["template"]["spec"]["containers"]
    assert (web["livenessProbe"]["httpGet"]["path"], web["readinessProbe"]["httpGet"]["path"]) == ("/health", "/ready")
    assert web["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "15"]
    assert manifest("Job", "ordo-migrate")["spec"]["template"]["spec"]["containers"][0]["command"] == [
        "flask",
        "migrate",
    ]


@pytest.mark.slow
def test_the_manifests_are_what_kubernetes_own_schemas_say() -> None:
    assert manifests.main() == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ordo-web", "ordo-worker"])
def test_systemd_takes_the_units_and_finds_little_left_open(tmp_path: Path, name: str) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here: apt-get install systemd")
    text = (OPERATOR / f"{name}.service").read_text("utf-8")
    unit = tmp_path / f"{name}.service"
    unit.write_text(re.sub(r"/opt/ordo/.venv/bin/\w+", "/bin/true", text), encoding="utf-8")
    verified = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (verified.returncode, [line for line in verified.stderr.splitlines() if name in line]) == (0, [])
    words = [analyze, "security", "--offline=true", "--threshold=20", str(unit)]
    judged = subprocess.run(words, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> image.Stage:
    if os.geteuid() or not shutil.which("debootstrap"):
        pytest.skip("the image's steps need root and debootstrap: apt-get install debootstrap")
    return image.build(tmp_path_factory.mktemp("image"))


@pytest.mark.slow
def test_the_image_has_the_product_alone_and_says_what_is_in_it(built: image.Stage) -> None:
    folder = built.folder / "opt" / "ordo"
    assert not [name for name in ("sandbox", "tools", "tests", "docs", ".git") if (folder / name).exists()]
    assert "No module named pip" in built.run(["python", "-m", "pip"]).stdout
    assert image.compiled(folder)
    document = json.loads((folder / "sbom.json").read_text("utf-8"))
    listed = {each["name"] for each in document["components"]}
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE))
    assert document["bomFormat"] == "CycloneDX"
    assert {"flask", "granian", "stripe"} <= {name.lower() for name in listed}
    assert {name.lower().replace("_", "-") for name in listed} - locked <= {"ordo"}


@pytest.mark.slow
def test_the_image_migrates_and_serves_without_writing_anywhere_but_beside_its_database(built: image.Stage) -> None:
    (port,) = ports.free(1)
    settings = {
        "PUBLIC_URL": "https://pay.example.com",
        "DATABASE_URL": "sqlite:////var/lib/ordo/ordo.db",
        "SECRET_KEYS": "k" * 32,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "GRANIAN_PORT": str(port),
    }
    before = written(built.folder)
    assert built.run(["sh", "-c", "echo > /opt/ordo/x"]).returncode
    assert "is missing" in built.run(["flask", "doctor"]).stdout
    assert built.run(["flask", "migrate"], **settings).returncode == 0
    command = built.starting([*built.command, "--workers", "1"])
    server = subprocess.Popen(
        command, env={**built.environment, **settings}, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        answer = eventually(f"http://127.0.0.1:{port}/health")
    finally:
        server.terminate()
        server.wait(100)
    assert answer == "ok\n"
    new = written(built.folder) - before
    assert {path.parent.name for path in new} == {"ordo"}
    assert {path.name.partition("-")[0] for path in new} == {"ordo.db"}


def written(folder: Path) -> set[Path]:
    return {Path(where) / name for where, _, names in os.walk(folder) for name in names if "/proc/" not in where}


def eventually(url: str) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return requests.get(url, timeout=5).text
        except requests.ConnectionError:
            time.sleep(0.3)
    return "no answer"
