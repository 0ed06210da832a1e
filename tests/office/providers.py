"""Identity providers that the project did not write (tools/identity), a person at their pages, and somebody between them and us who changes what they say."""

from __future__ import annotations

import contextlib
import html
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import requests
from joserfc import jws, jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug import Request, Response

from sandbox.serve import Served
from tools import node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "our secret"
PEOPLE = {"clerk": "clerk@cafe.example", "stranger": "stranger@rival.example", "johndoe": "viewer@cafe.example"}


@contextlib.contextmanager
def running(kind: str, back: str) -> Iterator[str]:
    """A provider of that kind, which sends people back to that address; its issuer."""
    client = {"client_id": "ordo", "client_secret": SECRET, "redirect_uris": [back]}
    command = [shutil.which("node") or "node", "provider.js"]
    with subprocess.Popen(
        command,
        cwd=node.IDENTITY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it warns that http:// is for development
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"kind": kind, "client": client, "people": PEOPLE}) + "\n")
        process.stdin.flush()
        yield process.stdout.readline().strip()
        process.stdin.close()  # which it ends by


class Visitor:
    """Somebody's browser at the provider's own pages, where the name that is typed is enough."""

    def __init__(self, name: str) -> None:
        self._name, self._http = name, requests.Session()

    def __call__(self, address: str) -> str:
        """Open the address that our login has led to, and answer what is asked; the address that leads back to us."""
        answer = self._http.get(address, allow_redirects=False, timeout=10)
        while not answer.headers.get("Location", "").startswith("https://ordo.localhost/"):
            if answer.is_redirect:
                there = urljoin(answer.url, answer.headers["Location"])
                answer = self._http.get(there, allow_redirects=False, timeout=10)
                continue
            form = re.search(r'<form[^>]* action="([^"]+)"[^>]*>(.*?)</form>', answer.text, re.DOTALL)
            assert form, answer.text
            data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
            data |= dict.fromkeys(re.findall(r'name="(login|password)"', form[2]), self._name)
            answer = self._http.post(html.unescape(form[1]), data=data, allow_redirects=False, timeout=10)
        return answer.headers["Location"].removeprefix("https://ordo.localhost")

    def close(self) -> None:
        self._http.close()


Claims = dict[str, Any]


class Between:
    """A provider in front of another, which passes on what that one says as a test has changed it. Its own key is published with the other's, so
    that what it changes is signed as well as ever."""

    def __init__(self, issuer: str) -> None:
        self.issuer, self.metadata, self.way = issuer, Claims(), ""
        self.claims: Callable[[Claims], Claims] = Claims
        self.userinfo: Callable[[Claims], Claims] = Claims
        self.signed: Callable[[Between, Claims], str | None] | None = None
        self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        self.served = Served(Request.application(self._answer)).start()
        self.own: Claims = self._asked("/.well-known/openid-configuration").json()
        self.keys = requests.get(self.own["jwks_uri"], timeout=10).json()["keys"]

    def _asked(self, path: str) -> requests.Response:
        return requests.get(self.issuer + path, timeout=10)

    @property
    def url(self) -> str:
        return f"{self.served.url}/.well-known/openid-configuration"

    def _answer(self, request: Request) -> Response:
        document = getattr(self, f"_{request.path.rpartition('/')[2].replace('-', '_')}")(request)
        return Response(json.dumps(document), mimetype="application/json")

    def _openid_configuration(self, _request: Request) -> Claims:
        ours = {f"{name}_endpoint": f"{self.served.url}/{name}" for name in ("token", "userinfo")}
        return self.own | ours | {"jwks_uri": f"{self.served.url}/jwks"} | self.metadata

    def _jwks(self, _request: Request) -> Claims:
        return {"keys": [*self.keys, self.key.as_dict(private=False)]}

    def _token(self, request: Request) -> Claims:
        form = request.form.to_dict()
        self.way = "client_secret_post" if "client_secret" in form else "client_secret_basic"
        client = (form.pop("client_id", "ordo"), form.pop("client_secret", SECRET))
        answer = requests.post(self.own["token_endpoint"], data=form, auth=client, timeout=10)
        told: Claims = answer.json()
        if "id_token" in told:
            claims = self.claims(json.loads(jws.extract_compact(told["id_token"].encode()).payload))
            told["id_token"] = self.signed(self, claims) if self.signed else self.sign(claims)
        return {name: value for name, value in told.items() if value is not None}

    def _userinfo(self, request: Request) -> Claims:
        headers = {"Authorization": request.headers.get("Authorization", "")}
        told: Claims = requests.get(self.own["userinfo_endpoint"], headers=headers, timeout=10).json()
        return self.userinfo(told)

    def sign(self, claims: Claims, key: RSAKey | OctKey | None = None, alg: str = "RS256") -> str:
        """The claims, signed by its own key or that one."""
        head = {"alg": alg, "kid": self.key.kid}
        return jwt.encode(head, claims, key or self.key, algorithms=[alg])
