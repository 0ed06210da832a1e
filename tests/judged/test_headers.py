"""Others judge our headers: csp_evaluator finds nothing grave in any policy, and MDN's Observatory gives its best grade."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from werkzeug import Response

import sandbox.serve
from tests.judged import judges
from tests.kit import outside, shop_on, test_gateway
from webapp.db import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.judged.judges import Served
    from tests.kit import Outside, TestGateway

__all__ = ["outside", "test_gateway"]
PAY = "a page that asks for a card"
PAGES = {PAY: "", "the back office's login": "/office/login"}  # the first one's address is the order's
ERRORS = {"a link that is none": "/p/forged", "a page that is not there": "/nothing"}
GRAVE = 50  # what csp_evaluator is not sure of has this severity, what is worse has less


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, test_gateway: TestGateway, outside: Outside
) -> Iterator[tuple[Served, str]]:
    """The product, and the way to an order's page."""
    folder = tmp_path_factory.mktemp("judged")
    database_url = f"sqlite:///{folder / 'ordo.db'}"
    migrate.upgrade(database_url)
    with shop_on(database_url, test_gateway, outside) as shop:
        shop.clock.at = datetime.now(UTC)  # the product's clock is the machine's
        order = shop.get(shop.order())
        token = shop.context.links.token(order.id, order.link_version)
    with judges.served(folder, database_url) as served:
        yield served, token


@pytest.mark.parametrize("page", PAGES)
def test_the_observatory_gives_its_best_grade(place: tuple[Served, str], page: str) -> None:
    served, token = place
    address = served.address + (PAGES[page] or f"/p/{token}")
    assert judges.graded(address, served.certificate) == ("A+", [])


def test_the_observatory_grades_down_a_page_without_headers() -> None:
    bare = sandbox.serve.Served(Response("hello", mimetype="text/html")).start()
    grade, failed = judges.graded(f"127.0.0.1:{bare.port}/")
    bare.stop()
    assert grade == "F"
    assert "content-security-policy: csp-not-implemented" in failed
    assert "strict-transport-security: hsts-not-implemented-no-https" in failed


@pytest.mark.parametrize("page", PAGES | ERRORS)
def test_csp_evaluator_finds_nothing_grave(place: tuple[Served, str], page: str) -> None:
    served, token = place
    policy = served.policy((PAGES | ERRORS)[page] or f"/p/{token}")
    assert judges.findings(policy, under=GRAVE) == []


def test_the_page_that_is_judged_may_load_stripe_s_script_and_nothing_of_the_sandbox(place: tuple[Served, str]) -> None:
    served, token = place
    policy = served.policy(f"/p/{token}")
    assert "script-src 'self' https://js.stripe.com " in policy
    assert "localhost" not in policy


@pytest.mark.parametrize(
    "weak", ["script-src 'self' 'unsafe-inline'", "script-src 'self' https://ajax.googleapis.com", "script-src *"]
)
def test_csp_evaluator_finds_what_is_grave(place: tuple[Served, str], weak: str) -> None:
    served, token = place
    parts = [part for part in served.policy(f"/p/{token}").split("; ") if not part.startswith("script-src")]
    assert judges.findings("; ".join([*parts, weak]), under=GRAVE)
