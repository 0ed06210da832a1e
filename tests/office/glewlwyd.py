"""Debian's glewlwyd, an identity provider in C, taken from its packages into a folder: nothing of it is installed, and nothing starts by itself."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import shutil
import sqlite3
import subprocess
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import ports
from tests.office.providers import PEOPLE, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGES = (
    *("glewlwyd", "glewlwyd-common", "libconfig9", "libhoel1.4", "libiddawc1.1", "libmariadb3", "libmicrohttpd12"),
    *("liboath0", "liborcania2.3", "librhonabwy1.1", "libulfius2.7", "libyder2.0"),
)
ADMIN, PASSWORD = "password", "password of the clerk"
PATIENCE = 30.0  # seconds until it answers


class NotHere(Exception):
    """Debian's packages cannot be had on this machine."""


def unpacked(folder: Path) -> Path:
    """Its files below a folder. Raises `NotHere`."""
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if apt is None or dpkg is None:
        raise NotHere("apt-get and dpkg-deb are Debian's")
    done = subprocess.run([apt, "download", *PACKAGES], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere(done.stderr[-300:])
    for package in folder.glob("*.deb"):
        subprocess.run([dpkg, "-x", str(package), str(folder / "files")], check=True)
    return folder / "files"


@contextlib.contextmanager
def running(folder: Path, back: str, *, email_verified: bool) -> Iterator[str]:
    """The server with our client and the clerk, who may have a verified address or one of which nothing is said; its issuer."""
    files, (port,) = unpacked(folder), ports.free(1)
    url, database = f"http://127.0.0.1:{port}", folder / "glewlwyd.db"
    schema = files / "usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.executescript(schema.read_text("utf-8"))
    (folder / "glewlwyd.conf").write_text(_configured(files, database, port), encoding="utf-8")
    (files / "usr/lib/glewlwyd/user_middleware").mkdir(exist_ok=True)
    libraries = ":".join(map(str, (files / "usr/lib").glob("*-linux-gnu")))
    with subprocess.Popen(
        [str(files / "usr/bin/glewlwyd"), "-c", str(folder / "glewlwyd.conf")],
        env={**os.environ, "LD_LIBRARY_PATH": libraries},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait(url)
            _set_up(url, back, email_verified=email_verified)
            yield f"{url}/api/oidc"
        finally:
            process.terminate()


def _configured(files: Path, database: Path, port: int) -> str:
    """Its sample configuration, for this folder and port."""
    text = gzip.decompress((files / "usr/share/doc/glewlwyd/glewlwyd.conf.sample.gz").read_bytes()).decode()
    for old, new in (
        ("/usr/lib/glewlwyd", f"{files}/usr/lib/glewlwyd"),
        ("/usr/share/glewlwyd", f"{files}/usr/share/glewlwyd"),
        ("/var/cache/glewlwyd/glewlwyd.db", str(database)),
        ("http://localhost:4593", f"http://127.0.0.1:{port}"),
        ("cookie_secure=1", "cookie_secure=0"),
        ('cookie_domain="localhost"', 'cookie_domain="127.0.0.1"'),
    ):
        text = text.replace(old, new)
    return re.sub(r"(?m)^port=4593", f'port={port}\nbind_address="127.0.0.1"', text)


def _wait(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _set_up(url: str, back: str, *, email_verified: bool) -> None:
    """By its own API for administrators: the OpenID Connect plugin, the client and the clerk."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    told = [
        {
            "name": "email_verified",
            "user-property": "name",
            "type": "boolean",
            "boolean-value-true": "clerk",
            "boolean-value-false": "nobody",
            "mandatory": False,
            "on-demand": False,
            "scope": ["email"],
        }
    ]
    plugin: dict[str, Any] = {
        "iss": f"{url}/api/oidc",
        "jwt-type": "rsa",
        "jwt-key-size": "256",
        "key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "cert": key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
        "access-token-duration": 3600,
        "refresh-token-duration": 3600,
        "code-duration": 60,
        "subject-type": "public",
        "auth-type-code-enabled": True,
        "auth-type-id-token-enabled": True,
        "jwks-show": True,
        "pkce-allowed": True,
        "email-claim": "on-demand",
        "email-claim-scope": ["email"],
        "name-claim": "no",
        "scope-claim": "no",
        "claims": told if email_verified else [],
    }
    scopes = ["openid", "email", "profile"]
    with requests.Session() as http:
        http.headers["Origin"] = url

        def post(path: str, **document: Any) -> None:
            answer = http.post(f"{url}/api/{path}", json=document, timeout=10)
            assert answer.ok, f"{path}: {answer.status_code} {answer.text}"

        post("auth/", username="admin", password=ADMIN)
        post("mod/plugin/", module="oidc", name="oidc", display_name="OIDC", parameters=plugin)
        for scope in scopes[1:]:
            post("scope/", name=scope, display_name=scope, description=scope, password_required=False, scheme={})
        person = {"username": "clerk", "name": "clerk", "email": PEOPLE["clerk"], "password": PASSWORD}
        post("user/", **person, scope=scopes, enabled=True)
        client = {"client_id": "ordo", "name": "Ordo", "redirect_uri": [back], "password": SECRET}
        client["token_endpoint_auth_method"] = ["client_secret_basic"]
        post("client/", **client, confidential=True, enabled=True, authorization_type=["code"], scope=scopes)


class Clerk:
    """The clerk at glewlwyd's login, whose page is a script's: what that asks, asked here."""

    def __call__(self, address: str) -> str:
        """Open the address that our login has led to, log in and agree; the address that leads back to us."""
        api = f"{address.partition('/api/')[0]}/api"
        with requests.Session() as http:
            http.headers["Origin"] = api.removesuffix("/api")
            assert http.post(f"{api}/auth/", json={"username": "clerk", "password": PASSWORD}, timeout=10).ok
            agreed = http.put(f"{api}/auth/grant/ordo", json={"scope": "openid email profile"}, timeout=10)
            assert agreed.ok, agreed.text
            answer = http.get(f"{address}&g_continue", allow_redirects=False, timeout=10)
        there = urlsplit(answer.headers["Location"])
        assert there.netloc == "ordo.localhost", answer.headers["Location"]
        return f"{there.path}?{there.query}"
