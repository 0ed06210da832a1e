"""What pages cost in bytes of our own, by kind, as brotli packs them: every state of the buyer's page, and the back office.

Counted is what a page itself names, which is what a browser fetches at first: the HTML, less its style elements; CSS, be it in those or in
sheets of their own; scripts. So receipt.js counts on receipts, and outside.js nowhere: gateways/stripe.js fetches it, inside apps whose
browser breaks wallets. The gateway's script and frames are the gateway's to keep small; a shop's logo is the shop's; the icon has 0.2 KB.
Pages are packed as a proxy does while they go by, files as well as they can be, once.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import brotli

from tests.budget import limits
from tests.kit import Outside, Shop, application, browser, gateway_in, shop_on
from tests.looks import orders
from webapp.db import migrate
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

PAGE, FILE = 5, 11  # how hard brotli tries, of 11
STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL)
LONG = (
    "payment",
    "unattended",
    "paid-saved",
)  # orders of which the back office tells much: link and QR code, alarm, saved card
LARGEST = ("ar", "ja", "pl")  # languages: the three whose pages are the largest in every state
COLOUR = "#ffcc00"  # a shop with a style of its own costs more than one without


@dataclass(frozen=True)
class Line:
    """The most that something costs, of what it may, and where that is."""

    what: str
    bytes: int
    limit: int
    where: str

    @property
    def over(self) -> bool:
        return self.bytes > self.limit


class _Named(HTMLParser):
    """The addresses of our own that a page has a browser fetch, by kind, each once."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        address = has.get("src" if tag == "script" else "href", "")
        if not address.startswith("/") or address.startswith("//"):
            return
        if tag == "script" or (tag == "link" and has.get("as") == "script"):
            self.found[address] = limits.HTMX if "/vendor/htmx" in address else limits.SCRIPTS
        elif tag == "link" and "stylesheet" in has.get("rel", "").split():
            self.found[address] = limits.CSS


def weigh(html: str, fetch: Callable[[str], int]) -> Counter[str]:
    """The bytes of a page by kind; `fetch` tells those of a file."""
    weight = Counter({limits.HTML: packed(STYLE.sub("", html).encode(), PAGE)})
    weight[limits.CSS] += sum(packed(style.encode(), PAGE) for style in STYLE.findall(html))
    for address, kind in _Named(html).found.items():
        weight[kind] += fetch(address)
    return weight


def packed(data: bytes, effort: int) -> int:
    """How many bytes travel."""
    return len(brotli.compress(data, quality=effort))


def lines(folder: Path, languages: Collection[str]) -> list[Line]:
    """What the largest pages cost, by kind, in a shop that keeps its things in a folder."""
    with _shop(folder) as (shop, made):
        client = browser(application(shop))

        @functools.cache
        def fetch(address: str) -> int:
            return packed(_got(client, address), FILE)

        links = {name: shop.context.links.token(order, shop.get(order).link_version) for name, order in made.items()}
        pages = _each({name: f"/p/{token}" for name, token in links.items()}, languages, client)
        buyer = [(where, weigh(html, fetch)) for where, html in pages]
        _log_in(shop, client)
        long = {f"order {name}": f"/office/orders/{made[name]}" for name in LONG}
        pages = _each({"orders": "/office/orders", "new order": "/office/orders/new"} | long, languages, client)
        office = [(where, weigh(html, fetch).total()) for where, html in pages]
        pages = _each({name: f"{path}/live" for name, path in long.items()}, languages, client)
        fragments = [(where, packed(html.encode(), PAGE)) for where, html in pages]
    return [
        *(
            _most(f"buyer's page: {kind}", limit, [(where, weight[kind]) for where, weight in buyer])
            for kind, limit in limits.BUYER.items()
        ),
        _most("back office: first load", limits.OFFICE, office),
        _most("back office: fragment", limits.FRAGMENT, fragments),
    ]


def _most(what: str, limit: int, weights: Iterable[tuple[str, int]]) -> Line:
    where, most = max(weights, key=lambda each: each[1])
    return Line(what, most, limit, where)


@contextlib.contextmanager
def _shop(folder: Path) -> Iterator[tuple[Shop, dict[str, str]]]:
    """A shop with a colour of its own, and an order in every state."""
    outside, address = Outside(), f"sqlite:///{folder / 'ordo.db'}"
    migrate.upgrade(address)
    with gateway_in(folder) as gateway, shop_on(address, gateway, outside) as shop:
        document = shop.declaration()
        document["merchant"]["colour"] = COLOUR
        declarations.apply(shop.context, declarations.declared(document))
        yield shop, orders.make(shop)
    outside.served.stop()


def _log_in(shop: Shop, client: FlaskClient) -> None:
    path = f"/office/link/{sessions.make_link(shop.context, 'admin@cafe.example')}"
    form = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    if form is None or client.post(path, data={"csrf_token": form[1]}).status_code != 303:
        raise AssertionError("nobody could log in")


def _each(paths: dict[str, str], languages: Collection[str], client: FlaskClient) -> Iterator[tuple[str, str]]:
    """Pages by their name and language."""
    for name, path in paths.items():
        for language in languages:
            yield f"{name}, {language}", _got(client, f"{path}?lang={language}").decode()


def _got(client: FlaskClient, path: str) -> bytes:
    with client.get(path) as answer:
        if answer.status_code != 200:
            raise AssertionError(f"{path} answers {answer.status_code}")
        return answer.get_data()
