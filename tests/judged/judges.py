"""The product served with TLS, as production's settings have it, and those who judge it from outside: csp_evaluator and MDN's Observatory."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox import ports, settings
from sandbox.process import Process
from sandbox.world import PROJECT
from tests.kit import ENCRYPTION_KEY, SECRET_KEYS
from tools import node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READY_WITHIN = 60.0  # seconds, on a slow machine that is busy with other things
OBSERVATORY = "node_modules/@mdn/mdn-http-observatory/src/scan.js"


@dataclass(frozen=True)
class Served:
    """Where the product answers, without https://, and the certificate by which."""

    address: str
    certificate: Path

    def policy(self, path: str) -> str:
        """The Content-Security-Policy of one answer, whatever its status."""
        return self._get(path).headers["Content-Security-Policy"]

    def answers(self) -> bool:
        """Whether it is there yet, and healthy."""
        try:
            return self._get("/health").ok
        except requests.RequestException:
            return False

    def _get(self, path: str) -> requests.Response:
        return requests.get(f"https://{self.address}{path}", verify=str(self.certificate), timeout=10)


@contextlib.contextmanager
def served(folder: Path, database_url: str) -> Iterator[Served]:
    """The product by granian, with TLS and Stripe's own addresses: nothing of the sandbox is in its policy."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    _certify(key, certificate)
    (port,) = ports.free(1)
    environment = settings.environment(
        {
            "PUBLIC_URL": f"https://127.0.0.1:{port}",
            "DATABASE_URL": database_url,
            "SECRET_KEYS": ",".join(SECRET_KEYS),
            "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        }
    )
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--ssl-certificate", str(certificate), "--ssl-keyfile", str(key), "--blocking-threads", "8", "wsgi:app"]
    process = Process("app", command, cwd=PROJECT, env=environment, log=folder / "app.log")
    process.start()
    try:
        found = Served(f"127.0.0.1:{port}", certificate)
        until = time.monotonic() + READY_WITHIN
        while not found.answers():
            if process.ended is not None or time.monotonic() > until:
                raise OSError(f"The app did not start. Its last words:\n{process.last_words()}")
            time.sleep(0.1)
        yield found
    finally:
        process.stop()


def findings(policy: str, *, under: int) -> list[str]:
    """What csp_evaluator finds in a policy that is graver than this severity (the graver, the less)."""
    (found,) = json.loads(node.run("csp.js", given=json.dumps([policy])))
    return [each["what"] for each in found if each["severity"] < under]


def graded(address: str, certificate: Path | None = None) -> tuple[str, list[str]]:
    """The Observatory's grade of a page, and which of its tests it fails. The address goes without https://."""
    told = json.loads(node.run(OBSERVATORY, address, trusted=certificate))
    failed = [f"{name}: {test['result']}" for name, test in told["tests"].items() if not test["pass"]]
    return told["scan"]["grade"], failed


def _certify(key: Path, certificate: Path) -> None:
    """A certificate for 127.0.0.1 that vouches for itself, for a day."""
    private, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ordo's header check")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key.touch(mode=0o600)
    key.write_bytes(private.private_bytes(pem, pkcs8, plain))
    certificate.write_bytes(made.public_bytes(pem))
