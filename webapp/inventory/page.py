"""How a buyer's page, as it was fetched, differs from what this release sends."""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from webapp.domain import cards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

STATIC = "/static/"
GATEWAYS = "js/gateways/"  # below it, a script for each gateway, which only the pages of its merchants may run
DATA = {"application/json"}  # a script element of this type holds data, and no browser runs it


class What(StrEnum):
    """A kind of difference."""

    UNREACHABLE = "unreachable"
    HEADER = "header"
    UNKNOWN = "unknown_script"
    INLINE = "inline_script"
    MISSING = "missing_script"
    CHANGED = "changed_script"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be; `detail` names it (a header, a script's address, an element)."""

    what: What
    detail: str


@dataclass(frozen=True)
class Script:
    """A script of ours that may run on the page. `path` is below static/, `sha256` of the file as it is served, `when` says where it is
    loaded only there."""

    path: str
    purpose: str
    approved: str
    sha256: str
    when: str = ""


@dataclass(frozen=True)
class Expected:
    """What this installation sends to the buyers of a gateway's merchants: each security header of the page, our own script for that gateway
    (below static/) and the address of the gateway's, '' where there is none."""

    headers: Mapping[str, str]
    script: str
    gateway_script: str

    def ours(self) -> dict[str, Script]:
        """The scripts of the inventory that the page may run."""
        return {
            path: each for path, each in inventory().items() if not path.startswith(GATEWAYS) or path == self.script
        }


@dataclass(frozen=True)
class Fetched:
    """An answer over HTTP. `headers` by lower-case names; `error` says in words why there is none."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    error: str | None = None


@functools.cache
def inventory() -> dict[str, Script]:
    """Our scripts, by their path below static/."""
    document = tomllib.loads(Path(__file__).with_name("scripts.toml").read_text(encoding="utf-8"))
    return {each["path"]: Script(**each) for each in document["scripts"]}


def inspect(url: str, expected: Expected, fetch: Callable[[str], Fetched], *, payable: bool) -> list[Difference]:
    """Fetch a buyer's page and every script of ours on it, and compare. `payable` says that the order can still be paid: then all
    scripts have to be there, and otherwise none that is unknown."""
    page = fetch(url)
    if page.error or page.status != 200:
        return [Difference(What.UNREACHABLE, page.error or f"HTTP {page.status}")]
    found = _Elements(url)
    found.feed(page.body.decode("utf-8", "replace"))
    found.close()
    return [*_headers(expected, page), *_scripts(url, expected, found, fetch, payable=payable)]


def _headers(expected: Expected, page: Fetched) -> Iterator[Difference]:
    for name, value in expected.headers.items():
        if _bare(page.headers.get(name.lower(), "")) != _bare(value):
            yield Difference(What.HEADER, name)


def _bare(value: str) -> str:
    """A policy without the hashes of the styles that stand in the page: they go by what the shop looks like."""
    return re.sub(r"(style-src[^;]*?)((?: 'sha256-[^']+')+)", r"\1", value)


def _scripts(
    url: str, expected: Expected, found: _Elements, fetch: Callable[[str], Fetched], *, payable: bool
) -> Iterator[Difference]:
    yield from (Difference(What.INLINE, each) for each in found.inline)
    may_run = expected.ours()
    ours: dict[str, str] = {}
    for address in found.sources:
        path = _ours(url, address)
        if path in may_run:
            ours[path] = address
        elif address != expected.gateway_script:
            yield Difference(What.UNKNOWN, cards.hidden(address)[:200])
    if payable:
        there = {*ours, *found.sources}
        wanted = [path for path, script in may_run.items() if not script.when]
        wanted += filter(None, [expected.gateway_script])
        yield from (Difference(What.MISSING, each) for each in wanted if each not in there)
        ours |= {path: urljoin(url, STATIC + path) for path, script in may_run.items() if script.when}
    for path, address in ours.items():
        answer = fetch(address)
        if answer.status != 200 or hashlib.sha256(answer.body).hexdigest() != may_run[path].sha256:
            yield Difference(What.CHANGED, path)


def _ours(url: str, address: str) -> str:
    """The path below static/ of a file of our own site; '' for any other address."""
    parts, page = urlsplit(address), urlsplit(url)
    same = (parts.scheme, parts.netloc) == (page.scheme, page.netloc) and parts.path.startswith(STATIC)
    return parts.path.removeprefix(STATIC) if same else ""


class _Elements(HTMLParser):
    """What a page runs: the addresses of its scripts (also of those that it fetches beforehand), and code that stands in the page itself."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.sources: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" in given:
            self.sources.append(urljoin(self._url, given["src"]))
        elif tag == "script" and given.get("type", "").lower() not in DATA:
            self.inline.append("<script>")
        elif tag == "link" and given.get("as", "").lower() == "script":
            self.sources.append(urljoin(self._url, given.get("href", "")))
        elif tag in {"base", "object", "embed"}:
            self.inline.append(f"<{tag}>")
        for name, value in given.items():
            if re.match(r"(?:on|hx-on)", name) or value.strip().lower().startswith(("javascript:", "js:")):
                self.inline.append(cards.hidden(f"<{tag} {name}>")[:200])
