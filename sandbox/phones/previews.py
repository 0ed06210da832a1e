"""Link previews: WhatsApp fetches a raw link long before anybody opens it."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from sandbox import outward
from sandbox.phones import chats

if TYPE_CHECKING:
    from sandbox.phones.chats import Message
    from sandbox.phones.store import Store

LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
USER_AGENT = "WhatsApp/2.23.20.0"
_LARGEST = 600_000  # bytes read of a page


class Previews:
    """Fetches on threads of its own, so that no page can hold up or break the sending of its link."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="previews")

    def look(self, message: Message) -> None:
        """Fetch the first raw link of a message's text, if it has one."""
        link = LINK.search(message.content.get("text") or "")
        if link:
            self._threads.submit(self._fetch, message.wamid, link[0])

    def close(self) -> None:
        """Let the fetches under way end."""
        self._threads.shutdown(cancel_futures=True)

    def _fetch(self, wamid: str, url: str) -> None:
        try:
            preview = read(_page(url))
            if preview:
                with self._store.write() as db:
                    chats.note_preview(db, wamid, preview | {"host": urlsplit(url).netloc})
        except (requests.RequestException, sqlite3.Error, ValueError):
            return  # a link without a preview is still a link


def read(html: str) -> dict[str, str]:
    """Title and description from a page's Open Graph tags, else its title; empty when it has neither."""
    tags = _Tags()
    tags.feed(html)
    title = tags.found.get("og:title") or tags.title.strip()
    if not title:
        return {}
    return {"title": title[:120], "description": tags.found.get("og:description", "")[:200]}


def _page(url: str) -> str:
    """The page's text; nothing for what is no page."""
    headers = {"User-Agent": USER_AGENT, "Accept": "text/html"}
    with (
        outward.session() as http,
        http.get(url, headers=headers, timeout=3, stream=True, allow_redirects=False) as answer,
    ):
        if answer.status_code != 200 or "html" not in answer.headers.get("Content-Type", ""):
            return ""
        body: bytes = answer.raw.read(_LARGEST, decode_content=True)
        return body.decode("utf-8", "replace")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = tag == "title" and not self.title
        if tag == "meta":
            given = dict(attrs)
            if (name := given.get("property")) and (content := given.get("content")):
                self.found.setdefault(name, content)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
            self._in_title = False
