"""Orders by the API: placed, shown, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.backend import ORDER, Backend

if TYPE_CHECKING:
    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_an_order_is_created_sent_and_shown(backend: Backend, shop: Shop) -> None:
    answer = backend.post("/orders", ORDER)
    made = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/api/v1/orders/{made['id']}")
    assert (made["reference"], made["amount"], made["currency"], made["state"]) == ("A12", 1250, "EUR", "open")
    assert made["link"]["url"].startswith("https://ordo.localhost/p/")
    assert backend.get(f"/orders/{made['id']}").get_json() == made
    shop.drain()
    assert made["link"]["url"].rpartition("/")[2] in str(shop.place.sent)


def test_the_qr_code_is_drawn_for_who_asks(backend: Backend) -> None:
    made = backend.post("/orders", ORDER, include="qr").get_json()
    assert made["link"]["qr"].startswith("data:image/svg+xml")
    assert backend.get(f"/orders/{made['id']}").get_json()["link"]["qr"] is None


def test_a_list_goes_on_where_the_page_before_ended(backend: Backend) -> None:
    made = [backend.order()["id"] for _ in range(5)]
    first = backend.get("/orders", limit=2).get_json()
    second = backend.get("/orders", limit=2, after=first["next_cursor"]).get_json()
    last = backend.get("/orders", limit=2, after=second["next_cursor"]).get_json()
    assert last["next_cursor"] is None
    found = [each["id"] for page in (first, second, last) for each in page["data"]]
    assert sorted(found) == sorted(made)


def test_a_list_is_narrowed_to_a_state_or_a_reference(backend: Backend) -> None:
    made = backend.order(reference="B7")
    backend.order()
    assert [each["id"] for each in backend.get("/orders", reference="b7").get_json()["data"]] == [made["id"]]
    assert backend.get("/orders", state="paid").get_json() == {"data": [], "next_cursor": None}


def test_a_reference_that_is_taken_is_refused_with_the_first_one_s_id(backend: Backend) -> None:
    made = backend.post("/orders", ORDER).get_json()
    answer = backend.post("/orders", ORDER | {"reference": "a12"})
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert (answer.get_json()["code"], answer.get_json()["order"]) == ("reference_exists", made["id"])


def test_a_request_that_is_sent_again_is_answered_as_before(backend: Backend) -> None:
    first = backend.post("/orders", ORDER, key="one")
    again = backend.post("/orders", dict(reversed(ORDER.items())), key='"one"')
    assert (again.status_code, again.get_json(), again.headers["Idempotent-Replayed"]) == (
        201,
        first.get_json(),
        "true",
    )
    other = backend.post("/orders", ORDER | {"amount": 1}, key="one")
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency_key_reused")
