"""Lighthouse judges the pages as a phone sees them: performance at least 98, accessibility and best practices 100; of the back office the latter two.

The product is served as behind a proxy that packs, with the sandbox's stand-in for the gateway's script; what the real script costs is
the provider's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from werkzeug import Response

import sandbox.serve
from tests.budget.place import EXPIRED, PAID, Place, place
from tests.faults.actors import Office
from tests.judged import lighthouse

if TYPE_CHECKING:
    from collections.abc import Iterator

PAY, LOGIN = "payment", "office login"
TIMES = 3
QUICK, FLAWLESS = 98, 100
# No language, a picture without words, an error in the console, and a script that holds up the page for seconds.
FAULTY = """<!doctype html><title>Pay</title><body><h1>Pay</h1><img src="/nothing.png">
<script>const end = performance.now() + 1500; while (performance.now() < end); throw new Error("broken");</script></body>"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The product without an identity provider, so that its login is a page of its own."""
    none = {"OIDC_METADATA_URL": "", "OIDC_CLIENT_ID": "", "OIDC_CLIENT_SECRET": ""}
    with place(tmp_path_factory.mktemp("lighthouse"), **none) as found:
        yield found


@pytest.mark.parametrize("page", [PAY, PAID, EXPIRED, LOGIN])
def test_lighthouse_finds_a_page_quick_and_flawless(found: Place, page: str) -> None:
    address = found.pages.get(page, f"{found.world.addresses.ordo.browser}/office/login")
    verdict = lighthouse.judged(address, TIMES)
    print(f"{page}: {verdict.scores}")
    assert verdict.scores["performance"] >= QUICK, verdict.lacks["performance"]
    assert verdict.lacks["accessibility"] + verdict.lacks["best-practices"] == []
    assert (verdict.scores["accessibility"], verdict.scores["best-practices"]) == (FLAWLESS, FLAWLESS)


@pytest.fixture(scope="module")
def cookie(found: Place) -> str:
    """Of somebody who is logged in to the back office."""
    return str(Office(found.world).http.headers["Cookie"])


@pytest.mark.parametrize("page", ["home", "orders", "order", "new order", "buyers", "callbacks", "settings"])
def test_lighthouse_finds_a_page_of_the_back_office_flawless(found: Place, cookie: str, page: str) -> None:
    paths = {"home": "/office", "order": found.order, "new order": "/office/orders/new"}
    address = found.world.addresses.ordo.browser + paths.get(page, f"/office/{page}")
    verdict = lighthouse.judged(address, cookie=cookie)
    print(f"back office, {page}: {verdict.scores}")
    assert verdict.lacks["accessibility"] + verdict.lacks["best-practices"] == []
    assert (verdict.scores["accessibility"], verdict.scores["best-practices"]) == (FLAWLESS, FLAWLESS)


def test_lighthouse_finds_the_faults_of_a_page_that_has_some() -> None:
    faulty = sandbox.serve.Served(Response(FAULTY, mimetype="text/html")).start()
    verdict = lighthouse.judged(f"http://127.0.0.1:{faulty.port}/")
    faulty.stop()
    assert verdict.scores["performance"] < QUICK
    assert verdict.scores["accessibility"] < FLAWLESS
    assert verdict.scores["best-practices"] < FLAWLESS
    told = "\n".join(lack for lacks in verdict.lacks.values() for lack in lacks)
    assert all(fault in told for fault in ("first-contentful-paint", "html-has-lang", "image-alt", "errors-in-console"))
